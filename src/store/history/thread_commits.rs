//! Which commits changed one thread's file.

use crate::model::{PublicKey, Timestamp};
use crate::store::objects::places::folder_at;
use crate::store::{CommitId, Store, StoreError, objects};
use git2::Oid;
use std::collections::{HashMap, HashSet};

/// A commit that changed a thread's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadCommit {
    /// The commit.
    pub commit: CommitId,
    /// When it was made, as it says.
    pub time: Timestamp,
}

impl Store {
    /// The commits of an author's branch that changed what is at a path, newest first. Goes back to
    /// where the file came in and no further: nothing that was taken away before that is looked for
    /// here.
    ///
    /// # Errors
    ///
    /// If a commit on the way, or a folder in it, can't be read.
    pub fn commits_changing(
        &self,
        owner: &PublicKey,
        path: &str,
    ) -> Result<Vec<ThreadCommit>, StoreError> {
        let Some(CommitId(tip)) = self.tip(owner)? else {
            return Ok(Vec::new());
        };
        let Some((folder, name)) = path.rsplit_once('/') else {
            return Ok(Vec::new());
        };
        let folders: Vec<&str> = folder.split('/').collect();
        let mut touches = Vec::new();
        let mut seen = HashSet::from([tip]);
        let mut waiting = vec![tip];
        let mut known: HashMap<Oid, Option<Oid>> = HashMap::new();
        let mut blob_in = |id: Oid| -> Result<Option<Oid>, StoreError> {
            if let Some(blob) = known.get(&id) {
                return Ok(*blob);
            }
            let tree = objects::tree_of(&self.repo, id).map_err(|e| self.git(e))?;
            let day = folder_at(&self.repo, &tree, &folders).map_err(|e| self.git(e))?;
            let blob = day.and_then(|day| Some(day.get_name(name)?.id()));
            known.insert(id, blob);
            Ok(blob)
        };
        while let Some(id) = waiting.pop() {
            let Some(here) = blob_in(id)? else { continue };
            let commit = objects::commit(&self.repo, id).map_err(|e| self.git(e))?;
            let mut is_inherited = false;
            for parent in commit.parent_ids() {
                is_inherited |= blob_in(parent)? == Some(here);
                if seen.insert(parent) {
                    waiting.push(parent);
                }
            }
            if !is_inherited {
                let time = Timestamp::from_millis(commit.time().seconds().saturating_mul(1000));
                touches.push(ThreadCommit {
                    commit: CommitId(id),
                    time,
                });
            }
        }
        Ok(touches)
    }
}
