//! Replies while they come. Their pieces are noted in the journal, so that even a killed process
//! loses none of them.
//!
//! Whoever asks an AI does so without the session, perhaps on a thread of their own; so what notes
//! the pieces is a handle on the journal that is owned, and can be sent. It doesn't keep the journal
//! open: where the session ended meanwhile, nothing is noted any more.

use super::lines::{self, Lines};
use crate::model::{Hash, Timestamp};
use crate::store::StoreError;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Weak};

/// Tells the replies of one journal apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplyNumber(pub(super) u64);

/// A piece of a reply that is still coming. Together, its pieces are the reply so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyPiece {
    /// Which agent speaks.
    pub agent: String,
    /// What it speaks through. Older journals don't say.
    pub backend: Option<String>,
    /// What the answer will stand after.
    pub prev: Vec<Hash>,
    /// The earlier answer in whose place it will stand.
    pub replaces: Option<Hash>,
    /// When the piece came.
    pub timestamp: Timestamp,
    /// The piece.
    pub text: String,
}

/// Where the pieces of one reply are noted.
#[derive(Debug)]
pub struct ReplyNotes {
    journal: Weak<Mutex<Lines>>,
    number: ReplyNumber,
    /// Pieces are noted of which nothing became yet.
    is_open: AtomicBool,
}

impl ReplyNotes {
    pub(super) fn new(journal: Weak<Mutex<Lines>>, number: ReplyNumber) -> Self {
        Self {
            journal,
            number,
            is_open: AtomicBool::new(false),
        }
    }

    /// Which of the journal's replies it is.
    pub fn number(&self) -> ReplyNumber {
        self.number
    }

    /// Whether pieces are noted, and not that nothing became of them.
    pub fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// Notes a piece. It survives the death of this process; it is not worth a sync.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn piece(&self, piece: &ReplyPiece) -> Result<(), StoreError> {
        let prev: Vec<String> = piece.prev.iter().map(Hash::to_string).collect();
        let fields = json!({
            "reply": self.number.0,
            "agent": piece.agent,
            "backend": piece.backend,
            "prev": prev,
            "replaces": piece.replaces.as_ref().map(Hash::to_string),
            "timestamp": piece.timestamp.to_string(),
            "text": piece.text,
        });
        self.is_open.store(true, Ordering::Relaxed);
        self.append(&json!({ "partial": fields }))
    }

    /// Notes that no answer came of the pieces so far, so that recovery does not take them for one.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn no_reply(&self) -> Result<(), StoreError> {
        if self.is_open() {
            self.append(&no_reply(self.number))?;
            self.is_open.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    fn append(&self, record: &Value) -> Result<(), StoreError> {
        match self.journal.upgrade() {
            Some(journal) => lines::locked(&journal).append(record),
            None => Ok(()),
        }
    }
}

pub(super) fn no_reply(number: ReplyNumber) -> Value {
    json!({ "partial": null, "reply": number.0 })
}
