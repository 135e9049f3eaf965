//! A history written anew without one thread. Everything else in it stays: its order, its times,
//! its words.

use crate::model::layout::{components, file_name, file_name_with_root};
use crate::model::{Hash, Reading, Thread, Timestamp};
use crate::sign::{Namespace, Signer};
use crate::store::objects::ObjectError;
use crate::store::objects::ancestry;
use crate::store::objects::places::folder_at;
use crate::store::{Entry, Store, StoreError, objects};
use crate::verify;
use git2::{Commit, FileMode, ObjectType, Oid, Repository, Tree};
use std::collections::{HashMap, HashSet};

/// What is to be left out.
pub(in crate::store) struct Target {
    /// The file that is the thread, or what became of it.
    path: [String; 5],
    /// The other place at which the thread may have been.
    elsewhere: [String; 5],
    /// `None` for a file that is no thread of this format.
    root: Option<Hash>,
}

/// A history written anew; no branch holds it yet.
pub(in crate::store) struct Rewriting<'a> {
    store: &'a Store,
    /// Keeps what is written in memory until all of it goes into one pack.
    anew: Store,
    owner: &'a Signer,
    written: HashSet<Oid>,
    is_target: HashMap<(Oid, bool), bool>,
    /// How many commits were written anew.
    pub rewritten: usize,
    /// How many held nothing else, and are gone.
    pub dropped: usize,
}

impl Target {
    pub(in crate::store) fn of(entry: &Entry, root: Option<Hash>) -> Self {
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        let plain = file_name(entry.id);
        let other = match root {
            Some(root) if name == plain => file_name_with_root(entry.id, &root),
            _ => plain,
        };
        Self {
            path: components(entry.id, name),
            elsewhere: components(entry.id, &other),
            root,
        }
    }

    /// Whether the bytes at one of the two places are to go: under its own name whatever is not
    /// another thread.
    pub(in crate::store) fn is(&self, bytes: &[u8], is_own_place: bool) -> bool {
        match Thread::read(bytes) {
            Ok(Reading::Thread(thread)) => self.root == Some(thread.root()),
            _ => is_own_place,
        }
    }

    /// The same of a file in the repository. One that is too large to be read is no thread.
    pub(in crate::store) fn is_at(
        &self,
        repo: &Repository,
        blob: Oid,
        is_own_place: bool,
    ) -> Result<bool, ObjectError> {
        match objects::file(repo, blob) {
            Err(error) if error.is_too_large() => Ok(is_own_place),
            bytes => Ok(self.is(&bytes?, is_own_place)),
        }
    }

    /// Whether a tree holds it.
    pub(in crate::store) fn is_in(
        &self,
        repo: &Repository,
        tree: &Tree<'_>,
    ) -> Result<bool, ObjectError> {
        for (path, is_own_place) in [(&self.path, true), (&self.elsewhere, false)] {
            if let Some(blob) = blob_at(repo, tree, path)?
                && self.is_at(repo, blob, is_own_place)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn blob_at(
    repo: &Repository,
    tree: &Tree<'_>,
    path: &[String; 5],
) -> Result<Option<Oid>, ObjectError> {
    let day = folder_at(repo, tree, &path[..4])?;
    let entry = day.as_ref().and_then(|day| day.get_name(&path[4]));
    Ok(entry
        .filter(|entry| entry.kind() == Some(ObjectType::Blob))
        .map(|entry| entry.id()))
}

impl<'a> Rewriting<'a> {
    pub(in crate::store) fn begin(store: &'a Store, owner: &'a Signer) -> Result<Self, StoreError> {
        let anew = Store::open_or_create(store.home().path(), &owner.public())?;
        anew.repo
            .odb()
            .and_then(|objects| objects.add_new_mempack_backend(1_000).map(drop))
            .map_err(|e| store.git(e))?;
        let (written, is_target) = Default::default();
        Ok(Self {
            store,
            anew,
            owner,
            written,
            is_target,
            rewritten: 0,
            dropped: 0,
        })
    }

    /// Writes the history of a tip anew; `None` if nothing of it is left. Commits before the thread
    /// came in stay.
    pub(in crate::store) fn without(
        &mut self,
        tip: Oid,
        target: &Target,
    ) -> Result<Option<Oid>, StoreError> {
        let ids = self.history(tip).map_err(|e| self.store.git(e))?;
        // What stands in a commit's place: itself, its new self, or, where nothing is left of it,
        // what it stood on.
        let mut now: HashMap<Oid, Vec<Oid>> = HashMap::new();
        for id in ids {
            let stands = self.anew(id, target, &now)?;
            now.insert(id, stands);
        }
        Ok(now.remove(&tip).and_then(|stands| stands.first().copied()))
    }

    fn history(&self, tip: Oid) -> Result<Vec<Oid>, ObjectError> {
        let mut ids = ancestry::whole_history(&self.store.repo, tip)?;
        ids.reverse();
        Ok(ids)
    }

    fn anew(
        &mut self,
        id: Oid,
        target: &Target,
        now: &HashMap<Oid, Vec<Oid>>,
    ) -> Result<Vec<Oid>, StoreError> {
        let git = |e| self.store.git(e);
        // What was there before is read where nothing new is.
        let commit = objects::commit(&self.store.repo, id).map_err(git)?;
        let old_parents: Vec<Oid> = commit.parent_ids().collect();
        let mut parents: Vec<Oid> = Vec::new();
        for parent in old_parents.iter().flat_map(|parent| &now[parent]) {
            if !parents.contains(parent) {
                parents.push(*parent);
            }
        }
        let old_tree = objects::folder(&self.store.repo, commit.tree_id()).map_err(git)?;
        let tree = self.tree_without(&old_tree, target)?;
        if tree == old_tree.id() && parents == old_parents {
            return Ok(vec![id]);
        }
        self.is_the_owners(id)?;
        if self
            .says_nothing(tree, &parents)
            .map_err(|e| self.store.git(e))?
        {
            self.dropped += 1;
            return Ok(parents);
        }
        self.rewritten += 1;
        Ok(vec![self.sign_anew(&commit, tree, &parents)?])
    }

    /// What somebody else put on the branch must not come to bear the owner's name.
    fn is_the_owners(&self, id: Oid) -> Result<(), StoreError> {
        let bytes = objects::commit_bytes(&self.store.repo, id).map_err(|e| self.store.git(e))?;
        verify::commit(&self.owner.public(), &bytes).map_err(|why| StoreError::Untrue {
            why: format!("commit {:.10}: {why}", id.to_string()),
        })
    }

    fn says_nothing(&self, tree: Oid, parents: &[Oid]) -> Result<bool, ObjectError> {
        match parents {
            [] => Ok(objects::folder(&self.anew.repo, tree)?.is_empty()),
            [parent] => Ok(objects::commit(&self.anew.repo, *parent)?.tree_id() == tree),
            _ => Ok(false),
        }
    }

    fn sign_anew(
        &mut self,
        commit: &Commit<'_>,
        tree: Oid,
        parents: &[Oid],
    ) -> Result<Oid, StoreError> {
        let git = |e| self.store.git(e);
        let (_, said) = self
            .store
            .repo
            .extract_signature(&commit.id(), None)
            .map_err(git)?;
        let untrue = || StoreError::Untrue {
            why: format!("commit {} is not in UTF-8", commit.id()),
        };
        let said = std::str::from_utf8(&said).map_err(|_| untrue())?;
        let kept = said
            .split_inclusive('\n')
            .skip_while(|line| line.starts_with("tree ") || line.starts_with("parent "));
        let mut text = format!("tree {tree}\n");
        parents
            .iter()
            .for_each(|parent| text += &format!("parent {parent}\n"));
        text.extend(kept);
        let armour = self.owner.sign_armoured(Namespace::Git, text.as_bytes());
        let id = self
            .anew
            .repo
            .commit_signed(&text, armour.trim_end(), None)
            .map_err(git)?;
        self.written.insert(id);
        Ok(id)
    }

    fn tree_without(&mut self, tree: &Tree<'_>, target: &Target) -> Result<Oid, StoreError> {
        let mut id = tree.id();
        for (path, own) in [(&target.path, true), (&target.elsewhere, false)] {
            let found = blob_at(&self.store.repo, tree, path).map_err(|e| self.store.git(e))?;
            let Some(blob) = found else { continue };
            let is_target = match self.is_target.get(&(blob, own)) {
                Some(known) => *known,
                None => {
                    let is = target
                        .is_at(&self.store.repo, blob, own)
                        .map_err(|e| self.store.git(e))?;
                    self.is_target.insert((blob, own), is);
                    is
                }
            };
            if is_target {
                let left = self.taken_out(id, path);
                id = left.map_err(|e| self.store.git(e))?;
            }
        }
        Ok(id)
    }

    /// A tree without the file at a path, and without the folders that this leaves empty.
    fn taken_out(&mut self, tree: Oid, path: &[String]) -> Result<Oid, ObjectError> {
        let (name, inner) = path.split_first().expect("a path has a name");
        let child = objects::folder(&self.anew.repo, tree)?
            .get_name(name)
            .map(|entry| entry.id());
        let child = child.filter(|_| !inner.is_empty());
        let left = child
            .map(|child| self.taken_out(child, inner))
            .transpose()?;
        let repo = &self.anew.repo;
        let mut builder = repo.treebuilder(Some(&objects::folder(repo, tree)?))?;
        match left {
            Some(left) if !objects::folder(repo, left)?.is_empty() => {
                builder.insert(name, left, FileMode::Tree.into())?;
            }
            _ => builder.remove(name)?,
        }
        let id = builder.write()?;
        self.written.insert(id);
        Ok(id)
    }

    /// A commit of the owner's on top of what was written, with one more file.
    pub(in crate::store) fn put_on_top(
        &mut self,
        parent: Option<Oid>,
        path: &[String],
        file: &[u8],
        time: Timestamp,
    ) -> Result<Oid, StoreError> {
        let repo = &self.anew.repo;
        let blob = repo.blob(file).map_err(|e| self.store.git(e))?;
        let below = parent
            .map(|parent| objects::tree_of(repo, parent))
            .transpose()
            .map_err(|e| self.store.git(e))?;
        let mut made = Vec::new();
        let tree = self
            .anew
            .tree_with(below.as_ref(), &[(path, blob)], &mut made)?;
        let commit = self
            .anew
            .commit(self.owner, tree, 1, parent.as_slice(), time)?;
        self.written.extend(made);
        self.written.extend([blob, commit]);
        Ok(commit)
    }

    /// Brings all that was written to disk, in one pack.
    pub(in crate::store) fn keep(self) -> Result<(), StoreError> {
        self.anew.write_pack(self.written)?;
        self.store
            .repo
            .odb()
            .and_then(|objects| objects.refresh())
            .map_err(|e| self.store.git(e))
    }
}
