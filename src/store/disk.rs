//! Files and folders of the home. What is not there holds nothing; what can't be read might hold
//! anything.

use super::StoreError;
use crate::{bounded, files};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What lies in a folder of our own; nothing, if it is not there.
pub(super) fn entries_of(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    if !bounded::has_folder(folder).map_err(StoreError::disk(folder))? {
        return Ok(Vec::new());
    }
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(StoreError::disk(folder))?,
    };
    entries
        .map(|entry| Ok(entry.map_err(StoreError::disk(folder))?.path()))
        .collect()
}

/// A file's bytes, if it is there.
pub(super) fn bytes_of(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match bounded::read_plain(path, bounded::MANY_LINES) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(StoreError::disk(path)),
    }
}

/// Whether a path's last part begins so.
pub(super) fn name_begins(path: &Path, start: &str) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(start))
}

/// Makes a file, or what was put into a folder or renamed in it, outlast a power cut.
pub(super) fn sync(path: &Path) -> Result<(), StoreError> {
    files::sync(path).map_err(StoreError::disk(path))
}
