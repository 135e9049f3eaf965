//! Files that are open and locked. A lock is let go of by name, not by closing the file: a program
//! that this process begins holds a copy of each open file for a moment, until it becomes itself,
//! and with the copy the lock. Whoever came in that moment would take a dead session for a living one.

use std::fs::{File, TryLockError};
use std::io;
use std::ops::{Deref, DerefMut};

/// An open file with a lock on it (`flock`), which goes when this does.
#[derive(Debug)]
pub struct Locked(File);

impl Locked {
    /// Waits until nobody else has a lock on it.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn wait(file: File) -> io::Result<Self> {
        file.lock()?;
        Ok(Self(file))
    }

    /// Waits until nobody has it for themselves alone; others may share it.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn wait_shared(file: File) -> io::Result<Self> {
        file.lock_shared()?;
        Ok(Self(file))
    }

    /// Takes it if nobody else has a lock on it.
    ///
    /// # Errors
    /// `WouldBlock` if somebody has one; else what the file system says.
    pub fn at_once(file: File) -> Result<Self, TryLockError> {
        file.try_lock()?;
        Ok(Self(file))
    }

    /// Shares it if nobody has it for themselves alone.
    ///
    /// # Errors
    /// `WouldBlock` if somebody has; else what the file system says.
    pub fn at_once_shared(file: File) -> Result<Self, TryLockError> {
        file.try_lock_shared()?;
        Ok(Self(file))
    }
}

impl Deref for Locked {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl DerefMut for Locked {
    fn deref_mut(&mut self) -> &mut File {
        &mut self.0
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Whether somebody has a file for themselves alone.
///
/// # Errors
/// If the file system refuses to say.
pub fn is_held(file: File) -> io::Result<bool> {
    is_held_by_others(Locked::at_once_shared(file))
}

fn is_held_by_others(tried: Result<Locked, TryLockError>) -> io::Result<bool> {
    match tried {
        Ok(_) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn opened(path: &Path) -> File {
        File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .unwrap()
    }

    /// A copy is what a program that is being begun has of each open file.
    #[test]
    fn a_copy_of_the_file_does_not_keep_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let locked = Locked::wait(opened(&path)).unwrap();
        let copy = locked.try_clone().unwrap();
        assert!(is_held(opened(&path)).unwrap());
        let taken = Locked::at_once(opened(&path));
        assert!(matches!(taken, Err(TryLockError::WouldBlock)), "{taken:?}");
        drop(locked);
        assert!(!is_held(opened(&path)).unwrap());
        drop(Locked::at_once(opened(&path)).unwrap());
        drop(copy);
    }

    #[test]
    fn who_only_looks_leaves_no_lock_with_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let looked = opened(&path);
        let copy = looked.try_clone().unwrap();
        assert!(!is_held(looked).unwrap());
        drop(Locked::at_once(opened(&path)).unwrap());
        drop(copy);
    }

    #[test]
    fn a_lock_that_can_not_be_had_is_not_taken_for_held() {
        assert!(is_held_by_others(Err(TryLockError::WouldBlock)).unwrap());
        let refused = io::Error::from(io::ErrorKind::Unsupported);
        assert!(is_held_by_others(Err(TryLockError::Error(refused))).is_err());
    }

    #[test]
    fn several_share_what_nobody_has_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let one = Locked::wait_shared(opened(&path)).unwrap();
        let other = Locked::wait_shared(opened(&path)).unwrap();
        assert!(!is_held(opened(&path)).unwrap());
        drop(one);
        let alone = Locked::at_once(opened(&path));
        assert!(matches!(alone, Err(TryLockError::WouldBlock)), "{alone:?}");
        drop(other);
        drop(Locked::at_once(opened(&path)).unwrap());
    }
}
