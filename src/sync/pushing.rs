//! The own branch goes to the remote, with those of the keys that the owner had before, and nothing
//! else does.

use super::Step;
use super::fault::FaultKind;
use super::git::Teller;
use super::plan::{Sync, SyncError, There};
use super::summary::{Refusal, Refused, Went};
use crate::model::PublicKey;
use crate::store::{CommitId, Store};

impl Sync<'_> {
    /// Pushes the own branch. Says whether somebody else moved it there meanwhile, or holds it, so
    /// that all begins anew.
    pub(super) fn push(
        &mut self,
        there: Option<CommitId>,
        tell: Teller<'_>,
    ) -> Result<bool, SyncError> {
        let own = self.request.keys.public();
        let Some(tip) = self.store.tip(&own)?.filter(|tip| Some(*tip) != there) else {
            self.summary.went = Went::Nothing;
            return Ok(false);
        };
        if !self.request.may_push {
            self.summary.went = Went::Withheld;
            return Ok(false);
        }
        if self.is_not_to_be_replaced(&own) {
            let has_it = |there| self.store.holds_commit(there, tip);
            if there.map(has_it).transpose()? == Some(true) {
                // What was refused stands on all that there is to push.
                return Ok(false);
            }
            self.summary.went = Went::Refused;
            self.refuse(own, Refusal::NotReplaced);
            return Ok(false);
        }
        let instead_of = match there {
            Some(there) if !self.store.holds_commit(tip, there)? => Some(there),
            _ => None,
        };
        let tip = self
            .store
            .note_push(self.request.address, &own)?
            .unwrap_or(tip);
        let branch = Store::branch_name(&own);
        let _ = tell(Step::Pushing(String::new()));
        match self.git.push(tip, &branch, instead_of, tell) {
            Ok(()) => {
                self.store.note_pushed(self.request.address, tip)?;
                let threads = self.changed(own, there, tip);
                self.summary.went = Went::Pushed { tip, threads };
                Ok(false)
            }
            Err(fault) if matches!(fault.kind, FaultKind::Moved | FaultKind::Busy) => {
                self.summary.went = Went::Refused;
                self.refuse(own, Refusal::NotPushed(fault));
                Ok(true)
            }
            Err(fault) => {
                self.summary.went = Went::Refused;
                self.refuse(own, Refusal::NotPushed(fault));
                Ok(false)
            }
        }
    }

    /// Pushes the branches of the keys that the owner had before: they are closed, and others must
    /// learn of that. They go forward only.
    pub(super) fn push_older(&mut self, there: &There, tell: Teller<'_>) -> Result<(), SyncError> {
        if !self.request.may_push {
            return Ok(());
        }
        for key in self.older_keys()? {
            let has = there.get(&key).copied();
            let Some(tip) = self.store.tip(&key)?.filter(|tip| Some(*tip) != has) else {
                continue;
            };
            let is_newer = match has {
                Some(has) => self.store.holds_commit(tip, has)?,
                None => true,
            };
            if !is_newer || self.is_not_to_be_replaced(&key) {
                continue;
            }
            if let Err(fault) = self.git.push(tip, &Store::branch_name(&key), None, tell) {
                self.refuse(key, Refusal::NotPushed(fault));
            }
        }
        Ok(())
    }

    /// Whether what the remote has of a branch was refused. What it has no more is put back.
    fn is_not_to_be_replaced(&self, author: &PublicKey) -> bool {
        let is_there = |refused: &Refused| match &refused.why {
            Refusal::Branch(_)
            | Refusal::TooMuch(_)
            | Refusal::NotFetched(_)
            | Refusal::NotTaken(_) => true,
            Refusal::RolledBack { .. }
            | Refusal::Gone { .. }
            | Refusal::NotPushed(_)
            | Refusal::NotReplaced => false,
        };
        let mut refused = self.summary.refused.iter();
        refused.any(|refused| refused.author == *author && is_there(refused))
    }

    /// The keys that the owner had before, as their own card says.
    pub(super) fn older_keys(&self) -> Result<Vec<PublicKey>, SyncError> {
        let own = self.request.keys.public();
        // What is wrong with the card is told by whoever verifies.
        let verdict = self.store.card_of(&own)?;
        let card = verdict.and_then(|verdict| verdict.good().ok());
        let older = card.iter().flat_map(|card| &card.succeeds);
        Ok(older.map(|entry| entry.key).collect())
    }
}
