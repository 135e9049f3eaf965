//! Two states of an owner's branch become one: what was remembered and what is there, or what is
//! there and what another machine made of it. Both are the owner's, so nothing is asked and nothing
//! of either is lost.
//!
//! ```text
//! join    two histories become one, or one of them is left for the other
//! trees   what both hold, folder by folder
//! day     the threads of one day; documents  what is signed beside them
//! names   what gives way to something else of its name
//! aside   what was said in a thread that the other side had erased
//! ```
//! An erasure wins: no commit gets a parent from which an erased thread can be reached.

mod aside;
mod day;
mod documents;
mod join;
mod names;
mod trees;

#[cfg(test)]
mod tests;

pub use aside::SaidSince;

use crate::model::{Erasure, Timestamp, crash_point};
use crate::sign::Signer;
use crate::store::history::findings::{BranchFinding, CommitFinding};
use crate::store::history::seen::Remembered;
use crate::store::lock::RepositoryLock;
use crate::store::objects::ancestry;
use crate::store::objects::repository::branch_of;
use crate::store::save::Attempt;
use crate::store::{CommitId, Store, StoreError};
use git2::Oid;
use join::{Join, JoinedHistory, OtherHistory};
use std::path::PathBuf;

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

/// What became of the owner's branch and of what another machine made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The branch's newest commit now. It holds all of both.
    pub tip: CommitId,
    /// The reference that keeps a state of which not all may be part of the history, since it leads
    /// to a thread that the other side erased.
    pub kept_at: Option<String>,
    /// The erasures that this machine did not know of.
    pub erased: Vec<Erasure>,
    /// Where it was put what was said in erased threads, on the side that did not know of that.
    pub said_since: Vec<PathBuf>,
    /// The threads of which two versions fit into no one file, by their paths: the other version
    /// lies beside.
    pub apart: Vec<String>,
}

/// Puts what was said in an erased thread where its owner finds it, and says where that is.
pub type KeepSaidSince<'k> = dyn FnMut(&SaidSince) -> Result<PathBuf, StoreError> + 'k;

impl Store {
    /// Joins what another machine made of the owner's branch, of which every commit was checked. The
    /// branch moves to a commit that holds all of both; where one side erased a thread that the
    /// other has, what was said in it there is given to `keep` before that.
    ///
    /// # Errors
    ///
    /// If the owner did not sign all of it, if the repository can't be read or written, if other
    /// programs keep moving the branch, or whatever `keep` says. The branch is where it was then.
    pub fn join_own_branch(
        &self,
        owner: &Signer,
        incoming: CommitId,
        now: Timestamp,
        keep: &mut KeepSaidSince<'_>,
    ) -> Result<Joined, StoreError> {
        let _lock = RepositoryLock::wait(self.home())?;
        crash_point!("join-locked");
        // What was lost here must not be taken for what the other machine lacks.
        self.unite_before_saving(owner, now)?;
        self.insist(&branch_of(&owner.public()), || {
            self.try_to_join(owner, incoming, now, keep)
        })
    }

    fn try_to_join(
        &self,
        owner: &Signer,
        incoming: CommitId,
        now: Timestamp,
        keep: &mut KeepSaidSince<'_>,
    ) -> Result<Attempt<Joined>, StoreError> {
        let author = owner.public();
        let tip = self.tip(&author)?;
        let here = tip.map(|CommitId(tip)| tip);
        if !self.are_all_signed(&author, incoming.0, here)? {
            return Err(StoreError::Untrue {
                why: format!("not all of {incoming} is signed by its owner"),
            });
        }
        let history = match here {
            None => JoinedHistory::only(incoming.0),
            Some(here) => self.join_histories(owner, here, incoming.0, now)?,
        };
        let mut said_since = Vec::with_capacity(history.said_since.len());
        for said in &history.said_since {
            said_since.push(keep(said)?);
            crash_point!("join-said-since-kept");
        }
        let kept_at = self.keep_all_replaced(&history)?;
        crash_point!("join-written");
        let joined = |commit| Joined {
            tip: commit,
            kept_at,
            erased: history.erased_for(here),
            said_since,
            apart: history.apart.clone(),
        };
        if here == Some(history.commit) {
            return Ok(Attempt::Done(joined(CommitId(history.commit))));
        }
        Ok(self.publish(&author, tip, history.commit)?.map(joined))
    }

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
                | StoreError::Untrue { .. }
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
        let history = match tip {
            Some(CommitId(tip)) if !self.descends(seen, tip)? => {
                self.join_with_seen(owner, tip, seen, now)?
            }
            // It was only moved back, or deleted.
            _ => JoinedHistory::only(seen),
        };
        if self.lost_between(&author, seen, history.commit)?.is_some() {
            return Ok(Attempt::Done(None));
        }
        let kept_at = self.keep_all_replaced(&history)?;
        crash_point!("unite-written");
        let moved = self.publish(&author, tip, history.commit)?;
        Ok(moved.map(|commit| Some(United { commit, kept_at })))
    }

    fn join_with_seen(
        &self,
        owner: &Signer,
        tip: Oid,
        seen: Oid,
        now: Timestamp,
    ) -> Result<JoinedHistory, StoreError> {
        if self.are_all_signed(&owner.public(), tip, Some(seen))? {
            return self.join_histories(owner, seen, tip, now);
        }
        let join = Join {
            owner,
            base: seen,
            other: tip,
            other_history: OtherHistory::SignedByOthersToo,
            now,
        };
        self.join(&join)
    }

    pub(super) fn descends(&self, from: Oid, on: Oid) -> Result<bool, StoreError> {
        ancestry::descends(&self.repo, from, on).map_err(|e| self.git(e))
    }

    /// The references that keep states of a branch which could not become part of its history; an
    /// erased thread may be in one of them.
    ///
    /// # Errors
    ///
    /// If the repository's references can't be read.
    pub fn kept_states(&self) -> Result<Vec<String>, StoreError> {
        let found = self.references_below(REPLACED)?;
        let name = |reference: Result<git2::Reference<'_>, git2::Error>| {
            let reference = reference.map_err(|e| self.git(e))?;
            Ok(String::from_utf8_lossy(reference.name_bytes()).into_owned())
        };
        found.map(name).collect()
    }

    /// What does not become part of the history stays; no object of it is removed.
    fn keep_all_replaced(&self, history: &JoinedHistory) -> Result<Option<String>, StoreError> {
        let mut name = None;
        for commit in &history.replaced {
            let kept = format!("{REPLACED}{commit}");
            self.repo
                .reference(&kept, *commit, true, "")
                .map_err(|e| self.git(e))?;
            name.get_or_insert(kept);
        }
        Ok(name)
    }
}
