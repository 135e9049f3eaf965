//! One state of a branch put into another.

use super::Plan;
use crate::model::layout::{file_name, id_of_file};
use crate::model::{Reading, Thread, ThreadId, Timestamp};
use crate::sign::Signer;
use crate::store::history::losses::{FolderKind, is_same};
use crate::store::save::Prepared;
use crate::store::save::commit::Placed;
use crate::store::{Save, Store, StoreError, objects};
use crate::verify::Verified;
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, ObjectType, Oid, Tree, TreeEntry};
use std::collections::BTreeMap;

/// What of one state is to be put into the other.
pub(super) struct Joining<'u, 'r> {
    store: &'r Store,
    owner: &'u Signer,
    plan: &'u Plan<'r>,
    now: Timestamp,
    threads: BTreeMap<[String; 5], Oid>,
    rest: Vec<Other>,
}

/// What is no thread of the owner's, and comes along as it is.
struct Other {
    path: Vec<Vec<u8>>,
    object: Oid,
    mode: FileMode,
}

/// What a thread's file holds.
enum Kind {
    /// A thread that was erased: it never comes back.
    Erased,
    /// A true one of the owner's.
    Own(Box<Verified<Thread>>),
    /// Anything else.
    Other,
}

impl<'u, 'r> Joining<'u, 'r> {
    pub(super) fn new(
        store: &'r Store,
        owner: &'u Signer,
        plan: &'u Plan<'r>,
        now: Timestamp,
    ) -> Self {
        Self {
            store,
            owner,
            plan,
            now,
            threads: BTreeMap::new(),
            rest: Vec::new(),
        }
    }

    /// Puts what is to come along into the one state, in a commit of the owner's.
    pub(super) fn commit(mut self) -> Result<Oid, StoreError> {
        self.take(
            Some(&self.plan.base),
            &self.plan.other,
            FolderKind::Top,
            &[],
        )?;
        let changed = self.threads.len() + self.rest.len();
        let with_rest = self.base_with_rest()?;
        let mut files: Vec<Placed<'_>> = Vec::with_capacity(self.threads.len());
        for (path, blob) in &self.threads {
            files.push((&path[..], *blob));
        }
        let tree = match files.is_empty() {
            true => with_rest.id(),
            false => self
                .store
                .tree_with(Some(&with_rest), &files, &mut Vec::new())?,
        };
        self.store
            .commit(self.owner, tree, changed, &self.plan.parents, self.now)
    }

    fn base_with_rest(&self) -> Result<Tree<'r>, StoreError> {
        let base = &self.plan.base;
        if self.rest.is_empty() {
            return Ok(base.clone());
        }
        let mut update = TreeUpdateBuilder::new();
        for other in &self.rest {
            update.upsert(other.path.join(&b'/'), other.object, other.mode);
        }
        let repo = &self.store.repo;
        let tree = update
            .create_updated(repo, base)
            .map_err(|e| self.store.git(e))?;
        objects::folder(repo, tree).map_err(|e| self.store.git(e))
    }

    fn take(
        &mut self,
        base: Option<&Tree<'r>>,
        other: &Tree<'r>,
        place: FolderKind,
        path: &[Vec<u8>],
    ) -> Result<(), StoreError> {
        for entry in other.iter() {
            let beside = base.and_then(|base| base.get_name_bytes(entry.name_bytes()));
            let beside = beside.as_ref();
            if beside.is_some_and(|beside| is_same(beside, &entry)) {
                continue;
            }
            let path = [path, &[entry.name_bytes().to_vec()]].concat();
            let is_tree = |entry: &TreeEntry<'_>| entry.kind() == Some(ObjectType::Tree);
            if is_tree(&entry) && beside.is_none_or(is_tree) {
                self.take_folder(&entry, beside, place, path)?;
            } else {
                self.take_file(&entry, beside, place, path)?;
            }
        }
        Ok(())
    }

    /// A folder, and, if there is one of its name, the folder beside it.
    fn take_folder(
        &mut self,
        entry: &TreeEntry<'_>,
        beside: Option<&TreeEntry<'_>>,
        place: FolderKind,
        path: Vec<Vec<u8>>,
    ) -> Result<(), StoreError> {
        let below = place
            .folder(entry.name_bytes())
            .unwrap_or(FolderKind::Other);
        // A strange folder comes along whole or not at all: how deep and wide it is, is up to
        // whoever made it.
        let is_strange = matches!(below, FolderKind::Other);
        if is_strange && (beside.is_none() || !self.plan.takes_all) {
            self.take_other(entry, beside, path);
            return Ok(());
        }
        let store = self.store;
        let open = |id| objects::folder(&store.repo, id).map_err(|e| store.git(e));
        let base = match beside {
            Some(beside) => Some(open(beside.id())?),
            None => None,
        };
        self.take(base.as_ref(), &open(entry.id())?, below, &path)
    }

    fn take_file(
        &mut self,
        entry: &TreeEntry<'_>,
        beside: Option<&TreeEntry<'_>>,
        place: FolderKind,
        path: Vec<Vec<u8>>,
    ) -> Result<(), StoreError> {
        let is_blob = entry.kind() == Some(ObjectType::Blob);
        let name = entry.name().ok().filter(|_| is_blob);
        match (place, name.and_then(id_of_file)) {
            (FolderKind::Day, Some(id)) => self.take_thread(id, entry, beside, path)?,
            (FolderKind::Erased, _) => self.take_erasure(entry, beside, path),
            _ => self.take_other(entry, beside, path),
        }
        Ok(())
    }

    fn take_thread(
        &mut self,
        id: ThreadId,
        entry: &TreeEntry<'_>,
        beside: Option<&TreeEntry<'_>>,
        path: Vec<Vec<u8>>,
    ) -> Result<(), StoreError> {
        let is_own_place = entry.name_bytes() == file_name(id).as_bytes();
        match self.look_at(
            &self.store.read_blob(entry.id())?,
            Some(id).filter(|_| is_own_place),
        ) {
            Kind::Erased => {}
            Kind::Own(thread) => self.unite_thread(&thread)?,
            Kind::Other => self.take_other(entry, beside, path),
        }
        Ok(())
    }

    /// `id`: of the thread in whose own place the bytes lie. What is no thread of this format was
    /// erased by that.
    fn look_at(&self, bytes: &[u8], id: Option<ThreadId>) -> Kind {
        let erased = &self.plan.erased;
        match Thread::read(bytes) {
            Ok(Reading::Thread(thread)) if erased.contains(&thread.root().to_string()) => {
                Kind::Erased
            }
            Ok(Reading::Thread(thread)) => match Verified::check_of(&self.owner.public(), thread) {
                Ok(thread) => Kind::Own(Box::new(thread)),
                Err(_) => Kind::Other,
            },
            Ok(Reading::Legacy(legacy)) if erased.contains(&legacy.id) => Kind::Erased,
            _ if id.is_some_and(|id| erased.contains(&id.to_string())) => Kind::Erased,
            _ => Kind::Other,
        }
    }

    fn unite_thread(&mut self, thread: &Thread) -> Result<(), StoreError> {
        let save = Save {
            owner: self.owner,
            thread,
            base: None,
            replaces: None,
            now: self.now,
        };
        let found = |path: &[String; 5]| match self.threads.get(path) {
            Some(blob) => Ok(Some(*blob)),
            None => self.store.blob_at(Some(&self.plan.base), path),
        };
        let prepared = self.store.prepare(&save, found)?;
        let Prepared::Changed {
            path,
            file,
            was_there,
            ..
        } = prepared
        else {
            return Ok(());
        };
        let gives_way = self
            .store
            .blob_at(Some(&self.plan.base), &path)?
            .filter(|_| !was_there);
        if let Some(blob) = gives_way.filter(|_| !self.threads.contains_key(&path)) {
            let mut aside = path.clone();
            aside[4] = beside_name(&file_name(thread.id()), blob);
            self.threads.insert(aside, blob);
        }
        let blob = self.store.repo.blob(&file).map_err(|e| self.store.git(e))?;
        self.threads.insert(path, blob);
        Ok(())
    }

    fn take_erasure(
        &mut self,
        entry: &TreeEntry<'_>,
        beside: Option<&TreeEntry<'_>>,
        path: Vec<Vec<u8>>,
    ) {
        // Which threads are erased was read already; of two words for one thread either will do.
        if beside.is_none() {
            self.rest.push(Other {
                path,
                object: entry.id(),
                mode: FileMode::Blob,
            });
        }
    }

    /// What is no thread of the owner's comes along as it is; where something else has its name,
    /// beside that.
    fn take_other(
        &mut self,
        entry: &TreeEntry<'_>,
        beside: Option<&TreeEntry<'_>>,
        mut path: Vec<Vec<u8>>,
    ) {
        let Some(mode) = mode_of(entry).filter(|_| self.plan.takes_all) else {
            return;
        };
        if beside.is_some()
            && let Some(name) = path.last_mut()
        {
            *name = beside_name(&String::from_utf8_lossy(name), entry.id()).into_bytes();
        }
        self.rest.push(Other {
            path,
            object: entry.id(),
            mode,
        });
    }
}

fn mode_of(entry: &TreeEntry<'_>) -> Option<FileMode> {
    Some(match entry.kind()? {
        ObjectType::Tree => FileMode::Tree,
        ObjectType::Commit => FileMode::Commit,
        _ if entry.filemode() == i32::from(FileMode::Link) => FileMode::Link,
        _ if entry.filemode() == i32::from(FileMode::BlobExecutable) => FileMode::BlobExecutable,
        _ => FileMode::Blob,
    })
}

/// `thread_1.json` as `thread_1-0123abcd.json`: no other content gets that name.
fn beside_name(name: &str, object: Oid) -> String {
    let object = object.to_string();
    let (stem, ending) = name
        .rsplit_once('.')
        .map_or((name, ""), |(stem, ending)| (stem, ending));
    // A name that has such a part already gets another in its place.
    let stem = if ending == "json" {
        stem.split('-').next().unwrap_or(stem)
    } else {
        stem
    };
    let dot = if ending.is_empty() { "" } else { "." };
    format!("{stem}-{}{dot}{ending}", &object[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gives_way_is_named_after_its_content() {
        let object = Oid::from_str("0123abcd0123abcd0123abcd0123abcd0123abcd").unwrap();
        for (name, expected) in [
            ("thread_1.json", "thread_1-0123abcd.json"),
            ("thread_1-ffffffff.json", "thread_1-0123abcd.json"),
            ("notes", "notes-0123abcd"),
        ] {
            assert_eq!(beside_name(name, object), expected);
        }
    }
}
