//! Two states of an owner's branch become one: the one that was remembered, and the one that is
//! there and lacks something of it. Both are the owner's, so nothing is asked and nothing of either
//! is lost.
//!
//! An erasure wins: no commit gets a parent from which an erased thread can be reached.

use crate::model::layout::{file_name, id_of_file};
use crate::model::{Erasure, PublicKey, Reading, Thread, ThreadId, Timestamp, crash_point};
use crate::sign::Signer;
use crate::store::erase::erasures::{names_as_kept, what_it_erased};
use crate::store::history::findings::{BranchFinding, CommitFinding};
use crate::store::history::losses::{Place, is_same};
use crate::store::history::seen::Remembered;
use crate::store::lock::RepositoryLock;
use crate::store::objects::ancestry;
use crate::store::objects::repository::branch_of;
use crate::store::save::Prepared;
use crate::store::save::commit::Placed;
use crate::store::{CommitId, Save, Store, StoreError, objects};
use crate::verify::Verified;
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, ObjectType, Oid, Tree, TreeEntry};
use std::collections::{BTreeMap, HashSet};

/// Where the state is kept that could not become part of the history.
const REPLACED: &str = "refs/mmogit/replaced/";

/// What became of a branch that lacked something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct United {
    /// The commit that holds both states.
    pub commit: CommitId,
    /// The reference that keeps a state of which not all may be part of the history: it leads to an
    /// erased thread, or somebody else signed some of it.
    pub kept_at: Option<String>,
}

/// How two states come together.
struct Plan<'r> {
    base: Tree<'r>,
    other: Tree<'r>,
    parents: Vec<Oid>,
    /// Whether what is no thread of the owner's comes along too.
    takes_all: bool,
    replaced: Option<Oid>,
    /// The erased threads of either, by root, or by an older mmogit's id.
    erased: HashSet<String>,
}

impl Store {
    /// Brings back what a branch lacks of what it was seen to have. `None`: it lacks nothing, or
    /// that can't be read.
    pub fn bring_together(
        &self,
        owner: &Signer,
        now: Timestamp,
    ) -> Result<Option<United>, StoreError> {
        if self.lost_since_seen(&owner.public())?.is_none() {
            return Ok(None);
        }
        let _lock = RepositoryLock::wait(self.home())?;
        self.unite(owner, now)
    }

    /// The same for who holds the lock, and is about to save. What can't be read, or does not fit
    /// together, stays as it is: the note of what was seen stays too, so each check goes on telling
    /// what is missing.
    pub(in crate::store) fn unite_before_saving(
        &self,
        owner: &Signer,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match self.unite(owner, now) {
            Ok(_) => Ok(()),
            Err(error) if error.is_out_of_reach() => Err(error),
            Err(
                StoreError::Git { .. }
                | StoreError::ObjectTooLarge { .. }
                | StoreError::Misplaced { .. }
                | StoreError::TooLarge { .. }
                | StoreError::Contended,
            ) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn unite(&self, owner: &Signer, now: Timestamp) -> Result<Option<United>, StoreError> {
        let author = owner.public();
        let Remembered::Tip(seen) = self.remembered(&author)? else {
            return Ok(None);
        };
        if self.tip(&author)? == Some(CommitId(seen)) {
            return Ok(None);
        }
        self.insist(&branch_of(&author), || self.try_to_unite(owner, seen, now))
    }

    fn try_to_unite(
        &self,
        owner: &Signer,
        seen: Oid,
        now: Timestamp,
    ) -> Result<Option<Option<United>>, StoreError> {
        let author = owner.public();
        let is_readable = match self.lost_since_seen(&author)? {
            Some(BranchFinding::Gone { .. }) => true,
            Some(BranchFinding::MovedBack { lost, .. }) => {
                !lost.iter().any(CommitFinding::is_unreadable)
            }
            _ => false,
        };
        if !is_readable {
            return Ok(Some(None));
        }
        let tip = self.tip(&author)?;
        // Whoever can write the note could name any commit: nothing is built on what its owner
        // didn't sign.
        if !self.are_all_signed(&author, seen, tip.map(|CommitId(tip)| tip))? {
            return Ok(Some(None));
        }
        let (commit, replaced) = match tip {
            Some(CommitId(tip)) if !self.descends(seen, tip)? => {
                let Some(plan) = self.plan(&author, tip, seen)? else {
                    return Ok(Some(None));
                };
                let commit = self.carry_out(owner, &plan, now)?;
                if self.lost_between(&author, seen, commit)?.is_some() {
                    return Ok(Some(None));
                }
                (commit, plan.replaced)
            }
            // It was only moved back, or deleted.
            _ => (seen, None),
        };
        let kept_at = replaced
            .map(|replaced| self.keep_replaced(replaced))
            .transpose()?;
        crash_point!("unite-written");
        let moved = self.publish(&author, tip, commit)?;
        Ok(moved.map(|commit| Some(United { commit, kept_at })))
    }

    fn descends(&self, from: Oid, on: Oid) -> Result<bool, StoreError> {
        ancestry::descends(&self.repo, from, on).map_err(|e| self.git(e))
    }

    /// The references that keep states of a branch which could not become part of its history; an
    /// erased thread may be in one of them.
    pub fn kept_states(&self) -> Result<Vec<String>, StoreError> {
        let found = self
            .repo
            .references_glob(&format!("{REPLACED}*"))
            .map_err(|e| self.git(e))?;
        let name = |reference: Result<git2::Reference<'_>, git2::Error>| {
            let reference = reference.map_err(|e| self.git(e))?;
            Ok(String::from_utf8_lossy(reference.name_bytes()).into_owned())
        };
        found.map(name).collect()
    }

    fn keep_replaced(&self, commit: Oid) -> Result<String, StoreError> {
        let name = format!("{REPLACED}{commit}");
        self.repo
            .reference(&name, commit, true, "")
            .map_err(|e| self.git(e))?;
        Ok(name)
    }

    fn plan(
        &self,
        author: &PublicKey,
        tip: Oid,
        seen: Oid,
    ) -> Result<Option<Plan<'_>>, StoreError> {
        let (there, before) = (self.tree_at(tip)?, self.tree_at(seen)?);
        let told_there = self.true_erasures_in(author, &there, None)?;
        let told_before = self.true_erasures_in(author, &before, None)?;
        let is_behind = lacks(&told_there, &told_before);
        let is_ahead = lacks(&told_before, &told_there);
        let erased = told_there
            .iter()
            .chain(&told_before)
            .map(names_as_kept)
            .collect();
        let is_theirs = self.are_all_signed(author, tip, Some(seen))?;
        Ok(match (is_theirs, is_behind, is_ahead) {
            (true, false, false) => {
                let parents = if self.descends(tip, seen)? {
                    vec![tip]
                } else {
                    vec![tip, seen]
                };
                Some(Plan {
                    base: there,
                    other: before,
                    parents,
                    takes_all: true,
                    replaced: None,
                    erased,
                })
            }
            (true, false, true) => Some(Plan {
                base: there,
                other: before,
                parents: vec![tip],
                takes_all: true,
                replaced: Some(seen),
                erased,
            }),
            (_, _, false) => Some(Plan {
                base: before,
                other: there,
                parents: vec![seen],
                takes_all: is_theirs,
                replaced: Some(tip),
                erased,
            }),
            // Either history leads to a thread that the other erased.
            _ => None,
        })
    }

    /// Whether the owner signed every commit that another does not stand on.
    fn are_all_signed(
        &self,
        author: &PublicKey,
        tip: Oid,
        but: Option<Oid>,
    ) -> Result<bool, StoreError> {
        let all = |from| ancestry::whole_history(&self.repo, from).map_err(|e| self.git(e));
        let but: HashSet<Oid> = but.map(all).transpose()?.into_iter().flatten().collect();
        Ok(all(tip)?
            .into_iter()
            .filter(|id| !but.contains(id))
            .all(|id| self.is_signed_by(author, id)))
    }

    fn carry_out(
        &self,
        owner: &Signer,
        plan: &Plan<'_>,
        now: Timestamp,
    ) -> Result<Oid, StoreError> {
        let mut joining = Joining {
            store: self,
            owner,
            plan,
            now,
            threads: BTreeMap::new(),
            rest: Vec::new(),
        };
        joining.take(Some(&plan.base), &plan.other, Place::Top, &[])?;
        let Joining { threads, rest, .. } = joining;
        let changed = threads.len() + rest.len();
        let mut update = TreeUpdateBuilder::new();
        for (path, id, mode) in &rest {
            update.upsert(path.join(&b'/'), *id, *mode);
        }
        let tree = match rest.is_empty() {
            true => plan.base.clone(),
            false => {
                let tree = update
                    .create_updated(&self.repo, &plan.base)
                    .map_err(|e| self.git(e))?;
                objects::folder(&self.repo, tree).map_err(|e| self.git(e))?
            }
        };
        let files: Vec<Placed<'_>> = threads
            .iter()
            .map(|(path, blob)| (&path[..], *blob))
            .collect();
        let tree = if files.is_empty() {
            tree.id()
        } else {
            self.tree_with(Some(&tree), &files, &mut Vec::new())?
        };
        self.commit(owner, tree, changed, &plan.parents, now)
    }
}

/// Whether one lacks an erasure that the other has.
fn lacks(one: &[Erasure], other: &[Erasure]) -> bool {
    let known: HashSet<_> = one.iter().map(what_it_erased).collect();
    other
        .iter()
        .any(|erasure| !known.contains(&what_it_erased(erasure)))
}

/// What of one state is to be put into the other.
struct Joining<'u, 'r> {
    store: &'r Store,
    owner: &'u Signer,
    plan: &'u Plan<'r>,
    now: Timestamp,
    threads: BTreeMap<[String; 5], Oid>,
    rest: Vec<(Vec<Vec<u8>>, Oid, FileMode)>,
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

impl<'r> Joining<'_, 'r> {
    fn take(
        &mut self,
        base: Option<&Tree<'r>>,
        other: &Tree<'r>,
        place: Place,
        path: &[Vec<u8>],
    ) -> Result<(), StoreError> {
        for entry in other.iter() {
            let beside = base.and_then(|base| base.get_name_bytes(entry.name_bytes()));
            if beside
                .as_ref()
                .is_some_and(|beside| is_same(beside, &entry))
            {
                continue;
            }
            let path = [path, &[entry.name_bytes().to_vec()]].concat();
            let is_folder = entry.kind() == Some(ObjectType::Tree);
            if is_folder
                && beside
                    .as_ref()
                    .is_none_or(|b| b.kind() == Some(ObjectType::Tree))
            {
                let below = place.folder(entry.name_bytes()).unwrap_or(Place::Other);
                // A strange folder comes along whole or not at all: how deep and wide it is, is up
                // to whoever made it.
                if matches!(below, Place::Other) && (beside.is_none() || !self.plan.takes_all) {
                    self.take_other(&entry, beside.as_ref(), path);
                    continue;
                }
                let open =
                    |id| objects::folder(&self.store.repo, id).map_err(|e| self.store.git(e));
                let base = beside.map(|beside| open(beside.id())).transpose()?;
                self.take(base.as_ref(), &open(entry.id())?, below, &path)?;
                continue;
            }
            let id = entry
                .name()
                .ok()
                .filter(|_| entry.kind() == Some(ObjectType::Blob))
                .and_then(id_of_file);
            match (place, id) {
                (Place::Day, Some(id)) => self.take_thread(id, &entry, beside.as_ref(), path)?,
                (Place::Erased, _) => self.take_erasure(&entry, beside.as_ref(), path),
                _ => self.take_other(&entry, beside.as_ref(), path),
            }
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
            Ok(Reading::Thread(thread)) => match Verified::check_on(&self.owner.public(), thread) {
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
            self.rest.push((path, entry.id(), FileMode::Blob));
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
        self.rest.push((path, entry.id(), mode));
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
