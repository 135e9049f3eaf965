//! How much may be inflated. A box of some KB can inflate to a thousand times as much, and a thread
//! has room for many of them.

use super::Closed;
use super::padding::MAX_INSIDE_BYTES;

/// What may still be inflated: of one box, or of all boxes of a thread together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Room {
    left: usize,
    /// What it is when there is no more.
    without: Closed,
}

impl Room {
    /// For one box by itself.
    pub fn of_a_box() -> Self {
        Self {
            left: MAX_INSIDE_BYTES,
            without: Closed::TooLong,
        }
    }

    /// For the boxes of a thread, of which so many bytes are open already.
    pub fn of_a_thread(open: usize) -> Self {
        Self {
            left: MAX_INSIDE_BYTES.saturating_sub(open),
            without: Closed::ThreadTooLong,
        }
    }

    /// Leaves no more than so many bytes.
    pub fn keep_at_most(&mut self, bytes: usize) {
        self.left = self.left.min(bytes);
    }

    /// How many bytes may still be inflated.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Takes so many bytes. What does not fit takes all that is left, so that nobody has it tried
    /// again with the next box.
    ///
    /// # Errors
    /// There are not as many.
    pub fn take(&mut self, bytes: usize) -> Result<(), Closed> {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(0);
        left.map(drop).ok_or(self.without)
    }

    /// Whether anything can be inflated at all: no box is empty.
    ///
    /// # Errors
    /// Nothing can.
    pub fn check(&self) -> Result<(), Closed> {
        if self.left == 0 {
            return Err(self.without);
        }
        Ok(())
    }
}
