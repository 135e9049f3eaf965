//! A save: one thread's newest version becomes part of its author's branch, by compare-and-swap.
//!
//! ```text
//! commit   trees and signed commits, object by object; moving a branch
//! batch    many threads in one commit: an import
//! unite    a branch that lacks what it was seen to have gets it back before anything is saved on it
//! ```

pub(super) mod batch;
pub(super) mod commit;
pub(super) mod unite;

use super::lock::RepositoryLock;
use super::objects::ancestry;
use super::objects::places::folder_at;
use super::objects::repository::branch_of;
use super::{CommitId, Store, StoreError, objects};
use crate::model::layout::{components, file_name, file_name_with_root};
use crate::model::{MAX_FILE_BYTES, PublicKey, Reading, Thread, Timestamp, crash_point, union};
use crate::sign::{Namespace, Signer};
use crate::verify::{self, Verified};
use git2::{Oid, Tree};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

/// How often a save begins anew when a program that doesn't know our lock moves the branch, or has
/// locked it.
const TRIES: usize = 40;
const PAUSE: Duration = Duration::from_millis(50);
/// After so many tries one and the same lock on the branch was left by a program that died.
const STALE: usize = 20;

/// What is to be saved.
pub struct Save<'a> {
    /// The owner of the branch, who signs thread and commit.
    pub owner: &'a Signer,
    /// The thread as this session knows it.
    pub thread: &'a Thread,
    /// The thread as this session last found or saved it; `None` if it is new.
    pub base: Option<&'a Thread>,
    /// The commit that this session made before and may replace, if nobody has it yet.
    pub replaces: Option<CommitId>,
    /// The time of the save.
    pub now: Timestamp,
}

/// A save that happened.
#[derive(Debug)]
pub struct Saved {
    /// The commit that holds it.
    pub commit: CommitId,
    /// Whether this save made that commit; it did not if all was stored already.
    pub is_new: bool,
    /// The thread as it is stored: with what others added meanwhile, and signed.
    pub thread: Thread,
}

/// What a save makes of a thread's file.
pub(super) enum Prepared {
    /// Nothing: this is what is stored.
    Same(Thread),
    Changed {
        path: [String; 5],
        file: Vec<u8>,
        thread: Thread,
        /// Whether a true version of it was stored.
        was_there: bool,
    },
}

/// What came of trying to move a branch.
pub(super) enum Attempt<T> {
    Done(T),
    /// Another program moved the branch meanwhile, or held it: what was made for it must be made
    /// anew.
    BranchMoved,
}

impl<T> Attempt<T> {
    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U) -> Attempt<U> {
        match self {
            Self::Done(done) => Attempt::Done(make(done)),
            Self::BranchMoved => Attempt::BranchMoved,
        }
    }
}

impl Store {
    /// Saves a thread. Whatever another process saved meanwhile is kept: two versions of one thread
    /// are united.
    ///
    /// # Errors
    ///
    /// If the thread was erased or has become too large, if the branch can't be read, if other
    /// programs keep moving it, or if the disk refuses. Nothing was saved then.
    pub fn save(&self, save: &Save<'_>) -> Result<Saved, StoreError> {
        let _lock = RepositoryLock::wait(self.home())?;
        crash_point!("save-locked");
        self.unite_before_saving(save.owner, save.now)?;
        self.insist(&branch_of(&save.owner.public()), || self.try_save(save))
    }

    /// Saves a thread if the branch is still where it was seen; `None` if it moved on. So what was
    /// counted there still holds.
    ///
    /// # Errors
    ///
    /// As [`Store::save`].
    pub fn save_onto(
        &self,
        save: &Save<'_>,
        seen: Option<CommitId>,
    ) -> Result<Option<Saved>, StoreError> {
        let _lock = RepositoryLock::wait(self.home())?;
        self.unite_before_saving(save.owner, save.now)?;
        let owner = save.owner.public();
        self.insist(&branch_of(&owner), || {
            if self.tip(&owner)? != seen {
                return Ok(Attempt::Done(None));
            }
            Ok(self.try_save(save)?.map(Some))
        })
    }

    /// Tries until it is done, while programs that don't know our lock move the branch. The lock is
    /// held.
    pub(super) fn insist<T>(
        &self,
        branch: &str,
        mut attempt: impl FnMut() -> Result<Attempt<T>, StoreError>,
    ) -> Result<T, StoreError> {
        let mut first_seen = None;
        for number in 0..TRIES {
            if let Attempt::Done(done) = attempt()? {
                return Ok(done);
            }
            let lock = self.lock_on(branch);
            match number {
                0 => first_seen = lock,
                STALE if lock.is_some() && lock == first_seen => {
                    let path = self.lock_path(branch);
                    fs::remove_file(&path).map_err(StoreError::disk(&path))?;
                }
                _ => {}
            }
            sleep(PAUSE);
        }
        Err(StoreError::Contended)
    }

    /// Git's own lock on a branch, by what tells it from another one made later. Unlike ours it is
    /// a mere file, and outlives a program that is killed while it moves the branch.
    fn lock_on(&self, branch: &str) -> Option<(u64, i64, i64)> {
        let found = fs::metadata(self.lock_path(branch)).ok()?;
        Some((found.ino(), found.ctime(), found.ctime_nsec()))
    }

    fn lock_path(&self, branch: &str) -> PathBuf {
        self.path().join(format!("{branch}.lock"))
    }

    fn try_save(&self, save: &Save<'_>) -> Result<Attempt<Saved>, StoreError> {
        let author = save.owner.public();
        let tip = self.tip(&author)?;
        let tip_commit = tip
            .map(|CommitId(id)| objects::commit(&self.repo, id))
            .transpose()
            .map_err(|e| self.git(e))?;
        let tree = tip_commit
            .as_ref()
            .map(|commit| objects::folder(&self.repo, commit.tree_id()))
            .transpose()
            .map_err(|e| self.git(e))?;

        self.refuse_succeeded(&author, tree.as_ref())?;
        let prepared = self.prepare(save, |path| self.blob_at(tree.as_ref(), path))?;
        let (path, file, thread) = match prepared {
            Prepared::Same(thread) => {
                let commit = tip.expect("what is stored is in a commit");
                return Ok(Attempt::Done(Saved {
                    commit,
                    is_new: false,
                    thread,
                }));
            }
            Prepared::Changed {
                path, file, thread, ..
            } => (path, file, thread),
        };
        let blob = self.repo.blob(&file).map_err(|e| self.git(e))?;
        crash_point!("save-blob-written");
        let new_tree = self.tree_with(tree.as_ref(), &[(&path[..], blob)], &mut Vec::new())?;
        crash_point!("save-trees-written");
        let parents: Vec<Oid> = match &tip_commit {
            Some(commit) if tip == save.replaces && !self.is_shared(commit.id())? => {
                commit.parent_ids().collect()
            }
            other => other.iter().map(|commit| commit.id()).collect(),
        };
        let commit = self.commit(save.owner, new_tree, 1, &parents, save.now)?;
        crash_point!("save-commit-written");
        Ok(self.publish(&author, tip, commit)?.map(|commit| Saved {
            commit,
            is_new: true,
            thread,
        }))
    }

    /// Moves the branch to a new commit, if it is still where it was.
    pub(super) fn publish(
        &self,
        author: &PublicKey,
        from: Option<CommitId>,
        to: Oid,
    ) -> Result<Attempt<CommitId>, StoreError> {
        let may_be_remembered = self.may_be_remembered(author, from, to)?;
        if !self.move_branch(&branch_of(author), from.map(|CommitId(id)| id), to)? {
            return Ok(Attempt::BranchMoved);
        }
        crash_point!("save-branch-moved");
        if may_be_remembered {
            self.remember_tip(author, to)?;
        }
        crash_point!("save-tip-remembered");
        Ok(Attempt::Done(CommitId(to)))
    }

    /// What a thread's file is to become, given what lies at each place now.
    pub(super) fn prepare(
        &self,
        save: &Save<'_>,
        blob_at: impl Fn(&[String; 5]) -> Result<Option<Oid>, StoreError>,
    ) -> Result<Prepared, StoreError> {
        let author = save.owner.public();
        let (path, stored) = self.place_for(blob_at, save.thread, &author)?;
        if stored.is_none() && self.is_erased(&author, save.thread)? {
            return Err(StoreError::Erased {
                id: save.thread.id(),
            });
        }
        let mut thread = match &stored {
            Some(stored)
                if save
                    .base
                    .is_none_or(|base| base.signature() != stored.signature()) =>
            {
                union(stored, save.thread)
            }
            _ => save.thread.clone(),
        };
        let was_there = stored.is_some();
        if let Some(stored) = stored.filter(|stored| is_same(stored, &thread)) {
            return Ok(Prepared::Same(stored));
        }
        // What its owner signed before and nobody changed since keeps its time and its signature:
        // it comes from a file.
        if !is_signed_by(&author, &thread) {
            save.owner.sign_thread(&mut thread);
        }
        let file = thread.to_file();
        if file.len() > MAX_FILE_BYTES || thread.says_too_much_around() {
            return Err(StoreError::TooLarge {
                title: thread.title().to_owned(),
            });
        }
        Ok(Prepared::Changed {
            path,
            file,
            thread,
            was_there,
        })
    }

    /// The place of a thread's file, and the version that is stored there. A thread that happens to
    /// have the id of another gets a name with its root in it.
    pub(super) fn place_for(
        &self,
        blob_at: impl Fn(&[String; 5]) -> Result<Option<Oid>, StoreError>,
        thread: &Thread,
        owner: &PublicKey,
    ) -> Result<([String; 5], Option<Thread>), StoreError> {
        let id = thread.id();
        let plain = components(id, &file_name(id));
        let with_root = components(id, &file_name_with_root(id, &thread.root()));
        let mut free = None;
        for path in [&plain, &with_root] {
            let Some(blob) = blob_at(path)? else {
                // The longer name stays the thread's when whoever had the plain one is erased.
                free.get_or_insert(path);
                continue;
            };
            if let Ok(Reading::Thread(found)) = Thread::read(&self.read_blob(blob)?)
                && found.root() == thread.root()
            {
                // A version that somebody tampered with, or another person's, is not united with;
                // it stays in the history.
                let ours = Verified::check_of(owner, found).ok();
                return Ok((path.clone(), ours.map(Verified::into_inner)));
            }
        }
        // Both names hold something else: what is under the longer one can only be a damaged
        // version of this thread.
        Ok((free.unwrap_or(&with_root).clone(), None))
    }

    /// What lies at a thread's place in a tree, if there is one.
    pub(super) fn blob_at(
        &self,
        tree: Option<&Tree<'_>>,
        path: &[String; 5],
    ) -> Result<Option<Oid>, StoreError> {
        let Some(tree) = tree else { return Ok(None) };
        let day = folder_at(&self.repo, tree, &path[..4]).map_err(|e| self.git(e))?;
        Ok(day.and_then(|day| Some(day.get_name(&path[4])?.id())))
    }

    /// Whether anybody else may have a commit: then it is never replaced.
    fn is_shared(&self, commit: Oid) -> Result<bool, StoreError> {
        for folder in ["refs/remotes/", "refs/tags/", "refs/notes/"] {
            for reference in self.references_below(folder)? {
                let reference = reference.map_err(|e| self.git(e))?;
                // A tag may be an object of its own, and may name what is no commit at all.
                let Some(target) = reference.resolve().ok().and_then(|found| found.target()) else {
                    continue;
                };
                let target = match objects::peeled(&self.repo, target) {
                    Ok((id, git2::ObjectType::Commit)) => Ok(id),
                    Ok(_) => continue,
                    Err(error) => Err(error),
                };
                // What can't be followed to its end may well be shared.
                let leads_to =
                    |from| Ok(from == commit || ancestry::descends(&self.repo, from, commit)?);
                if target.and_then(leads_to).unwrap_or(true) {
                    return Ok(true);
                }
            }
        }
        self.was_pushed(commit)
    }

    /// Whether a commit is part of what was, or is being, pushed. What can't be followed may be.
    fn was_pushed(&self, commit: Oid) -> Result<bool, StoreError> {
        let leads_to = |from: Oid| {
            from == commit || ancestry::descends(&self.repo, from, commit).unwrap_or(true)
        };
        match self.pushed_tips() {
            Ok(tips) => Ok(tips.into_iter().any(leads_to)),
            Err(StoreError::NoteDamaged { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }
}

fn is_signed_by(owner: &PublicKey, thread: &Thread) -> bool {
    verify::belongs_to(owner, thread)
        && thread.signature().is_some_and(|made| {
            verify::signature(owner, Namespace::Thread, &thread.signed_bytes(), made)
        })
}

fn is_same(stored: &Thread, thread: &Thread) -> bool {
    stored.header() == thread.header() && stored.messages().len() == thread.messages().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Keys, Words};
    use crate::model::{Birth, MessageDraft, Role, ThreadId};
    use std::path::Path;

    fn keys() -> Keys {
        Keys::from_words(&Words::from_entropy(&[1; 32]).unwrap())
    }

    fn store(home: &Path) -> Store {
        Store::open_or_create(home, &keys().public()).unwrap()
    }

    fn thread_saying(text: &str) -> Thread {
        let (keys, begun) = (keys(), Timestamp::from_millis(1_767_225_600_000));
        let mut thread = Thread::begin(Birth {
            id: ThreadId::at(begun),
            title: "a talk".to_owned(),
            author: keys.public(),
            created_at: begun,
            mode: "conversation".to_owned(),
            project: None,
            tags: Vec::new(),
        });
        let draft = MessageDraft::new(Role::Human, text, begun, keys.public(), &[thread.root()]);
        thread.append(keys.owner().sign_message(draft));
        thread
    }

    fn saved(store: &Store, thread: &Thread) -> Result<Saved, StoreError> {
        let (keys, now) = (keys(), thread.created_at());
        store.save(&Save {
            owner: keys.owner(),
            thread,
            base: None,
            replaces: None,
            now,
        })
    }

    /// Each message that was set aside is three values of the header.
    #[test]
    fn no_thread_is_written_whose_header_could_not_be_read_back() {
        let home = tempfile::tempdir().unwrap();
        let (store, thread) = (store(home.path()), thread_saying("much"));
        let at = thread.updated_at().to_string();
        let entry = serde_json::json!({ "at": at, "hidden": true });
        for (hidden, is_too_much) in [(21_800, false), (21_900, true)] {
            let ids = (0..hidden).map(|n: u32| (format!("{n:064x}"), entry.clone()));
            let mut header = thread.header().clone();
            header.insert("hides".to_owned(), serde_json::Value::Object(ids.collect()));
            let full = Thread::from_parts(header, thread.messages().to_vec()).unwrap();
            assert_eq!(full.says_too_much_around(), is_too_much);
            assert_eq!(Thread::read(&full.to_file()).is_err(), is_too_much);
            let is_refused = matches!(saved(&store, &full), Err(StoreError::TooLarge { .. }));
            assert_eq!(is_refused, is_too_much);
        }
    }

    #[test]
    fn no_thread_is_written_that_could_not_be_read_back() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path());
        // In a file, each of these takes six bytes.
        let thread = thread_saying(&"\u{1}".repeat(MAX_FILE_BYTES / 6));
        assert!(matches!(
            saved(&store, &thread),
            Err(StoreError::TooLarge { .. })
        ));
        assert_eq!(store.tip(&keys().public()).unwrap(), None);
    }

    /// Each time another program holds it: it is at work, and did not die.
    #[test]
    fn a_lock_that_is_always_another_one_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path());
        let branch = branch_of(&keys().public());
        let lock = store.lock_path(&branch);
        fs::create_dir_all(lock.parent().unwrap()).unwrap();
        let mut tries = 0;
        let done = store.insist(&branch, || {
            tries += 1;
            if tries == STALE + 2 {
                return Ok(Attempt::Done(lock.exists()));
            }
            let made = home.path().join("made");
            fs::write(&made, "").unwrap();
            fs::rename(&made, &lock).unwrap();
            Ok(Attempt::BranchMoved)
        });
        // The last try finds the lock of the one before.
        assert!(done.unwrap(), "it was removed");
    }

    /// Where a remote's branch can't be followed to its end, anybody may have the commit.
    #[test]
    fn a_commit_that_may_be_shared_is_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path());
        let CommitId(ours) = saved(&store, &thread_saying("text")).unwrap().commit;
        assert!(!store.is_shared(ours).unwrap());
        let gone = Oid::from_str(&"5a".repeat(20)).unwrap();
        let text = format!(
            "tree {}\nparent {gone}\nauthor x <x@x> 1 +0000\ncommitter x <x@x> 1 +0000\n\nx\n",
            store.repo.find_commit(ours).unwrap().tree_id()
        );
        let theirs = store
            .repo
            .odb()
            .unwrap()
            .write(git2::ObjectType::Commit, text.as_bytes())
            .unwrap();
        store
            .repo
            .reference("refs/remotes/origin/x", theirs, true, "")
            .unwrap();
        assert!(store.is_shared(ours).unwrap());
    }
}
