//! What a buffer shows at one moment.

use super::{MessageLimit, Mode};
use crate::mirror::{self, BufferMessage, JsonText};
use crate::model::{Hash, Message, Timestamp};
use std::sync::Arc;

/// What a buffer shows. It never changes: another takes its place.
#[derive(Debug, Clone)]
pub struct BufferView {
    /// Whose mode it is.
    pub mode: Mode,
    /// The messages, oldest first.
    pub messages: Vec<Arc<ShownMessage>>,
    /// When it last changed.
    pub last_updated: Timestamp,
    /// How many messages it shows at the most.
    pub message_limit: MessageLimit,
    /// Whether there are older messages than it shows.
    pub has_earlier: bool,
    /// Whether what was cleared last can be brought back.
    pub can_undo: bool,
    /// Whether nothing of it may lie readable on disk.
    pub is_sealed: bool,
}

impl BufferView {
    /// The view in the documented form.
    pub fn to_json(&self) -> String {
        let messages = self.messages.iter().map(|message| message.written.as_ref());
        let limit = self.message_limit.get();
        mirror::written(self.mode, messages, self.last_updated, limit)
    }

    /// Whether it shows what another one does.
    pub fn shows_the_same(&self, other: &Self) -> bool {
        let ids = |view: &Self| -> Vec<Hash> {
            let shown = view.messages.iter();
            shown.map(|shown| shown.message.id()).collect()
        };
        ids(self) == ids(other)
            && self.message_limit == other.message_limit
            && self.has_earlier == other.has_earlier
            && self.can_undo == other.can_undo
    }
}

/// A message that a buffer shows.
#[derive(Debug)]
pub struct ShownMessage {
    /// The root of the thread that it stands in.
    pub root: Hash,
    /// The message.
    pub message: Message,
    /// The message in the documented form.
    written: Box<str>,
}

impl ShownMessage {
    /// A message of a thread.
    pub(super) fn of(root: Hash, message: Message) -> Self {
        let written = documented(&message).to_json().into();
        Self {
            root,
            message,
            written,
        }
    }
}

/// A message of the record as programs know it.
fn documented(message: &Message) -> BufferMessage {
    let time = message.field("client_timestamp");
    let time = time.and_then(|time| time.as_i64());
    let meta = message.text_field("meta");
    BufferMessage {
        role: message.role(),
        content: message.text(),
        timestamp: time.unwrap_or_else(|| message.timestamp().millis()),
        // What is no JSON was written by another program, and would break the whole.
        meta: meta.and_then(|meta| JsonText::read(&meta).ok()),
    }
}
