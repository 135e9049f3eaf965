//! The end of a thread: its owner writes their branch anew without it, signs that, and leaves word
//! of it.
//!
//! The order makes every step safe to die after: the new history is written beside the old one; a
//! note says what is about to happen; the branch goes from one history to the other at once; only
//! then is the old one removed, which [`Store::finish_erasure`] can do again. As long as the note
//! is there the next command does that.
//!
//! ```text
//! rewrite    the history written anew without one thread
//! erasures   what a branch tells of the threads that its owner erased
//! roots      what else leads to objects, and so keeps them
//! prune      what nothing leads to any more is removed
//! ```

pub(super) mod erasures;
pub(super) mod prune;
pub(super) mod rewrite;
pub(super) mod roots;

use super::disk::{bytes_of, entries_of, name_begins, sync};
use super::erase::erasures::place_of;
use super::erase::rewrite::{Rewriting, Target};
use super::journal::read;
use super::lock::RepositoryLock;
use super::objects::repository::branch_of;
use super::save::Attempt;
use super::{CommitId, Entry, Store, StoreError};
use crate::bounded;
use crate::files::{self, Readers};
use crate::home::Home;
use crate::locked::Locked;
use crate::model::{
    ErasedThread, Erasure, Hash, PublicKey, Reading, Thread, ThreadId, Timestamp, crash_point,
};
use crate::sign::Signer;
use git2::{ErrorCode, Oid};
use std::fs;
use std::path::{Path, PathBuf};

/// What is to be erased.
pub struct Erase<'a> {
    /// The owner of the branch, who signs it anew.
    pub owner: &'a Signer,
    /// The thread's file on that branch.
    pub entry: &'a Entry,
    /// The time.
    pub now: Timestamp,
}

/// An erasure that is ready: whatever would refuse it has been asked, the new history is on disk,
/// and nothing has changed yet. Nobody else writes as long as it lives.
pub struct ReadyErasure<'s> {
    store: &'s Store,
    erasure: Erasure,
    old: Oid,
    new: Oid,
    commits: CommitCount,
    _locks: [RepositoryLock; 2],
}

/// What an erasure makes of a branch's commits.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct CommitCount {
    /// How many were signed anew.
    pub anew: usize,
    /// How many are gone because they held nothing else.
    pub gone: usize,
}

/// An erasure that broke off, as the note of it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenOffErasure {
    /// Whose branch it is.
    pub owner: PublicKey,
    /// The thread.
    pub id: ThreadId,
}

/// An erasure that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The word that is left of it.
    pub erasure: Erasure,
    /// What became of the branch's commits.
    pub commits: CommitCount,
    /// How many objects were removed from the repository.
    pub removed: usize,
}

impl ReadyErasure<'_> {
    /// Puts the new history in the old one's place, and removes the old one.
    ///
    /// # Errors
    ///
    /// If the disk refuses, or if other programs keep moving the branch. If the branch did move,
    /// the note stays, and the next command finishes what is left.
    pub fn carry_out(self) -> Result<Erased, StoreError> {
        let (store, author, id) = (self.store, self.erasure.author(), self.erasure.thread);
        store.note_erasure(&author, id)?;
        crash_point!("erase-noted");
        let branch = branch_of(&author);
        let moved = store.insist(&branch, || {
            Ok(
                match store.move_branch(&branch, Some(self.old), self.new)? {
                    true => Attempt::Done(()),
                    false => Attempt::BranchMoved,
                },
            )
        });
        if moved.is_err() {
            store.forget_erasure(&author, id)?;
        }
        moved?;
        crash_point!("erase-branch-moved");
        let removed = store.remove_traces(&[&self.erasure])?;
        Ok(Erased {
            erasure: self.erasure,
            commits: self.commits,
            removed,
        })
    }
}

impl Store {
    /// Makes the erasure of a thread from its owner's branch ready.
    ///
    /// # Errors
    ///
    /// If a session has the thread open, if the branch lacks what it had or has commits that its
    /// owner did not sign, if not all of it can be read, or if the disk refuses. Nothing has
    /// changed then.
    pub fn prepare_erasure(&self, erase: &Erase<'_>) -> Result<ReadyErasure<'_>, StoreError> {
        // Who needs both takes the tidying one first.
        let locks = [
            RepositoryLock::wait_to_tidy(self.home())?,
            RepositoryLock::wait(self.home())?,
        ];
        let author = erase.owner.public();
        let (root, id) = (self.root_of(erase.entry)?, erase.entry.id);
        self.journals_of(id, root)?;
        if let Some(missing) = self.lost_since_seen(&author)? {
            return Err(StoreError::Untrue {
                why: missing.to_string(),
            });
        }
        let Some(CommitId(old)) = self.tip(&author)? else {
            return Err(StoreError::Contended);
        };
        let erased = ErasedThread {
            thread: id,
            root,
            erased_at: erase.now,
            replaced: old.to_string(),
            also: Vec::new(),
            moved: Vec::new(),
        };
        let mut erasure = Erasure::new(author, erased);
        erase.owner.sign_document(&mut erasure);

        // What would not be found afterwards would be removed: so all must be found before.
        self.reachable(&author)?;
        let mut rewriting = Rewriting::begin(self, erase.owner)?;
        let target = Target::of(erase.entry, root);
        let kept = rewriting.without(old, &[target])?;
        let new = rewriting.put_on_top(kept, &place_of(&erasure), &erasure.to_file(), erase.now)?;
        let commits = CommitCount {
            anew: rewriting.rewritten,
            gone: rewriting.dropped,
        };
        rewriting.keep()?;
        crash_point!("erase-written");
        Ok(ReadyErasure {
            store: self,
            erasure,
            old,
            new,
            commits,
            _locks: locks,
        })
    }

    /// Does what an erasure that was broken off, or that came from another device, left to do here.
    /// `None` if no such thread was erased.
    ///
    /// # Errors
    ///
    /// If a session has the thread open, or if the repository can't be read or written.
    pub fn finish_erasure(
        &self,
        owner: &PublicKey,
        id: ThreadId,
    ) -> Result<Option<Erased>, StoreError> {
        let _tidy = RepositoryLock::wait_to_tidy(self.home())?;
        let _lock = RepositoryLock::wait(self.home())?;
        let told = self.erasures_of(owner, id)?;
        let Some(erasure) = told.first().cloned() else {
            return Ok(None);
        };
        let removed = self.remove_traces(&told.iter().collect::<Vec<_>>())?;
        Ok(Some(Erased {
            erasure,
            commits: CommitCount::default(),
            removed,
        }))
    }

    /// Whether a thread of this home is being erased, or was when that broke off.
    pub fn is_erasing(home: &Path) -> bool {
        // What can't be looked at may be a note.
        Home::at(home).erasing().try_exists().unwrap_or(true)
    }

    /// The erasure that was broken off, if one was and nobody is about it just now.
    ///
    /// # Errors
    ///
    /// If the note of it can't be read, or does not say which it was: that is not taken for none.
    pub fn broken_off_erasure(&self) -> Result<Option<BrokenOffErasure>, StoreError> {
        if RepositoryLock::is_tidying(self.home())? {
            return Ok(None);
        }
        let path = self.home().erasing();
        let Some(note) = bytes_of(&path)? else {
            return Ok(None);
        };
        match erasure_in(&note) {
            Some(erasure) => Ok(Some(erasure)),
            None => Err(StoreError::ErasureNoteDamaged { path }),
        }
    }

    fn note_erasure(&self, owner: &PublicKey, id: ThreadId) -> Result<(), StoreError> {
        let note = self.home().erasing();
        let folder = files::folder_of(&note);
        let text = format!("{owner} {id}\n");
        fs::create_dir_all(folder)
            .and_then(|()| files::replace(&note, "erasing-", Readers::Owner, text.as_bytes()))
            .map_err(StoreError::disk(&note))
    }

    /// Forgets that a thread was being erased: now all is done, outside the repository too.
    ///
    /// # Errors
    ///
    /// If the note can't be read or removed.
    pub fn forget_erasure(&self, owner: &PublicKey, id: ThreadId) -> Result<(), StoreError> {
        let path = self.home().erasing();
        // Meanwhile it may be another process's, about another thread.
        let ours = format!("{owner} {id}\n");
        if bytes_of(&path)?.is_some_and(|note| note == ours.as_bytes()) {
            sync(self.home().path())?;
            fs::remove_file(&path).map_err(StoreError::disk(&path))?;
        }
        Ok(())
    }

    fn remove_traces(&self, erasures: &[&Erasure]) -> Result<usize, StoreError> {
        let owner = erasures[0].author();
        if let (Some(CommitId(tip)), None) = (self.tip(&owner)?, self.lost_since_seen(&owner)?) {
            self.remember_tip(&owner, tip)?;
        }
        crash_point!("erase-tip-remembered");
        for erasure in erasures {
            for path in self.journals_of(erasure.thread, erasure.root)? {
                fs::remove_file(&path).map_err(StoreError::disk(&path))?;
                sync(path.parent().expect("a journal lies in its folder"))?;
            }
        }
        crash_point!("erase-journals-removed");
        // These name commits of the history that is gone.
        for name in [branch_of(&owner).as_str(), "HEAD"] {
            match self.repo.reflog_delete(name) {
                Err(error) if error.code() != ErrorCode::NotFound => return Err(self.git(error)),
                _ => {}
            }
        }
        self.prune(&owner)
    }

    /// The thread's root, if the file is a thread of this format.
    pub(super) fn root_of(&self, entry: &Entry) -> Result<Option<Hash>, StoreError> {
        let bytes = match self.read(entry) {
            Err(StoreError::ObjectTooLarge { .. }) => return Ok(None),
            bytes => bytes?,
        };
        Ok(match Thread::read(&bytes) {
            Ok(Reading::Thread(thread)) => Some(thread.root()),
            _ => None,
        })
    }

    /// The journals of a thread that dead sessions left, damaged ones too; an error if a session is
    /// alive.
    fn journals_of(&self, id: ThreadId, root: Option<Hash>) -> Result<Vec<PathBuf>, StoreError> {
        let folder = self.home().journals();
        let mut found = Vec::new();
        let prefix = format!("{id}.");
        for path in entries_of(&folder)? {
            if !name_begins(&path, &prefix) {
                continue;
            }
            // Another thread may have the same id. What can't be read is taken for this one's.
            let begun = read::journal(&path).ok().flatten();
            let begun = begun.and_then(|begun| begun.header.thread().ok());
            if begun.is_some_and(|begun| root.is_some_and(|root| begun.root() != root)) {
                continue;
            }
            let file = bounded::open(&path).map_err(StoreError::disk(&path))?;
            if Locked::at_once(file).is_err() {
                return Err(StoreError::InUse { id });
            }
            found.push(path);
        }
        Ok(found)
    }
}

/// What a note says.
fn erasure_in(note: &[u8]) -> Option<BrokenOffErasure> {
    let (owner, id) = std::str::from_utf8(note).ok()?.trim().split_once(' ')?;
    Some(BrokenOffErasure {
        owner: owner.parse().ok()?,
        id: ThreadId::read(id)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Keys, Words};

    fn store(home: &Path) -> (Store, PublicKey) {
        let owner = Keys::from_words(&Words::from_entropy(&[1; 32]).unwrap()).public();
        (Store::open_or_create(home, &owner).unwrap(), owner)
    }

    #[test]
    fn only_the_note_of_the_same_erasure_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let (store, owner) = store(home.path());
        let [one, other] = ["thread_1", "thread_12"].map(|id| ThreadId::read(id).unwrap());
        let stranger = "5a".repeat(32).parse().unwrap();
        store.note_erasure(&owner, other).unwrap();
        for (owner, id) in [(owner, one), (stranger, other)] {
            store.forget_erasure(&owner, id).unwrap();
            assert!(Store::is_erasing(home.path()), "{id}");
        }
        store.forget_erasure(&owner, other).unwrap();
        assert!(!Store::is_erasing(home.path()));
    }

    #[test]
    fn an_erasure_under_way_is_not_taken_for_one_that_broke_off() {
        let home = tempfile::tempdir().unwrap();
        let (store, owner) = store(home.path());
        let id = ThreadId::read("thread_1").unwrap();
        store.note_erasure(&owner, id).unwrap();
        let under_way = RepositoryLock::wait_to_tidy(store.home()).unwrap();
        assert_eq!(store.broken_off_erasure().unwrap(), None);
        drop(under_way);
        let broken_off = BrokenOffErasure { owner, id };
        assert_eq!(store.broken_off_erasure().unwrap(), Some(broken_off));
    }

    #[test]
    fn a_note_that_does_not_say_which_erasure_is_not_taken_for_none() {
        let home = tempfile::tempdir().unwrap();
        let (store, owner) = store(home.path());
        store
            .note_erasure(&owner, ThreadId::read("thread_1").unwrap())
            .unwrap();
        let note = fs::read(store.home().erasing()).unwrap();
        for damaged in [&note[..20], b"", b"\xff\xff", b"somebody thread_1\n"] {
            fs::write(store.home().erasing(), damaged).unwrap();
            let said = store.broken_off_erasure();
            let is_told = matches!(said, Err(StoreError::ErasureNoteDamaged { .. }));
            assert!(is_told, "{damaged:?}: {said:?}");
        }
    }

    #[test]
    fn a_note_that_cannot_be_read_is_not_taken_for_none() {
        let home = tempfile::tempdir().unwrap();
        let (store, _) = store(home.path());
        fs::create_dir_all(store.home().erasing()).unwrap();
        assert!(Store::is_erasing(home.path()));
        assert!(matches!(
            store.broken_off_erasure(),
            Err(StoreError::Disk { .. })
        ));
    }
}
