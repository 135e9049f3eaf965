//! What differs between two states of a branch: what an index must read anew.
//!
//! Trees are compared, not histories: a session's commit replaces the session's earlier one, so the
//! state seen before need not be an ancestor of the state there is. Folders that did not change are
//! not looked into.

use crate::model::layout::{ERASED, THREADS, id_of_file};
use crate::model::{PublicKey, ThreadId};
use crate::store::objects::ObjectError;
use crate::store::objects::places::folder_at;
use crate::store::objects::threads::{Entry, thread_file};
use crate::store::{BranchFinding, CommitId, Store, StoreError, Trouble, objects};
use git2::{ObjectType, Oid, Repository, Tree, TreeEntry};

/// What differs between two states of a branch.
#[derive(Debug, Default)]
pub struct BranchDiff {
    /// The threads' files that are new or have other content.
    pub changed: Vec<Entry>,
    /// The paths, of threads' files and of troubles, that are there no more.
    pub removed: Vec<String>,
    /// What is new there and is no thread; its place is its path.
    pub troubles: Vec<Trouble>,
    /// The ids of threads of which there is a new word that they were erased, true or not.
    pub erased: Vec<ThreadId>,
    /// A folder could not be read, so that more may have changed than is said here.
    pub is_partial: bool,
}

/// An author's branch, and where it is.
#[derive(Debug)]
pub struct BranchTip {
    /// Whose branch it is.
    pub owner: PublicKey,
    /// Its newest commit; none where the branch is gone.
    pub commit: Result<Option<CommitId>, StoreError>,
}

/// What an entry that is no folder is not, at each level.
const NOT_A_FOLDER: [&str; 2] = ["is not a month's folder", "is not a day's folder"];

/// Why a folder of which the object is gone, or damaged, is a trouble.
const UNREADABLE: &str = "can't be read";

impl Store {
    /// The newest commit of each author's branch, in the order of the authors.
    ///
    /// # Errors
    ///
    /// If not even the authors can be told. What is wrong with one branch stands in its tip.
    pub fn branch_tips(&self) -> Result<Vec<BranchTip>, StoreError> {
        // What is wrong with the memory of branches hides none that is there; a verification tells
        // it.
        let authors = self.known_authors().or_else(|_| self.authors())?;
        let mut tips = Vec::with_capacity(authors.len());
        for owner in authors {
            let commit = self.tip(&owner);
            tips.push(BranchTip { owner, commit });
        }
        Ok(tips)
    }

    /// All that an author's branch holds at a commit.
    ///
    /// # Errors
    ///
    /// If the commit can't be read. What can't be read below it is a trouble.
    pub fn diff_from_nothing(
        &self,
        owner: &PublicKey,
        tip: CommitId,
    ) -> Result<BranchDiff, StoreError> {
        let new = threads_at(&self.repo, tip.0).map_err(|e| self.git(e))?;
        let mut comparison = Comparison::new(&self.repo, owner);
        comparison.compare(None, new.as_ref(), &THREADS.join("/"), 0);
        let erased = erased_at(&self.repo, tip.0).map_err(|e| self.git(e))?;
        comparison.changes.erased = newly_erased(None, erased.as_ref());
        Ok(comparison.changes)
    }

    /// What differs between a commit seen before and another; `None` if the one seen is gone.
    ///
    /// # Errors
    ///
    /// If the second commit can't be read. What can't be read below it is a trouble.
    pub fn diff_between(
        &self,
        owner: &PublicKey,
        seen: CommitId,
        tip: CommitId,
    ) -> Result<Option<BranchDiff>, StoreError> {
        let Ok(old) = threads_at(&self.repo, seen.0) else {
            return Ok(None);
        };
        let new = threads_at(&self.repo, tip.0).map_err(|e| self.git(e))?;
        let mut comparison = Comparison::new(&self.repo, owner);
        comparison.compare(old.as_ref(), new.as_ref(), &THREADS.join("/"), 0);
        let Ok(erased_before) = erased_at(&self.repo, seen.0) else {
            return Ok(None);
        };
        let erased = erased_at(&self.repo, tip.0).map_err(|e| self.git(e))?;
        comparison.changes.erased = newly_erased(erased_before.as_ref(), erased.as_ref());
        Ok((!comparison.old_is_gone).then_some(comparison.changes))
    }
}

impl Store {
    /// Which folders of a branch's newest commit can't be read. A day's is only looked for.
    ///
    /// # Errors
    ///
    /// If it can't be told where the branch is.
    pub fn unreadable_folders(&self, owner: &PublicKey) -> Result<Vec<BranchFinding>, StoreError> {
        let unreadable = |path: String, error: &ObjectError| BranchFinding::FolderUnreadable {
            path,
            why: error.to_string(),
        };
        let Some(CommitId(tip)) = self.tip(owner)? else {
            return Ok(Vec::new());
        };
        let top = THREADS.join("/");
        let threads = match threads_at(&self.repo, tip) {
            Ok(threads) => threads,
            Err(error) => return Ok(vec![unreadable(top, &error)]),
        };
        let objects = self.repo.odb().map_err(|e| self.git(e))?;
        let is_folder = |entry: &TreeEntry<'_>| entry.kind() == Some(ObjectType::Tree);
        let mut found = Vec::new();
        for month in threads.iter().flat_map(Tree::iter).filter(is_folder) {
            let path = place(&top, &month);
            match objects::folder(&self.repo, month.id()) {
                Err(error) => found.push(unreadable(path, &error)),
                Ok(days) => {
                    for day in days
                        .iter()
                        .filter(is_folder)
                        .filter(|day| !objects.exists(day.id()))
                    {
                        let why = "the object is missing".to_owned();
                        found.push(BranchFinding::FolderUnreadable {
                            path: place(&path, &day),
                            why,
                        });
                    }
                }
            }
        }
        Ok(found)
    }
}

/// The folder of all threads in a commit, if it has one.
pub(in crate::store) fn threads_at(
    repo: &Repository,
    commit: Oid,
) -> Result<Option<Tree<'_>>, ObjectError> {
    folder_at(repo, &objects::tree_of(repo, commit)?, &THREADS)
}

/// The folder of all erasures in a commit, if it has one.
fn erased_at(repo: &Repository, commit: Oid) -> Result<Option<Tree<'_>>, ObjectError> {
    folder_at(
        repo,
        &objects::tree_of(repo, commit)?,
        &[THREADS[0], ERASED],
    )
}

/// The ids of which the erasures' folder says something that it did not say before.
fn newly_erased(old: Option<&Tree<'_>>, new: Option<&Tree<'_>>) -> Vec<ThreadId> {
    let mut erased = Vec::new();
    for entry in new.into_iter().flat_map(Tree::iter) {
        let before = old.and_then(|old| find(old, &entry));
        if before.is_none_or(|before| before.id() != entry.id()) {
            erased.extend(entry.name().ok().and_then(id_of_file));
        }
    }
    erased
}

struct Comparison<'r> {
    repo: &'r Repository,
    owner: PublicKey,
    changes: BranchDiff,
    old_is_gone: bool,
}

impl<'r> Comparison<'r> {
    fn new(repo: &'r Repository, owner: &PublicKey) -> Self {
        Self {
            repo,
            owner: *owner,
            changes: BranchDiff::default(),
            old_is_gone: false,
        }
    }

    /// Levels 0 and 1 hold folders, of months and of days; level 2 holds threads.
    fn compare(
        &mut self,
        old: Option<&Tree<'_>>,
        new: Option<&Tree<'_>>,
        path: &str,
        level: usize,
    ) {
        for entry in new.into_iter().flat_map(Tree::iter) {
            let before = old.and_then(|old| find(old, &entry));
            let is_same = before
                .as_ref()
                .is_some_and(|b| b.id() == entry.id() && b.filemode() == entry.filemode());
            if is_same {
                continue;
            }
            let place = place(path, &entry);
            if level == NOT_A_FOLDER.len() {
                match thread_file(&entry, path, self.owner) {
                    Some(found) => self.changes.changed.push(found),
                    None => self.trouble(place, "is not a thread's file"),
                }
                continue;
            }
            let before = before.as_ref().and_then(|before| self.old_folder(before));
            let after = self.folder(&entry);
            if after.is_none() {
                let is_folder = entry.kind() == Some(ObjectType::Tree);
                self.changes.is_partial |= is_folder;
                self.trouble(
                    place.clone(),
                    if is_folder {
                        UNREADABLE
                    } else {
                        NOT_A_FOLDER[level]
                    },
                );
            }
            self.compare(before.as_ref(), after.as_ref(), &place, level + 1);
        }
        for entry in old.into_iter().flat_map(Tree::iter) {
            let after = new.and_then(|new| find(new, &entry));
            let place = place(path, &entry);
            let was_folder = level < NOT_A_FOLDER.len() && entry.kind() == Some(ObjectType::Tree);
            match (was_folder, after) {
                (true, None) => {
                    let before = self.old_folder(&entry);
                    self.compare(before.as_ref(), None, &place, level + 1);
                }
                (false, None) => self.changes.removed.push(place),
                // What stood there as a trouble is a folder now.
                (false, Some(after))
                    if level < NOT_A_FOLDER.len() && after.kind() == Some(ObjectType::Tree) =>
                {
                    self.changes.removed.push(place);
                }
                _ => {}
            }
        }
    }

    fn folder(&self, entry: &TreeEntry<'_>) -> Option<Tree<'r>> {
        (entry.kind() == Some(ObjectType::Tree))
            .then(|| objects::folder(self.repo, entry.id()).ok())
            .flatten()
    }

    fn old_folder(&mut self, entry: &TreeEntry<'_>) -> Option<Tree<'r>> {
        let folder = self.folder(entry);
        self.old_is_gone |= folder.is_none() && entry.kind() == Some(ObjectType::Tree);
        folder
    }

    fn trouble(&mut self, place: String, why: &str) {
        self.changes.troubles.push(Trouble {
            place,
            why: why.to_owned(),
        });
    }
}

fn find<'t>(tree: &'t Tree<'_>, like: &TreeEntry<'_>) -> Option<TreeEntry<'t>> {
    tree.get_name_bytes(like.name_bytes())
}

fn place(path: &str, entry: &TreeEntry<'_>) -> String {
    format!("{path}/{}", String::from_utf8_lossy(entry.name_bytes()))
}
