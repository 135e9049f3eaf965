//! Two histories of one owner become one; or one of them is left, where it leads to a thread that
//! the other side erased.

use super::SaidSince;
use super::trees::{Trees, UnitedTree};
use crate::model::{Erasure, PublicKey, Timestamp};
use crate::sign::Signer;
use crate::store::erase::erasures::lacks;
use crate::store::erase::rewrite::{Rewriting, Target};
use crate::store::objects::ancestry;
use crate::store::{Store, StoreError};
use git2::{Oid, Tree};
use std::collections::HashSet;

/// Two states that are to become one.
pub(super) struct Join<'j> {
    pub(super) owner: &'j Signer,
    /// The one whose history goes on.
    pub(super) base: Oid,
    pub(super) other: Oid,
    pub(super) other_history: OtherHistory,
    pub(super) now: Timestamp,
}

/// What becomes of the other state's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherHistory {
    /// It becomes part of the one that goes on.
    GoesOn,
    /// It leads to a thread that was erased.
    LeadsToErased,
    /// Not all of it is the owner's, so only the owner's threads are taken from it.
    SignedByOthersToo,
}

/// One history for two, which no branch has yet.
pub(super) struct JoinedHistory {
    pub(super) commit: Oid,
    /// The states of which the history is no part of it.
    pub(super) replaced: Vec<Oid>,
    /// What one side erased, and the other did not know of, with the side that did not.
    unknown: Vec<(Oid, Erasure)>,
    pub(super) said_since: Vec<SaidSince>,
    pub(super) apart: Vec<String>,
}

impl JoinedHistory {
    /// One of the two, which has all of the other.
    pub(super) fn only(commit: Oid) -> Self {
        Self {
            commit,
            replaced: Vec::new(),
            unknown: Vec::new(),
            said_since: Vec::new(),
            apart: Vec::new(),
        }
    }

    /// The erasures that one of the two states did not know of.
    pub(super) fn erased_for(&self, state: Option<Oid>) -> Vec<Erasure> {
        let mut erased = Vec::new();
        for (side, erasure) in &self.unknown {
            if Some(*side) == state {
                erased.push(erasure.clone());
            }
        }
        erased
    }
}

impl Store {
    /// Joins the history that is here with what another machine made of it: both are the owner's.
    pub(super) fn join_histories(
        &self,
        owner: &Signer,
        ours: Oid,
        theirs: Oid,
        now: Timestamp,
    ) -> Result<JoinedHistory, StoreError> {
        if ours == theirs || self.descends(ours, theirs)? {
            return Ok(JoinedHistory::only(ours));
        }
        let author = owner.public();
        if self.descends(theirs, ours)? && self.lost_between(&author, ours, theirs)?.is_none() {
            let mut history = JoinedHistory::only(theirs);
            history.unknown = self.unknown_to(owner, ours, theirs)?;
            return Ok(history);
        }
        let erased_here = self.all_erasures(owner, ours)?;
        let erased_there = self.all_erasures(owner, theirs)?;
        let mut join = Join {
            owner,
            base: theirs,
            other: ours,
            other_history: OtherHistory::GoesOn,
            now,
        };
        // Where each erased something, theirs goes on: a third machine may have it already.
        if lacks(&erased_here, &erased_there) {
            join.other_history = OtherHistory::LeadsToErased;
        } else if lacks(&erased_there, &erased_here) {
            (join.base, join.other) = (ours, theirs);
            join.other_history = OtherHistory::LeadsToErased;
        }
        self.join(&join)
    }

    /// Makes one history of two.
    pub(super) fn join(&self, join: &Join<'_>) -> Result<JoinedHistory, StoreError> {
        let known = self.all_erasures(join.owner, join.base)?;
        let theirs = self.all_erasures(join.owner, join.other)?;
        let missing = those_missing(&known, &theirs);
        let base = self.without_erased(join, &missing)?;
        let is_anew = base != Some(join.base);
        let again: Vec<Erasure> = match is_anew {
            true => missing
                .iter()
                .map(|erasure| carried_out_again(erasure, join.base))
                .collect(),
            false => Vec::new(),
        };
        let mut unknown = self.unknown_to(join.owner, join.other, join.base)?;
        unknown.extend(missing.iter().map(|erasure| (join.base, erasure.clone())));

        let mut parents: Vec<Oid> = base.into_iter().collect();
        let mut replaced = Vec::new();
        if join.other_history != OtherHistory::GoesOn {
            replaced.push(join.other);
        } else if !self.descends(join.base, join.other)? {
            parents.push(join.other);
        }
        if is_anew {
            replaced.push(join.base);
        }
        let erasures: Vec<Erasure> = known.into_iter().chain(theirs).collect();
        let asked = Trees {
            owner: join.owner,
            erasures: &erasures,
            again: &again,
            takes_all: join.other_history != OtherHistory::SignedByOthersToo,
        };
        let base_tree = self.tree_or_empty(base)?;
        let united = self.unite_trees(&asked, &base_tree, &self.tree_at(join.other)?)?;
        let commit = self.commit_united(join, &united, &base_tree, &parents)?;
        let said_since = self.said_since(&unknown)?;
        self.lacks_nothing_of(join, commit)?;
        Ok(JoinedHistory {
            commit,
            replaced,
            unknown,
            said_since,
            apart: united.apart,
        })
    }

    fn commit_united(
        &self,
        join: &Join<'_>,
        united: &UnitedTree,
        base_tree: &Tree<'_>,
        parents: &[Oid],
    ) -> Result<Oid, StoreError> {
        if let [base] = parents
            && united.tree == base_tree.id()
        {
            return Ok(*base);
        }
        self.commit(join.owner, united.tree, united.changed, parents, join.now)
    }

    /// The history that goes on, without what only the other side erased of it; none if nothing is
    /// left then.
    fn without_erased(
        &self,
        join: &Join<'_>,
        missing: &[Erasure],
    ) -> Result<Option<Oid>, StoreError> {
        if missing.is_empty() {
            return Ok(Some(join.base));
        }
        let tree = self.tree_at(join.base)?;
        let target = |erasure| Target::of_erasure(&self.repo, erasure, &tree);
        let targets: Result<Vec<Target>, _> = missing.iter().map(target).collect();
        let targets = targets.map_err(|e| self.git(e))?;
        let mut rewriting = Rewriting::begin(self, join.owner)?;
        let base = rewriting.without(join.base, &targets)?;
        if base != Some(join.base) {
            rewriting.keep()?;
        }
        Ok(base)
    }

    pub(super) fn tree_or_empty(&self, commit: Option<Oid>) -> Result<Tree<'_>, StoreError> {
        match commit {
            Some(commit) => self.tree_at(commit),
            None => {
                let empty = self
                    .repo
                    .treebuilder(None)
                    .and_then(|builder| builder.write());
                self.open_folder(empty.map_err(|e| self.git(e))?)
            }
        }
    }

    fn all_erasures(&self, owner: &Signer, commit: Oid) -> Result<Vec<Erasure>, StoreError> {
        self.true_erasures_in(&owner.public(), &self.tree_at(commit)?, None)
    }

    /// What a state does not know to be erased, and another does.
    fn unknown_to(
        &self,
        owner: &Signer,
        state: Oid,
        other: Oid,
    ) -> Result<Vec<(Oid, Erasure)>, StoreError> {
        let known = self.all_erasures(owner, state)?;
        let told = self.all_erasures(owner, other)?;
        let missing = those_missing(&known, &told).into_iter();
        Ok(missing.map(|erasure| (state, erasure)).collect())
    }

    /// What was made of both is looked at once more, as any reader would, before a branch has it.
    fn lacks_nothing_of(&self, join: &Join<'_>, commit: Oid) -> Result<(), StoreError> {
        let owner = join.owner.public();
        let mut states = vec![join.base];
        if join.other_history != OtherHistory::SignedByOthersToo {
            states.push(join.other);
        }
        for state in states {
            if let Some(missing) = self.lost_between(&owner, state, commit)? {
                return Err(StoreError::Untrue {
                    why: missing.to_string(),
                });
            }
        }
        Ok(())
    }

    /// Whether the owner signed every commit that another does not stand on.
    pub(super) fn are_all_signed(
        &self,
        author: &PublicKey,
        tip: Oid,
        but: Option<Oid>,
    ) -> Result<bool, StoreError> {
        let all = |from| ancestry::whole_history(&self.repo, from).map_err(|e| self.git(e));
        let mut known = HashSet::new();
        if let Some(but) = but {
            known.extend(all(but)?);
        }
        for commit in all(tip)? {
            if !known.contains(&commit) && !self.is_signed_by(author, commit) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The erasures that one side has and the other lacks.
fn those_missing(known: &[Erasure], told: &[Erasure]) -> Vec<Erasure> {
    let ids: HashSet<_> = known.iter().map(|erasure| erasure.erased_id()).collect();
    let is_missing = |erasure: &&Erasure| !ids.contains(&erasure.erased_id());
    told.iter().filter(is_missing).cloned().collect()
}

/// The word of an erasure, where it was carried out on another history too. No clock is read: it was
/// erased when it was.
fn carried_out_again(erasure: &Erasure, replaced: Oid) -> Erasure {
    let mut kind = (**erasure).clone();
    kind.replaced = replaced.to_string();
    kind.also.clear();
    kind.moved.clear();
    erasure.with(kind)
}
