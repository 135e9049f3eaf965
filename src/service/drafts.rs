//! Drafts, as programs see them: what AIs proposed in their user's threads, and what became of it.
//! Nothing is done with one but by its user.

use super::{Content, Refusal, ServiceError, threads};
use crate::buffer::Work;
use crate::model::json::Value;
use crate::model::{
    Applied, Draft, DraftRefusal, DraftState, Face, Hash, KeptDraft, OpenDraft, PublicKey,
    Timestamp, Uuid,
};
use crate::store::StoreError;
use crate::verify::FiledFault;
use crate::workspace::{Belonging, DraftError, Membership, ShownDraft, WorkError, Workspace};
use std::cmp::Reverse;
use std::sync::Arc;

/// So many characters of a draft's first line are what it is called.
const LONGEST_NAME: usize = 100;

/// A draft that its user may see, with all that can be read of it.
#[derive(Debug, Clone)]
pub struct SeenDraft {
    /// Whose it is.
    pub owner: PublicKey,
    /// What it says.
    pub content: Value,
    /// What was asked for.
    pub intent: Option<String>,
    /// The conversation that it came up in; none where that is no conversation of the service.
    pub conversation: Option<Uuid>,
    belonging: Belonging,
    shown: ShownDraft,
}

/// Which drafts are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftQuery {
    /// Those of this project.
    pub project: Option<Uuid>,
    /// Those that came up in this conversation.
    pub conversation: Option<Uuid>,
    /// Those of which this became.
    pub state: Option<DraftState>,
}

/// Drafts that fit.
#[derive(Debug, Default)]
pub struct SeenDrafts {
    /// The last changed first.
    pub drafts: Vec<SeenDraft>,
    /// How many can't be verified or opened, and how many files that may have some, and projects, can't
    /// be read or are not true, so that nobody knows whether they fit.
    pub unreadable: usize,
}

/// What a user does with a draft.
#[derive(Debug, Clone, PartialEq)]
pub enum DraftAct {
    /// Puts another text in its place.
    Edit(Content),
    /// Agrees to it; to what was shown of it, if they say what that was.
    Accept(Option<Value>),
    /// Wants none of it; the same.
    Discard(Option<Value>),
    /// Says that it was put somewhere.
    Apply {
        /// Where.
        to: Option<String>,
        /// Whether only some of it was.
        is_part: bool,
    },
}

impl SeenDraft {
    /// What programs call it.
    pub fn id(&self) -> Uuid {
        Uuid::of(&self.shown.draft.id)
    }

    /// The message that it came from.
    pub fn message(&self) -> Uuid {
        Uuid::of(&self.shown.draft.message)
    }

    /// The project that it belongs to.
    pub fn project(&self) -> Option<Hash> {
        self.belonging.project()
    }

    /// What became of it, and when.
    pub fn kept(&self) -> &KeptDraft {
        &self.shown.draft
    }

    /// Whether the answer that it came from broke off, so that the AI's text is not whole.
    pub fn is_of_cut_answer(&self) -> bool {
        let origin = self.shown.thread.as_ref();
        origin.is_some_and(|origin| origin.is_interrupted(&self.shown.draft.message))
    }

    /// Whether it came up in a conversation that this site's page began.
    pub fn is_of_page(&self, origin: &str) -> bool {
        let thread = self
            .shown
            .thread
            .as_ref()
            .filter(|_| self.conversation.is_some());
        thread.is_some_and(|thread| thread.header().web_origin() == Some(origin))
    }

    /// When and where it was applied.
    pub fn applied(&self) -> &[Applied] {
        &self.shown.draft.applied
    }

    /// Where it stands among the last changed.
    pub fn place(&self) -> (Timestamp, Hash) {
        (self.shown.draft.updated_at, self.shown.draft.id)
    }

    /// How long its text is, in bytes.
    pub fn size(&self) -> usize {
        self.text().len()
    }

    /// All of it as Markdown.
    pub fn text(&self) -> String {
        self.shown
            .open
            .as_ref()
            .map(OpenDraft::text)
            .unwrap_or_default()
    }

    /// Its first line that says something, without the signs of a heading or a list, as far as a
    /// title may be long.
    pub(super) fn first_line(&self) -> String {
        let text = self.text();
        let is_sign = |sign: char| !sign.is_alphanumeric();
        let mut lines = text
            .lines()
            .map(|line| line.trim_start_matches(is_sign).trim());
        let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
        line.chars()
            .filter(|sign| !sign.is_control())
            .take(LONGEST_NAME)
            .collect()
    }

    /// Whether it says what was shown of it.
    fn check_shown(&self, was_shown: Option<&Value>) -> Result<(), Refusal> {
        match was_shown {
            Some(content) if *content != self.content => Err(Refusal::Draft(DraftRefusal::Changed)),
            _ => Ok(()),
        }
    }

    /// The thread that it came up in, by its root.
    pub(super) fn thread(&self) -> Hash {
        self.shown.draft.thread
    }

    /// A draft that can be read; `None` of one that is closed.
    pub(super) fn of(owner: PublicKey, shown: ShownDraft) -> Option<Self> {
        let open = shown.open.as_ref().ok()?;
        let of_service = |face| face == Some(Face::Service);
        let thread = shown.thread.as_ref();
        let conversation = thread.filter(|thread| of_service(thread.header().face()));
        Some(Self {
            owner,
            content: Content::of_stored(&open.content),
            intent: open.kind.clone(),
            conversation: conversation.map(|thread| thread.id),
            belonging: match thread {
                Some(thread) => Belonging::of_thread(thread.header()),
                None => open.project.map_or(Belonging::Nobody, Belonging::Project),
            },
            shown,
        })
    }

    fn fits(&self, query: &DraftQuery) -> bool {
        let project = self.project().map(|id| Uuid::of(&id));
        query.project.is_none_or(|asked| project == Some(asked))
            && query
                .conversation
                .is_none_or(|asked| self.conversation == Some(asked))
            && query.state.is_none_or(|state| self.kept().state == state)
    }
}

/// The drafts of a home's owner that fit.
///
/// # Errors
/// If there is no such project or conversation, or its user has no part in it; if they can't be
/// read.
pub fn drafts(workspace: &Workspace, query: &DraftQuery) -> Result<SeenDrafts, ServiceError> {
    let owner = workspace.owner()?;
    let membership = workspace.projects().membership(&owner)?;
    check_asked(workspace, query, &membership)?;
    let list = workspace.drafts().list_of_conversations(&owner)?;
    let mut found = SeenDrafts {
        drafts: Vec::new(),
        unreadable: list.troubles.len()
            + workspace.threads().troubles_of(&owner)?.len()
            + membership.unreadable(),
    };
    for shown in list.drafts {
        match SeenDraft::of(owner, shown) {
            None => found.unreadable += 1,
            Some(seen) if membership.allows(seen.belonging) && seen.fits(query) => {
                found.drafts.push(seen);
            }
            Some(_) => {}
        }
    }
    found.drafts.sort_by_key(|seen| {
        let (updated_at, id) = seen.place();
        (Reverse(updated_at), id)
    });
    Ok(found)
}

/// How the drafts of a home's owner were decided on, as far as they have a part in their projects.
#[derive(Debug, Default)]
pub struct DecidedDrafts {
    /// How many were accepted.
    pub accepted: usize,
    /// How many were discarded.
    pub discarded: usize,
    /// How many can't be verified, so that nobody knows.
    pub unreadable: usize,
}

/// Counts the drafts that were decided on.
///
/// # Errors
/// If they can't be read.
pub fn decided_drafts(
    workspace: &Workspace,
    membership: &Membership,
) -> Result<DecidedDrafts, ServiceError> {
    let (owner, mut decided) = (workspace.owner()?, DecidedDrafts::default());
    let kept = workspace.drafts().kept(&owner)?;
    decided.unreadable = kept.troubles.len();
    let is_decided =
        |draft: &Arc<Draft>| matches!(draft.state, DraftState::Accepted | DraftState::Discarded);
    let drafts: Vec<Arc<Draft>> = kept.drafts.into_iter().filter(is_decided).collect();
    let belongings = workspace.threads().belongings_of_drafts(&drafts)?;
    for (draft, belonging) in drafts.iter().zip(belongings) {
        let count = match draft.state {
            DraftState::Accepted => &mut decided.accepted,
            _ => &mut decided.discarded,
        };
        *count += usize::from(membership.allows(belonging));
    }
    Ok(decided)
}

fn check_asked(
    workspace: &Workspace,
    query: &DraftQuery,
    membership: &Membership,
) -> Result<(), ServiceError> {
    if let Some(project) = query.project
        && !membership.projects().any(|id| Uuid::of(&id) == project)
    {
        return Err(Refusal::NoProject.into());
    }
    if let Some(conversation) = query.conversation {
        threads::readable(workspace, &conversation, membership)?;
    }
    Ok(())
}

/// The drafts that are not sealed, and came up in a thread of just this project, or of none.
pub(super) fn open_drafts_of(
    workspace: &Workspace,
    project: Option<&str>,
) -> Result<SeenDrafts, ServiceError> {
    let mut found = drafts(workspace, &DraftQuery::default())?;
    found.drafts.retain(|seen| {
        let within = match &seen.shown.thread {
            Some(thread) => thread.header().project().map(str::to_owned),
            None => seen.project().map(|id| id.to_string()),
        };
        !seen.shown.is_sealed() && within.as_deref() == project
    });
    Ok(found)
}

/// The draft that programs know by a name.
///
/// # Errors
/// If there is none, or its user has no part in its project; if it can't be verified or read.
pub fn draft(workspace: &Workspace, name: &Uuid) -> Result<SeenDraft, ServiceError> {
    let owner = workspace.owner()?;
    let shown = workspace.drafts().called(&owner, name).map_err(refused)?;
    if let Some(shown) = shown {
        let seen = SeenDraft::of(owner, shown).ok_or(Refusal::UntrueDraft)?;
        if workspace.projects().allows(&owner, seen.belonging)? {
            return Ok(seen);
        }
    }
    // Nobody knows what is in files that can't be read; and what its user may not see is as if it
    // were not there.
    match workspace.drafts().count_troubles(&owner)? {
        0 => Err(Refusal::NoDraft.into()),
        _ => Err(Refusal::UntrueDraft.into()),
    }
}

/// Does with a draft what its user wants, and gives it as it is then. What is decided is about what
/// `seen` has.
///
/// # Errors
/// If what became of it does not allow that, or its user has no part in its project any more; if it
/// can't be saved.
pub fn act_on_draft(
    work: Work<'_>,
    seen: &SeenDraft,
    act: DraftAct,
) -> Result<SeenDraft, ServiceError> {
    let owner = work.keys.public();
    if !work.workspace.projects().allows(&owner, seen.belonging)? {
        return Err(Refusal::NoDraft.into());
    }
    let (drafts, keys, shown) = (work.workspace.drafts(), work.keys, &seen.shown);
    let done = match act {
        DraftAct::Edit(content) => drafts.edit(keys, shown, content.stored().clone()),
        DraftAct::Accept(was_shown) => {
            seen.check_shown(was_shown.as_ref())?;
            drafts.accept(keys, shown)
        }
        DraftAct::Discard(was_shown) => {
            seen.check_shown(was_shown.as_ref())?;
            drafts.discard(keys, shown)
        }
        DraftAct::Apply { to, is_part } => drafts.note_applied(keys, shown, to.as_deref(), is_part),
    };
    let done = done.map_err(refused)?;
    SeenDraft::of(owner, done).ok_or(ServiceError::Refused(Refusal::UntrueDraft))
}

/// What programs may see of what stands in the way.
fn refused(error: WorkError) -> ServiceError {
    match error {
        WorkError::Draft(DraftError::Refused(why)) => Refusal::Draft(why).into(),
        WorkError::Store(StoreError::Filed {
            fault: FiledFault::TooLarge,
            ..
        }) => Refusal::DraftTooLarge.into(),
        WorkError::Draft(DraftError::Closed(_) | DraftError::NoThread)
        | WorkError::Store(StoreError::Filed { .. }) => Refusal::UntrueDraft.into(),
        WorkError::Store(StoreError::Erased { .. }) => Refusal::NoDraft.into(),
        error => error.into(),
    }
}
