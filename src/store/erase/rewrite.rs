//! A history written anew without one thread. Everything else in it stays: its order, its times,
//! its words.

use crate::model::layout::{THREADS, components, file_name, file_name_with_root, id_of_file};
use crate::model::{
    Draft, Erasure, Filed, Hash, KeptDraft, MAX_FILED_BYTES, Reading, Thread, Timestamp,
};
use crate::sign::{Namespace, Signer};
use crate::store::objects::ObjectError;
use crate::store::objects::ancestry;
use crate::store::objects::places::folder_at;
use crate::store::{Entry, Store, StoreError, objects};
use crate::verify;
use git2::{Commit, FileMode, ObjectType, Oid, Repository, Tree};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What is to be left out.
pub(in crate::store) struct Target {
    places: Vec<TargetPlace>,
    /// `None` for a file that is no thread of this format.
    root: Option<Hash>,
}

/// Where the thread may have been.
struct TargetPlace {
    path: [String; 5],
    /// Whatever lies there and is no other thread is what became of it.
    is_own: bool,
}

/// A history written anew; no branch holds it yet.
pub(in crate::store) struct Rewriting<'a> {
    store: &'a Store,
    /// Keeps what is written in memory until all of it goes into one pack.
    anew: Store,
    owner: &'a Signer,
    written: HashSet<Oid>,
    /// Of a file, for a target and its place.
    is_target: HashMap<(Oid, usize, bool), bool>,
    /// Of the file of a draft: the root of its thread.
    thread_of_draft: HashMap<Oid, Option<Hash>>,
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
        let place = |name: &str, is_own| TargetPlace {
            path: components(entry.id, name),
            is_own,
        };
        Self {
            places: vec![place(name, true), place(&other, false)],
            root,
        }
    }

    /// What an erasure names, wherever it lies in a tree among the files of its id.
    pub(in crate::store) fn of_erasure(
        repo: &Repository,
        erasure: &Erasure,
        tree: &Tree<'_>,
    ) -> Result<Self, ObjectError> {
        let (id, root) = (erasure.thread, erasure.root);
        let mut names = BTreeSet::from([file_name(id)]);
        names.extend(root.map(|root| file_name_with_root(id, &root)));
        let day = folder_at(repo, tree, &components(id, "")[..4])?;
        for entry in day.iter().flat_map(Tree::iter) {
            let name = entry.name().ok();
            names.extend(
                name.filter(|name| id_of_file(name) == Some(id))
                    .map(str::to_owned),
            );
        }
        let place = |name: String| TargetPlace {
            is_own: root.is_none() && name == file_name(id),
            path: components(id, &name),
        };
        Ok(Self {
            places: names.into_iter().map(place).collect(),
            root,
        })
    }

    /// Whether the bytes at one of its places are to go: under its own name whatever is not
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
        for place in &self.places {
            if let Some(blob) = blob_at(repo, tree, &place.path)?
                && self.is_at(repo, blob, place.is_own)?
            {
                return Ok(true);
            }
        }
        for (_, blob) in drafts_in(repo, tree)? {
            if self.root.is_some() && thread_of_draft(repo, blob)? == self.root {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The files of drafts in a tree, with their names.
fn drafts_in(repo: &Repository, tree: &Tree<'_>) -> Result<Vec<(String, Oid)>, ObjectError> {
    let folder = folder_at(repo, tree, &[THREADS[0], KeptDraft::FOLDER])?;
    let entries = folder.iter().flat_map(Tree::iter);
    let files = entries.filter(|entry| entry.kind() == Some(ObjectType::Blob));
    let named = files.filter_map(|entry| Some((entry.name().ok()?.to_owned(), entry.id())));
    Ok(named.collect())
}

/// The root of the thread that a draft came up in, whether its file is true or not; `None` if it is
/// no draft.
fn thread_of_draft(repo: &Repository, blob: Oid) -> Result<Option<Hash>, ObjectError> {
    if objects::size_of(repo, blob)? > MAX_FILED_BYTES {
        return Ok(None);
    }
    let draft = Draft::read(&objects::file(repo, blob)?).ok();
    Ok(draft.map(|draft| draft.thread))
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
        let (written, is_target, thread_of_draft) = Default::default();
        Ok(Self {
            store,
            anew,
            owner,
            written,
            is_target,
            thread_of_draft,
            rewritten: 0,
            dropped: 0,
        })
    }

    /// Writes the history of a tip anew; `None` if nothing of it is left. Commits before the threads
    /// came in stay.
    pub(in crate::store) fn without(
        &mut self,
        tip: Oid,
        targets: &[Target],
    ) -> Result<Option<Oid>, StoreError> {
        let ids = self.history(tip).map_err(|e| self.store.git(e))?;
        // What stands in a commit's place: itself, its new self, or, where nothing is left of it,
        // what it stood on.
        let mut now: HashMap<Oid, Vec<Oid>> = HashMap::new();
        for id in ids {
            let stands = self.anew(id, targets, &now)?;
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
        targets: &[Target],
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
        let tree = self.tree_without(&old_tree, targets)?;
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

    fn tree_without(&mut self, tree: &Tree<'_>, targets: &[Target]) -> Result<Oid, StoreError> {
        let mut id = tree.id();
        for (number, target) in targets.iter().enumerate() {
            for place in &target.places {
                let found = blob_at(&self.store.repo, tree, &place.path);
                let Some(blob) = found.map_err(|e| self.store.git(e))? else {
                    continue;
                };
                let known = (blob, number, place.is_own);
                let is_target = match self.is_target.get(&known) {
                    Some(is_target) => *is_target,
                    None => {
                        let is = target.is_at(&self.store.repo, blob, place.is_own);
                        let is = is.map_err(|e| self.store.git(e))?;
                        self.is_target.insert(known, is);
                        is
                    }
                };
                if is_target {
                    let left = self.taken_out(id, &place.path);
                    id = left.map_err(|e| self.store.git(e))?;
                }
            }
            if let Some(root) = &target.root {
                let left = self.without_drafts_of(root, tree, id);
                id = left.map_err(|e| self.store.git(e))?;
            }
        }
        Ok(id)
    }

    /// What became of a tree, without the drafts of a thread: its words stand in them.
    fn without_drafts_of(
        &mut self,
        root: &Hash,
        before: &Tree<'_>,
        tree: Oid,
    ) -> Result<Oid, ObjectError> {
        let mut left = tree;
        for (name, blob) in drafts_in(&self.store.repo, before)? {
            let known = self.thread_of_draft.get(&blob).copied();
            let thread = match known {
                Some(thread) => thread,
                None => thread_of_draft(&self.store.repo, blob)?,
            };
            self.thread_of_draft.insert(blob, thread);
            if thread == Some(*root) {
                let path = [THREADS[0], KeptDraft::FOLDER, &name].map(str::to_owned);
                left = self.taken_out(left, &path)?;
            }
        }
        Ok(left)
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
