//! Writing to the journal, also where something took that away while it was open.

use super::{IdleSession, Session};
use crate::model::{Hash, Message, Thread};
use crate::store::{Journal, JournalAgain, StoreError};
use std::collections::HashSet;
use std::path::PathBuf;

impl Session<'_> {
    /// Writes to the journal. Where recovery would not find that any more, another one with all that
    /// the session holds takes its place first.
    pub(super) fn note(
        &mut self,
        write: impl Fn(&mut Journal, &Thread) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let IdleSession {
            journal, thread, ..
        } = &mut self.held;
        match write(journal, thread) {
            Err(StoreError::JournalLost { .. }) => {}
            written => return written,
        }
        self.replace_lost_journal()?;
        let held = &mut self.held;
        write(&mut held.journal, &held.thread)
    }

    /// Whether all that is not saved would be found in the journal by whoever comes after this
    /// process. Where it would not, it is written there again.
    pub fn secure(&mut self) -> bool {
        self.held.journal.is_in_place() || self.replace_lost_journal().is_ok()
    }

    /// Begins another journal with all that the thread has.
    ///
    /// # Errors
    /// When the disk refuses; then the lost one stays the session's.
    pub(super) fn replace_lost_journal(&mut self) -> Result<(), StoreError> {
        let sign = |thread: &mut Thread| {
            if thread.is_sealed() {
                self.keys.owner().sign_thread(thread);
            }
        };
        let held = &mut self.held;
        sign(&mut held.thread);
        // Of a repository that is gone nobody recovers anything: then the journal has all.
        let is_there = self.store.tip(&self.keys.public());
        let is_there = is_there.is_ok_and(|tip| tip.is_some());
        let stored = held.stored.as_ref().filter(|_| is_there);
        let (mut begun, base) = match (stored, held.stored_in) {
            (Some(stored), Some(commit)) => (stored.clone(), Some(commit)),
            _ => (held.thread.without_messages(), None),
        };
        sign(&mut begun);
        let known: HashSet<Hash> = begun.messages().iter().map(Message::id).collect();
        let messages = held.thread.messages().iter();
        let messages: Vec<&Message> = messages
            .filter(|message| !known.contains(&message.id()))
            .collect();
        let again = JournalAgain {
            begun: &begun,
            base,
            messages: &messages,
            thread: &held.thread,
        };
        let journal = self.store.journal_again(&again, &held.journal)?;
        // Nothing is removed with the lost one: whatever lies in its place is another's, or damaged.
        let lost = std::mem::replace(&mut held.journal, journal);
        held.lost_journal = Some(lost.path().to_owned());
        Ok(())
    }

    /// The same as that of the session at rest.
    pub fn take_lost_journal(&mut self) -> Option<PathBuf> {
        self.held.take_lost_journal()
    }
}

impl IdleSession {
    /// Whether a reply may be coming. As long as one is, what came of it is in the journal alone.
    pub fn awaits_reply(&self) -> bool {
        self.journal.awaits_reply()
    }

    /// The journal that was lost and written again since this was asked last: the owner is to know
    /// that something takes files from their home.
    pub fn take_lost_journal(&mut self) -> Option<PathBuf> {
        self.lost_journal.take()
    }
}
