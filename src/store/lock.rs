//! The locks that keep two processes from writing the repository at once. The system lets go of
//! them when their process dies, so they are never left behind.

use super::StoreError;
use crate::bounded;
use crate::home::Home;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A lock that is held. Who needs both takes the one on tidying first.
pub(super) struct RepositoryLock(#[expect(dead_code, reason = "held for its lock")] File);

impl RepositoryLock {
    /// Waits for the lock that is held for milliseconds around a save.
    pub(super) fn wait(home: Home<'_>) -> Result<Self, StoreError> {
        Self::wait_for(home.saving_lock())
    }

    /// Waits until nobody tidies. Any number may write ahead of a save at once; nobody tidies
    /// meanwhile.
    pub(super) fn wait_to_write_ahead(home: Home<'_>) -> Result<Self, StoreError> {
        let path = home.tidying_lock();
        let file = open(&path)?;
        file.lock_shared().map_err(StoreError::disk(&path))?;
        Ok(Self(file))
    }

    /// Waits for the lock of who moves objects about without changing a branch; saves go on
    /// meanwhile.
    pub(super) fn wait_to_tidy(home: Home<'_>) -> Result<Self, StoreError> {
        Self::wait_for(home.tidying_lock())
    }

    /// Whether somebody is tidying.
    pub(super) fn is_tidying(home: Home<'_>) -> Result<bool, StoreError> {
        Ok(open(&home.tidying_lock())?.try_lock().is_err())
    }

    fn wait_for(path: PathBuf) -> Result<Self, StoreError> {
        let file = open(&path)?;
        file.lock().map_err(StoreError::disk(&path))?;
        Ok(Self(file))
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    bounded::open_lock(path).map_err(StoreError::disk(path))
}
