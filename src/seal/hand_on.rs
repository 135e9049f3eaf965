//! Handing a sealed thread on to the key that takes the place of its author's.

use super::Reader;
use super::sealer::{CannotSeal, Sealer};
use crate::model::{Hash, Thread, Timestamp};

impl Sealer<'_> {
    /// Lets somebody into every epoch of a thread, so that they can read all that was ever sealed
    /// in it. Says whether that changed anything.
    ///
    /// # Errors
    /// If the thread is another's, if an epoch can't be opened, or the reader has no good key.
    pub fn hand_on(
        &self,
        thread: &mut Thread,
        reader: &Reader,
        at: Timestamp,
    ) -> Result<bool, CannotSeal> {
        self.check_author(thread)?;
        let is_in = |epoch: &crate::model::Epoch| {
            epoch
                .readers
                .iter()
                .any(|entry| entry.author == reader.author && entry.encryption == reader.encryption)
        };
        let epochs = thread.epochs().iter();
        let closed: Vec<Hash> = epochs
            .filter(|epoch| !is_in(epoch))
            .map(|epoch| epoch.id)
            .collect();
        for epoch in &closed {
            self.let_in(thread, epoch, &[*reader], at)?;
        }
        Ok(!closed.is_empty())
    }
}
