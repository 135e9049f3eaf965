//! Saving what a session said, and taking in what others said in the same thread.

use super::Session;
use crate::model::Thread;
use crate::store::{CommitId, Save, StoreError};

impl Session<'_> {
    /// Saves what is not saved yet; returns how many messages came from elsewhere.
    ///
    /// # Errors
    /// When it can't be saved; what was said is in the journal all the same.
    pub fn save(&mut self) -> Result<usize, StoreError> {
        self.check_nothing_staged()?;
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
        held.stored_in = Some(saved.commit);
        self.open_what_came();
        let held = &mut self.held;
        held.unsaved = 0;
        held.is_changed = false;
        let from_elsewhere = held.thread.messages().len() - before;
        if from_elsewhere > 0 || was_changed_elsewhere {
            held.size = held.thread.to_file().len();
            held.rebase_due = Some(saved.commit);
            self.rebase_journal()?;
        }
        // All is saved: where the disk refuses, the journal stays as it is until the next save.
        let _ = self.shorten_journal(saved.commit);
        Ok(from_elsewhere)
    }

    /// Saves a thread that began, though nothing was said in it yet, if the branch is still where it
    /// was seen; `false` if it moved on, and nothing was saved.
    ///
    /// # Errors
    /// When it can't be saved.
    pub fn save_begun(&mut self, seen: Option<CommitId>) -> Result<bool, StoreError> {
        let held = &mut self.held;
        let save = Save {
            owner: self.keys.owner(),
            thread: &held.thread,
            base: None,
            replaces: None,
            now: self.workspace.now(),
        };
        let Some(saved) = self.store.save_onto(&save, seen)? else {
            return Ok(false);
        };
        held.own_commit = Some(saved.commit);
        held.stored_in = Some(saved.commit);
        held.thread = saved.thread.clone();
        held.stored = Some(saved.thread);
        held.is_changed = false;
        self.open_what_came();
        Ok(true)
    }

    /// Saves, and takes in what other processes saved in the thread, also where nothing was said here
    /// since.
    ///
    /// # Errors
    /// Those of [`Session::save`].
    pub fn catch_up(&mut self) -> Result<usize, StoreError> {
        self.held.is_changed |= self.held.stored.is_some();
        self.save()
    }

    /// A session that is saved when asked may go on for days, and its journal with it.
    fn shorten_journal(&mut self, stored: CommitId) -> Result<(), StoreError> {
        let held = &self.held;
        if !held.is_saved_when_asked || !held.journal.may_give_way() {
            return Ok(());
        }
        // Their pieces go with the old one.
        self.held.unkept.clear();
        self.begin_journal_anew(Some(stored))
    }

    /// Goes on with a new journal from what was just saved.
    fn begin_journal_anew(&mut self, base: Option<CommitId>) -> Result<(), StoreError> {
        let held = &mut self.held;
        let journal = self.store.journal(&held.thread, base)?;
        std::mem::replace(&mut held.journal, journal).close()?;
        held.rebase_due = None;
        Ok(())
    }

    /// What others said becomes part of the own copy before anything is said on it: the journal has
    /// only the words of its session.
    pub(super) fn take_over(&mut self) -> Result<(), StoreError> {
        if !self.held.takes_over {
            return Ok(());
        }
        self.held.is_changed = true;
        self.save()?;
        let own_commit = self.held.own_commit;
        self.begin_journal_anew(own_commit)?;
        self.held.takes_over = false;
        Ok(())
    }

    /// The journal must be able to attach what is said next to what came in from other sessions.
    pub(super) fn rebase_journal(&mut self) -> Result<(), StoreError> {
        let held = &mut self.held;
        if let Some(commit) = held.rebase_due {
            if held.thread.is_sealed() {
                self.keys.owner().sign_thread(&mut held.thread);
            }
            self.note(|journal, thread| journal.rebase(thread, commit))?;
            self.held.rebase_due = None;
        }
        Ok(())
    }
}

/// Whether two versions differ in what a person may change at any time, from anywhere.
fn is_named_differently(one: &Thread, other: &Thread) -> bool {
    [
        "title",
        "intent_context",
        "tags",
        "state",
        "sealed",
        "epochs",
    ]
    .iter()
    .any(|name| one.header().get(*name) != other.header().get(*name))
}
