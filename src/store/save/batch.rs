//! Many threads in one commit: what an import brings in.
//!
//! The files are written as they come, before any lock is taken, and nothing names them until the
//! branch moves. So it is all or nothing, however many there are: a process that dies before the
//! end leaves objects that git's own tidying removes, and no other trace.

use crate::model::{Reading, Thread, Timestamp, crash_point};
use crate::sign::Signer;
use crate::store::lock::RepositoryLock;
use crate::store::objects::repository::branch_of;
use crate::store::save::commit::Placed;
use crate::store::save::{Attempt, Prepared, Save};
use crate::store::{CommitId, Store, StoreError, objects};
use git2::{Mempack, Oid, Tree};
use std::collections::BTreeMap;

/// From so many objects on they go into one pack; fewer become a file each, as everywhere.
/// (`fetch.unpackLimit`.)
const PACK_FROM: usize = 100;
/// How many bytes of files wait in memory to be packed.
const AT_ONCE: usize = 32 << 20;

/// Threads on their way into one commit.
pub struct Batch<'b> {
    owner: &'b Signer,
    now: Timestamp,
    /// Writes into memory, and reads from there and from the disk.
    store: &'b Store,
    memory: Mempack<'b>,
    /// What is in memory, and how many bytes of files.
    waiting: Vec<Oid>,
    bytes: usize,
    /// What the branch held when its files were last looked at.
    tip: Option<CommitId>,
    files: BTreeMap<[String; 5], Staged>,
    /// Nobody removes what nothing names yet.
    _lock: RepositoryLock,
}

/// A file as it will be, and as it was.
struct Staged {
    blob: Oid,
    base: Option<Oid>,
}

impl Store {
    /// Saves all threads that `fill` adds, in one commit or, if there is an error, not at all.
    /// `None` if there was nothing to save. Others may save meanwhile; what they saved is kept, and
    /// united with.
    ///
    /// # Errors
    ///
    /// Whatever `fill` says, or as [`Store::save`]. Nothing was saved then.
    pub fn save_many<E: From<StoreError>>(
        &self,
        owner: &Signer,
        now: Timestamp,
        fill: impl FnOnce(&mut Batch<'_>) -> Result<(), E>,
    ) -> Result<Option<CommitId>, E> {
        let lift = |error| StoreError::Git {
            path: self.path().to_owned(),
            source: error,
        };
        let store = Self::open_or_create(self.home().path(), &owner.public())?;
        let objects = store.repo.odb().map_err(lift)?;
        // Before all that is on disk.
        let memory = objects.add_new_mempack_backend(1_000).map_err(lift)?;
        let mut batch = Batch {
            owner,
            now,
            store: &store,
            memory,
            waiting: Vec::new(),
            bytes: 0,
            tip: store.tip(&owner.public())?,
            files: BTreeMap::new(),
            _lock: RepositoryLock::wait_to_write_ahead(self.home())?,
        };
        fill(&mut batch)?;
        Ok(batch.save(self)?)
    }
}

impl Batch<'_> {
    /// The version of this very thread that is there, or was added before, if it is true.
    ///
    /// # Errors
    ///
    /// If what is there can't be read.
    pub fn stored(&self, thread: &Thread) -> Result<Option<Thread>, StoreError> {
        let tree = self.tree()?;
        let (_, stored) = self.store.place_for(
            |path| self.blob_at(tree.as_ref(), path),
            thread,
            &self.owner.public(),
        )?;
        Ok(stored)
    }

    /// The path of a thread's file; of one that is not there, the one that it would get.
    ///
    /// # Errors
    ///
    /// If what is there can't be read.
    pub fn path_of(&self, thread: &Thread) -> Result<String, StoreError> {
        let tree = self.tree()?;
        let (path, _) = self.store.place_for(
            |path| self.blob_at(tree.as_ref(), path),
            thread,
            &self.owner.public(),
        )?;
        Ok(path.join("/"))
    }

    /// Adds a thread, or unites it with the version that is there. `base` is what both come from,
    /// as in [`Save`].
    ///
    /// # Errors
    ///
    /// As [`Store::save`].
    pub fn add(&mut self, thread: &Thread, base: Option<&Thread>) -> Result<(), StoreError> {
        let save = Save {
            owner: self.owner,
            thread,
            base,
            replaces: None,
            now: self.now,
        };
        let tree = self.tree()?;
        let prepared = self
            .store
            .prepare(&save, |path| self.blob_at(tree.as_ref(), path))?;
        let Prepared::Changed {
            path,
            file,
            was_there,
            ..
        } = prepared
        else {
            return Ok(());
        };
        let base = match self.files.get(&path) {
            Some(staged) => staged.base,
            None if was_there => self.blob_at(tree.as_ref(), &path)?,
            None => None,
        };
        drop(tree);
        let blob = self.store.repo.blob(&file).map_err(|e| self.store.git(e))?;
        self.waiting.push(blob);
        self.bytes += file.len();
        self.files.insert(path, Staged { blob, base });
        if self.bytes >= AT_ONCE {
            self.pack()?;
        }
        Ok(())
    }

    fn tree(&self) -> Result<Option<Tree<'_>>, StoreError> {
        let tree = |CommitId(id)| objects::tree_of(&self.store.repo, id);
        self.tip
            .map(tree)
            .transpose()
            .map_err(|e| self.store.git(e))
    }

    fn blob_at(
        &self,
        tree: Option<&Tree<'_>>,
        path: &[String; 5],
    ) -> Result<Option<Oid>, StoreError> {
        match self.files.get(path) {
            Some(staged) => Ok(Some(staged.blob)),
            None => self.store.blob_at(tree, path),
        }
    }

    /// What waits in memory becomes a pack on disk.
    fn pack(&mut self) -> Result<(), StoreError> {
        self.store.write_pack(self.waiting.drain(..))?;
        crash_point!("batch-packed");
        self.memory.reset().map_err(|e| self.store.git(e))?;
        self.bytes = 0;
        Ok(())
    }

    /// What waits in memory comes to disk, in whichever way is right for so many objects.
    fn write(&mut self, disk: &Store) -> Result<(), StoreError> {
        if self.waiting.len() >= PACK_FROM {
            return self.pack();
        }
        self.copy_each(disk).map_err(|e| disk.git(e))?;
        crash_point!("batch-written");
        self.waiting.clear();
        Ok(())
    }

    fn copy_each(&self, disk: &Store) -> Result<(), git2::Error> {
        let (from, to) = (self.store.repo.odb()?, disk.repo.odb()?);
        for id in &self.waiting {
            let object = from.read(*id)?;
            to.write(object.kind(), object.data())?;
        }
        Ok(())
    }

    fn save(mut self, disk: &Store) -> Result<Option<CommitId>, StoreError> {
        if self.files.is_empty() {
            return Ok(None);
        }
        // Most of it is on disk before others have to wait.
        self.write(disk)?;
        let _lock = RepositoryLock::wait(disk.home())?;
        crash_point!("batch-locked");
        disk.unite_before_saving(self.owner, self.now)?;
        let author = self.owner.public();
        disk.insist(&branch_of(&author), || {
            let tip = disk.tip(&author)?;
            if tip != self.tip {
                self.look_again(tip)?;
            }
            if self.files.is_empty() {
                return Ok(Attempt::Done(None));
            }
            let files: Vec<Placed<'_>> = self
                .files
                .iter()
                .map(|(path, staged)| (&path[..], staged.blob))
                .collect();
            let (mut made, before) = (Vec::new(), self.tree()?);
            self.store.refuse_succeeded(&author, before.as_ref())?;
            let tree = self.store.tree_with(before.as_ref(), &files, &mut made)?;
            drop(before);
            let parents: Vec<Oid> = tip.into_iter().map(|CommitId(id)| id).collect();
            let commit = self
                .store
                .commit(self.owner, tree, files.len(), &parents, self.now)?;
            self.waiting.extend(made);
            self.waiting.push(commit);
            self.write(disk)?;
            Ok(disk.publish(&author, tip, commit)?.map(Some))
        })
    }

    /// Another process moved the branch since: each thread is united with what is there now.
    fn look_again(&mut self, tip: Option<CommitId>) -> Result<(), StoreError> {
        self.tip = tip;
        for Staged { blob, base } in std::mem::take(&mut self.files).into_values() {
            let base = base
                .and_then(|base| self.read(base).transpose())
                .transpose()?;
            if let Some(thread) = self.read(blob)? {
                self.add(&thread, base.as_ref())?;
            }
        }
        Ok(())
    }

    fn read(&self, blob: Oid) -> Result<Option<Thread>, StoreError> {
        Ok(match Thread::read(&self.store.read_blob(blob)?) {
            Ok(Reading::Thread(thread)) => Some(thread),
            _ => None,
        })
    }
}
