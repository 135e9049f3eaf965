//! Asking AIs: each step of a reply that needs the profile's thread.
//!
//! ```text
//! wait   the question is on disk; its turn comes when no other reply of its talk is coming
//! send   on a thread of its own: the backend, and what comes of it
//! came   kept as the signed answer, or not
//! stop   kept as far as it came, at once, whatever the backend does meanwhile
//! ```

use super::queue::Job;
use super::stored_replies::{NotLookedUp, answers, answers_in};
use super::work::tell_trouble;
use super::{Kept, ProfileWork};
use crate::audit::{Category, Event, Level};
use crate::backend::{NoReply, Reply};
use crate::buffer::Posed;
use crate::model::Hash;
use crate::server::replies::{
    Answer, ComingReply, NoAnswer, ReplyName, ReplyState, RunningReply, Talk,
};
use crate::turn::{GivenReply, Question, Session, TurnError};
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// What an AI gave, or why it gave nothing.
type Given = Result<GivenReply, NoReply>;

/// Why a question is not asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RetryError {
    /// There is no such question here.
    #[error("there is no such reply")]
    NotFound,
    /// Something stands after it.
    #[error("only the newest message can be asked again")]
    NotNewest,
    /// Too many wait.
    #[error("too many messages wait for an answer")]
    TooManyWaiting,
    /// It can't be looked up.
    #[error(transparent)]
    NotLookedUp(#[from] NotLookedUp),
}

impl ProfileWork {
    /// Asks about a message that is on disk, as soon as it is its turn.
    pub(super) fn ask_about(&mut self, talk: Talk, question: Hash) -> Arc<ComingReply> {
        self.ask_for(ReplyName::first(question), talk)
    }

    /// The reply to a message that is on disk: a new one, or that to the message it repeats.
    pub(super) fn reply_to(&mut self, talk: Talk, kept: Kept) -> Arc<ComingReply> {
        let question = kept.appended.id;
        if !kept.is_repeat {
            return self.ask_about(talk, question);
        }
        let name = ReplyName::first(question);
        match self.find_reply(&name) {
            Ok(Some(known)) => known,
            Ok(None) => self.ask_about(talk, question),
            // It may have an answer: it is not asked again.
            Err(NotLookedUp) => {
                let state = ReplyState::None(NoAnswer::failed(&NotLookedUp));
                Arc::new(ComingReply::ended(name, talk, String::new(), state))
            }
        }
    }

    fn ask_for(&mut self, name: ReplyName, talk: Talk) -> Arc<ComingReply> {
        let reply = Arc::new(ComingReply::waiting(name, talk));
        self.replies.of_mut(talk).wait(Arc::clone(&reply));
        self.ask_next(talk);
        reply
    }

    /// Sends the next question of a talk, if no reply of it is coming.
    fn ask_next(&mut self, talk: Talk) {
        while let Some(reply) = self.replies.of_mut(talk).next() {
            let sent = match self.pose(&reply) {
                Ok(question) => self.send(&reply, question),
                Err(none) => Err(none),
            };
            if let Err(none) = sent {
                self.end(&reply, None, ReplyState::None(none));
            }
        }
        self.tell_state();
    }

    fn pose(&mut self, reply: &ComingReply) -> Result<Question, NoAnswer> {
        let question = reply.name.question;
        let found = self.thread_with(&question);
        let found = found.map_err(|error| NoAnswer::failed(&error))?;
        let (_, thread) = found.ok_or_else(NoAnswer::unanswered)?;
        let visible = thread.visible();
        let mut newest_first = visible.iter().rev();
        let replaced = newest_first.find(|message| answers(message, &question));
        let model = self.backend.model.clone();
        let posed = Posed {
            thread: thread.root(),
            question,
            replaces: replaced.map(|answer| answer.id()),
            model: model.as_deref(),
        };
        let (work, what) = (self.home.work(), "a question could not be sent");
        let asked = match reply.talk {
            Talk::Buffer(mode) => done(what, self.buffers.question(work, mode, posed)),
            Talk::Conversation(_) => done(what, self.conversations.question(work, posed)),
        };
        asked.ok_or_else(|| NoAnswer::failed(&NotLookedUp))
    }

    fn send(&mut self, reply: &Arc<ComingReply>, question: Question) -> Result<(), NoAnswer> {
        let question = Arc::new(question);
        let running = RunningReply {
            reply: Arc::clone(reply),
            question: Arc::clone(&question),
        };
        let backend = Arc::clone(&self.backend.backend);
        let sender = self.sender.clone();
        let asking = Arc::clone(&self.asking);
        let asked = Arc::clone(reply);
        let ask = move || {
            let _asking = asking;
            let listener = &mut |event: crate::backend::Event<'_>| asked.hear(event);
            let given = catch_unwind(AssertUnwindSafe(|| question.ask(&*backend, listener)));
            let step = move |profile: &mut ProfileWork| profile.came(&asked, given.ok());
            // Where nobody takes it the profile is served no longer, and the reply was kept before.
            let _ = sender.insist(Job::Step(Box::new(step)));
        };
        let thread = thread::Builder::new().name("reply".to_owned());
        if let Err(error) = thread.spawn(ask) {
            tell_trouble("no thread could be started", &error);
            return Err(NoAnswer::failed(&error));
        }
        reply.begin();
        self.replies.of_mut(reply.talk).run(running);
        Ok(())
    }

    /// A reply is over. One that was stopped meanwhile was kept then: what came later is dropped.
    fn came(&mut self, reply: &Arc<ComingReply>, given: Option<Given>) {
        match self.replies.of_mut(reply.talk).take_running(reply) {
            Some(running) => {
                let given = given.unwrap_or_else(|| self.cut(&running, NoReply::Broke));
                self.keep(&running, given);
                self.ask_next(reply.talk);
            }
            None if reply.dropped() > 0 => self.drop_late(reply),
            None => {}
        }
    }

    fn drop_late(&self, reply: &ComingReply) {
        let event = Event::new(Level::Warn, Category::System, "late_reply_dropped")
            .with("mode", reply.talk.mode())
            .with("question", reply.name.question)
            .with("bytes", reply.dropped());
        self.note_done(&event);
    }

    fn keep(&mut self, running: &RunningReply, given: Given) {
        let reply = &running.reply;
        let state = match &given {
            Ok(given) => match self.keep_answer(running, given) {
                Ok(answer) => ReplyState::Answered(answer),
                Err(none) => ReplyState::None(none),
            },
            Err(none) => ReplyState::None(NoAnswer::of(none)),
        };
        let text = given.ok().map(|given| given.reply.text);
        self.note_said();
        self.publish();
        self.end(reply, text, state);
    }

    /// In the thread of its question, also where that gave way or was archived meanwhile.
    fn keep_answer(
        &mut self,
        running: &RunningReply,
        given: &GivenReply,
    ) -> Result<Answer, NoAnswer> {
        let RunningReply { reply, question } = running;
        let (work, root) = (self.home.work(), question.thread());
        let what = "an answer could not be kept";
        let keep = |session: &mut Session<'_>| session.keep(question, given);
        let kept = match reply.talk {
            Talk::Buffer(mode) => {
                let kept = self.buffers.with_session_of(work, mode, &root, keep);
                done(what, kept)
            }
            Talk::Conversation(_) => {
                // Who was put out of a project meanwhile keeps nothing new of it.
                let allowed = self.conversations.check_membership(work, &root);
                let kept =
                    allowed.and_then(|()| self.conversations.with_session_of(work, &root, keep));
                done(what, kept)
            }
        };
        let kept = kept.ok_or_else(NoAnswer::not_kept)?;
        Ok(Answer {
            message: kept.accepted.id,
            is_interrupted: given.reply.interrupted.is_some(),
            model: given.reply.model.clone(),
        })
    }

    /// Stops a reply and keeps what came of it. Returns it, ended; `None` if none of this name waits
    /// or comes.
    pub fn stop_reply(&mut self, name: &ReplyName) -> Option<Arc<ComingReply>> {
        let talk = self.replies.unfinished(&name.question)?.talk;
        let lane = self.replies.of_mut(talk);
        if let Some(reply) = lane.take_waiting(name) {
            self.end(&reply, None, stopped());
            self.tell_state();
            return Some(reply);
        }
        let running = lane.running().filter(|running| running.reply.name == *name);
        let running = running.cloned()?;
        self.stop(&running);
        self.ask_next(talk);
        Some(running.reply)
    }

    /// Stops all replies of a talk, and keeps what came.
    pub fn stop_replies(&mut self, talk: Talk) {
        for reply in self.replies.of_mut(talk).take_all_waiting() {
            self.end(&reply, None, stopped());
        }
        let running = self.replies.of(talk).running().cloned();
        if let Some(running) = running {
            self.stop(&running);
        }
        self.tell_state();
    }

    /// Ends all replies, and keeps nothing of them: for when nothing more may be signed.
    pub(super) fn drop_replies(&mut self) {
        let dropped = || ReplyState::None(NoAnswer::not_kept());
        for talk in self.replies.talks() {
            for reply in self.replies.of_mut(talk).take_all_waiting() {
                self.end(&reply, None, dropped());
            }
            let running = self.replies.of(talk).running().cloned();
            if let Some(RunningReply { reply, question }) = running {
                self.replies.of_mut(talk).take_running(&reply);
                reply.close();
                question.close_notes();
                self.end(&reply, None, dropped());
            }
        }
        self.tell_state();
    }

    fn stop(&mut self, running: &RunningReply) {
        let given = self.cut(running, NoReply::Stopped);
        let reply = &running.reply;
        self.replies.of_mut(reply.talk).take_running(reply);
        self.keep(running, given);
    }

    /// What came of a reply, of which nothing more is taken.
    fn cut(&self, running: &RunningReply, why: NoReply) -> Given {
        let RunningReply { reply, question } = running;
        let text = reply.close();
        question.close_notes();
        let cut = Reply {
            text,
            interrupted: Some(why),
            ..Reply::default()
        };
        let backend = &self.backend.backend;
        let (agent, recorded) = (backend.name().to_owned(), backend.recorded());
        cut.with_text().map(|reply| GivenReply {
            agent,
            backend: recorded,
            reply,
        })
    }

    fn end(&mut self, reply: &Arc<ComingReply>, text: Option<String>, state: ReplyState) {
        reply.end(text, state.clone());
        self.replies.of_mut(reply.talk).remember(Arc::clone(reply));
        self.tell_state_and(|served| {
            if let Talk::Buffer(mode) = reply.talk {
                served.modes.of_mut(mode).note_end(reply.name, state);
            }
        });
    }

    /// Asks a question again. Its answer stays until there is another. Where it is being asked
    /// already, that is the reply.
    ///
    /// # Errors
    /// When there is no such question, or it is not the newest.
    pub fn retry(&mut self, name: &ReplyName) -> Result<Arc<ComingReply>, RetryError> {
        let question = name.question;
        if let Some(reply) = self.replies.unfinished(&question) {
            return Ok(reply);
        }
        let (talk, thread) = self.thread_with(&question)?.ok_or(RetryError::NotFound)?;
        if !self.is_newest(talk, &thread, &question) {
            return Err(RetryError::NotNewest);
        }
        if self.replies.of(talk).room() == 0 {
            return Err(RetryError::TooManyWaiting);
        }
        let attempt = answers_in(&thread, &question).count() + 1;
        Ok(self.ask_for(ReplyName { question, attempt }, talk))
    }

    /// Waits until nobody asks any more, but not for ever: programs that were told to stop are gone
    /// then.
    pub(super) fn wait_for_asking(&self, time: Duration) {
        let until = Instant::now() + time;
        while Arc::strong_count(&self.asking) > 1 && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// What a step gave; what stood in its way is told.
fn done<T>(what: &'static str, step: Result<Result<T, TurnError>, impl Error>) -> Option<T> {
    match step {
        Ok(Ok(done)) => Some(done),
        Ok(Err(error)) => {
            tell_trouble(what, &error);
            None
        }
        Err(error) => {
            tell_trouble(what, &error);
            None
        }
    }
}

fn stopped() -> ReplyState {
    ReplyState::None(NoAnswer::of(&NoReply::Stopped))
}
