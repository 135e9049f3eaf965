//! What lies in quarantine becomes part of what is here, as far as it may.

use super::Step;
use super::git::Teller;
use super::plan::{ROUNDS, Sync, SyncError};
use super::summary::{How, Refusal};
use crate::home::Home;
use crate::store::{Arrived, BranchFinding, Incoming, StoreError};
use crate::transfer;

/// So many of the reasons to refuse one branch are told.
const TOLD: usize = 20;

impl Sync<'_> {
    /// Checks all that is in quarantine, and takes what may be taken.
    pub(super) fn take_all(&mut self, tell: Teller<'_>) -> Result<(), SyncError> {
        let arrived = self.store.arrived(self.request.remote)?;
        let total = arrived.len();
        for (done, arrived) in arrived.iter().enumerate() {
            let _ = tell(Step::Checking { done, total });
            self.take(arrived)?;
        }
        Ok(())
    }

    fn take(&mut self, arrived: &Arrived) -> Result<(), SyncError> {
        if let Some(finding) = self.after_its_end(arrived)? {
            self.refuse(arrived.author, Refusal::Branch(finding));
            return Ok(());
        }
        let is_own = arrived.author == self.request.keys.public();
        // A session or another process may move the branch meanwhile: then it is looked at anew.
        for _ in 0..ROUNDS {
            let here = self.store.tip(&arrived.author)?;
            let how = match self.store.judge(arrived, is_own)? {
                Incoming::Same | Incoming::Behind => return Ok(()),
                Incoming::Refused(findings) => {
                    for finding in findings.into_iter().take(TOLD) {
                        self.refuse(arrived.author, Refusal::Branch(finding));
                    }
                    return Ok(());
                }
                Incoming::TooMuch(excess) => {
                    self.refuse(arrived.author, Refusal::TooMuch(excess));
                    return Ok(());
                }
                Incoming::Apart => return self.join(arrived),
                Incoming::Newer if here.is_none() => How::New,
                Incoming::Newer => How::Forward,
                Incoming::Rewritten => How::Rewritten,
            };
            if self.store.take(arrived, here)? {
                let threads = self.changed(arrived.author, here, arrived.tip);
                self.came(arrived.author, how, threads);
                return Ok(());
            }
        }
        Err(StoreError::Contended.into())
    }

    /// What an older key says after another took its place does not count.
    fn after_its_end(&self, arrived: &Arrived) -> Result<Option<BranchFinding>, SyncError> {
        let own = self.request.keys.public();
        let closed = self.workspace.closed_branches(&own)?;
        match closed.get(&arrived.author) {
            Some(closed) => Ok(self.store.beyond(&arrived.author, closed, arrived.tip)?),
            None => Ok(None),
        }
    }

    /// Both states of the own branch become one. What was said in a thread that the other side had
    /// erased is on disk before that.
    fn join(&mut self, arrived: &Arrived) -> Result<(), SyncError> {
        let home = Home::at(self.workspace.home());
        let here = self.store.tip(&arrived.author)?;
        let joined = self.store.join_own_branch(
            self.request.keys.owner(),
            arrived.tip,
            self.workspace.now(),
            &mut |said| transfer::keep_said_since(home, said),
        );
        match joined {
            Ok(joined) => {
                let threads = self.changed(arrived.author, here, joined.tip);
                self.came(arrived.author, How::Joined, threads);
                self.summary.joined.push(joined);
            }
            Err(StoreError::Untrue { why }) => {
                self.refuse(arrived.author, Refusal::NotTaken(why));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}
