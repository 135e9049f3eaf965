//! The lock of whoever serves a home. Two servers would each publish half of what is said, and one
//! whose owner took a newer key meanwhile would go on under the older one.

use super::{WorkError, Workspace};
use crate::bounded;
use crate::home::Home;
use crate::locked::Locked;
use std::fs::TryLockError;
use std::io::{self, Read, Write};
use std::path::Path;

/// The lock, as long as the home is served. The system lets go of it however the process ends.
pub struct ServingLock {
    file: Locked,
}

impl Workspace {
    /// Locks the home for a server, or against all servers. Its folder must be there.
    ///
    /// # Errors
    /// If another process has the lock, or the disk refuses.
    pub fn lock_for_serving(&self) -> Result<ServingLock, WorkError> {
        let path = Home::at(self.home()).serving_lock();
        let disk = |source| WorkError::Disk {
            path: path.clone(),
            source,
        };
        let file = bounded::open_lock(&path).map_err(disk)?;
        let file = match Locked::at_once(file) {
            Ok(locked) => locked,
            Err(TryLockError::WouldBlock) => {
                let pid = holder_in(&path);
                return Err(WorkError::Served { pid });
            }
            Err(TryLockError::Error(error)) => return Err(disk(error)),
        };
        let lock = ServingLock { file };
        let holder = format!("{}\n", std::process::id());
        lock.write(&holder).map_err(disk)?;
        Ok(lock)
    }
}

impl ServingLock {
    fn write(&self, text: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        (&*self.file).write_all(text.as_bytes())
    }
}

impl Drop for ServingLock {
    fn drop(&mut self) {
        // A name that stays there is believed by nobody while the lock is free.
        let _ = self.write("");
    }
}

/// Who says in the file that they hold it.
fn holder_in(path: &Path) -> Option<u32> {
    let mut text = String::new();
    let file = bounded::open(path).ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
