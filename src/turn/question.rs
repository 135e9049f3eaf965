//! A question on its way to an AI, and the asking.

use super::reply_pieces::ReplyPieces;
use super::{Session, TurnError};
use crate::backend::{Backend, Listener, NoReply, Reply, Request};
use crate::model::{Hash, Message, Role, Thread, Timestamp};
use crate::prompt::{self, Prompt};
use crate::store::ReplyNotes;
use std::time::Instant;

/// A question, with all that is sent with it. It owns what it holds, and knows nothing of the
/// session, so it can be asked on any thread, while the session does other things.
#[derive(Debug)]
pub struct Question {
    pub(super) id: Hash,
    pub(super) thread: Hash,
    pub(super) prompt: Prompt,
    pub(super) replaces: Option<Hash>,
    pub(super) notes: ReplyNotes,
    model: Option<String>,
    posed_at: Timestamp,
    posed: Instant,
}

/// What an AI gave, and which did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenReply {
    /// The name under which the answer is signed.
    pub agent: String,
    /// What the record says it came through.
    pub backend: String,
    /// The reply. It has text.
    pub reply: Reply,
}

impl Session<'_> {
    /// The newest question after which nothing stands: the one asked in this session, or else any
    /// that is shown. What another session said meanwhile may be newer, and answers nothing.
    pub fn unanswered(&self) -> Option<&Message> {
        unanswered(self.thread(), self.held.asked)
    }

    /// The newest question, ready to be asked.
    ///
    /// # Errors
    /// When there is nothing to answer, or no time is left to date an answer.
    pub fn question(&mut self, model: Option<&str>) -> Result<Question, TurnError> {
        let question = self.unanswered().ok_or(TurnError::NothingToAnswer)?.id();
        self.pose(question, None, model)
    }

    /// The question that was answered last, to be asked again. Its answer stays until another is
    /// kept in its place. Where the newest message is not answered yet this is `question`.
    ///
    /// # Errors
    /// Those of [`Session::question`].
    pub fn question_again(&mut self, model: Option<&str>) -> Result<Question, TurnError> {
        let Some(answer) = self.answer_to_replace() else {
            return self.question(model);
        };
        let mut before = self.thread().clone();
        before.set_heads(&self.thread().heads_without(&answer));
        let question = unanswered(&before, self.held.asked).ok_or(TurnError::NothingToAnswer)?;
        let question = question.id();
        self.pose(question, Some(answer), model)
    }

    /// The newest message, if it is an answer. A persona that an undone question left behind is
    /// looked past; it goes with the answer, and the next question brings it again. Another
    /// session's answer, newer than a question that waits here, is not ours to put aside.
    fn answer_to_replace(&self) -> Option<Hash> {
        if self.unanswered().is_some() {
            return None;
        }
        let visible = self.thread().visible();
        let mut newest_first = visible.iter().rev();
        let last = newest_first.find(|message| message.persona_name().is_none())?;
        (!last.role().is_persons()).then(|| last.id())
    }

    fn pose(
        &mut self,
        question: Hash,
        replaces: Option<Hash>,
        model: Option<&str>,
    ) -> Result<Question, TurnError> {
        // Rather no question than an answer that can't be dated.
        let posed_at = self.moment()?;
        self.forget_unkept(question);
        let mut asked = self.thread().clone();
        asked.set_heads(&[question]);
        Ok(Question {
            id: question,
            thread: asked.root(),
            prompt: prompt::whole_thread(&asked, self.settings().context_tokens),
            replaces,
            notes: self.held.journal.reply_notes(),
            model: model.map(str::to_owned),
            posed_at,
            posed: Instant::now(),
        })
    }

    /// The pieces of a reply that could not be kept are not the beginning of the next one.
    fn forget_unkept(&mut self, question: Hash) {
        let held = &mut self.held;
        for (_, reply) in held.unkept.extract_if(.., |(of, _)| *of == question) {
            let _ = held.journal.no_reply(reply);
        }
    }
}

impl Question {
    /// The message that is to be answered.
    #[cfg_attr(
        not(feature = "internals"),
        expect(dead_code, reason = "a server names questions")
    )]
    pub fn id(&self) -> Hash {
        self.id
    }

    /// Asks, hands the pieces of the reply to the listener as they come, and waits for its end. The
    /// pieces are noted in the session's journal too, so that they outlive this process; what came
    /// is an answer once the session keeps it.
    ///
    /// # Errors
    /// When there is no reply, or one without text.
    pub fn ask(
        &self,
        backend: &dyn Backend,
        listener: Listener<'_>,
    ) -> Result<GivenReply, NoReply> {
        let request = Request {
            prompt: &self.prompt,
            model: self.model.as_deref(),
        };
        let (agent, recorded) = (backend.name().to_owned(), backend.recorded());
        let mut pieces = ReplyPieces::new(self, &agent, &recorded);
        let asked = backend.ask(&request, &mut |event| {
            pieces.hear(event);
            listener(event)
        });
        match asked.and_then(Reply::with_text) {
            Ok(reply) => Ok(GivenReply {
                agent,
                backend: recorded,
                reply,
            }),
            Err(none) => {
                // Where this can't be noted, recovery would take the pieces for a cut answer, which
                // they are.
                let _ = self.notes.no_reply();
                Err(none)
            }
        }
    }

    /// The time, without a clock: this may run where the workspace is not.
    pub(super) fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.posed.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.posed_at.millis().saturating_add(passed))
    }
}

fn unanswered(thread: &Thread, asked: Option<Hash>) -> Option<&Message> {
    let heads = thread.heads();
    let mut waiting = thread.visible();
    waiting.retain(|message| message.role() == Role::Human && heads.contains(&message.id()));
    let asked_here = waiting
        .iter()
        .rposition(|message| asked == Some(message.id()));
    match asked_here {
        Some(place) => Some(waiting[place]),
        None => waiting.last().copied(),
    }
}
