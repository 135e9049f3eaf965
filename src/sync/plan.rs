//! One sync, from the lock to the notes.

use super::Step;
use super::fault::Fault;
use super::git::{Git, GitProgram, Teller};
use super::summary::{Came, How, Refusal, Refused, Summary, Went};
use crate::home::Home;
use crate::identity::Keys;
use crate::model::PublicKey;
use crate::store::{Address, CommitId, RemoteName, Store, StoreError};
use crate::workspace::{WorkError, Workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

/// How often it begins anew where somebody else pushes at the same time.
pub(super) const ROUNDS: usize = 3;

/// What is to be done.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// What the remote is called.
    pub remote: &'a RemoteName,
    /// Where it is.
    pub address: &'a Address,
    /// The keys of the owner.
    pub keys: &'a Keys,
    /// The git to run.
    pub git: &'a GitProgram,
    /// Whose branches are to come; all, if nobody is named.
    pub follow: Option<&'a BTreeSet<PublicKey>>,
    /// Whether the own branch may go there.
    pub may_push: bool,
    /// Only look what would be done.
    pub is_dry_run: bool,
}

/// A sync that could not be done at all.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The remote could not be asked.
    #[error(transparent)]
    Remote(#[from] Fault),
    /// Something here went wrong.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The folder in which git works could not be made.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl From<StoreError> for SyncError {
    fn from(error: StoreError) -> Self {
        Self::Work(error.into())
    }
}

/// Makes what is here and what a remote has one.
///
/// # Errors
/// If the remote can't be asked, or the store can't be read or written. What was taken before that
/// stays; what is refused is in the summary, and is no error.
pub fn sync(
    workspace: &Workspace,
    store: &Store,
    request: &Request<'_>,
    tell: Teller<'_>,
) -> Result<Summary, SyncError> {
    let _lock = store.wait_to_sync(|| {
        let _ = tell(Step::Waiting);
    })?;
    // What one that was killed left.
    store.empty_quarantine()?;
    let home = Home::at(workspace.home());
    let git = Git::prepare(home, request.git, request.address).map_err(|source| {
        let path = home.syncing();
        SyncError::Disk { path, source }
    })?;
    let mut sync = Sync {
        workspace,
        store,
        request,
        git: &git,
        summary: Summary {
            remote: request.remote.to_string(),
            address: request.address.to_string(),
            is_dry_run: request.is_dry_run,
            came: Vec::new(),
            joined: Vec::new(),
            went: Went::Nothing,
            refused: Vec::new(),
        },
    };
    let done = sync.run(tell);
    let emptied = store.empty_quarantine();
    done?;
    emptied?;
    Ok(sync.summary)
}

/// What a remote has, by author.
pub(super) type There = BTreeMap<PublicKey, CommitId>;

/// One sync.
pub(super) struct Sync<'s> {
    pub(super) workspace: &'s Workspace,
    pub(super) store: &'s Store,
    pub(super) request: &'s Request<'s>,
    pub(super) git: &'s Git<'s>,
    pub(super) summary: Summary,
}

impl Sync<'_> {
    fn run(&mut self, tell: Teller<'_>) -> Result<(), SyncError> {
        let own = self.request.keys.public();
        if self.request.is_dry_run {
            let there = self.look(tell)?;
            return self.foresee(&there);
        }
        for round in 1.. {
            let is_last = round >= ROUNDS;
            self.summary.refused.clear();
            let followed = self.followed()?;
            let there = self.bring(tell)?;
            self.take_all(tell)?;
            // Who was just met in a thread comes too.
            if !is_last && self.followed()? != followed {
                continue;
            }
            let has_moved = self.push(there.get(&own).copied(), tell)?;
            self.push_older(&there, tell)?;
            if is_last || !has_moved {
                return self.note(there, followed.as_ref());
            }
        }
        Ok(())
    }

    /// What would be done.
    fn foresee(&mut self, there: &There) -> Result<(), SyncError> {
        let own = self.request.keys.public();
        for arrived in self.missing(there)? {
            self.came(arrived.author, How::ToFetch, None);
        }
        let Some(here) = self
            .store
            .tip(&own)?
            .filter(|here| there.get(&own) != Some(here))
        else {
            return Ok(());
        };
        // If the remote had it, it has more of it now.
        if !self.store.was_pushed_to(self.request.address, here)? {
            self.summary.went = Went::ToPush;
        }
        Ok(())
    }

    /// Notes what the remote has. What it took back stays noted, so that it is told until it is
    /// there again.
    fn note(&mut self, there: There, asked: Option<&BTreeSet<PublicKey>>) -> Result<(), SyncError> {
        let own = self.request.keys.public();
        let mut seen = there;
        // What was refused was not seen to be theirs: what they had before stays noted.
        let before = self.store.seen_at(self.request.address)?;
        seen.retain(|author, _| !self.is_refused(author));
        for (author, had) in &before {
            let was_asked = asked.is_none_or(|asked| asked.contains(author));
            if !was_asked || self.is_refused(author) {
                seen.insert(*author, *had);
            }
        }
        if let Went::Pushed { tip, .. } = self.summary.went {
            seen.insert(own, tip);
        }
        if before != seen {
            self.store.note_seen(self.request.address, &seen)?;
        }
        Ok(())
    }

    /// How many threads differ between two states of a branch.
    pub(super) fn changed(
        &self,
        author: PublicKey,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Option<usize> {
        let diff = match from {
            Some(from) => self.store.diff_between(&author, from, to).ok()??,
            None => self.store.diff_from_nothing(&author, to).ok()?,
        };
        Some(diff.changed.len())
    }

    pub(super) fn came(&mut self, author: PublicKey, how: How, threads: Option<usize>) {
        self.summary.came.push(Came {
            author,
            how,
            threads,
        });
    }

    /// Whether something of a branch was refused.
    pub(super) fn is_refused(&self, author: &PublicKey) -> bool {
        let mut refused = self.summary.refused.iter();
        refused.any(|refused| refused.author == *author)
    }

    pub(super) fn refuse(&mut self, author: PublicKey, why: Refusal) {
        self.summary.refused.push(Refused { author, why });
    }
}
