//! Replies while they come. Their pieces are noted in the journal, so that even a killed process
//! loses none of them.
//!
//! Whoever asks an AI does so without the session, perhaps on a thread of their own; so what notes
//! the pieces is a handle on the journal that is owned, and can be sent. It doesn't keep the journal
//! open: where the session ended meanwhile, nothing is noted any more.

use super::lines::{self, Lines};
use super::pieces::PieceSeal;
use crate::model::json::{Map, Value};
use crate::model::{Hash, Timestamp};
use crate::store::StoreError;
use serde_json::json;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
    /// What was brought into its question from earlier threads, as the record says it. The first
    /// piece of a reply tells.
    pub context: Option<Value>,
    /// The piece.
    pub text: String,
}

impl ReplyPiece {
    /// All but what was said, by which program, and what it was given to read.
    pub(super) fn outside(&self, reply: ReplyNumber) -> Map<String, Value> {
        let prev: Vec<Value> = self.prev.iter().map(|id| id.to_string().into()).collect();
        let replaces = self.replaces.as_ref().map(Hash::to_string);
        let fields = [
            ("reply", reply.0.into()),
            ("agent", self.agent.as_str().into()),
            ("prev", prev.into()),
            ("replaces", replaces.into()),
            ("timestamp", self.timestamp.to_string().into()),
        ];
        let named = fields.map(|(name, value)| (name.to_owned(), value));
        named.into_iter().collect()
    }

    /// Reads one that is not sealed, or no longer; `None` if it is none.
    pub(super) fn read(piece: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| piece.get(name)?.as_str().map(str::to_owned);
        let prev = piece.get("prev")?.as_array()?;
        Some(Self {
            agent: text("agent")?,
            backend: text("backend"),
            prev: prev
                .iter()
                .map(|id| id.as_str()?.parse().ok())
                .collect::<Option<_>>()?,
            replaces: replaced_in(piece)?,
            timestamp: Timestamp::read(&text("timestamp")?)?,
            context: brought_in(piece)?,
            text: text("text")?,
        })
    }
}

/// Which earlier answer a line names; `None` if what stands there is no id.
pub(super) fn replaced_in(record: &Map<String, Value>) -> Option<Option<Hash>> {
    match record.get("replaces") {
        None | Some(Value::Null) => Some(None),
        Some(id) => id.as_str()?.parse().ok().map(Some),
    }
}

/// What a piece says was brought into its question: a list of flat objects, as we write it. What
/// lies deeper than a journal's line may would make the answer's thread malformed.
fn brought_in(piece: &Map<String, Value>) -> Option<Option<Value>> {
    let Some(context) = piece.get("context") else {
        return Some(None);
    };
    let is_flat = |value: &Value| !value.is_object() && !value.is_array();
    for part in context.as_array()? {
        if !part.as_object()?.values().all(is_flat) {
            return None;
        }
    }
    Some(Some(context.clone()))
}

/// Where the pieces of one reply are noted.
pub struct ReplyNotes {
    journal: Weak<Mutex<Lines>>,
    number: ReplyNumber,
    /// Where the thread is sealed.
    seal: Option<PieceSeal>,
    /// How many pieces are noted.
    pieces: AtomicU64,
    /// Pieces are noted of which nothing became yet.
    is_open: AtomicBool,
    /// An answer was made of the pieces so far: what comes later is none of it.
    is_closed: AtomicBool,
}

/// Without the key that it may hold.
impl fmt::Debug for ReplyNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ReplyNotes");
        shown.field("number", &self.number).finish_non_exhaustive()
    }
}

impl ReplyNotes {
    pub(super) fn new(
        journal: Weak<Mutex<Lines>>,
        number: ReplyNumber,
        seal: Option<PieceSeal>,
    ) -> Self {
        Self {
            journal,
            number,
            seal,
            pieces: AtomicU64::new(0),
            is_open: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
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

    /// From now on nothing is noted: an answer is made of what there is, while whoever asks may not
    /// know that yet.
    pub fn close(&self) {
        let journal = self.journal.upgrade();
        // A piece that is being written is written whole, and counts.
        let lines = journal.as_deref().map(lines::locked);
        self.is_closed.store(true, Ordering::Relaxed);
        drop(lines);
    }

    /// Notes a piece. It survives the death of this process; it is not worth a sync.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn piece(&self, piece: &ReplyPiece) -> Result<(), StoreError> {
        let place = self.pieces.load(Ordering::Relaxed);
        let fields = match &self.seal {
            Some(seal) => seal.seal(self.number, place, piece),
            None => open(self.number, piece),
        };
        self.is_open.store(true, Ordering::Relaxed);
        self.append(&json!({ "partial": fields }))?;
        self.pieces.store(place + 1, Ordering::Relaxed);
        Ok(())
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
        let Some(journal) = self.journal.upgrade() else {
            return Ok(());
        };
        let mut lines = lines::locked(&journal);
        if self.is_closed.load(Ordering::Relaxed) {
            return Ok(());
        }
        lines.append(record)
    }
}

fn open(reply: ReplyNumber, piece: &ReplyPiece) -> Value {
    let mut fields = piece.outside(reply);
    fields.insert("backend".to_owned(), piece.backend.as_deref().into());
    if let Some(context) = &piece.context {
        fields.insert("context".to_owned(), context.clone());
    }
    fields.insert("text".to_owned(), piece.text.as_str().into());
    Value::Object(fields)
}

pub(super) fn no_reply(number: ReplyNumber) -> Value {
    json!({ "partial": null, "reply": number.0 })
}
