//! The lines of one file, while they become conversations. Only what is said in them is held, and never
//! more than any thread has room for.

use super::pieces::MOST_BYTES;
use super::{Conversation, SkipReason, SourceMessage};
use serde_json::Value;

/// A transcript while it is read.
pub trait Transcript {
    /// Takes the next record, of a line of this number.
    ///
    /// # Errors
    ///
    /// If it is none of this kind.
    fn take(&mut self, line: usize, record: &Value) -> Result<(), SkipReason>;

    /// What it all comes to.
    fn end(self: Box<Self>) -> Vec<Result<Conversation, SkipReason>>;
}

/// How much of a conversation is held.
#[derive(Default)]
pub struct Held(usize);

impl Held {
    /// Whether there is room for these, too; then they count.
    pub fn has_room_for(&mut self, messages: &[SourceMessage]) -> bool {
        let sizes = messages.iter().map(|said| {
            let raw = said.unknown.iter().filter_map(|part| part.raw.as_ref());
            // A message takes room even if nothing is said in it.
            200 + said.text.len() + raw.map(String::len).sum::<usize>()
        });
        self.0 += sizes.sum::<usize>();
        self.0 <= MOST_BYTES
    }

    /// Why a conversation that had no room does not come in.
    pub fn check(&self) -> Result<(), SkipReason> {
        match self.0 <= MOST_BYTES {
            true => Ok(()),
            false => Err(SkipReason::TooLarge(self.0 as u64)),
        }
    }
}
