//! What a branch tells of the threads that its owner erased, and what follows from it.

use crate::model::layout::{ERASED, THREADS, id_of_file};
use crate::model::{ErasedId, Erasure, Hash, PublicKey, Thread, ThreadId};
use crate::store::history::losses::{Large, losses};
use crate::store::objects::places::folder_at;
use crate::store::{CommitFinding, CommitId, Store, StoreError};
use crate::verify::{self, ErasureFault};
use git2::{Oid, Tree};
use std::collections::HashSet;

/// The verdict on one erasure that a branch tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureVerdict {
    /// Where it stands.
    pub path: String,
    /// What it says, where it can be read.
    pub erasure: Option<Erasure>,
    /// Signed by the branch's owner, and in its place.
    pub check: Result<(), ErasureFault>,
}

/// Where the word of an erasure stands on a branch: `.mmogit`, `erased`, file.
pub(in crate::store) fn place_of(erasure: &Erasure) -> [String; 3] {
    [
        THREADS[0].to_owned(),
        ERASED.to_owned(),
        erasure.file_name(),
    ]
}

impl Store {
    /// What a commit of an owner's tells of erasures, true or not.
    pub(in crate::store) fn erasures_at(
        &self,
        owner: &PublicKey,
        tip: CommitId,
    ) -> Result<Vec<ErasureVerdict>, StoreError> {
        self.erasures_in(owner, &self.tree_at(tip.0)?, None)
    }

    /// The true erasures of threads with one id.
    ///
    /// # Errors
    ///
    /// If the branch's newest commit can't be read. One erasure that can't be is passed over.
    pub fn erasures_of(&self, owner: &PublicKey, id: ThreadId) -> Result<Vec<Erasure>, StoreError> {
        let Some(tree) = self.tree_of(owner)? else {
            return Ok(Vec::new());
        };
        self.true_erasures_in(owner, &tree, Some(id))
    }

    /// Whether the owner erased this thread: then it never comes back to their branch.
    ///
    /// # Errors
    ///
    /// If the branch's newest commit can't be read.
    pub fn is_erased(&self, owner: &PublicKey, thread: &Thread) -> Result<bool, StoreError> {
        self.is_erased_root(owner, thread.id(), &thread.root())
    }

    /// Whether the owner erased the thread that has this id and this root.
    ///
    /// # Errors
    ///
    /// If the branch's newest commit can't be read.
    pub fn is_erased_root(
        &self,
        owner: &PublicKey,
        id: ThreadId,
        root: &Hash,
    ) -> Result<bool, StoreError> {
        let told = self.erasures_of(owner, id)?;
        Ok(told.iter().any(|erasure| erasure.root == Some(*root)))
    }

    pub(in crate::store) fn true_erasures_in(
        &self,
        owner: &PublicKey,
        tree: &Tree<'_>,
        of: Option<ThreadId>,
    ) -> Result<Vec<Erasure>, StoreError> {
        let told = self.erasures_in(owner, tree, of)?.into_iter();
        Ok(told
            .filter(|told| told.check.is_ok())
            .filter_map(|told| told.erasure)
            .collect())
    }

    fn erasures_in(
        &self,
        owner: &PublicKey,
        tree: &Tree<'_>,
        of: Option<ThreadId>,
    ) -> Result<Vec<ErasureVerdict>, StoreError> {
        let folder = folder_at(&self.repo, tree, &[THREADS[0], ERASED]).map_err(|e| self.git(e))?;
        let entries = folder.iter().flat_map(Tree::iter);
        let found = entries.filter_map(|entry| Some((entry.name().ok()?.to_owned(), entry.id())));
        let found = found.filter(|(name, _)| name.ends_with(".json"));
        let found = found.filter(|(name, _)| of.is_none() || id_of_file(name) == of);
        Ok(found
            .map(|(name, blob)| self.judge_erasure(owner, &name, blob))
            .collect())
    }

    fn judge_erasure(&self, owner: &PublicKey, name: &str, blob: Oid) -> ErasureVerdict {
        let bytes = self
            .read_blob(blob)
            .map_err(|why| ErasureFault::Unreadable {
                why: why.to_string(),
            });
        let read = bytes.and_then(|bytes| Erasure::read(&bytes).map_err(ErasureFault::Malformed));
        let check = match &read {
            Ok(erasure) => verify::erasure(owner, erasure, name),
            Err(fault) => Err(fault.clone()),
        };
        let path = format!("{}/{ERASED}/{name}", THREADS[0]);
        ErasureVerdict {
            path,
            erasure: read.ok(),
            check,
        }
    }

    /// What a branch lacks since a commit, but for its owner's erasures: its newest commit is
    /// theirs then, and says what was erased.
    pub(in crate::store) fn lost_but_for_erasures(
        &self,
        owner: &PublicKey,
        tip: Oid,
        seen: Oid,
    ) -> Result<Vec<CommitFinding>, StoreError> {
        let mut erased = HashSet::new();
        let mut is_that_step = false;
        if self.is_signed_by(owner, tip) {
            let told = self.true_erasures_in(owner, &self.tree_at(tip)?, None)?;
            erased.extend(told.iter().map(names_as_kept));
            is_that_step = told
                .iter()
                .any(|erasure| erasure.replaced == seen.to_string());
        }
        let lost = losses(&self.repo, owner, Some(seen), tip, &erased, Large::Read);
        let mut lost = lost.expect("nothing is left unread");
        // Where the old commit is gone already, the word for that very step must do.
        if is_that_step && lost.iter().all(CommitFinding::is_unreadable) {
            lost.clear();
        }
        Ok(lost)
    }

    /// The erased thread as the newest commit that was remembered before still has it; on another
    /// device, say.
    pub fn last_seen(&self, erasure: &Erasure) -> Option<Thread> {
        let tree = self
            .tree_at(self.remembered_tip(&erasure.author()).ok()??)
            .ok()?;
        self.version_at(&tree, erasure.thread, erasure.root?).ok()?
    }
}

/// Whether one state of a branch lacks the word of an erasure that the other has.
pub(in crate::store) fn lacks(one: &[Erasure], other: &[Erasure]) -> bool {
    let known: HashSet<ErasedId> = one.iter().map(|erasure| erasure.erased_id()).collect();
    other
        .iter()
        .any(|erasure| !known.contains(&erasure.erased_id()))
}

/// The name under which the history's check knows the erased thread.
pub(in crate::store) fn names_as_kept(erasure: &Erasure) -> String {
    erasure
        .root
        .map_or_else(|| erasure.thread.to_string(), |root| root.to_string())
}
