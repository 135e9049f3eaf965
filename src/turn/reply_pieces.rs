//! A reply while it comes.

use super::Question;
use crate::backend::Event;
use crate::store::ReplyPiece;

/// Pieces are noted in the journal when so many bytes came, or when nothing comes for a moment.
const ENOUGH_BYTES: usize = 512;

/// Notes a reply in the journal while it comes, so that even a killed process loses none of it.
pub(super) struct ReplyPieces<'a> {
    question: &'a Question,
    agent: &'a str,
    backend: &'a str,
    waiting: String,
}

impl<'a> ReplyPieces<'a> {
    pub(super) fn new(question: &'a Question, agent: &'a str, backend: &'a str) -> Self {
        Self {
            question,
            agent,
            backend,
            waiting: String::new(),
        }
    }

    pub(super) fn hear(&mut self, event: Event<'_>) {
        match event {
            Event::Text(piece) => self.waiting.push_str(piece),
            Event::Waiting { .. } if !self.waiting.is_empty() => return self.note(),
            _ => {}
        }
        if self.waiting.len() >= ENOUGH_BYTES {
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
            text: std::mem::take(&mut self.waiting),
        };
        // A full disk will be told when the whole answer is kept; an answer that is coming is not
        // stopped for it.
        let _ = self.question.notes.piece(&piece);
    }
}
