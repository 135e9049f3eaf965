//! The journals that lie in the home, and which of them a dead session left.

use crate::bounded;
use crate::locked::Locked;
use crate::store::StoreError;
use crate::store::disk::entries_of;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The journals in the folder, of the living and the dead.
pub(in crate::store) fn all(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = entries_of(folder)?;
    found.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "ndjson")
    });
    found.sort();
    Ok(found)
}

/// A journal that a dead session left. Nobody else takes it up as long as this lives.
pub(in crate::store) struct Abandoned {
    pub path: PathBuf,
    _locked: Locked,
}

/// What nobody holds of what is called like a journal.
#[derive(Default)]
pub(in crate::store) struct Leftover {
    /// The journals of dead sessions.
    pub abandoned: Vec<Abandoned>,
    /// Pipes, folders, links to nothing: no session ever made one.
    pub no_files: Vec<PathBuf>,
}

/// Those of the dead sessions, and what is no file.
pub(in crate::store) fn leftover(journals: Vec<PathBuf>) -> Result<Leftover, StoreError> {
    let mut found = Leftover::default();
    for path in journals {
        if is_no_file(&path) {
            found.no_files.push(path);
            continue;
        }
        let file = match bounded::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(StoreError::disk(&path)(error)),
        };
        if let Some(locked) = if_abandoned(file, &path) {
            found.abandoned.push(Abandoned {
                path,
                _locked: locked,
            });
        }
    }
    Ok(found)
}

/// Whether something is there, and is neither a file nor a link to one.
fn is_no_file(path: &Path) -> bool {
    let is_there = fs::symlink_metadata(path).is_ok();
    match fs::metadata(path) {
        Ok(found) => !found.is_file(),
        Err(error) => is_there && error.kind() == io::ErrorKind::NotFound,
    }
}

/// An open file that nobody holds, which is locked then. Another process may have recovered it and
/// removed it since it was opened.
fn if_abandoned(file: File, path: &Path) -> Option<Locked> {
    let locked = Locked::at_once(file).ok()?;
    is_still_at(&locked, path).then_some(locked)
}

/// Whether a path leads to an open file, by no link.
pub(super) fn is_still_at(file: &File, path: &Path) -> bool {
    let identity = |found: fs::Metadata| (found.dev(), found.ino());
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(here), Ok(there)) => identity(here) == identity(there),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_process_recovered_meanwhile_is_not_abandoned() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("thread_1.0.ndjson");
        fs::write(&path, "one").unwrap();
        let file = File::open(&path).unwrap();
        let copy = || file.try_clone().unwrap();
        assert!(if_abandoned(copy(), &path).is_some());

        // Kept under another name, so that its number is not given to the next file.
        fs::rename(&path, folder.path().join("other")).unwrap();
        assert!(if_abandoned(copy(), &path).is_none());
        fs::write(&path, "another session's").unwrap();
        assert!(if_abandoned(copy(), &path).is_none());
    }
}
