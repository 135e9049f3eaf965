//! The newest tip seen of each branch, remembered outside the repository: whoever moves a branch back can't hide it.

use super::repository::branch_of;
use super::{CommitId, Store, StoreError};
use crate::model::PublicKey;
use git2::Oid;
use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

impl Store {
    fn tip_file(&self, author: &PublicKey) -> PathBuf {
        self.home.join("state/tips").join(author.to_string())
    }

    /// Remembers a tip. The file is shorter than a disk's sector and is rewritten in place.
    pub(super) fn remember_tip(&self, author: &PublicKey, tip: Oid) -> Result<(), StoreError> {
        let path = self.tip_file(author);
        let folder = self.home.join("state/tips");
        fs::create_dir_all(&folder).map_err(StoreError::disk(&folder))?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let written = file.and_then(|file| {
            file.write_all_at(format!("{tip}\n").as_bytes(), 0)?;
            file.sync_data()
        });
        written.map_err(StoreError::disk(&path))
    }

    /// The authors of whom a tip is remembered, whether or not their branch is still there.
    pub(super) fn remembered_authors(&self) -> Vec<PublicKey> {
        let entries = fs::read_dir(self.home.join("state/tips"));
        entries
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .collect()
    }

    pub(super) fn remembered_tip(&self, author: &PublicKey) -> Option<Oid> {
        let text = fs::read_to_string(self.tip_file(author)).ok()?;
        Oid::from_str(text.trim()).ok()
    }

    /// Whether a branch still has all that it was once seen to have; if not, the tip that it had.
    pub fn moved_back(&self, author: &PublicKey) -> Result<Option<CommitId>, StoreError> {
        let Some(seen) = self.remembered_tip(author) else { return Ok(None) };
        let tip = self.tip(author)?.map(|CommitId(tip)| tip);
        let holds = tip.is_some_and(|tip| {
            tip == seen || self.holds_all_of(tip, seen) || self.was_only_erased_from(author, tip, seen)
        });
        Ok((!holds).then_some(CommitId(seen)))
    }

    /// A descendant holds what its ancestor held. So does a session's commit that replaced the session's
    /// earlier one: then the parent is shared, and each message of the earlier one must be in the later one.
    fn holds_all_of(&self, tip: Oid, seen: Oid) -> bool {
        if self.repo.graph_descendant_of(tip, seen).unwrap_or(false) {
            return true;
        }
        let Ok(seen_commit) = self.repo.find_commit(seen) else { return false };
        let parent = seen_commit.parent_id(0).ok();
        let grew_from_parent = parent.is_none_or(|parent| {
            parent != tip && self.repo.graph_descendant_of(tip, parent).unwrap_or(false)
        });
        let lost = self.lost_between(seen, tip, &HashSet::new());
        grew_from_parent && lost.is_ok_and(|lost| lost.is_empty())
    }

    /// What a person can run to put a moved branch back.
    pub fn restore_command(&self, author: &PublicKey, to: CommitId) -> String {
        format!("git -C {} update-ref {} {to}", self.path().display(), branch_of(author))
    }
}
