//! The locks that keep two processes from writing the repository at once. The system lets go of
//! them when their process dies, so they are never left behind.

use super::StoreError;
use std::fs::{File, OpenOptions};
use std::path::Path;

/// Held for milliseconds around a save.
const SAVING: &str = "lock";
/// Held by who moves objects about without changing a branch; saves go on meanwhile. Who needs both
/// takes this first.
const TIDYING: &str = "tidy.lock";

/// A lock that is held.
pub(super) struct RepositoryLock(#[expect(dead_code, reason = "held for its lock")] File);

impl RepositoryLock {
    /// Waits for the lock.
    pub(super) fn wait(home: &Path) -> Result<Self, StoreError> {
        Self::wait_for(home, SAVING)
    }

    /// Waits until nobody tidies. Any number may write ahead of a save at once; nobody tidies
    /// meanwhile.
    pub(super) fn wait_to_write_ahead(home: &Path) -> Result<Self, StoreError> {
        let path = home.join(TIDYING);
        let file = open(&path)?;
        file.lock_shared().map_err(StoreError::disk(&path))?;
        Ok(Self(file))
    }

    /// Waits for the lock on tidying.
    pub(super) fn wait_to_tidy(home: &Path) -> Result<Self, StoreError> {
        Self::wait_for(home, TIDYING)
    }

    /// Whether somebody is tidying.
    pub(super) fn is_tidying(home: &Path) -> Result<bool, StoreError> {
        Ok(open(&home.join(TIDYING))?.try_lock().is_err())
    }

    fn wait_for(home: &Path, name: &str) -> Result<Self, StoreError> {
        let path = home.join(name);
        let file = open(&path)?;
        file.lock().map_err(StoreError::disk(&path))?;
        Ok(Self(file))
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path);
    opened.map_err(StoreError::disk(path))
}
