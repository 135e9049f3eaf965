//! Packing: libgit2 writes a file an object and never tidies up.

use crate::model::crash_point;
use crate::store::disk::sync;
use crate::store::lock::RepositoryLock;
use crate::store::{Store, StoreError};
use git2::Oid;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// As git counts for `gc --auto`: the objects of one folder of 256 stand for all.
const SAMPLE: &str = "17";
const PACK_FROM: usize = 6_700;

impl Store {
    /// Whether there are so many loose objects that packing pays. Reads one folder.
    pub fn wants_packing(&self) -> bool {
        let sample = fs::read_dir(self.path().join("objects").join(SAMPLE));
        sample.is_ok_and(|entries| entries.count() * 256 > PACK_FROM)
    }

    /// Puts all loose objects into one pack; returns how many. What a reader or writer in another
    /// process holds stays valid: an object is removed only once the pack that holds it is on disk.
    ///
    /// # Errors
    ///
    /// If an object can't be read, or if the disk refuses. No object is lost then.
    pub fn pack(&self) -> Result<usize, StoreError> {
        // What is being erased must not be packed anew.
        let _lock = RepositoryLock::wait_to_tidy(self.home())?;
        let objects = self.path().join("objects");
        let loose = loose_objects(&objects).map_err(StoreError::disk(&objects))?;
        if loose.is_empty() {
            return Ok(0);
        }
        self.write_pack(loose.iter().map(|(id, _)| *id))?;
        crash_point!("pack-written");
        for (_, path) in &loose {
            match fs::remove_file(path) {
                // Another process packs too.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                removed => removed.map_err(StoreError::disk(path))?,
            }
            crash_point!("pack-one-removed");
        }
        Ok(loose.len())
    }

    /// Brings objects to disk in a pack of their own, and returns its name.
    pub(in crate::store) fn write_pack(
        &self,
        objects: impl IntoIterator<Item = Oid>,
    ) -> Result<String, StoreError> {
        let folder = self.path().join("objects/pack");
        let name = self
            .write_pack_into(&folder, objects)
            .map_err(|e| self.git(e))?;
        for ending in ["pack", "idx"] {
            sync(&folder.join(format!("{name}.{ending}")))?;
        }
        sync(&folder)?;
        Ok(name)
    }

    fn write_pack_into(
        &self,
        folder: &Path,
        objects: impl IntoIterator<Item = Oid>,
    ) -> Result<String, git2::Error> {
        let mut builder = self.repo.packbuilder()?;
        for id in objects {
            builder.insert_object(id, None)?;
        }
        builder.write(folder, 0o444)?;
        Ok(format!("pack-{}", builder.name()?.unwrap_or_default()))
    }
}

/// The objects that lie in a file each.
pub(in crate::store) fn loose_objects(objects: &Path) -> std::io::Result<Vec<(Oid, PathBuf)>> {
    let mut found = Vec::new();
    for folder in fs::read_dir(objects)? {
        let folder = folder?;
        let prefix = folder.file_name().to_string_lossy().into_owned();
        if prefix.len() != 2 || !folder.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder.path())? {
            let file = file?;
            let name = format!("{prefix}{}", file.file_name().to_string_lossy());
            if let (40, Ok(id)) = (name.len(), Oid::from_str(&name)) {
                found.push((id, file.path()));
            }
        }
    }
    Ok(found)
}
