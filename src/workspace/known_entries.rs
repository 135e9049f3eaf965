//! Where files lie on branches. What a commit holds at a path never changes, so as long as a branch
//! does not move it is looked up once.

use super::Workspace;
use super::recall::is_lately;
use crate::model::{PublicKey, Timestamp};
use crate::store::{CommitId, Entry, Store, StoreError};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many files of a branch are remembered.
const MOST: usize = 20_000;

/// Files of branches, as these are now.
#[derive(Default)]
pub(super) struct KnownEntries(Mutex<HashMap<PublicKey, EntriesOf>>);

/// Files of a commit, by their paths.
struct EntriesOf {
    commit: CommitId,
    entries: HashMap<String, Entry>,
    asked: Timestamp,
}

impl KnownEntries {
    fn lock(&self) -> MutexGuard<'_, HashMap<PublicKey, EntriesOf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(
        &self,
        owner: &PublicKey,
        commit: CommitId,
        path: &str,
        now: Timestamp,
    ) -> Option<Entry> {
        let mut known = self.lock();
        let of_owner = known.get_mut(owner)?;
        of_owner.asked = now;
        let is_now = of_owner.commit == commit;
        of_owner.entries.get(path).filter(|_| is_now).cloned()
    }

    fn put(&self, commit: CommitId, entry: &Entry, now: Timestamp) {
        let mut known = self.lock();
        let of_owner = known.entry(entry.owner).or_insert_with(|| EntriesOf {
            commit,
            entries: HashMap::new(),
            asked: now,
        });
        if of_owner.commit != commit || of_owner.entries.len() >= MOST {
            of_owner.entries.clear();
            of_owner.commit = commit;
        }
        of_owner.entries.insert(entry.path.clone(), entry.clone());
    }

    /// Lets go of all.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Lets go of the branches that nobody asked for lately.
    pub fn remove_unasked(&self, now: Timestamp) {
        self.lock().retain(|_, known| is_lately(known.asked, now));
    }
}

impl Workspace {
    /// The thread's file at a path of an owner's branch.
    ///
    /// # Errors
    /// If the branch, or a folder on the way, can't be read.
    pub(super) fn entry_at(
        &self,
        store: &Store,
        owner: &PublicKey,
        path: &str,
    ) -> Result<Option<Entry>, StoreError> {
        let Some(tip) = store.tip(owner)? else {
            return Ok(None);
        };
        let known = self.entries.find(owner, tip, path, self.now());
        if known.is_some() {
            return Ok(known);
        }
        let entry = store.entry_in(owner, tip, path)?;
        if let Some(entry) = &entry {
            self.entries.put(tip, entry, self.now());
        }
        Ok(entry)
    }
}
