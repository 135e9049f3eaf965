//! An answer while it comes.

use crate::backend::Event;
use crate::model::Hash;
use crate::store::{Journal, ReplyPiece};
use crate::workspace::Workspace;

/// Pieces are noted in the journal when so many bytes came, or when nothing comes for a moment.
const PARTIAL_BYTES: usize = 512;

/// Notes an answer in the journal while it comes, so that even a killed process loses none of it.
pub(super) struct Notes<'a> {
    journal: &'a mut Journal,
    workspace: &'a Workspace,
    agent: &'a str,
    backend: &'a str,
    question: Hash,
    waiting: String,
}

impl<'a> Notes<'a> {
    pub(super) fn new(
        journal: &'a mut Journal,
        workspace: &'a Workspace,
        (agent, backend): (&'a str, &'a str),
        question: Hash,
    ) -> Self {
        Self {
            journal,
            workspace,
            agent,
            backend,
            question,
            waiting: String::new(),
        }
    }

    pub(super) fn hear(&mut self, event: Event<'_>) {
        match event {
            Event::Text(piece) => self.waiting.push_str(piece),
            Event::Waiting { .. } if !self.waiting.is_empty() => return self.write(),
            _ => {}
        }
        if self.waiting.len() >= PARTIAL_BYTES {
            self.write();
        }
    }

    fn write(&mut self) {
        let partial = ReplyPiece {
            agent: self.agent.to_owned(),
            backend: Some(self.backend.to_owned()),
            prev: vec![self.question],
            timestamp: self.workspace.now(),
            text: std::mem::take(&mut self.waiting),
        };
        // A full disk will be told when the whole answer is kept; an answer that is coming is not
        // stopped for it.
        let _ = self.journal.reply_piece(&partial);
    }
}
