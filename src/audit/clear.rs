//! Removing the trail's files.

use super::files::{days, failed, path_of};
use super::{Cleared, TrailError};
use crate::files;
use crate::model::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};

/// Removes each plain file that is called by a day, and sets aside what else is called so.
pub(super) fn remove_all(folder: &Path, now: Timestamp) -> Result<Cleared, TrailError> {
    let mut cleared = Cleared::default();
    for day in days(folder)? {
        let path = path_of(folder, &day);
        let found = fs::symlink_metadata(&path).map_err(failed(&path))?;
        if !found.is_file() {
            cleared.set_aside.push(set_aside(&path, now)?);
            continue;
        }
        fs::remove_file(&path).map_err(failed(&path))?;
        cleared.deleted += 1;
    }
    if cleared != Cleared::default() {
        files::sync(folder).map_err(failed(folder))?;
    }
    Ok(cleared)
}

/// Removes the plain files of the days before one. What else is called by a day stays.
pub(super) fn remove_before(folder: &Path, first: &str) -> Result<(), TrailError> {
    for day in days(folder)? {
        let path = path_of(folder, &day);
        let is_file = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
        if is_file && day.as_str() < first {
            fs::remove_file(&path).map_err(failed(&path))?;
        }
    }
    Ok(())
}

/// Gives what is no plain file another name. It is neither opened nor followed.
fn set_aside(path: &Path, now: Timestamp) -> Result<PathBuf, TrailError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let when = now.utc().format("%Y%m%dT%H%M%S%3fZ");
    let mut aside = path.with_file_name(format!("{name}.corrupted-{when}"));
    let mut number = 1;
    while fs::symlink_metadata(&aside).is_ok() {
        number += 1;
        aside = path.with_file_name(format!("{name}.corrupted-{when}-{number}"));
    }
    fs::rename(path, &aside).map_err(failed(path))?;
    Ok(aside)
}
