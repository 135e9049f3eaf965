//! Taking secrets out of what other programs kept, before any of it is signed: what is signed stays.

use super::TakenIn;
use crate::secrets::{self, Secret, SecretKind};
use crate::sources::{Conversation, Kind, Speaker};
use sha2::{Digest, Sha256};

/// So many are told one by one; of all others only how many they are.
const MOST: usize = 1_000;

/// What is to become of what looks like a secret.
pub enum Secrets<'a, E> {
    /// Replaced by what kind it is.
    Redact,
    /// Nobody looks for it.
    Keep,
    /// Replaced in transcripts of agents, whose tools print keys; of the rest somebody is asked, at
    /// the first that is found. An error ends it all.
    Ask(&'a mut dyn FnMut(&Redacted) -> Result<bool, E>),
}

/// A secret, and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The file, and the number of the conversation there.
    pub place: String,
    /// The number of the message there; none for what is said of all.
    pub message: Option<usize>,
    /// In what of it.
    pub part: &'static str,
    /// What it looks like.
    pub kind: SecretKind,
}

/// Who decides, and what was decided.
pub(super) struct Redactor<'a, E> {
    secrets: Secrets<'a, E>,
    /// What was said when somebody was asked.
    answer: Option<bool>,
}

impl<'a, E> Redactor<'a, E> {
    pub(super) fn new(secrets: Secrets<'a, E>, done: &mut TakenIn) -> Self {
        done.redacted = (!matches!(secrets, Secrets::Keep)).then_some(0);
        Self {
            secrets,
            answer: None,
        }
    }

    /// Takes the secrets out of a conversation, if that is what is wanted.
    pub(super) fn look_at(
        &mut self,
        place: &str,
        kind: Kind,
        conversation: &mut Conversation,
        done: &mut TakenIn,
    ) -> Result<(), E> {
        let is_asked = match (&self.secrets, self.answer) {
            (Secrets::Keep, _) => return Ok(()),
            (Secrets::Redact, _) => false,
            (Secrets::Ask(_), _) if kind.is_of_agent() => false,
            (Secrets::Ask(_), Some(true)) => false,
            (Secrets::Ask(_), Some(false)) => return Ok(()),
            (Secrets::Ask(_), None) => true,
        };
        let before = is_asked.then(|| conversation.clone());
        let found = redact(place, conversation);
        let Some(first) = found.first() else {
            return Ok(());
        };
        if let (Some(before), Secrets::Ask(ask)) = (before, &mut self.secrets) {
            let answer = ask(first)?;
            self.answer = Some(answer);
            if !answer {
                *conversation = before;
                done.redacted = done.redacted.filter(|count| *count > 0);
                return Ok(());
            }
        }
        done.redacted = Some(done.redacted.unwrap_or_default() + found.len());
        let room = MOST - done.redactions.len();
        done.redactions.extend(found.into_iter().take(room));
        Ok(())
    }
}

/// Replaces all that looks like a secret, wherever a text of the file becomes part of the record.
fn redact(place: &str, conversation: &mut Conversation) -> Vec<Redacted> {
    let mut found = Vec::new();
    let mut note = |message, part, secrets: Vec<Secret>| {
        found.extend(secrets.into_iter().map(|secret| Redacted {
            place: place.to_owned(),
            message,
            part,
            kind: secret.kind,
        }));
    };
    if let Some(title) = &mut conversation.title {
        note(None, "title", take_out(title));
    }
    note(None, "id", hide(&mut conversation.native_id));
    for (message, number) in conversation.messages.iter_mut().zip(1..) {
        let number = Some(number);
        note(number, "text", take_out(&mut message.text));
        note(number, "id", hide(&mut message.native_id));
        if let Some(model) = &mut message.model {
            note(number, "model", take_out(model));
        }
        if let Speaker::ToolCall(name) | Speaker::ToolOutput(name) = &mut message.speaker {
            note(number, "tool", take_out(name));
        }
        for unknown in &mut message.unknown {
            note(number, "unknown", take_out(&mut unknown.kind));
            if let Some(raw) = &mut unknown.raw {
                note(number, "unknown", take_out(raw));
            }
        }
    }
    found
}

fn take_out(text: &mut String) -> Vec<Secret> {
    let Some((redacted, found)) = secrets::redact(text) else {
        return Vec::new();
    };
    *text = redacted;
    found
}

/// What is known by its id must stay apart from all else.
fn hide(id: &mut String) -> Vec<Secret> {
    let found = secrets::find(id);
    if !found.is_empty() {
        *id = format!("sha256:{}", hex::encode(Sha256::digest(&*id)));
    }
    found
}
