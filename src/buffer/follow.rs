//! Following the branch: what others said, archived, renamed or erased is shown so, and what was
//! taken from it is brought back before anything is shown without it.

use super::{BufferError, BufferNotice, BufferView, Buffers, Mode, Work};
use crate::model::ThreadId;
use crate::store::{BranchFinding, CommitId};
use crate::turn::Session;

/// What a session saved last.
pub(super) struct OwnSave {
    thread: ThreadId,
    /// The commit, if it made one.
    commit: Option<CommitId>,
}

impl OwnSave {
    pub fn of(session: &Session<'_>) -> Self {
        Self {
            thread: session.thread().id(),
            commit: session.own_commit(),
        }
    }
}

impl Buffers {
    /// Follows the branch, if its tip moved. Returns whether anything else is shown now.
    ///
    /// # Errors
    /// If the threads can't be read, or what is not saved yet can't be.
    pub fn refresh(&mut self, work: Work<'_>) -> Result<bool, BufferError> {
        if work.store.tip(&work.keys.public())? == self.seen {
            return Ok(false);
        }
        let before = Mode::ALL.map(|mode| self.view(mode));
        for mode in Mode::ALL {
            self.flush(work, mode);
        }
        let seen = self.seen;
        if let Err(error) = self.load_all(work) {
            // It is tried again.
            self.seen = seen;
            return Err(error);
        }
        let shows = |mode: Mode, view: &BufferView| self.view(mode).shows_the_same(view);
        Ok(!Mode::ALL
            .into_iter()
            .zip(&before)
            .all(|(mode, view)| shows(mode, view)))
    }

    fn load_all(&mut self, work: Work<'_>) -> Result<(), BufferError> {
        self.see_tip(work)?;
        for mode in Mode::ALL {
            self.load(work, mode)?;
        }
        // Taking in what others saved may have moved it again.
        self.see_tip(work)
    }

    /// A branch that was moved back, or deleted, gets back what it had. What it lacks is told, and
    /// so is what came of that; what can't be brought back is told once.
    pub(super) fn bring_together(&mut self, work: Work<'_>) -> Result<(), BufferError> {
        let owner = work.keys.public();
        let lacks = work.store.lost_since_seen(&owner)?;
        if lacks == self.lacks {
            return Ok(());
        }
        if lacks.is_none() {
            self.told_lack = None;
        }
        if let Some(finding) = &lacks {
            self.tell_lack(finding);
            let now = work.workspace.now();
            let united = work.store.bring_together(work.keys.owner(), now)?;
            let told = united.map(BufferNotice::BroughtTogether);
            self.notices.extend(told);
        }
        self.lacks = work.store.lost_since_seen(&owner)?;
        Ok(())
    }

    /// What can't be brought back is tried again and again, and told once.
    fn tell_lack(&mut self, finding: &BranchFinding) {
        if self.told_lack.as_ref() != Some(finding) {
            self.told_lack = Some(finding.clone());
            let told = BufferNotice::BranchLacks(finding.clone());
            self.notices.push(told);
        }
    }

    /// From now on the views are of the branch as it is.
    pub(super) fn see_tip(&mut self, work: Work<'_>) -> Result<(), BufferError> {
        self.seen = work.store.tip(&work.keys.public())?;
        Ok(())
    }

    /// What one of the buffers' own sessions saved need not be looked at again, if nobody else saved
    /// meanwhile.
    pub(super) fn see_own_save(
        &mut self,
        work: Work<'_>,
        saved: &OwnSave,
    ) -> Result<(), BufferError> {
        let owner = work.keys.public();
        let Some(tip) = work.store.tip(&owner)? else {
            return Ok(());
        };
        let Some(seen) = self.seen.filter(|_| saved.commit == Some(tip)) else {
            return Ok(());
        };
        let Some(diff) = work.store.diff_between(&owner, seen, tip)? else {
            return Ok(());
        };
        let is_only_own = diff.changed.iter().all(|entry| entry.id == saved.thread)
            && diff.removed.is_empty()
            && diff.erased.is_empty()
            && diff.troubles.is_empty()
            && !diff.is_partial;
        if is_only_own {
            self.seen = Some(tip);
        }
        Ok(())
    }
}
