//! Threads and their messages, as programs get them.

use crate::index::Summary;
use crate::mirror::shown_role;
use crate::model::{Legacy, Message, PublicKey, Role, Timestamp};
use crate::store::Trouble;
use crate::verify::{MessageVerdict, Verdict};
use crate::workspace::{FileFinding, WorkError, Workspace};
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt::Display;
use utoipa::ToSchema;

/// A thread in a list. Its words are the file's own; only opening it checks them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::server) struct ShownThread {
    /// Its id.
    #[schema(example = "thread_1756140749")]
    id: String,
    /// Its id, or what names it where two threads have one id.
    #[schema(example = "thread_1756140749")]
    name: String,
    /// The hash of what was fixed when it began; none in a thread of the older mmogit.
    root: Option<String>,
    /// Its title; 🔒 where that is sealed and was not opened.
    #[schema(example = "implementing_auth")]
    title: String,
    /// Whose it says it is: 64 hex digits.
    author: String,
    /// Whether it is on the caller's own branch.
    own: bool,
    /// `conversation`, `inner`; empty in a thread of the older mmogit.
    #[schema(example = "conversation")]
    mode: String,
    /// The face that began it, if one says so: `buffer`, `service`.
    face: Option<String>,
    /// The project it belongs to.
    project: Option<String>,
    /// Its tags.
    tags: Vec<String>,
    state: ShownState,
    /// Whether what is said in it is sealed.
    sealed: bool,
    /// Whether the older mmogit wrote it, so that nothing proves it.
    legacy: bool,
    /// How many messages it shows.
    message_count: usize,
    /// How the first question begins.
    opening: String,
    /// When it began, as its file says.
    #[schema(example = "2025-01-21T10:00:00.000Z")]
    created_at: String,
    /// When it last changed, as its file says.
    #[schema(example = "2025-01-21T10:30:00.000Z")]
    updated_at: String,
}

/// Whether a thread is in use.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::server) enum ShownState {
    /// It is.
    Active,
    /// It was put away.
    Archived,
}

impl ShownThread {
    pub(in crate::server) fn of(thread: &Summary, own: Option<PublicKey>) -> Self {
        Self {
            id: thread.id.clone(),
            name: thread.name().to_owned(),
            root: thread.root.map(|root| root.to_string()),
            title: thread.title.clone(),
            author: thread.author.clone(),
            own: Some(thread.owner) == own,
            mode: thread.mode.clone(),
            face: thread.face.clone(),
            project: thread.project.clone(),
            tags: thread.tags.clone(),
            state: if thread.is_archived {
                ShownState::Archived
            } else {
                ShownState::Active
            },
            sealed: thread.is_sealed,
            legacy: thread.is_legacy,
            message_count: thread.messages,
            opening: thread.opening.clone(),
            created_at: thread.created_at.clone(),
            updated_at: thread.updated_at.clone(),
        }
    }
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::server) enum ShownVerdict {
    /// All of it holds.
    Valid,
    /// Something was changed, or signed by somebody who may not.
    Invalid,
    /// The older mmogit wrote it: nothing proves it.
    Legacy,
    /// It is no thread, or can't be read.
    Malformed,
}

impl From<Verdict> for ShownVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Valid => Self::Valid,
            Verdict::Invalid => Self::Invalid,
            Verdict::Legacy => Self::Legacy,
            Verdict::Malformed => Self::Malformed,
        }
    }
}

/// Something that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct ShownFinding {
    /// A name that does not change.
    #[schema(example = "message-signature-wrong")]
    code: String,
    /// The place in the file, counted from 1, of the message that it is about, if it is about one.
    message: Option<usize>,
    /// The same in words.
    said: String,
}

impl ShownFinding {
    pub(in crate::server) fn of_file(finding: &FileFinding) -> Self {
        Self::at(finding.code(), finding.message(), finding)
    }
}

/// Something in the store that could not be used.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct ShownTrouble {
    /// Where.
    place: String,
    /// Why.
    why: String,
}

impl ShownTrouble {
    fn all(troubles: &[Trouble]) -> Vec<Self> {
        let shown = |trouble: &Trouble| Self {
            place: trouble.place.clone(),
            why: trouble.why.clone(),
        };
        troubles.iter().map(shown).collect()
    }

    /// The same, and what the owner's branch lacks or what of it can't be read.
    ///
    /// # Errors
    /// If it can't be told what the branch lacks.
    pub(in crate::server) fn all_with_branch(
        troubles: &[Trouble],
        workspace: &Workspace,
        owner: Option<PublicKey>,
    ) -> Result<Vec<Self>, WorkError> {
        let mut shown = Self::all(troubles);
        if let Some(owner) = owner {
            let findings = workspace.findings_at_a_glance(&owner)?;
            shown.extend(findings.iter().map(|finding| Self {
                place: match finding.path() {
                    Some(path) => path.to_owned(),
                    None => format!("refs/heads/users/{owner}"),
                },
                why: finding.to_string(),
            }));
        }
        Ok(shown)
    }
}

/// A message, and whether it holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::server) struct ShownMessage {
    /// Its hash; none in a thread of the older mmogit.
    id: Option<String>,
    /// Its number among those that are shown, from 1; none if it was set aside.
    number: Option<usize>,
    /// `user`, `assistant`, `system`, `reflection`, `dream` or `reasoning`.
    #[schema(example = "assistant")]
    role: String,
    /// What it says, as Markdown; 🔒 where it is sealed and was not opened.
    content: String,
    /// When, in milliseconds since 1970; none where an older file's own time can't be read.
    #[schema(example = 1731715200000_i64)]
    timestamp: Option<i64>,
    /// What whoever sent it gave with it, as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    meta: Option<Box<RawValue>>,
    /// The key that it says signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    /// The agent's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    /// The model that is said to have written it.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// Whether the answer broke off.
    interrupted: bool,
    /// Whether it was brought from elsewhere: its author says that it was said.
    imported: bool,
    /// Whether it is sealed.
    sealed: bool,
    verdict: ShownVerdict,
    /// What is wrong with it.
    findings: Vec<ShownFinding>,
}

impl ShownMessage {
    pub(in crate::server) fn of(
        message: &Message,
        number: Option<usize>,
        check: Option<&MessageVerdict>,
    ) -> Self {
        let meta = message.text_field("meta");
        let said = message.field("client_timestamp");
        let said = said.and_then(|time| time.as_i64());
        let findings = match check {
            Some(MessageVerdict { check: Ok(()), .. }) => Vec::new(),
            Some(MessageVerdict {
                check: Err(fault), ..
            }) => vec![ShownFinding::new(fault.kind.code(), fault)],
            None => vec![ShownFinding::unchecked()],
        };
        Self {
            id: Some(message.id().to_string()),
            number,
            role: shown_role(message.role()).to_owned(),
            content: message.text(),
            timestamp: Some(said.unwrap_or_else(|| message.timestamp().millis())),
            meta: meta.and_then(|meta| RawValue::from_string(meta).ok()),
            author: Some(message.author().to_string()),
            agent: message.text_field("agent"),
            model: message.text_field("model"),
            interrupted: message.is_interrupted(),
            imported: message.is_imported(),
            sealed: message.is_sealed(),
            verdict: if findings.is_empty() {
                ShownVerdict::Valid
            } else {
                ShownVerdict::Invalid
            },
            findings,
        }
    }

    /// Those of a thread of the older mmogit.
    pub(in crate::server) fn all_of_legacy(legacy: &Legacy) -> Vec<Self> {
        let mut shown = Vec::new();
        for (place, message) in legacy.messages.iter().enumerate() {
            let time = Timestamp::read(&message.timestamp);
            shown.push(Self {
                id: None,
                number: Some(place + 1),
                role: role_of(&message.role).to_owned(),
                content: message.content.clone(),
                timestamp: time.map(Timestamp::millis),
                meta: None,
                author: None,
                agent: None,
                model: None,
                interrupted: false,
                imported: false,
                sealed: false,
                verdict: ShownVerdict::Legacy,
                findings: Vec::new(),
            });
        }
        shown
    }
}

impl ShownFinding {
    /// That a message was not among those that were checked.
    pub(in crate::server) fn unchecked() -> Self {
        Self::new("unchecked", &"it was not checked")
    }

    /// One that is about all of what was checked.
    pub(in crate::server) fn new(code: &str, said: &dyn Display) -> Self {
        Self::at(code, None, said)
    }

    /// One that is about a message, if it is about one.
    pub(in crate::server) fn at(code: &str, message: Option<usize>, said: &dyn Display) -> Self {
        Self {
            code: code.to_owned(),
            message,
            said: said.to_string(),
        }
    }
}

/// A role of the record in the words of this face.
pub(in crate::server) fn role_of(name: &str) -> &str {
    match Role::read(name) {
        Some(role) => shown_role(role),
        None => name,
    }
}
