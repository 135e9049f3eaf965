//! What is done with conversations on the profile's thread, and looking at them beside it.

use super::append::{Append, AppendError, Said};
use super::queue::Job;
use super::work::tell_trouble;
use super::{Kept, ProfileHandle, ProfileWork, Refused};
use crate::model::{Embedder, Hash, State, Thread, Uuid};
use crate::server::replies::{ComingReply, Talk};
use crate::service::{
    Changes, NewConversation, NewMessage, Refusal, ServiceError, ShownConversation, ShownMessage,
    ThreadNames,
};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How often it is looked whether those whose replies are coming still have a part in the project.
const MEMBERS_LOOKED_AT: Duration = Duration::from_secs(1);

/// A message that is on disk, and the reply that was asked for.
pub struct SaidMessage {
    /// The message.
    pub message: ShownMessage,
    /// The reply, if one was asked for.
    pub reply: Option<Arc<ComingReply>>,
}

impl ProfileHandle {
    /// Says something in a conversation and, if it asks, has an AI asked about it once it is its
    /// turn. When this returns the message is on disk. A repeated request gets what there is.
    ///
    /// # Errors
    /// When it is not accepted, or could not be written; then nothing of it stays.
    pub async fn say(
        &self,
        conversation: Uuid,
        message: NewMessage,
        asks: bool,
    ) -> Result<SaidMessage, AppendError> {
        let (answer, answered) = oneshot::channel();
        self.offer(Job::Append(Append {
            said: Said::Conversation(conversation, Box::new(message)),
            asks,
            then: Box::new(move |profile, kept| {
                let said = kept.and_then(|kept| profile.said(&conversation, kept, asks));
                let _ = answer.send(said);
            }),
        }))?;
        answered.await.map_err(|_| self.why_unanswered())?
    }

    /// Does something with a conversation on the profile's thread; with one that this page reaches, if
    /// one asks.
    ///
    /// # Errors
    /// When the worker does not get to it; within, if it is refused or went wrong, which is told.
    pub async fn with_conversation<T: Send + 'static>(
        &self,
        id: Uuid,
        embedder: Option<Embedder>,
        step: impl FnOnce(&mut ProfileWork, Hash) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<Result<T, Option<Refusal>>, Refused> {
        self.run(move |profile| {
            let work = profile.home.work();
            let root = profile
                .conversations
                .root_reached(work, &id, embedder.as_ref());
            told(root.and_then(|root| step(profile, root)))
        })
        .await
    }
}

/// A refusal as such; what went wrong is told to the operator and none.
pub fn told<T>(done: Result<T, ServiceError>) -> Result<T, Option<Refusal>> {
    done.map_err(|error| match error {
        ServiceError::Refused(refusal) => Some(refusal),
        error => {
            tell_trouble("something could not be done with a conversation", &error);
            None
        }
    })
}

/// What was committed is there, also where it can't be looked at again.
fn not_shown(error: ServiceError) -> AppendError {
    match error {
        ServiceError::Refused(refusal) => refusal.into(),
        error => {
            tell_trouble("a message that was saved could not be shown", &error);
            AppendError::NotShown
        }
    }
}

impl ProfileWork {
    fn said(
        &mut self,
        conversation: &Uuid,
        kept: Kept,
        asks: bool,
    ) -> Result<SaidMessage, AppendError> {
        let id = kept.appended.id;
        let workspace = Arc::clone(&self.home.workspace);
        let shown = |thread: &Thread| {
            let mut newest_first = thread.messages().iter().rev();
            let message = newest_first.find(|message| message.id() == id);
            message.map(|message| {
                let names = ThreadNames::of(&workspace, [message]);
                ShownMessage::of(message, true, &names)
            })
        };
        // What was committed just now is in its session, whatever becomes of the rest.
        let live = match kept.is_repeat {
            true => None,
            false => self.conversations.look_at_named(conversation, shown),
        };
        let (root, message) = match live {
            Some((root, Some(message))) => (root, message),
            _ => self.stored_message(conversation, shown)?,
        };
        let reply = asks.then(|| self.reply_to(Talk::Conversation(root), kept));
        Ok(SaidMessage { message, reply })
    }

    /// The same of what is stored, with its conversation's root.
    fn stored_message(
        &mut self,
        conversation: &Uuid,
        shown: impl FnOnce(&Thread) -> Option<ShownMessage>,
    ) -> Result<(Hash, ShownMessage), AppendError> {
        let work = self.home.work();
        let root = self.conversations.root_of(work, conversation);
        let root = root.map_err(not_shown)?;
        let message = self.conversations.with_thread(work, &root, shown);
        let message = message.map_err(not_shown)?;
        Ok((root, message.ok_or(AppendError::NotShown)?))
    }

    /// Begins a conversation.
    ///
    /// # Errors
    /// If it is refused, or went wrong.
    pub fn begin_conversation(
        &mut self,
        new: &NewConversation,
    ) -> Result<ShownConversation, Option<Refusal>> {
        let work = self.home.work();
        let created = self.conversations.create(work, new);
        let shown = created.and_then(|root| self.conversations.shown(work, &root));
        self.note_said();
        // What can't be looked at is told by the next look around.
        let _ = self.note_tip();
        told(shown)
    }

    /// Archives a conversation. A reply that is coming is kept as far as it came, in it.
    ///
    /// # Errors
    /// If there is none, or it can't be saved.
    pub fn archive_conversation(&mut self, root: &Hash) -> Result<(), ServiceError> {
        self.stop_replies_in(root);
        let work = self.home.work();
        self.conversations.archive(work, root)
    }

    /// Takes an archived conversation up again.
    ///
    /// # Errors
    /// If there is none, if there are as many in use as there may be, or it can't be saved.
    pub fn restore_conversation(&mut self, root: &Hash) -> Result<(), ServiceError> {
        let work = self.home.work();
        self.conversations.restore(work, root)
    }

    /// Stops what comes and waits where its user was put out of the project. Nothing of it is kept.
    pub(super) fn stop_what_is_out_of_reach(&mut self) {
        if self.looked_at_members.elapsed() < MEMBERS_LOOKED_AT {
            return;
        }
        self.looked_at_members = Instant::now();
        for talk in self.replies.talks() {
            if let Talk::Conversation(root) = talk
                && self.replies.of(talk).is_busy()
                && self.conversations.is_out_of_reach(self.home.work(), &root)
            {
                self.stop_replies(talk);
            }
        }
    }

    /// Whether a conversation is in use.
    ///
    /// # Errors
    /// If it is not.
    pub fn check_open(&mut self, root: &Hash) -> Result<(), ServiceError> {
        let work = self.home.work();
        let state = self.conversations.with_thread(work, root, Thread::state)?;
        match state {
            State::Active => Ok(()),
            State::Archived => Err(Refusal::Archived.into()),
        }
    }

    /// Changes what a conversation is called, or what it is for.
    ///
    /// # Errors
    /// If it is archived or none, if that is not accepted, or it can't be saved.
    pub fn change_conversation(
        &mut self,
        root: &Hash,
        changes: &Changes,
    ) -> Result<(), ServiceError> {
        let work = self.home.work();
        self.conversations.change(work, root, changes)
    }
}
