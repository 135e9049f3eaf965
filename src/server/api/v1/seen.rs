//! Looking at one conversation: as it is said in just now, or else as it is stored, checked.

use super::page_size::on_one_page;
use super::refused::of_told;
use crate::index::ConversationFacts;
use crate::model::{Hash, Message, Role, Thread, Uuid};
use crate::server::caller::Speaker;
use crate::server::fault::Fault;
use crate::server::page::question_of;
use crate::server::worker::told;
use crate::service::{
    Refusal, ServiceError, ShownConversation, ShownMessage, ThreadNames, is_conversation, missing,
};
use crate::workspace::{CheckedThread, ThreadLook, TrueThread, WorkError, Workspace};
use std::collections::HashSet;
use std::sync::Arc;

/// A conversation, and which of its messages are true.
pub(super) struct Seen<'t> {
    workspace: &'t Workspace,
    thread: &'t Thread,
    /// Its messages that are shown, oldest first.
    visible: Vec<&'t Message>,
    /// What lists tell of it, where that was made before.
    facts: Option<&'t ConversationFacts>,
    /// The messages of which the signature and the thread's are good; without it, all.
    verified: Option<HashSet<Hash>>,
}

impl<'t> Seen<'t> {
    /// One of which all is true.
    fn of_true(workspace: &'t Workspace, thread: &'t Thread) -> Self {
        Self {
            workspace,
            thread,
            visible: thread.visible(),
            facts: None,
            verified: None,
        }
    }

    /// The same, as it is stored.
    fn recalled(workspace: &'t Workspace, known: &'t TrueThread) -> Self {
        Self {
            workspace,
            thread: known.thread(),
            visible: known.visible(),
            facts: Some(known.facts()),
            verified: None,
        }
    }

    /// One of which something may not be true.
    fn checked(workspace: &'t Workspace, checked: &'t CheckedThread) -> Option<Self> {
        let mut verified = HashSet::new();
        if let Some(checks) = checked.checks()
            && checks.header.is_ok()
        {
            let verdicts = checks.messages.iter();
            let good = verdicts.filter(|verdict| verdict.check.is_ok());
            verified.extend(good.map(|verdict| verdict.id));
        }
        let seen = Self::of_true(workspace, checked.thread()?);
        Some(Self {
            verified: Some(verified),
            ..seen
        })
    }

    /// The conversation.
    pub fn conversation(&self) -> ShownConversation {
        match self.facts {
            Some(facts) => ShownConversation::told(self.thread, facts.clone(), self.visible.len()),
            None => ShownConversation::of(self.thread),
        }
    }

    /// Where the page begins that ends at a place, and has at the most so many messages.
    pub fn start_of_page(&self, end: usize, limit: usize) -> usize {
        let visible = self.thread.visible();
        let newest_first = visible.iter().take(end).rev();
        let sizes = newest_first.map(|message| message.text().len());
        end.min(visible.len()) - on_one_page(sizes, limit)
    }

    /// Its messages, oldest first, from one place to another.
    pub fn messages(&self, from: usize, to: usize) -> Vec<ShownMessage> {
        let wanted = self.stored(from, to);
        let names = ThreadNames::of(self.workspace, wanted.iter().copied());
        let is_true = |id: &Hash| self.verified.as_ref().is_none_or(|all| all.contains(id));
        let shown = |message: &Message| ShownMessage::of(message, is_true(&message.id()), &names);
        wanted.into_iter().map(shown).collect()
    }

    /// The same messages as the record has them.
    pub fn stored(&self, from: usize, to: usize) -> Vec<&'t Message> {
        let visible = self.visible.iter().copied();
        visible.take(to).skip(from).collect()
    }

    /// The last question, if nobody answered it to its end, and whether somebody began to.
    pub fn unanswered(&self) -> Option<(Hash, bool)> {
        let last = self.visible.last()?;
        let is_interrupted = last.is_interrupted();
        let question = match last.role() {
            Role::Human => Some(last.id()),
            Role::Ai if is_interrupted => question_of(last),
            _ => None,
        };
        question.map(|question| (question, is_interrupted))
    }

    /// The names of its messages, oldest first.
    pub fn names(&self) -> Vec<Uuid> {
        let visible = self.visible.iter();
        visible.map(|message| Uuid::of(&message.id())).collect()
    }
}

/// Looks at a conversation of the profile's owner; at one that it reaches, if a page asks for them.
///
/// # Errors
/// If there is none, or it can't be read.
pub(super) async fn look<T: Send + 'static>(
    speaker: &Speaker,
    id: Uuid,
    look: impl Fn(&Seen<'_>) -> T + Send + Sync + 'static,
) -> Result<T, Fault> {
    let (profile, embedder) = (&speaker.profile, speaker.embedder.clone());
    let look = Arc::new(look);
    let here = Arc::clone(&look);
    let live = profile.with_conversation(id, embedder, move |profile, root| {
        let workspace = &profile.home.workspace;
        let seen = |thread: &Thread| here(&Seen::of_true(workspace, thread));
        Ok((root, profile.conversations.look(&root, seen)))
    });
    let (root, live) = live.await?.map_err(of_told)?;
    if let Some(seen) = live {
        return Ok(seen);
    }
    let stored = profile.read(move |workspace| told(stored(workspace, &root, &*look)));
    stored.await?.map_err(of_told)
}

fn stored<T>(
    workspace: &Workspace,
    root: &Hash,
    look: &dyn Fn(&Seen<'_>) -> T,
) -> Result<T, ServiceError> {
    let known = match workspace.threads().look(&root.to_string()) {
        Ok(known) => known,
        Err(WorkError::ErasedByYou(_)) => return Err(Refusal::NotFound.into()),
        Err(WorkError::NotFound(_)) => return Err(missing(workspace)?.into()),
        Err(error) => return Err(error.into()),
    };
    let seen = match &known {
        ThreadLook::True(known) => Some(Seen::recalled(workspace, known)),
        ThreadLook::Opened(opened) => Some(Seen::of_true(workspace, opened)),
        ThreadLook::Checked(checked) if checked.file.reading.is_none() => {
            return Err(Refusal::Unreadable.into());
        }
        ThreadLook::Checked(checked) => Seen::checked(workspace, checked),
    };
    let owner = workspace.owner()?;
    let is_own = |seen: &Seen<'_>| {
        let branch = match &known {
            ThreadLook::Checked(checked) => checked.file.entry.owner,
            ThreadLook::True(_) | ThreadLook::Opened(_) => seen.thread.signer(),
        };
        is_conversation(seen.thread, branch, owner)
    };
    let seen = seen.filter(is_own).ok_or(Refusal::NotFound)?;
    Ok(look(&seen))
}
