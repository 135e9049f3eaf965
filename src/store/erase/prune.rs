//! Removing what nothing in the repository leads to any more: after an erasure that is the thread's
//! text, in every version a session ever saved. Both locks are held, and nothing but mmogit may
//! write meanwhile.

use crate::bounded;
use crate::model::{PublicKey, crash_point};
use crate::store::disk::{entries_of, name_begins, sync};
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

/// An object from which others are reached.
struct Start {
    id: Oid,
    /// It was only remembered, or never came along.
    may_be_gone: bool,
}

impl Start {
    /// One that must be there.
    fn sure(id: Oid) -> Self {
        Self {
            id,
            may_be_gone: false,
        }
    }
}

impl Store {
    /// Removes every object that no reference reaches; returns how many. A pack that holds some
    /// gives way to one that doesn't, which is on disk before the old one goes.
    pub(in crate::store) fn prune(&self, owner: &PublicKey) -> Result<usize, StoreError> {
        let objects = self.path().join("objects");
        for folder in [&objects, &objects.join("pack")] {
            bounded::has_folder(folder).map_err(StoreError::disk(folder))?;
        }
        // All of it is looked at before anything is removed.
        let loose = loose_objects(&objects).map_err(StoreError::disk(&objects))?;
        let found = packs(&objects.join("pack")).map_err(StoreError::disk(&objects))?;
        let drafts = drafts(&objects)?;
        let reachable = self.reachable(owner)?;

        let mut dirty = found.packs;
        dirty.retain(|pack| pack.objects.iter().any(|id| !reachable.contains(id)));
        let in_dirty: HashSet<Oid> = dirty
            .iter()
            .flat_map(|pack| &pack.objects)
            .copied()
            .collect();
        let kept: Vec<Oid> = in_dirty.intersection(&reachable).copied().collect();
        let new = match kept.is_empty() {
            true => None,
            false => Some(self.write_pack(kept)?),
        };
        crash_point!("prune-packed");

        for name in DERIVED {
            remove(&objects.join(name))?;
        }
        for pack in dirty.iter().filter(|pack| Some(&pack.stem) != new.as_ref()) {
            remove_pack(&objects, pack)?;
        }
        for path in found.rubbish.into_iter().chain(drafts) {
            remove(&path)?;
        }
        let mut removed: HashSet<Oid> = in_dirty.difference(&reachable).copied().collect();
        removed.extend(remove_unreached(&objects, loose, &reachable)?);
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
        let mut from = Vec::new();
        for root in self.roots(owner)? {
            from.extend(root.ids.into_iter().map(|id| Start {
                id,
                may_be_gone: root.may_be_gone,
            }));
        }
        from.extend(self.tip(owner)?.map(|CommitId(id)| Start::sure(id)));
        // Of a branch that lacks what it had, that is all that is left.
        for author in self.remembered_authors()? {
            from.extend(self.remembered_tip(&author)?.map(|id| Start {
                id,
                may_be_gone: true,
            }));
        }
        self.reached_from(from).map_err(|e| self.git(e))
    }

    /// If one is gone of which all must be there, nobody knows what it leads to.
    fn reached_from(&self, mut waiting: Vec<Start>) -> Result<HashSet<Oid>, ObjectError> {
        let all = self.repo.odb()?;
        // A shallow clone lacks parents, which can't be removed either.
        let is_shallow = self.repo.is_shallow();
        let mut reached = HashSet::new();
        while let Some(Start { id, may_be_gone }) = waiting.pop() {
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
                    waiting.push(Start::sure(commit.tree_id()));
                    waiting.extend(commit.parent_ids().map(|id| Start {
                        id,
                        may_be_gone: is_shallow,
                    }));
                }
                ObjectType::Tree => {
                    for entry in objects::folder(&self.repo, id)?.iter() {
                        match entry.kind() {
                            Some(ObjectType::Tree) => waiting.push(Start::sure(entry.id())),
                            Some(ObjectType::Blob) => {
                                reached.insert(entry.id());
                            }
                            _ => {}
                        }
                    }
                }
                ObjectType::Tag => {
                    let target = objects::target_of_tag(&self.repo, id)?;
                    waiting.push(Start::sure(target));
                }
                _ => {}
            }
        }
        Ok(reached)
    }
}

/// The text first: an index without its pack holds none, and is rubbish the next time.
fn remove_pack(objects: &Path, pack: &Pack) -> Result<(), StoreError> {
    for ending in ["pack", "idx", "rev", "bitmap", "keep", "mtimes"] {
        remove(&objects.join(format!("pack/{}.{ending}", pack.stem)))?;
        crash_point!("prune-pack-removed");
    }
    Ok(())
}

/// Removes the loose objects that are not reached, and makes that, and what went from the packs'
/// folder before, outlast a power cut.
fn remove_unreached(
    objects: &Path,
    loose: Vec<(Oid, PathBuf)>,
    reachable: &HashSet<Oid>,
) -> Result<Vec<Oid>, StoreError> {
    let (mut ids, mut paths) = (Vec::new(), Vec::new());
    for (id, path) in loose {
        if !reachable.contains(&id) {
            ids.push(id);
            paths.push(path);
        }
    }
    // Each removal waits for the disk, so they wait together.
    paths.par_iter().try_for_each(|path| {
        crash_point!("prune-one-removed");
        remove(path)
    })?;
    let pack_folder = objects.join("pack");
    let mut folders: HashSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
    folders.insert(&pack_folder);
    folders.par_iter().try_for_each(|folder| sync(folder))?;
    Ok(ids)
}

/// What lies in the packs' folder.
#[derive(Default)]
struct PackFolder {
    packs: Vec<Pack>,
    /// The files that belong to no pack.
    rubbish: Vec<PathBuf>,
}

fn packs(folder: &Path) -> io::Result<PackFolder> {
    let mut found = PackFolder::default();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_whole = path.with_extension("pack").exists() && path.with_extension("idx").exists();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_named = path.extension().is_some() && stem.starts_with("pack-");
        if is_named && is_whole {
            if path.extension().is_some_and(|ending| ending == "idx") {
                found.packs.push(Pack {
                    objects: objects_in(&fs::read(&path)?)?,
                    stem: stem.into_owned(),
                });
            }
        } else if path
            .file_name()
            .is_none_or(|name| name != "multi-pack-index")
        {
            found.rubbish.push(path);
        }
    }
    Ok(found)
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

/// What a writer that died left half-written among the loose objects: files of its own, and the
/// folders in which git sets apart what a push or a fetch brings.
fn drafts(objects: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut drafts = Vec::new();
    for path in entries_of(objects)? {
        if name_begins(&path, "tmp_") || name_begins(&path, "incoming-") {
            drafts.push(path);
            continue;
        }
        let is_of_loose_objects = path.file_name().is_some_and(|name| name.len() == 2);
        if is_of_loose_objects && path.is_dir() {
            let inner = entries_of(&path)?.into_iter();
            drafts.extend(inner.filter(|path| name_begins(path, "tmp_")));
        }
    }
    Ok(drafts)
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
