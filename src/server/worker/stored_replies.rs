//! Replies as they are stored, and the threads with their questions.

use super::ProfileWork;
use super::work::tell_trouble;
use crate::buffer::Mode;
use crate::model::{Face, Hash, Message, Role, Thread};
use crate::server::replies::{Answer, ComingReply, NoAnswer, ReplyName, ReplyState, Talk};
use crate::workspace::Summary;
use std::error::Error;
use std::sync::Arc;

/// What is stored can't be read, so nobody knows whether there is such a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what is stored can't be read")]
pub struct NotLookedUp;

impl ProfileWork {
    /// Whether a question, or its answer, is the last that is shown.
    pub(super) fn is_newest(&self, talk: Talk, thread: &Thread, question: &Hash) -> bool {
        let is_it = |last: &Message| last.id() == *question || answers(last, question);
        match talk {
            Talk::Buffer(mode) => {
                let view = self.buffers.view(mode);
                view.messages
                    .last()
                    .is_some_and(|last| is_it(&last.message))
            }
            Talk::Conversation(_) => thread.visible().last().is_some_and(|last| is_it(last)),
        }
    }

    /// The replies of a talk that come, wait, or have ended lately.
    pub fn replies_known(&self, talk: Talk) -> Vec<Arc<ComingReply>> {
        self.replies.of(talk).known()
    }

    /// The reply of a name: the one that waits or comes, or as it is stored. `None` if there is no
    /// such question.
    ///
    /// # Errors
    /// If what is stored can't be read.
    pub fn find_reply(
        &mut self,
        name: &ReplyName,
    ) -> Result<Option<Arc<ComingReply>>, NotLookedUp> {
        let known = self.replies.find(name);
        if known.is_some() {
            return Ok(known);
        }
        let Some((talk, thread)) = self.thread_with(&name.question)? else {
            return Ok(None);
        };
        let answer = answers_in(&thread, &name.question).nth(name.attempt - 1);
        let (text, state) = match answer {
            Some(answer) => (answer.text(), ReplyState::Answered(stored(answer))),
            None => (String::new(), ReplyState::None(NoAnswer::unanswered())),
        };
        let reply = ComingReply::ended(*name, talk, text, state);
        Ok(Some(Arc::new(reply)))
    }

    /// The thread with a question, and whose it is: as it is said in now, or as it is stored.
    pub(super) fn thread_with(
        &mut self,
        question: &Hash,
    ) -> Result<Option<(Talk, Thread)>, NotLookedUp> {
        if let Some(thread) = self.conversations.live_with(question) {
            return Ok(Some((Talk::Conversation(thread.root()), thread)));
        }
        for mode in Mode::ALL {
            let view = self.buffers.view(mode);
            let mut shown = view.messages.iter();
            if let Some(shown) = shown.find(|shown| shown.message.id() == *question) {
                let talk = Talk::Buffer(mode);
                let thread = self.thread_of(talk, &shown.root)?;
                return Ok(thread.map(|thread| (talk, thread)));
            }
        }
        self.save();
        let threads = self.home.workspace.threads();
        let places = threads.threads_with_message(question);
        let places = places.map_err(not_looked_up)?;
        for place in places {
            let Some(root) = place.thread.root else {
                continue;
            };
            let Some(talk) = talk_of(&place.thread, root) else {
                continue;
            };
            if let Some(thread) = self.thread_of(talk, &root)? {
                return Ok(Some((talk, thread)));
            }
        }
        Ok(None)
    }

    fn thread_of(&mut self, talk: Talk, root: &Hash) -> Result<Option<Thread>, NotLookedUp> {
        let work = self.home.work();
        match talk {
            Talk::Buffer(mode) => {
                let thread = self.buffers.thread(work, mode, root);
                thread.map_err(not_looked_up)
            }
            Talk::Conversation(_) => {
                let thread = self.conversations.thread(work, root);
                thread.map_err(not_looked_up)
            }
        }
    }
}

/// What can't be read is told to the operator.
fn not_looked_up(error: impl Error) -> NotLookedUp {
    tell_trouble("a question could not be looked up", &error);
    NotLookedUp
}

/// Where a thread is said in, as the index knows it.
fn talk_of(thread: &Summary, root: Hash) -> Option<Talk> {
    if thread.face.as_deref() == Some(Face::Service.as_str()) {
        return Some(Talk::Conversation(root));
    }
    Mode::read(&thread.mode).map(Talk::Buffer)
}

fn stored(answer: &Message) -> Answer {
    Answer {
        message: answer.id(),
        is_interrupted: answer.field("interrupted").is_some(),
        model: answer.text_field("model").map(|model| model.to_string()),
    }
}

pub(super) fn answers(message: &Message, question: &Hash) -> bool {
    message.role() == Role::Ai && message.prev().contains(question)
}

/// The answers that a question got, in the order in which they came, also those set aside.
pub(super) fn answers_in<'t>(
    thread: &'t Thread,
    question: &'t Hash,
) -> impl Iterator<Item = &'t Message> {
    let messages = thread.messages().iter();
    messages.filter(move |message| answers(message, question))
}
