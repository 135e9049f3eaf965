//! Whether threads that anybody can read may go to a remote: its owner is asked once.

use super::Address;
use crate::model::{PublicKey, Reading, Thread};
use crate::store::disk::bytes_of;
use crate::store::objects::ancestry;
use crate::store::{BranchDiff, CommitId, Store, StoreError, objects};
use git2::Oid;
use std::collections::HashSet;

/// There if its owner said that threads which anybody can read may go there.
const OPEN: &str = "open-threads";

impl Store {
    /// Whether threads that anybody there can read may go to a remote: it is a folder of this
    /// machine, or its owner said so.
    ///
    /// # Errors
    ///
    /// If the note can't be read.
    pub fn may_receive_open_threads(&self, address: &Address) -> Result<bool, StoreError> {
        let note = self.notes_of(address).join(OPEN);
        Ok(address.is_of_this_machine() || bytes_of(&note)?.is_some())
    }

    /// Notes that the owner said so.
    ///
    /// # Errors
    ///
    /// If the note can't be written.
    pub fn let_open_threads_go_to(&self, address: &Address) -> Result<(), StoreError> {
        self.write_note(address, OPEN, &format!("{address}\n"))
    }

    /// Whether a push would bring a thread there that anybody can read, be it as it was before it
    /// was sealed. What can't be read as a thread may well be one.
    ///
    /// # Errors
    ///
    /// If the branch, or what was pushed, can't be read.
    pub fn would_send_open_threads(
        &self,
        owner: &PublicKey,
        address: &Address,
    ) -> Result<bool, StoreError> {
        let Some(CommitId(tip)) = self.tip(owner)? else {
            return Ok(false);
        };
        let mut known = HashSet::new();
        for pushed in self.pushed_to(address)? {
            known.extend(ancestry::history(&self.repo, pushed).0);
        }
        let mut looked_at = HashSet::new();
        for commit in ancestry::whole_history(&self.repo, tip).map_err(|e| self.git(e))? {
            if known.contains(&commit) {
                continue;
            }
            let diff = self.diff_to_parent(owner, commit)?;
            if diff.is_partial || !diff.troubles.is_empty() {
                return Ok(true);
            }
            for entry in diff.changed {
                if looked_at.insert(entry.blob) && !self.is_sealed(entry.blob)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// What a commit has that its first parent has not.
    fn diff_to_parent(&self, owner: &PublicKey, commit: Oid) -> Result<BranchDiff, StoreError> {
        let found = objects::commit(&self.repo, commit).map_err(|e| self.git(e))?;
        let parent = found.parent_ids().next().map(CommitId);
        let since = match parent {
            Some(parent) => self.diff_between(owner, parent, CommitId(commit))?,
            None => None,
        };
        match since {
            Some(diff) => Ok(diff),
            None => self.diff_from_nothing(owner, CommitId(commit)),
        }
    }

    fn is_sealed(&self, blob: Oid) -> Result<bool, StoreError> {
        let read = Thread::read(&self.read_blob(blob)?);
        Ok(matches!(read, Ok(Reading::Thread(thread)) if thread.is_sealed()))
    }
}
