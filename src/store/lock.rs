//! The lock that keeps two processes from writing the repository at once. The system lets go of it when its
//! process dies, so it is never left behind.

use super::StoreError;
use std::fs::{File, OpenOptions};
use std::path::Path;

/// Held for milliseconds around a save.
pub(super) struct RepositoryLock(#[expect(dead_code, reason = "held for its lock")] File);

impl RepositoryLock {
    /// Waits for the lock.
    pub(super) fn wait(home: &Path) -> Result<Self, StoreError> {
        let path = home.join("lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(StoreError::disk(&path))?;
        file.lock().map_err(StoreError::disk(&path))?;
        Ok(Self(file))
    }
}
