//! Lines that come to disk together, or not at all.

use super::lines::line_of;
use super::noted_header::NotedHeader;
use crate::model::{Message, Thread};
use serde_json::json;

/// What a session is about to accept at once, as the journal will have it.
#[derive(Default)]
pub struct JournalGroup {
    lines: Vec<u8>,
}

impl JournalGroup {
    /// Adds a message.
    pub fn message(&mut self, message: &Message) {
        self.lines.extend(b"{\"message\":");
        self.lines.extend(message.to_json().as_bytes());
        self.lines.extend(b"}\n");
    }

    /// Adds the header as it is after the messages before it.
    pub fn header(&mut self, thread: &Thread) {
        let record = json!({ "thread": NotedHeader::line_of(thread) });
        self.lines.extend(line_of(&record));
    }

    pub(super) fn lines(&self) -> &[u8] {
        &self.lines
    }
}
