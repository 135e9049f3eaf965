//! The journals that lie in the home, and which of them a dead session left.

use crate::bounded;
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
    _locked: File,
}

/// Those of the dead sessions.
pub(in crate::store) fn abandoned(journals: Vec<PathBuf>) -> io::Result<Vec<Abandoned>> {
    let mut found = Vec::new();
    for path in journals {
        let file = match bounded::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if is_abandoned(&file, &path) {
            found.push(Abandoned {
                path,
                _locked: file,
            });
        }
    }
    Ok(found)
}

/// Whether nobody holds an open file, which is locked then. Another process may have recovered it
/// and removed it since it was opened.
fn is_abandoned(file: &File, path: &Path) -> bool {
    file.try_lock().is_ok() && is_still_at(file, path)
}

fn is_still_at(file: &File, path: &Path) -> bool {
    let same = |there: fs::Metadata| file.metadata().is_ok_and(|here| here.ino() == there.ino());
    fs::metadata(path).is_ok_and(same)
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
        assert!(is_abandoned(&file, &path));
        file.unlock().unwrap();

        // Kept under another name, so that its number is not given to the next file.
        fs::rename(&path, folder.path().join("other")).unwrap();
        assert!(!is_abandoned(&file, &path));
        file.unlock().unwrap();
        fs::write(&path, "another session's").unwrap();
        assert!(!is_abandoned(&file, &path));
    }
}
