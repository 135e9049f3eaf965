//! Whether the index has what a branch has. It is believed, since it is written by us alone; who
//! edits it by hand could else hide a thread until the branch moves on.

use super::{Needs, WorkError, Workspace};
use crate::index::IndexFiles;
use crate::model::PublicKey;
use crate::store::CommitId;
use std::collections::BTreeSet;

impl Workspace {
    /// Compares the threads that the index lists of a branch with the branch's files, by their
    /// paths, and makes the index anew where they differ. Whether they did. What a row says of its
    /// thread is not looked at.
    ///
    /// # Errors
    /// If the store can't be read, or the index can't be made.
    pub fn check_index(&self, owner: &PublicKey) -> Result<bool, WorkError> {
        let Some(store) = self.store()? else {
            return Ok(false);
        };
        let files = IndexFiles::new(self.home());
        let (seen, known) = self.with_index(&store, Needs::Lists, &|index| {
            Ok((index.seen()?, index.known_of(owner)?))
        })?;
        let before = files.file_identity();
        let tip = seen.into_iter().find(|(whose, _)| whose == owner);
        // Of a branch that could not be read whole it has not said that it has seen it.
        let Some(tip) = tip.and_then(|(_, tip)| tip.parse::<CommitId>().ok()) else {
            return Ok(false);
        };
        let there = store.list_at(owner, tip)?.entries.into_iter();
        let there: BTreeSet<String> = there.map(|entry| entry.path).collect();
        let is_known =
            |path: &String| known.threads.contains(path) || known.troubles.contains(path);
        if there.iter().all(is_known) && known.threads.is_subset(&there) {
            return Ok(false);
        }
        self.rebuild(&files, before)?;
        Ok(true)
    }
}
