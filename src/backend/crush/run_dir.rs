//! The directories of one run: private, empty, and gone afterwards.
//!
//! Crush sends to the model what it finds where it runs (`AGENTS.md`, a listing, git's state), so
//! it runs in an empty directory; and two runs on one data directory get into each other's way, so
//! each has its own. A run that was killed leaves its directory; the next run sees that nobody
//! holds its lock and removes it.

use crate::bounded;
use crate::locked::{Locked, is_held};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The directories of one run; removed when dropped.
#[derive(Debug)]
pub(super) struct RunDir {
    root: PathBuf,
    /// Held while the run lives.
    _lock: Locked,
}

impl RunDir {
    /// Makes the directories of a new run under `private`, and removes those of dead ones.
    pub(super) fn open(private: &Path) -> io::Result<RunDir> {
        if !bounded::has_folder(private)? {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(private)?;
        }
        // Held only here, so that nobody takes a directory without its lock yet for a dead one.
        let _door = close_door(private)?;
        sweep(private)?;
        let mut number = 0_u32;
        let root = loop {
            let root = private.join(format!("run-{number}"));
            match DirBuilder::new().mode(0o700).create(&root) {
                Ok(()) => break root,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        };
        let lock = bounded::open_lock(&root.join("lock"))?;
        let run_dir = RunDir {
            root: root.canonicalize()?,
            _lock: Locked::wait(lock)?,
        };
        for directory in [run_dir.here(), run_dir.data()] {
            DirBuilder::new().mode(0o700).create(directory)?;
        }
        Ok(run_dir)
    }

    /// Where Crush runs.
    pub(super) fn here(&self) -> PathBuf {
        self.root.join("cwd")
    }

    /// Crush's data directory.
    pub(super) fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// What stands in for the user's global data directory in a sandbox.
    pub(super) fn share(&self) -> PathBuf {
        self.root.join("share")
    }

    /// Whether Crush left the file it leaves when it panics; before 0.7.2 it exits with 0 all the
    /// same.
    pub(super) fn saw_a_panic(&self) -> bool {
        let entries = fs::read_dir(self.here()).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.file_name())
            .any(|name| name.as_encoded_bytes().starts_with(b"crush-panic-"))
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        // What can't be removed now is removed by the next run.
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// Where, in a folder in memory, the directories of runs lie that must not rest on a disk.
pub fn runs_in_memory(memory: &Path) -> PathBuf {
    memory.join("crush")
}

/// Removes the directories of dead runs, and what they hold of a conversation.
///
/// # Errors
/// If the folder can't be locked or listed. A directory that can't be removed is left for the next
/// time.
pub fn remove_dead_runs(private: &Path) -> io::Result<()> {
    if !bounded::has_folder(private)? {
        return Ok(());
    }
    let _door = close_door(private)?;
    sweep(private)
}

fn close_door(private: &Path) -> io::Result<Locked> {
    Locked::wait(bounded::open_lock(&private.join("lock"))?)
}

fn sweep(private: &Path) -> io::Result<()> {
    for entry in fs::read_dir(private)?.flatten() {
        if !entry.file_name().as_encoded_bytes().starts_with(b"run-") {
            continue;
        }
        let lock = bounded::open(&entry.path().join("lock"));
        let is_alive = lock.is_ok_and(|lock| is_held(lock).unwrap_or(true));
        if !is_alive {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn run_dirs_are_private_apart_and_gone_afterwards() {
        let home = tempfile::tempdir().unwrap();
        let private = home.path().join("crush");
        let (one, two) = (
            RunDir::open(&private).unwrap(),
            RunDir::open(&private).unwrap(),
        );
        assert_ne!(one.here(), two.here());
        for directory in [one.here(), one.data(), two.here()] {
            assert_eq!(
                fs::metadata(&directory).unwrap().permissions().mode() & 0o777,
                0o700
            );
            assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
        }
        let (first, second) = (one.here(), two.here());
        drop(one);
        assert!(!first.parent().unwrap().exists() && second.exists());
    }

    #[test]
    fn nothing_is_written_or_removed_through_a_link() {
        let home = tempfile::tempdir().unwrap();
        let [private, words, others] =
            ["crush", "identity.json", "documents"].map(|name| home.path().join(name));
        fs::write(&words, "the words").unwrap();
        fs::create_dir(&private).unwrap();
        std::os::unix::fs::symlink(&words, private.join("lock")).unwrap();
        assert!(RunDir::open(&private).is_err() && remove_dead_runs(&private).is_err());
        assert_eq!(fs::read_to_string(&words).unwrap(), "the words");
        fs::remove_dir_all(&private).unwrap();
        fs::create_dir_all(others.join("run-1")).unwrap();
        std::os::unix::fs::symlink(&others, &private).unwrap();
        assert!(RunDir::open(&private).is_err() && remove_dead_runs(&private).is_err());
        assert!(others.join("run-1").exists());
    }

    #[test]
    fn the_directory_of_a_killed_run_is_swept_and_a_live_one_is_not() {
        let home = tempfile::tempdir().unwrap();
        let private = home.path().join("crush");
        let live = RunDir::open(&private).unwrap();
        let dead = private.join("run-7");
        fs::create_dir_all(dead.join("data")).unwrap();
        fs::write(dead.join("lock"), "").unwrap();
        let _next = RunDir::open(&private).unwrap();
        assert!(!dead.exists() && live.here().exists());
    }
}
