//! What was fetched from a remote, in quarantine: nothing of it counts until each commit was checked
//! as what it is. What is not taken stays out, and what is here stays as it is.

mod weight;

pub use weight::Excess;

use super::history::check::signature_of;
use super::lock::RepositoryLock;
use super::objects::repository::branch_of;
use super::objects::{self, ancestry};
use super::save::Attempt;
use super::{BranchFinding, CommitFinding, CommitId, RemoteName, Store, StoreError};
use crate::model::PublicKey;
use git2::Oid;

/// Where all that was fetched lies until it is checked.
const QUARANTINE: &str = "refs/mmogit/incoming/";

/// A lock that is held until this is dropped.
pub struct Held(#[expect(dead_code, reason = "held for its lock")] RepositoryLock);

/// A branch as a remote has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrived {
    /// Whose it is.
    pub author: PublicKey,
    /// Its newest commit there.
    pub tip: CommitId,
}

/// How what a remote has stands to what is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// It is the same.
    Same,
    /// It is older than what is here.
    Behind,
    /// It is newer, and all of it may be taken.
    Newer,
    /// Both have what the other has not; all that came may be taken.
    Apart,
    /// It holds all that is here, but for erased threads, in another history.
    Rewritten,
    /// It is not taken, and why.
    Refused(Vec<BranchFinding>),
    /// It is not even looked at: there is too much of it.
    TooMuch(Excess),
}

impl Store {
    /// The reference under which git is to put an author's branch of a remote.
    pub fn quarantine_of(remote: &RemoteName, author: &str) -> String {
        format!("{QUARANTINE}{remote}/{author}")
    }

    /// What lies in quarantine.
    ///
    /// # Errors
    ///
    /// If the repository's references can't be read.
    pub fn arrived(&self, remote: &RemoteName) -> Result<Vec<Arrived>, StoreError> {
        let folder = Self::quarantine_of(remote, "");
        let mut arrived = Vec::new();
        for reference in self.references_below(&folder)? {
            let reference = reference.map_err(|e| self.git(e))?;
            let name = reference.name().ok();
            let author = name.and_then(|name| name.strip_prefix(&folder)?.parse().ok());
            if let (Some(author), Some(tip)) = (author, reference.target()) {
                let tip = CommitId(tip);
                arrived.push(Arrived { author, tip });
            }
        }
        arrived.sort_unstable();
        Ok(arrived)
    }

    /// Lets go of all that is in quarantine.
    ///
    /// # Errors
    ///
    /// If the repository's references can't be read or removed.
    pub fn empty_quarantine(&self) -> Result<(), StoreError> {
        self.remove_references(QUARANTINE)
    }

    /// The branch of an author, as git names it.
    pub fn branch_name(author: &PublicKey) -> String {
        branch_of(author)
    }

    /// Waits until no other process fetches and pushes for this home; `waits` hears of it.
    ///
    /// # Errors
    ///
    /// If the lock can't be opened.
    pub fn wait_to_sync(&self, waits: impl FnOnce()) -> Result<Held, StoreError> {
        RepositoryLock::wait_to_sync(self.home(), waits).map(Held)
    }

    /// Waits until nobody tidies, and keeps them from it while objects come that nothing names yet.
    ///
    /// # Errors
    ///
    /// If the lock can't be opened.
    pub fn while_objects_come(&self) -> Result<Held, StoreError> {
        RepositoryLock::wait_to_write_ahead(self.home()).map(Held)
    }

    /// Whether what a remote has is part of what is here, so that it need not be fetched.
    ///
    /// # Errors
    ///
    /// If the branch here can't be read.
    pub fn has_arrived(&self, arrived: &Arrived) -> Result<bool, StoreError> {
        let Some(CommitId(here)) = self.tip(&arrived.author)? else {
            return Ok(false);
        };
        let there = arrived.tip.0;
        if here == there {
            return Ok(true);
        }
        // What is not here at all is no part of anything.
        let is_here = self.repo.odb().map_err(|e| self.git(e))?.exists(there);
        Ok(is_here && ancestry::descends(&self.repo, here, there).unwrap_or(false))
    }

    /// Checks what came of an author's branch against what is here: each new commit from its raw
    /// bytes, and that nothing which is here, or was seen here, would be lost.
    ///
    /// # Errors
    ///
    /// If what is here can't be read. What can't be read of what came is a reason to refuse it.
    pub fn judge(&self, arrived: &Arrived, is_own: bool) -> Result<Incoming, StoreError> {
        let Arrived { author, tip: there } = *arrived;
        let here = self.tip(&author)?;
        if here == Some(there) {
            return Ok(Incoming::Same);
        }
        if self.has_arrived(arrived)? {
            return Ok(Incoming::Behind);
        }
        if let Some(refused) = self.refusal_of(&author, there, here)? {
            return Ok(refused);
        }
        let Some(here) = here else {
            return self.judge_first(&author, there);
        };
        let is_newer = ancestry::descends(&self.repo, there.0, here.0).map_err(|e| self.git(e))?;
        if is_own && !is_newer {
            return Ok(Incoming::Apart);
        }
        let lost = self.lost_between(&author, here.0, there.0)?;
        let lost = lost.or(self.lost_at(&author, Some(there))?);
        Ok(match lost {
            Some(lost) => Incoming::Refused(vec![lost]),
            None if is_newer => Incoming::Newer,
            None => Incoming::Rewritten,
        })
    }

    /// What is wrong with the new commits of what came, if anything is. How much there is to look
    /// at is known before it is looked at.
    fn refusal_of(
        &self,
        author: &PublicKey,
        there: CommitId,
        here: Option<CommitId>,
    ) -> Result<Option<Incoming>, StoreError> {
        // Strangers are turned away at once, however much they brought.
        if let Err(fault) = signature_of(&self.repo, author, there.0) {
            let finding = BranchFinding::Commit {
                id: there,
                finding: fault,
            };
            return Ok(Some(Incoming::Refused(vec![finding])));
        }
        let known = here.map(|CommitId(here)| here);
        let Some((ids, broken)) =
            ancestry::history_since(&self.repo, there.0, known, weight::MAX_COMMITS)
        else {
            return Ok(Some(Incoming::TooMuch(Excess::Commits)));
        };
        if let Some(excess) = weight::excess_of(&self.repo, &ids) {
            return Ok(Some(Incoming::TooMuch(excess)));
        }
        let report = self.check_these(author, there, ids, broken)?;
        let findings = report.findings().into_iter();
        let faults: Vec<_> = findings.filter(keeps_a_branch_out).collect();
        Ok((!faults.is_empty()).then_some(Incoming::Refused(faults)))
    }

    /// A branch that isn't here may have been here once.
    fn judge_first(&self, author: &PublicKey, there: CommitId) -> Result<Incoming, StoreError> {
        let lost = self.lost_at(author, Some(there))?;
        Ok(lost.map_or(Incoming::Newer, |lost| Incoming::Refused(vec![lost])))
    }

    /// Moves an author's branch to what was checked, if it is still where it was then.
    ///
    /// # Errors
    ///
    /// If the branch can't be moved.
    pub fn take(&self, arrived: &Arrived, from: Option<CommitId>) -> Result<bool, StoreError> {
        let _lock = RepositoryLock::wait(self.home())?;
        let Arrived { author, tip } = *arrived;
        if self.tip(&author)? != from {
            return Ok(false);
        }
        let done = self.insist(&branch_of(&author), || {
            if self.tip(&author)? != from {
                return Ok(Attempt::Done(false));
            }
            Ok(self.publish(&author, from, tip.0)?.map(|_| true))
        })?;
        Ok(done)
    }

    /// Whether a commit stands on another, or is it. What a remote calls a commit may be none, may
    /// be larger than any, and may not be here.
    ///
    /// # Errors
    ///
    /// If what the one stands on can't be read.
    pub fn holds_commit(&self, commit: CommitId, other: CommitId) -> Result<bool, StoreError> {
        let (CommitId(commit), CommitId(other)) = (commit, other);
        let is_commit = |id: Oid| objects::commit(&self.repo, id).is_ok();
        // One that went with an erasure says nothing any more.
        if commit == other || !is_commit(commit) || !is_commit(other) {
            return Ok(commit == other);
        }
        ancestry::descends(&self.repo, commit, other).map_err(|e| self.git(e))
    }
}

/// A file that is no thread, or no true one, says nothing about the others: it comes along, and is
/// shown as such.
fn keeps_a_branch_out(finding: &BranchFinding) -> bool {
    match finding {
        BranchFinding::Commit { finding, .. } => !matches!(
            finding,
            CommitFinding::NotPlain { .. } | CommitFinding::Twice { .. }
        ),
        BranchFinding::Erasure { .. }
        | BranchFinding::Card { .. }
        | BranchFinding::RetiredSpoke { .. }
        | BranchFinding::PositionUnknown { .. } => false,
        _ => true,
    }
}
