//! The threads' files on the branches: how they are found and read.

use super::places::{PLAIN, folder_at};
use super::{ObjectError, file, size_of};
use crate::model::layout::{components, file_name, file_name_with_root, id_of_file};
use crate::model::{Hash, MAX_FILE_BYTES, PublicKey, Reading, Thread, ThreadId};
use crate::store::objects;
use crate::store::{BranchTip, CommitId, Store, StoreError, Trouble};
use crate::verify::FilePlace;
use git2::{ObjectType, Oid, Repository, Tree};
use rayon::prelude::*;
use std::collections::HashSet;

/// From so many bytes on, a file is read by itself.
pub(in crate::store) const LARGE: usize = 1 << 20;

/// So many bytes of files are taken together.
const TOGETHER: usize = 16 << 20;

/// A thread's file on a branch, not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose branch it is on.
    pub owner: PublicKey,
    /// Its path within the branch.
    pub path: String,
    /// The id its name states.
    pub id: ThreadId,
    /// Whether it is a plain file, no link and nothing that can be run.
    pub is_plain: bool,
    pub(in crate::store) blob: Oid,
}

impl Entry {
    /// Where it lies.
    pub fn place(&self) -> FilePlace<'_> {
        FilePlace {
            owner: &self.owner,
            path: &self.path,
            is_plain: self.is_plain,
        }
    }
}

/// Names what a file holds, wherever it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentId(pub(in crate::store) Oid);

impl ContentId {
    /// As it is written elsewhere.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Reads it again; `None` if it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Oid::from_bytes(bytes).ok().map(Self)
    }
}

impl Entry {
    /// Names what the file holds.
    pub fn content(&self) -> ContentId {
        ContentId(self.blob)
    }
}

/// The threads found, newest first, and what was passed over.
#[derive(Debug, Default)]
pub struct Listing {
    /// The threads' files.
    pub entries: Vec<Entry>,
    /// What is there and is no thread.
    pub troubles: Vec<Trouble>,
}

impl Listing {
    fn only(trouble: Trouble) -> Self {
        Self {
            entries: Vec::new(),
            troubles: vec![trouble],
        }
    }

    fn put_newest_first(&mut self) {
        self.entries
            .sort_by(|one, other| (other.id, &one.path).cmp(&(one.id, &other.path)));
    }
}

impl Store {
    /// Every thread on every author's branch, newest id first. Reads folders only, never a thread's
    /// file.
    ///
    /// # Errors
    ///
    /// If not even the authors can be told. What can't be read of a branch is a trouble.
    pub fn list(&self) -> Result<Listing, StoreError> {
        let mut listing = Listing::default();
        for BranchTip { owner, commit } in self.branch_tips()? {
            let found = match commit {
                Ok(Some(tip)) => self.list_at(&owner, tip),
                Ok(None) => Ok(Listing::only(Trouble::branch_gone(&owner))),
                Err(error) => Err(error),
            };
            let found = found
                .unwrap_or_else(|error| Listing::only(Trouble::branch_unreadable(&owner, &error)));
            listing.entries.extend(found.entries);
            listing.troubles.extend(found.troubles);
        }
        listing.put_newest_first();
        Ok(listing)
    }

    /// An owner's threads as a commit has them, newest id first. No branch need have the commit.
    ///
    /// # Errors
    ///
    /// If the commit can't be read. What can't be read below it is a trouble.
    pub fn list_at(&self, owner: &PublicKey, tip: CommitId) -> Result<Listing, StoreError> {
        let found = self.diff_from_nothing(owner, tip)?;
        let mut listing = Listing {
            entries: found.changed,
            troubles: found.troubles,
        };
        listing.put_newest_first();
        Ok(listing)
    }

    /// The files of the threads with exactly this id, without looking at any other.
    ///
    /// # Errors
    ///
    /// If not even the authors can be told.
    pub fn with_id(&self, id: ThreadId) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        for author in self.authors()? {
            found.extend(self.with_id_on(&author, id));
        }
        Ok(found)
    }

    /// Those of one author. A branch that can't be read hides none on the others; a list says what
    /// is wrong with it.
    pub fn with_id_on(&self, author: &PublicKey, id: ThreadId) -> Vec<Entry> {
        let Ok(Some(tree)) = self.tree_of(author) else {
            return Vec::new();
        };
        let folder = components(id, "");
        let Ok(Some(day)) = folder_at(&self.repo, &tree, &folder[..4]) else {
            return Vec::new();
        };
        let place = folder[..4].join("/");
        day.iter()
            .filter_map(|entry| thread_file(&entry, &place, *author))
            .filter(|entry| entry.id == id)
            .collect()
    }

    /// The ids that an author's threads have, of the day in which this one lies. What can't be read
    /// has none; a list says what is wrong with it.
    pub(in crate::store) fn ids_of_day(
        &self,
        author: &PublicKey,
        id: ThreadId,
    ) -> Result<HashSet<ThreadId>, StoreError> {
        let Ok(Some(tree)) = self.tree_of(author) else {
            return Ok(HashSet::new());
        };
        let folder = components(id, "");
        let Ok(Some(day)) = folder_at(&self.repo, &tree, &folder[..4]) else {
            return Ok(HashSet::new());
        };
        let place = folder[..4].join("/");
        let entries = day
            .iter()
            .filter_map(|entry| thread_file(&entry, &place, *author));
        Ok(entries.map(|entry| entry.id).collect())
    }

    /// The thread's file at a path of an author's branch.
    ///
    /// # Errors
    ///
    /// If the branch, or a folder on the way, can't be read.
    pub fn entry_at(&self, owner: &PublicKey, path: &str) -> Result<Option<Entry>, StoreError> {
        match self.tip(owner)? {
            Some(tip) => self.entry_in(owner, tip, path),
            None => Ok(None),
        }
    }

    /// The same as one of the branch's commits has it.
    ///
    /// # Errors
    ///
    /// If the commit, or a folder on the way, can't be read.
    pub fn entry_in(
        &self,
        owner: &PublicKey,
        commit: CommitId,
        path: &str,
    ) -> Result<Option<Entry>, StoreError> {
        let tree = self.tree_at(commit.0)?;
        let Some((folder, name)) = path.rsplit_once('/') else {
            return Ok(None);
        };
        let folders: Vec<&str> = folder.split('/').collect();
        let Some(tree) = folder_at(&self.repo, &tree, &folders).map_err(|e| self.git(e))? else {
            return Ok(None);
        };
        Ok(tree
            .get_name(name)
            .and_then(|entry| thread_file(&entry, folder, *owner)))
    }

    /// A thread file's bytes.
    ///
    /// # Errors
    ///
    /// If the object is gone, damaged, or larger than any thread.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>, StoreError> {
        self.read_blob(entry.blob)
    }

    /// Whether the repository still has what a file holds. It is not read.
    pub fn has(&self, content: ContentId) -> bool {
        size_of(&self.repo, content.0).is_ok()
    }

    /// The bytes of a file by what names them.
    ///
    /// # Errors
    /// They are not there, can't be read, or are too many for a thread.
    pub fn read_content(&self, id: ContentId) -> Result<Vec<u8>, StoreError> {
        self.read_blob(id.0)
    }

    /// Reads what files hold, by what names them, on all cores, and makes something of each; the
    /// results come in the order of the things named.
    pub fn read_contents<P: Sync, T: Send>(
        &self,
        places: &[P],
        content_of: impl Fn(&P) -> Option<ContentId> + Sync,
        make: impl Fn(&P, Result<Vec<u8>, StoreError>) -> T + Sync,
    ) -> Vec<T> {
        let path = self.repo.path();
        let unreadable = |error: ObjectError| StoreError::of_object(path, error);
        let nothing = || git2::Error::from_str("nothing names what it holds");
        let read = |repo: &Result<Repository, git2::Error>, place: &P| {
            let repo = repo
                .as_ref()
                .map_err(|error| git2::Error::from_str(error.message()));
            let id = content_of(place).ok_or_else(nothing);
            let bytes = repo
                .map_err(ObjectError::from)
                .and_then(|repo| file(repo, id?.0));
            bytes.map_err(unreadable)
        };
        places
            .par_iter()
            .map_init(
                || Repository::open_bare(path),
                |repo, place| make(place, read(repo, place)),
            )
            .collect()
    }

    /// Entries one group after the other, each of at most so many and of so many bytes, or of one
    /// that is larger.
    pub fn in_groups<'e>(
        &self,
        entries: &'e [Entry],
        most: usize,
    ) -> impl Iterator<Item = &'e [Entry]> {
        let mut rest = entries;
        std::iter::from_fn(move || {
            let mut bytes = 0;
            let fits = rest.iter().take(most).take_while(|entry| {
                // What can't be read takes no room.
                bytes += size_of(&self.repo, entry.blob)
                    .unwrap_or_default()
                    .min(MAX_FILE_BYTES);
                bytes <= TOGETHER
            });
            let (group, after) = rest.split_at(fits.count().max(1).min(rest.len()));
            rest = after;
            (!group.is_empty()).then_some(group)
        })
    }

    /// Reads many files and makes something of each; the results come in the entries' order. Small
    /// ones are read on all cores; of large ones, which are made into something on all cores, only
    /// one is in memory at a time.
    pub fn read_all<T: Send>(
        &self,
        entries: &[Entry],
        make: impl Fn(&Entry, Result<Vec<u8>, StoreError>) -> T + Sync,
    ) -> Vec<T> {
        let path = self.repo.path();
        let unreadable = |error: ObjectError| StoreError::of_object(path, error);
        let small = |repo: &Repository, entry: &Entry| match size_of(repo, entry.blob) {
            Ok(size) if size > LARGE => None,
            Ok(_) => Some(file(repo, entry.blob).map_err(unreadable)),
            Err(error) => Some(Err(unreadable(error))),
        };
        let made: Vec<Option<T>> = entries
            .par_iter()
            .map_init(
                || Repository::open_bare(path),
                |repo, entry| match repo {
                    Ok(repo) => small(repo, entry).map(|bytes| make(entry, bytes)),
                    Err(error) => Some(make(
                        entry,
                        Err(unreadable(git2::Error::from_str(error.message()).into())),
                    )),
                },
            )
            .collect();
        let large = |(entry, made): (&Entry, Option<T>)| {
            made.unwrap_or_else(|| make(entry, self.read(entry)))
        };
        entries.iter().zip(made).map(large).collect()
    }

    /// The version of a thread that a commit's tree holds. What can't be read is an error: it might
    /// be that version.
    pub(in crate::store) fn version_at(
        &self,
        tree: &Tree<'_>,
        id: ThreadId,
        root: Hash,
    ) -> Result<Option<Thread>, StoreError> {
        for name in [file_name(id), file_name_with_root(id, &root)] {
            let Some(blob) = self.blob_at(Some(tree), &components(id, &name))? else {
                continue;
            };
            match Thread::read(&self.read_blob(blob)?) {
                Ok(Reading::Thread(found)) if found.root() == root => return Ok(Some(found)),
                _ => {}
            }
        }
        Ok(None)
    }

    pub(in crate::store) fn read_blob(&self, blob: Oid) -> Result<Vec<u8>, StoreError> {
        file(&self.repo, blob).map_err(|e| self.git(e))
    }

    pub(in crate::store) fn tree_of(
        &self,
        author: &PublicKey,
    ) -> Result<Option<Tree<'_>>, StoreError> {
        let Some(CommitId(tip)) = self.tip(author)? else {
            return Ok(None);
        };
        self.tree_at(tip).map(Some)
    }

    /// A folder, by its object.
    pub(in crate::store) fn open_folder(&self, tree: Oid) -> Result<Tree<'_>, StoreError> {
        objects::folder(&self.repo, tree).map_err(|e| self.git(e))
    }

    /// All that a commit holds.
    pub(in crate::store) fn tree_at(&self, commit: Oid) -> Result<Tree<'_>, StoreError> {
        objects::tree_of(&self.repo, commit).map_err(|e| self.git(e))
    }
}

/// A folder's entry as a thread's file, if it is one.
pub(in crate::store) fn thread_file(
    entry: &git2::TreeEntry<'_>,
    folder: &str,
    owner: PublicKey,
) -> Option<Entry> {
    let name = entry
        .name()
        .ok()
        .filter(|_| entry.kind() == Some(ObjectType::Blob))?;
    Some(Entry {
        owner,
        path: format!("{folder}/{name}"),
        id: id_of_file(name)?,
        is_plain: entry.filemode_raw() == PLAIN,
        blob: entry.id(),
    })
}
