//! Beginning a conversation, and taking one up again: both count against what may be in use.

use super::{Conversations, MOST_ACTIVE, Refusal, ServiceError, threads};
use crate::buffer::Work;
use crate::model::{Face, Hash, State, Uuid};
use crate::turn::{Beginning, Session};
use crate::workspace::check_title;

/// How often it is counted anew while other programs move the branch.
const TRIES: usize = 16;
/// The longest text that says what a conversation is for, in characters.
const LONGEST_CONTEXT: usize = 1_000;

/// A conversation that is to begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewConversation {
    /// Its title; without one the record has its usual.
    pub title: Option<String>,
    /// What it is for.
    pub intent_context: Option<String>,
    /// The project that it belongs to, by the name that programs have for it.
    pub project: Option<Uuid>,
    /// The web origin of the page that begins it, if it is another site's.
    pub web_origin: Option<String>,
}

impl NewConversation {
    fn check(&self) -> Result<(), Refusal> {
        if let Some(title) = &self.title {
            check_new_title(title)?;
        }
        check_intent_context(self.intent_context.as_deref())
    }
}

/// Whether a conversation may be called that.
pub(super) fn check_new_title(title: &str) -> Result<(), Refusal> {
    Ok(check_title(title)?)
}

/// Whether that may be said of what a conversation is for.
pub(super) fn check_intent_context(what_for: Option<&str>) -> Result<(), Refusal> {
    let is_fit = |text: &str| {
        let is_control = |sign: char| sign.is_control() && sign != '\n';
        let length = text.chars().count();
        let is_seen = |sign: char| !sign.is_whitespace() && !sign.is_control();
        text.contains(is_seen) && length <= LONGEST_CONTEXT && !text.contains(is_control)
    };
    match what_for.is_none_or(is_fit) {
        true => Ok(()),
        false => Err(Refusal::IntentContext),
    }
}

impl Conversations {
    /// Begins a conversation, and saves it, though nothing is said in it yet. Returns its root.
    ///
    /// # Errors
    /// If its user has no part in its project, or as many in use as there may be; if it is not
    /// accepted, or can't be saved.
    pub fn create(&mut self, work: Work<'_>, new: &NewConversation) -> Result<Hash, ServiceError> {
        new.check()?;
        let project = new.project.map(|name| project_called(work, &name));
        let project = project.transpose()?;
        for _ in 0..TRIES {
            let seen = work.store.tip(&work.keys.public())?;
            check_room(work)?;
            let mut session = begin(work, new, project)?;
            // Counted on what the branch is while nobody else may move it.
            if session.save_begun(seen)? {
                let root = session.thread().root();
                self.put_down(work, session);
                return Ok(root);
            }
            session.end()?;
        }
        Err(ServiceError::Unsettled)
    }

    /// Takes an archived conversation up again. One that is in use stays so.
    ///
    /// # Errors
    /// If its user has as many in use as there may be; if there is none, or it can't be saved.
    pub fn restore(&mut self, work: Work<'_>, root: &Hash) -> Result<(), ServiceError> {
        self.close(work, root)?;
        for _ in 0..TRIES {
            let seen = work.store.tip(&work.keys.public())?;
            if threads::stored(work, root)?.thread.state() == State::Active {
                return Ok(());
            }
            check_room(work)?;
            let change = |changing: &mut crate::workspace::Changing<'_>| {
                changing.set_state(State::Active);
                Ok(())
            };
            let found = work.workspace.threads().identified(&root.to_string())?;
            let organiser = work.workspace.organiser();
            if organiser.change_onto(work.keys, found, seen, change)? {
                return Ok(());
            }
        }
        Err(ServiceError::Unsettled)
    }
}

fn check_room(work: Work<'_>) -> Result<(), ServiceError> {
    if threads::active(work)?.len() >= MOST_ACTIVE {
        return Err(Refusal::TooManyActive.into());
    }
    Ok(())
}

/// The project that programs know by a name. That there is none and that its user has no part in it
/// are the same.
fn project_called(work: Work<'_>, name: &Uuid) -> Result<Hash, ServiceError> {
    let owner = work.keys.public();
    let project = work.workspace.projects().called(&owner, name)?;
    Ok(project.ok_or(Refusal::NoProject)?.id)
}

fn begin<'a>(
    work: Work<'a>,
    new: &NewConversation,
    project: Option<Hash>,
) -> Result<Session<'a>, ServiceError> {
    let sealed_for = match work.workspace.settings().encrypt {
        true => Some(work.workspace.readers(work.keys, &[])?),
        false => None,
    };
    let beginning = Beginning {
        title: new.title.clone(),
        intent_context: new.intent_context.clone(),
        project: project.map(|id| id.to_string()),
        face: Some(Face::Service),
        web_origin: new.web_origin.clone(),
        sealed_for,
        ..Beginning::default()
    };
    let mut session = Session::begin(work.workspace, work.store, work.keys, beginning)?;
    session.save_when_asked();
    Ok(session)
}
