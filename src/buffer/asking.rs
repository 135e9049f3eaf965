//! What an AI gets to read of a buffer.

use super::{BufferError, Buffers, Mode, Work, threads};
use crate::model::{Hash, Thread};
use crate::prompt::Window;
use crate::turn::{Question, Session, TurnError};
use std::collections::HashSet;

/// An answer takes no more bytes in its thread's file: no model says as much at once, and a view, a
/// mirror and a prompt hold many.
pub const LONGEST_REPLY: usize = 1 << 20;

/// A question of a buffer that is to be asked.
#[derive(Debug, Clone, Copy)]
pub struct Posed<'a> {
    /// The thread that it stands in, by its root.
    pub thread: Hash,
    /// The question.
    pub question: Hash,
    /// The answer that another is to take the place of.
    pub replaces: Option<Hash>,
    /// The model to ask for.
    pub model: Option<&'a str>,
}

impl Buffers {
    /// A question with the last messages of its buffer, ready to be asked.
    ///
    /// # Errors
    /// If its thread can't be opened; within, if the thread does not show it.
    pub fn question(
        &mut self,
        work: Work<'_>,
        mode: Mode,
        posed: Posed<'_>,
    ) -> Result<Result<Question, TurnError>, BufferError> {
        let limit = self.limit().get();
        let earlier = self.earlier_of(work, mode, &posed.thread, limit)?;
        let earlier: Vec<&Thread> = earlier.iter().collect();
        self.with_session_of(work, mode, &posed.thread, |session| {
            let window = Window {
                earlier: &earlier,
                limit,
            };
            let question = session.question_in(window, posed.question, posed.replaces, posed.model);
            question.map(|question| question.with_room_for(LONGEST_REPLY))
        })
    }

    /// A thread of the buffer's, as it is said in now or as it is stored; `None` if there is none.
    ///
    /// # Errors
    /// If it can't be opened.
    pub fn thread(
        &mut self,
        work: Work<'_>,
        mode: Mode,
        root: &Hash,
    ) -> Result<Option<Thread>, BufferError> {
        if self.one(mode).current.is_some_and(|now| now.root == *root) {
            let whole = |session: &mut Session<'_>| session.thread().clone();
            return self.with_session(work, mode, whole).map(Some);
        }
        match threads::at_root(work, mode, root)? {
            threads::Opened::Thread(thread) => Ok(Some(*thread)),
            threads::Opened::Missing | threads::Opened::LeftOut(_) => Ok(None),
        }
    }

    /// How many messages a window of so many shows before those of a thread.
    ///
    /// # Errors
    /// If the threads that gave way to it can't be read.
    pub fn shown_before(
        &mut self,
        work: Work<'_>,
        mode: Mode,
        root: &Hash,
        limit: usize,
    ) -> Result<usize, BufferError> {
        let earlier = self.earlier_of(work, mode, root, limit)?;
        Ok(earlier.iter().map(|thread| thread.visible().len()).sum())
    }

    /// The threads that gave way to a thread, as far back as a window of so many messages reaches,
    /// the oldest first.
    fn earlier_of(
        &mut self,
        work: Work<'_>,
        mode: Mode,
        root: &Hash,
        limit: usize,
    ) -> Result<Vec<Thread>, BufferError> {
        let Some(thread) = self.thread(work, mode, root)? else {
            return Ok(Vec::new());
        };
        let mut seen = HashSet::from([*root]);
        let mut messages = thread.visible().len();
        let mut before = thread.continues();
        let mut earlier = Vec::new();
        while let Some(root) = before.filter(|root| messages < limit && seen.insert(*root)) {
            let Some(thread) = self.thread(work, mode, &root)? else {
                break;
            };
            messages += thread.visible().len();
            before = thread.continues();
            earlier.push(thread);
        }
        earlier.reverse();
        Ok(earlier)
    }
}
