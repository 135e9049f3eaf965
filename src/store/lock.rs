//! The locks that keep two processes from writing the repository at once. The system lets go of
//! them when their process dies, so they are never left behind.

use super::StoreError;
use crate::bounded;
use crate::home::Home;
use crate::locked::{Locked, is_held};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// A lock that is held. Who needs both takes the one on tidying first.
pub(super) struct RepositoryLock(#[expect(dead_code, reason = "held for its lock")] Locked);

impl RepositoryLock {
    /// Waits for the lock that is held for milliseconds around a save.
    pub(super) fn wait(home: Home<'_>) -> Result<Self, StoreError> {
        Self::wait_for(home.saving_lock())
    }

    /// Waits until nobody tidies. Any number may write ahead of a save at once; nobody tidies
    /// meanwhile.
    pub(super) fn wait_to_write_ahead(home: Home<'_>) -> Result<Self, StoreError> {
        let path = home.tidying_lock();
        let locked = Locked::wait_shared(open(&path)?);
        locked.map(Self).map_err(StoreError::disk(&path))
    }

    /// Waits for the lock of who moves objects about without changing a branch; saves go on
    /// meanwhile.
    pub(super) fn wait_to_tidy(home: Home<'_>) -> Result<Self, StoreError> {
        Self::wait_for(home.tidying_lock())
    }

    /// Waits until no other process fetches and pushes. Who takes this lock takes it before all
    /// others.
    pub(super) fn wait_to_sync(home: Home<'_>, waits: impl FnOnce()) -> Result<Self, StoreError> {
        let path = home.syncing_lock();
        match Locked::at_once(open(&path)?) {
            Ok(locked) => return Ok(Self(locked)),
            Err(TryLockError::WouldBlock) => waits(),
            Err(TryLockError::Error(source)) => return Err(StoreError::Disk { path, source }),
        }
        Self::wait_for(path)
    }

    /// Whether somebody is tidying.
    pub(super) fn is_tidying(home: Home<'_>) -> Result<bool, StoreError> {
        let path = home.tidying_lock();
        is_held(open(&path)?).map_err(StoreError::disk(&path))
    }

    fn wait_for(path: PathBuf) -> Result<Self, StoreError> {
        let locked = Locked::wait(open(&path)?);
        locked.map(Self).map_err(StoreError::disk(&path))
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    bounded::open_lock(path).map_err(StoreError::disk(path))
}
