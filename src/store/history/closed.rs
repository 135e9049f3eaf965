//! A branch whose owner has a newer key counts up to a commit only.

use crate::model::PublicKey;
use crate::store::history::findings::BranchFinding;
use crate::store::objects::ancestry;
use crate::store::{CommitId, Store, StoreError};
use git2::{Oid, Tree};
use std::path::Path;

/// Where a branch ends, by the word of the key that took its owner's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedAt {
    /// The newer key.
    pub newer: PublicKey,
    /// The last commit that counts, as the newer card names it.
    pub tip: String,
}

impl Store {
    /// Whether a file of a branch lay there in the same form where the branch ends.
    ///
    /// # Errors
    ///
    /// If the commit in which it lies now can't be read.
    pub fn lay_there_at_end(
        &self,
        closed: &ClosedAt,
        path: &str,
        commit: CommitId,
    ) -> Result<bool, StoreError> {
        let object = |tree: Tree<'_>| Some(tree.get_path(Path::new(path)).ok()?.id());
        let end = Oid::from_str(&closed.tip).ok();
        // One that is gone shows nothing.
        let end = end.and_then(|end| self.tree_at(end).ok());
        let at_end = end.and_then(object);
        Ok(at_end.is_some() && at_end == object(self.tree_at(commit.0)?))
    }

    /// Whether a commit of an owner's lies beyond the end of their branch. Nothing there counts: no
    /// message, no card, no erasure and no history written anew.
    ///
    /// # Errors
    ///
    /// If the newer branch can't be read.
    pub fn beyond(
        &self,
        owner: &PublicKey,
        closed: &ClosedAt,
        commit: CommitId,
    ) -> Result<Option<BranchFinding>, StoreError> {
        let mut ends = vec![closed.tip.clone()];
        if let Some(CommitId(newer)) = self.tip(&closed.newer)? {
            let erasures = self.true_erasures_in(&closed.newer, &self.tree_at(newer)?, None)?;
            let moved: Vec<_> = erasures.iter().flat_map(|erasure| &erasure.moved).collect();
            let mut next = 0;
            while next < ends.len() {
                let from = ends[next].clone();
                let to = moved.iter().filter(|moved| moved.from == from);
                let new: Vec<String> = to.map(|moved| moved.to.clone()).collect();
                ends.extend(
                    new.into_iter()
                        .filter(|to| !ends.contains(to))
                        .collect::<Vec<_>>(),
                );
                next += 1;
            }
        }
        let objects = self.repo.odb().map_err(|e| self.git(e))?;
        let ids = ends.iter().filter_map(|end| Oid::from_str(end).ok());
        let here: Vec<Oid> = ids.filter(|end| objects.exists(*end)).collect();
        if here.is_empty() {
            return Ok(Some(BranchFinding::PositionUnknown { key: *owner }));
        }
        let is_within = |end: &Oid| {
            *end == commit.0 || ancestry::descends(&self.repo, *end, commit.0).unwrap_or(false)
        };
        if here.iter().any(is_within) {
            return Ok(None);
        }
        Ok(Some(BranchFinding::AfterSuccession {
            newer: closed.newer,
            end: closed.tip.clone(),
        }))
    }
}
