//! Two states of an owner's branch become one: the one that was remembered, and the one that is
//! there and lacks something of it. Both are the owner's, so nothing is asked and nothing of either
//! is lost.
//!
//! An erasure wins: no commit gets a parent from which an erased thread can be reached.

mod joining;

use crate::model::{PublicKey, Timestamp, crash_point};
use crate::sign::Signer;
use crate::store::erase::erasures::{lacks, names_as_kept};
use crate::store::history::findings::{BranchFinding, CommitFinding};
use crate::store::history::seen::Remembered;
use crate::store::lock::RepositoryLock;
use crate::store::objects::ancestry;
use crate::store::objects::repository::branch_of;
use crate::store::save::Attempt;
use crate::store::{CommitId, Store, StoreError};
use git2::{Oid, Tree};
use joining::Joining;
use std::collections::HashSet;

/// Where the state is kept that could not become part of the history.
const REPLACED: &str = "refs/mmogit/replaced/";

/// What became of a branch that lacked something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct United {
    /// The commit that holds both states.
    pub commit: CommitId,
    /// The reference that keeps a state of which not all may be part of the history: it leads to an
    /// erased thread, or somebody else signed some of it.
    pub kept_at: Option<String>,
}

/// How two states come together.
struct Plan<'r> {
    base: Tree<'r>,
    other: Tree<'r>,
    parents: Vec<Oid>,
    /// Whether what is no thread of the owner's comes along too.
    takes_all: bool,
    replaced: Option<Oid>,
    /// The erased threads of either, by root, or by an older mmogit's id.
    erased: HashSet<String>,
}

impl Store {
    /// Brings back what a branch lacks of what it was seen to have. `None`: it lacks nothing, or
    /// that can't be read.
    ///
    /// # Errors
    ///
    /// If the repository can't be read or written, or if other programs keep moving the branch.
    pub fn bring_together(
        &self,
        owner: &Signer,
        now: Timestamp,
    ) -> Result<Option<United>, StoreError> {
        if self.lost_since_seen(&owner.public())?.is_none() {
            return Ok(None);
        }
        let _lock = RepositoryLock::wait(self.home())?;
        self.unite(owner, now)
    }

    /// The same for who holds the lock, and is about to save. What can't be read, or does not fit
    /// together, stays as it is: the note of what was seen stays too, so each check goes on telling
    /// what is missing.
    pub(in crate::store) fn unite_before_saving(
        &self,
        owner: &Signer,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match self.unite(owner, now) {
            Ok(_) => Ok(()),
            Err(error) if error.is_out_of_reach() => Err(error),
            Err(
                StoreError::Git { .. }
                | StoreError::ObjectTooLarge { .. }
                | StoreError::Misplaced { .. }
                | StoreError::TooLarge { .. }
                | StoreError::Contended,
            ) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn unite(&self, owner: &Signer, now: Timestamp) -> Result<Option<United>, StoreError> {
        let author = owner.public();
        let Remembered::Tip(seen) = self.remembered(&author)? else {
            return Ok(None);
        };
        if self.tip(&author)? == Some(CommitId(seen)) {
            return Ok(None);
        }
        self.insist(&branch_of(&author), || self.try_to_unite(owner, seen, now))
    }

    fn try_to_unite(
        &self,
        owner: &Signer,
        seen: Oid,
        now: Timestamp,
    ) -> Result<Attempt<Option<United>>, StoreError> {
        let author = owner.public();
        let is_readable = match self.lost_since_seen(&author)? {
            Some(BranchFinding::Gone { .. }) => true,
            Some(BranchFinding::MovedBack { lost, .. }) => {
                !lost.iter().any(CommitFinding::is_unreadable)
            }
            _ => false,
        };
        if !is_readable {
            return Ok(Attempt::Done(None));
        }
        let tip = self.tip(&author)?;
        // Whoever can write the note could name any commit: nothing is built on what its owner
        // didn't sign.
        if !self.are_all_signed(&author, seen, tip.map(|CommitId(tip)| tip))? {
            return Ok(Attempt::Done(None));
        }
        let (commit, replaced) = match tip {
            Some(CommitId(tip)) if !self.descends(seen, tip)? => {
                let Some(plan) = self.plan(&author, tip, seen)? else {
                    return Ok(Attempt::Done(None));
                };
                let commit = Joining::new(self, owner, &plan, now).commit()?;
                if self.lost_between(&author, seen, commit)?.is_some() {
                    return Ok(Attempt::Done(None));
                }
                (commit, plan.replaced)
            }
            // It was only moved back, or deleted.
            _ => (seen, None),
        };
        let kept_at = replaced
            .map(|replaced| self.keep_replaced(replaced))
            .transpose()?;
        crash_point!("unite-written");
        let moved = self.publish(&author, tip, commit)?;
        Ok(moved.map(|commit| Some(United { commit, kept_at })))
    }

    fn descends(&self, from: Oid, on: Oid) -> Result<bool, StoreError> {
        ancestry::descends(&self.repo, from, on).map_err(|e| self.git(e))
    }

    /// The references that keep states of a branch which could not become part of its history; an
    /// erased thread may be in one of them.
    ///
    /// # Errors
    ///
    /// If the repository's references can't be read.
    pub fn kept_states(&self) -> Result<Vec<String>, StoreError> {
        let found = self
            .repo
            .references_glob(&format!("{REPLACED}*"))
            .map_err(|e| self.git(e))?;
        let name = |reference: Result<git2::Reference<'_>, git2::Error>| {
            let reference = reference.map_err(|e| self.git(e))?;
            Ok(String::from_utf8_lossy(reference.name_bytes()).into_owned())
        };
        found.map(name).collect()
    }

    fn keep_replaced(&self, commit: Oid) -> Result<String, StoreError> {
        let name = format!("{REPLACED}{commit}");
        self.repo
            .reference(&name, commit, true, "")
            .map_err(|e| self.git(e))?;
        Ok(name)
    }

    /// `None` where neither of the two histories may go on.
    fn plan(
        &self,
        author: &PublicKey,
        tip: Oid,
        seen: Oid,
    ) -> Result<Option<Plan<'_>>, StoreError> {
        let there = self.tree_at(tip)?;
        let before = self.tree_at(seen)?;
        let erased_there = self.true_erasures_in(author, &there, None)?;
        let erased_before = self.true_erasures_in(author, &before, None)?;
        let is_behind = lacks(&erased_there, &erased_before);
        let is_ahead = lacks(&erased_before, &erased_there);
        let is_theirs = self.are_all_signed(author, tip, Some(seen))?;

        let has_no_good_history = is_behind || !is_theirs;
        if is_ahead && has_no_good_history {
            // Either history leads to an erased thread, or to what somebody else signed.
            return Ok(None);
        }
        let all_erased = erased_there.iter().chain(&erased_before);
        let erased = all_erased.map(names_as_kept).collect();
        if has_no_good_history {
            return Ok(Some(Plan {
                base: before,
                other: there,
                parents: vec![seen],
                takes_all: is_theirs,
                replaced: Some(tip),
                erased,
            }));
        }
        let (parents, replaced) = if is_ahead {
            (vec![tip], Some(seen))
        } else if self.descends(tip, seen)? {
            (vec![tip], None)
        } else {
            (vec![tip, seen], None)
        };
        Ok(Some(Plan {
            base: there,
            other: before,
            parents,
            takes_all: true,
            replaced,
            erased,
        }))
    }

    /// Whether the owner signed every commit that another does not stand on.
    fn are_all_signed(
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
