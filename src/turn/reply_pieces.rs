//! A reply while it comes.

use super::Question;
use crate::backend::Event;
use crate::store::ReplyPiece;
use std::time::{Duration, Instant};

/// Pieces are noted in the journal when so many bytes came, when nothing comes for a moment, or when
/// the oldest of them waited for so long: of a slow answer else nothing would be there.
const ENOUGH_BYTES: usize = 512;
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// Notes a reply in the journal while it comes, so that even a killed process loses no more of it than
/// what came last.
pub(super) struct ReplyPieces<'a> {
    question: &'a Question,
    agent: &'a str,
    backend: &'a str,
    waiting: String,
    /// Since when the oldest of it waits.
    since: Instant,
    is_first: bool,
}

impl<'a> ReplyPieces<'a> {
    pub(super) fn new(question: &'a Question, agent: &'a str, backend: &'a str) -> Self {
        Self {
            question,
            agent,
            backend,
            waiting: String::new(),
            since: Instant::now(),
            is_first: true,
        }
    }

    pub(super) fn hear(&mut self, event: Event<'_>) {
        match event {
            Event::Text(piece) => self.take(piece),
            Event::Waiting { .. } if !self.waiting.is_empty() => self.note(),
            _ => {}
        }
    }

    fn take(&mut self, piece: &str) {
        if self.waiting.is_empty() {
            self.since = Instant::now();
        }
        self.waiting.push_str(piece);
        if self.waiting.len() >= ENOUGH_BYTES || self.since.elapsed() >= LONGEST_WAIT {
            self.note();
        }
    }

    fn note(&mut self) {
        let piece = ReplyPiece {
            agent: self.agent.to_owned(),
            backend: Some(self.backend.to_owned()),
            prev: vec![self.question.id],
            replaces: self.question.replaces,
            timestamp: self.question.now(),
            context: self.question.context.clone().filter(|_| self.is_first),
            text: std::mem::take(&mut self.waiting),
        };
        // A full disk will be told when the whole answer is kept; an answer that is coming is not
        // stopped for it.
        let _ = self.question.notes.piece(&piece);
        self.is_first = false;
    }
}
