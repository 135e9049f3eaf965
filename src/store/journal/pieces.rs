//! The pieces of replies that come in sealed threads. Nobody signed them yet, so they are sealed
//! under a key of the owner's alone, each in its place: in this journal, in this reply, as the
//! so-manieth.
//!
//! ```json
//! {"partial": {"reply": 0, "piece": 0, "agent": …, "prev": […], "replaces": …, "timestamp": …, "sealed": {…}}}
//! ```
//! Inside is `{"backend": …, "context": …, "text": …}`; all that stands outside is bound to it. Two
//! sessions that begin from one commit and header have the same beginning, and so would take each
//! other's pieces of a reply to one question.

use super::{ReplyNumber, ReplyPiece};
use crate::model::json::{self, Map, Value, canonical_without};
use crate::model::{Hash, Sealed};
use crate::seal::EpochKey;
use serde_json::json;

/// What seals the pieces of a session's replies.
pub(super) struct PieceSeal {
    pub key: EpochKey,
    /// The hash of the journal's first line.
    pub journal: Hash,
}

/// A piece as the journal has it.
pub(in crate::store) struct SealedPiece {
    /// Which piece of its reply it is, from 0.
    pub place: u64,
    /// All but the box: what everybody sees, and what is bound to it.
    outside: Map<String, Value>,
    sealed: Sealed,
}

impl PieceSeal {
    /// A piece, sealed as the so-manieth of its reply.
    pub fn seal(&self, reply: ReplyNumber, place: u64, piece: &ReplyPiece) -> Value {
        let mut outside = piece.outside(reply);
        outside.insert("piece".to_owned(), place.into());
        let mut inside = json!({ "backend": piece.backend, "text": piece.text });
        if let Some(context) = &piece.context {
            inside["context"] = context.clone();
        }
        let text = json::canonical(&inside);
        let sealed = self.key.seal_again(&self.context(&outside), &text);
        let sealed = sealed.expect("no reply is as long as what can be sealed");
        outside.insert("sealed".to_owned(), sealed.to_value());
        Value::Object(outside)
    }

    /// The piece; `None` if it was not sealed here and by us.
    pub fn open(&self, piece: &SealedPiece) -> Option<ReplyPiece> {
        let context = self.context(&piece.outside);
        let inside = self.key.open(&context, &piece.sealed).ok()?;
        let inside = json::read(&inside).ok()?;
        let mut fields = piece.outside.clone();
        fields.extend(inside.as_object()?.clone());
        ReplyPiece::read(&fields)
    }

    fn context(&self, outside: &Map<String, Value>) -> Vec<u8> {
        let mut bound = outside.clone();
        bound.insert("journal".to_owned(), self.journal.to_string().into());
        canonical_without(&bound, &[])
    }
}

impl SealedPiece {
    /// Reads one; `None` if it is none.
    pub fn read(piece: &Map<String, Value>) -> Option<Self> {
        let mut outside = piece.clone();
        let sealed = Sealed::read(&outside.shift_remove("sealed")?)?;
        Some(Self {
            place: outside.get("piece")?.as_u64()?,
            outside,
            sealed,
        })
    }
}
