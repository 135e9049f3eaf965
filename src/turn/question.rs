//! A question on its way to an AI, and the asking.

use super::reply_pieces::ReplyPieces;
use super::reply_room::ReplyRoom;
use super::{Session, TurnError};
use crate::backend::{Backend, FilePlace, Listener, NoReply, Reply, Request};
use crate::model::json::{Map, Value};
use crate::model::{Hash, Message, Role, Thread, Timestamp};
use crate::prompt::{self, BroughtIn, BroughtSource, BroughtText, Prompt, Window};
use crate::store::{ReplyNotes, StoreError};
use serde_json::json;
use std::ops::ControlFlow;
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
    /// What was brought in from earlier threads, as the record says it.
    pub(super) context: Option<Value>,
    /// How much an answer may take in the thread's file; more than the thread has room for is
    /// refused when it is kept.
    room: usize,
    /// What its answer is signed with besides.
    pub(super) answer_fields: Map<String, Value>,
    model: Option<String>,
    files: FilePlace,
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

    /// A question of a rolling conversation, with its last messages. `replaces` is the answer that
    /// another is to take the place of.
    ///
    /// # Errors
    /// When the thread does not show the question, when an earlier thread is of another mode, or no
    /// time is left to date an answer.
    pub fn question_in(
        &mut self,
        window: Window<'_>,
        question: Hash,
        replaces: Option<Hash>,
        model: Option<&str>,
    ) -> Result<Question, TurnError> {
        let mode = self.thread().mode();
        if window.earlier.iter().any(|earlier| earlier.mode() != mode) {
            return Err(TurnError::OtherMode);
        }
        self.prepare_asking()?;
        let budget = self.settings().context_tokens;
        let sent = prompt::window(window, self.thread(), &question, budget);
        let sent = sent.ok_or(TurnError::NothingToAnswer)?;
        let is_sealed = window.earlier.iter().any(|earlier| earlier.is_sealed());
        let mut posed = self.posed(question, replaces, sent.prompt, model)?;
        posed.context = recorded(&sent.brought_in);
        if is_sealed {
            posed.files = self.place_of_sealed_files();
        }
        Ok(posed)
    }

    /// A question with just so many of the last messages, itself among them, and what was brought in
    /// by name. `replaces` is the answer that another is to take the place of.
    ///
    /// # Errors
    /// When the thread does not show the question, or no time is left to date an answer.
    pub fn question_of_last(
        &mut self,
        count: usize,
        brought: &[BroughtText],
        question: Hash,
        replaces: Option<Hash>,
        model: Option<&str>,
    ) -> Result<Question, TurnError> {
        self.prepare_asking()?;
        let budget = self.settings().context_tokens;
        let sent = prompt::last(self.thread(), &question, count, brought, budget);
        let sent = sent.ok_or(TurnError::NothingToAnswer)?;
        let mut posed = self.posed(question, replaces, sent.prompt, model)?;
        let sources: Vec<Value> = sent.sources.iter().map(recorded_source).collect();
        posed.context = (!sources.is_empty()).then(|| sources.into());
        Ok(posed)
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
        let before = self.thread();
        let before = before.seen_from(&before.heads_without(&answer));
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
        (!last.role().is_persons() && self.may_set_aside(last)).then(|| last.id())
    }

    fn pose(
        &mut self,
        question: Hash,
        replaces: Option<Hash>,
        model: Option<&str>,
    ) -> Result<Question, TurnError> {
        self.prepare_asking()?;
        let asked = self.thread().seen_from(&[question]);
        let prompt = prompt::whole_thread(&asked, self.settings().context_tokens);
        self.posed(question, replaces, prompt, model)
    }

    fn prepare_asking(&mut self) -> Result<(), StoreError> {
        self.check_nothing_staged()?;
        self.check_not_erased()?;
        self.take_over()
    }

    fn posed(
        &mut self,
        question: Hash,
        replaces: Option<Hash>,
        prompt: Prompt,
        model: Option<&str>,
    ) -> Result<Question, TurnError> {
        // Rather no question than an answer that can't be dated.
        let posed_at = self.moment()?;
        self.forget_unkept(question);
        let is_sealed = self.thread().is_sealed();
        let journal_key = is_sealed.then(|| self.keys.journal());
        let files = if is_sealed {
            self.place_of_sealed_files()
        } else {
            FilePlace::Disk
        };
        Ok(Question {
            id: question,
            thread: self.thread().root(),
            prompt,
            replaces,
            notes: self.held.journal.reply_notes(journal_key),
            context: None,
            room: usize::MAX,
            answer_fields: Map::new(),
            files,
            model: model.map(str::to_owned),
            posed_at,
            posed: Instant::now(),
        })
    }

    fn place_of_sealed_files(&self) -> FilePlace {
        if self.settings().sealed_files_on_disk {
            FilePlace::Disk
        } else {
            FilePlace::Memory
        }
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
    /// From now on its answer is signed with these fields, too: what kind of answer it is, say.
    #[must_use]
    pub fn answered_with(mut self, fields: Map<String, Value>) -> Self {
        self.answer_fields = fields;
        self
    }

    /// The message that is to be answered.
    #[cfg_attr(
        not(feature = "internals"),
        expect(dead_code, reason = "a server names questions")
    )]
    pub fn id(&self) -> Hash {
        self.id
    }

    /// The root of the thread that it stands in.
    pub fn thread(&self) -> Hash {
        self.thread
    }

    /// The question, whose answer may take so many bytes in the thread's file.
    pub fn with_room_for(mut self, bytes: usize) -> Self {
        self.room = bytes;
        self
    }

    /// Notes nothing more of what comes: an answer is made of what there is.
    pub fn close_notes(&self) {
        self.notes.close();
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
            files: self.files,
        };
        let (agent, recorded) = (backend.name().to_owned(), backend.recorded());
        let mut pieces = ReplyPieces::new(self, &agent, &recorded);
        let mut room = ReplyRoom::of(self.room);
        let asked = backend.ask(&request, &mut |event| {
            let event = room.admit(event);
            pieces.hear(event);
            match listener(event) {
                ControlFlow::Continue(()) if room.is_full() => ControlFlow::Break(()),
                flow => flow,
            }
        });
        let asked = asked.map(|reply| room.cut(reply));
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

/// What the record says of the messages of earlier threads that were sent.
fn recorded(brought_in: &[BroughtIn]) -> Option<Value> {
    (!brought_in.is_empty()).then(|| brought_in.iter().map(recorded_messages).collect())
}

fn recorded_messages(part: &BroughtIn) -> Value {
    json!({
        "type": "messages",
        "thread": part.thread.to_string(),
        "first": part.first.to_string(),
        "last": part.last.to_string(),
        "count": part.count,
    })
}

/// What it says of what a person brought in by naming it.
pub fn recorded_source(source: &BroughtSource) -> Value {
    match source {
        BroughtSource::Messages(part) => recorded_messages(part),
        BroughtSource::Draft {
            draft,
            thread,
            message,
        } => json!({
            "type": "draft",
            "draft": draft.to_string(),
            "thread": thread.to_string(),
            "message": message.to_string(),
        }),
        BroughtSource::Project(id) => json!({ "type": "project", "project": id.to_string() }),
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
