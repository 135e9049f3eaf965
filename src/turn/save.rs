//! Saving what a session said, and taking in what others said in the same thread.

use super::Session;
use crate::model::Thread;
use crate::store::{Save, StoreError};

impl Session<'_> {
    /// Saves what is not saved yet; returns how many messages came from elsewhere.
    ///
    /// # Errors
    /// When it can't be saved; what was said is in the journal all the same.
    pub fn save(&mut self) -> Result<usize, StoreError> {
        self.rebase_journal()?;
        let held = &mut self.held;
        let is_empty = held.stored.is_none() && held.thread.messages().is_empty();
        if is_empty || (held.unsaved == 0 && !held.is_changed) {
            return Ok(0);
        }
        let before = held.thread.messages().len();
        let saved = self.store.save(&Save {
            owner: self.keys.owner(),
            thread: &held.thread,
            base: held.stored.as_ref(),
            replaces: held.own_commit,
            now: self.workspace.now(),
        })?;
        if saved.is_new {
            held.own_commit = Some(saved.commit);
        }
        let was_changed_elsewhere = is_named_differently(&held.thread, &saved.thread);
        held.thread = saved.thread.clone();
        held.stored = Some(saved.thread);
        held.unsaved = 0;
        held.is_changed = false;
        let from_elsewhere = held.thread.messages().len() - before;
        if from_elsewhere > 0 || was_changed_elsewhere {
            held.size = held.thread.to_file().len();
            held.rebase_due = Some(saved.commit);
            self.rebase_journal()?;
        }
        Ok(from_elsewhere)
    }

    /// The journal must be able to attach what is said next to what came in from other sessions.
    pub(super) fn rebase_journal(&mut self) -> Result<(), StoreError> {
        let held = &mut self.held;
        if let Some(commit) = held.rebase_due {
            held.journal.rebase(&held.thread, commit)?;
            held.rebase_due = None;
        }
        Ok(())
    }
}

/// Whether two versions differ in what a person may change at any time, from anywhere.
fn is_named_differently(one: &Thread, other: &Thread) -> bool {
    ["title", "tags", "state"]
        .iter()
        .any(|name| one.header().get(*name) != other.header().get(*name))
}
