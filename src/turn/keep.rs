//! Keeping an answer, in a thread that may have moved on while it was coming.

use super::{Accepted, GivenReply, Question, Session, TurnError};
use crate::backend::{Backend, Listener, NoReply, Usage};
use crate::model::json::{MAX_INTEGER, Map, Value};
use crate::model::{Message, MessageDraft, Role};
use crate::store::StoreError;

/// An answer that was kept, and what it came with.
#[derive(Debug)]
pub struct KeptAnswer {
    /// The answer's message.
    pub accepted: Accepted,
    /// Whether it is shown. It stands aside where its question was taken back meanwhile, or where
    /// the talk went on from the answer that it was to replace.
    #[cfg_attr(
        not(feature = "internals"),
        expect(dead_code, reason = "the chat asks in one step")
    )]
    pub is_shown: bool,
    /// Why it is not whole.
    pub interrupted: Option<NoReply>,
    /// How many of the oldest messages the AI did not get to read.
    pub left_out: usize,
    /// What it took, as the backend counted it.
    pub usage: Option<Usage>,
    /// What was sent, counted roughly.
    pub sent_tokens: usize,
}

impl Session<'_> {
    /// Signs the answer to a question with the agent's key, and puts it on disk. It stands after its
    /// question, whatever was said meanwhile. Where it can't be kept now it may be tried again.
    ///
    /// # Errors
    /// When the question is another thread's, when the thread has no room for the answer, or it
    /// can't be written.
    pub fn keep(
        &mut self,
        question: &Question,
        given: &GivenReply,
    ) -> Result<KeptAnswer, TurnError> {
        let is_here = |message: &Message| message.id() == question.id;
        let is_ours = question.thread == self.thread().root();
        if !is_ours || !self.thread().messages().iter().any(is_here) {
            return Err(TurnError::AnotherThread);
        }
        let kept = self.keep_answer(question, given);
        if kept.is_err() {
            self.remember_unkept(question);
        }
        let (accepted, is_shown) = kept?;
        Ok(KeptAnswer {
            accepted,
            is_shown,
            interrupted: given.reply.interrupted.clone(),
            left_out: question.prompt.left_out,
            usage: given.reply.usage,
            sent_tokens: question.prompt.tokens,
        })
    }

    /// Asks for an answer to the newest question, hands its pieces to the listener as they come,
    /// and keeps it.
    ///
    /// # Errors
    /// Those of [`Session::question`], [`Question::ask`] and [`Session::keep`].
    pub fn ask(
        &mut self,
        backend: &dyn Backend,
        model: Option<&str>,
        listener: Listener<'_>,
    ) -> Result<KeptAnswer, TurnError> {
        let question = self.question(model)?;
        self.ask_and_keep(&question, backend, listener)
    }

    /// Asks again: another answer takes the place of the newest, which is put aside. Should none
    /// come, the old one stays. Where the newest message is not answered yet this is `ask`.
    ///
    /// # Errors
    /// Those of [`Session::ask`].
    pub fn ask_again(
        &mut self,
        backend: &dyn Backend,
        model: Option<&str>,
        listener: Listener<'_>,
    ) -> Result<KeptAnswer, TurnError> {
        let question = self.question_again(model)?;
        self.ask_and_keep(&question, backend, listener)
    }

    fn ask_and_keep(
        &mut self,
        question: &Question,
        backend: &dyn Backend,
        listener: Listener<'_>,
    ) -> Result<KeptAnswer, TurnError> {
        match question.ask(backend, listener) {
            Ok(given) => self.keep(question, &given),
            Err(none) => {
                self.remember_unkept(question);
                Err(none.into())
            }
        }
    }

    /// Its pieces are in the journal still; the next time that it is asked they are struck out.
    fn remember_unkept(&mut self, question: &Question) {
        if question.notes.is_open() {
            let reply = (question.id, question.notes.number());
            self.held.unkept.push(reply);
        }
    }

    fn keep_answer(
        &mut self,
        question: &Question,
        given: &GivenReply,
    ) -> Result<(Accepted, bool), StoreError> {
        self.check_nothing_staged()?;
        self.take_over()?;
        self.check_capacity(self.held.size + given.reply.text.len())?;
        let answer = self.sign_answer(question, given)?;
        self.list_agent(&given.agent)?;
        let size = self.size_with(&answer)?;
        self.rebase_journal()?;
        let replaces = question.replaces.as_ref();
        let (id, reply) = (answer.id(), question.notes.number());
        self.note(|journal, _| journal.answer(&answer, reply, replaces))?;
        let is_shown = self.held.thread.append_answer(answer, replaces);
        Ok((self.accepted(id, size), is_shown))
    }

    fn sign_answer(
        &mut self,
        question: &Question,
        given: &GivenReply,
    ) -> Result<Message, StoreError> {
        let reply = &given.reply;
        let signer = self.keys.agent(&given.agent);
        let draft = MessageDraft::new(
            Role::Ai,
            &reply.text,
            self.moment()?,
            signer.public(),
            &[question.id],
        )
        .with("agent", Some(given.agent.as_str()))
        .with("backend", Some(given.backend.as_str()))
        .with("model", reply.model.as_deref())
        .with("usage", reply.usage.map(recorded))
        .with("context", question.context.clone())
        .with("interrupted", reply.interrupted.is_some().then_some(true))
        .with_all(question.answer_fields.clone());
        self.sign(&signer, draft)
    }

    /// The thread's signature covers whose key an agent's is.
    fn list_agent(&mut self, agent: &str) -> Result<(), StoreError> {
        let entry = self.keys.agent_entry_in(self.thread(), agent);
        let held = &mut self.held;
        if held.thread.agents().contains(&entry) {
            return Ok(());
        }
        held.thread.add_agent(&entry);
        self.note_header()
    }
}

/// What the record says of the tokens that an answer took: what is known of them.
fn recorded(usage: Usage) -> Value {
    let counts = [
        ("prompt_tokens", usage.prompt),
        ("cached_tokens", usage.cached),
        ("completion_tokens", usage.completion),
        ("reasoning_tokens", usage.reasoning),
    ];
    let mut recorded = Map::new();
    for (name, count) in counts {
        if let Some(count) = count {
            recorded.insert(name.to_owned(), count.min(MAX_INTEGER).into());
        }
    }
    recorded.into()
}
