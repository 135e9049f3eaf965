//! Removing what nothing in the repository leads to any more: after an erasure that is the thread's
//! text, in every version a session ever saved. Both locks are held, and nothing but mmogit may
//! write meanwhile.

use crate::model::{PublicKey, crash_point};
use crate::store::disk::{entries_of, name_begins, sync};
use crate::store::erase::roots::Root;
use crate::store::objects::ObjectError;
use crate::store::objects::pack::loose_objects;
use crate::store::{CommitId, Store, StoreError, objects};
use git2::{ErrorCode, ObjectType, Oid};
use rayon::prelude::*;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What git derives from objects, and would now be wrong.
const DERIVED: [&str; 3] = [
    "info/commit-graph",
    "info/commit-graphs",
    "pack/multi-pack-index",
];

struct Pack {
    stem: String,
    objects: Vec<Oid>,
}

impl Store {
    /// Removes every object that no reference reaches; returns how many. A pack that holds some
    /// gives way to one that doesn't, which is on disk before the old one goes.
    pub(in crate::store) fn prune(&self, owner: &PublicKey) -> Result<usize, StoreError> {
        let objects = self.path().join("objects");
        let disk = |place: &Path| StoreError::disk(place.to_owned());
        let loose = loose_objects(&objects).map_err(disk(&objects))?;
        let (packs, rubbish) = packs(&objects.join("pack")).map_err(disk(&objects))?;
        let drafts = drafts(&objects)?;
        let reachable = self.reachable(owner)?;
        let is_dirty = |pack: &Pack| pack.objects.iter().any(|id| !reachable.contains(id));
        let dirty: Vec<Pack> = packs.into_iter().filter(is_dirty).collect();
        let in_dirty: HashSet<Oid> = dirty
            .iter()
            .flat_map(|pack| &pack.objects)
            .copied()
            .collect();
        let kept: Vec<Oid> = in_dirty.intersection(&reachable).copied().collect();
        let new = if kept.is_empty() {
            None
        } else {
            Some(self.write_pack(kept)?)
        };
        crash_point!("prune-packed");

        for name in DERIVED {
            remove(&objects.join(name))?;
        }
        let mut removed: HashSet<Oid> = in_dirty.difference(&reachable).copied().collect();
        for pack in dirty.iter().filter(|pack| Some(&pack.stem) != new.as_ref()) {
            // The text first: an index without its pack holds none, and is rubbish the next time.
            for ending in ["pack", "idx", "rev", "bitmap", "keep", "mtimes"] {
                remove(&objects.join(format!("pack/{}.{ending}", pack.stem)))?;
                crash_point!("prune-pack-removed");
            }
        }
        for path in rubbish.into_iter().chain(drafts) {
            remove(&path)?;
        }
        let unreached: Vec<_> = loose
            .into_iter()
            .filter(|(id, _)| !reachable.contains(id))
            .collect();
        // Each removal waits for the disk, so they wait together.
        unreached.par_iter().try_for_each(|(_, path)| {
            crash_point!("prune-one-removed");
            remove(path)
        })?;
        removed.extend(unreached.iter().map(|(id, _)| *id));
        let mut folders: HashSet<_> = unreached
            .iter()
            .filter_map(|(_, path)| path.parent())
            .collect();
        let pack_folder = objects.join("pack");
        folders.insert(&pack_folder);
        folders.par_iter().try_for_each(|folder| sync(folder))?;
        self.repo
            .odb()
            .and_then(|objects| objects.refresh())
            .map_err(|e| self.git(e))?;
        Ok(removed.len())
    }

    /// Every object that the owner's branch leads to, or something else here.
    pub(in crate::store) fn reachable(
        &self,
        owner: &PublicKey,
    ) -> Result<HashSet<Oid>, StoreError> {
        let roots = self.roots(owner)?;
        let tip = self.tip(owner)?.map(|CommitId(tip)| tip);
        // Of a branch that lacks what it had, that is all that is left.
        let mut remembered = Vec::new();
        for author in self.remembered_authors()? {
            remembered.extend(self.remembered_tip(&author)?);
        }
        let of_root = |root: Root| root.ids.into_iter().map(move |id| (id, root.may_be_gone));
        let of_branches = tip.map(|tip| (tip, false)).into_iter();
        let of_branches = of_branches.chain(remembered.into_iter().map(|tip| (tip, true)));
        let from = roots
            .into_iter()
            .flat_map(of_root)
            .chain(of_branches)
            .collect();
        self.reached_from(from).map_err(|e| self.git(e))
    }

    /// From objects on, each with whether it may be gone. Of any other that is, nobody knows what
    /// it leads to.
    fn reached_from(&self, mut waiting: Vec<(Oid, bool)>) -> Result<HashSet<Oid>, ObjectError> {
        let all = self.repo.odb()?;
        // A shallow clone lacks parents, which can't be removed either.
        let is_shallow = self.repo.is_shallow();
        let mut reached = HashSet::new();
        while let Some((id, may_be_gone)) = waiting.pop() {
            if reached.contains(&id) {
                continue;
            }
            let kind = match all.read_header(id) {
                Ok((_, kind)) => kind,
                Err(error) if error.code() == ErrorCode::NotFound && may_be_gone => continue,
                Err(error) => return Err(error.into()),
            };
            reached.insert(id);
            match kind {
                ObjectType::Commit => {
                    let commit = objects::commit(&self.repo, id)?;
                    waiting.push((commit.tree_id(), false));
                    waiting.extend(commit.parent_ids().map(|parent| (parent, is_shallow)));
                }
                ObjectType::Tree => {
                    for entry in objects::folder(&self.repo, id)?.iter() {
                        match entry.kind() {
                            Some(ObjectType::Tree) => waiting.push((entry.id(), false)),
                            Some(ObjectType::Blob) => drop(reached.insert(entry.id())),
                            _ => {}
                        }
                    }
                }
                ObjectType::Tag => waiting.push((objects::target_of_tag(&self.repo, id)?, false)),
                _ => {}
            }
        }
        Ok(reached)
    }
}

/// The packs, and the files beside them that belong to none.
fn packs(folder: &Path) -> io::Result<(Vec<Pack>, Vec<PathBuf>)> {
    let (mut packs, mut rubbish) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_whole = path.with_extension("pack").exists() && path.with_extension("idx").exists();
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let is_named = path.extension().is_some() && stem.starts_with("pack-");
        if !is_named || !is_whole {
            let is_derived = path
                .file_name()
                .is_some_and(|name| name == "multi-pack-index");
            rubbish.extend((!is_derived).then_some(path));
        } else if path.extension().is_some_and(|ending| ending == "idx") {
            packs.push(Pack {
                objects: objects_in(&fs::read(&path)?)?,
                stem,
            });
        }
    }
    Ok((packs, rubbish))
}

/// The objects that a pack's index names (gitformat-pack(5), version 2).
fn objects_in(index: &[u8]) -> io::Result<Vec<Oid>> {
    const NAMES: usize = 8 + 256 * 4;
    let bad = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "a pack's index of an unknown version",
        )
    };
    if !index.starts_with(b"\xfftOc\x00\x00\x00\x02") {
        return Err(bad());
    }
    let count = index
        .get(NAMES - 4..NAMES)
        .and_then(|last| last.try_into().ok())
        .ok_or_else(bad)?;
    let names = index
        .get(NAMES..NAMES + 20 * u32::from_be_bytes(count) as usize)
        .ok_or_else(bad)?;
    Ok(names
        .chunks(20)
        .filter_map(|name| Oid::from_bytes(name).ok())
        .collect())
}

/// What a writer that died left half-written among the loose objects.
fn drafts(objects: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let (mut all, folders): (Vec<PathBuf>, Vec<PathBuf>) = entries_of(objects)?
        .into_iter()
        .partition(|path| path.is_file());
    let is_loose = |folder: &&PathBuf| folder.file_name().is_some_and(|name| name.len() == 2);
    for folder in folders.iter().filter(is_loose) {
        all.extend(entries_of(folder)?);
    }
    all.retain(|path| name_begins(path, "tmp_"));
    Ok(all)
}

fn remove(path: &Path) -> Result<(), StoreError> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(StoreError::disk(path)),
    }
}
