//! The folders in which texts are written in an editor. A session that is killed meanwhile leaves
//! its folder behind, without the lock that a living one holds.

use super::WorkError;
use crate::bounded;
use crate::home::Home;
use crate::locked::{Locked, is_held};
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const LOCK: &str = "lock";

/// A folder that only the user may enter, and that goes with this.
pub struct EditorFolder {
    folder: TempDir,
    _lock: Locked,
}

impl EditorFolder {
    /// Makes one in the home.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn in_home(home: &Path) -> io::Result<Self> {
        Self::new(&Home::at(home).drafts())
    }

    /// Makes one in a folder in memory, for what must not rest on a disk. What dead sessions left
    /// there goes.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn in_memory(memory: &Path) -> io::Result<Self> {
        let place = place_in_memory(memory);
        remove_dead(&place)?;
        Self::new(&place)
    }

    fn new(place: &Path) -> io::Result<Self> {
        if !bounded::has_folder(place)? {
            fs::create_dir_all(place)?;
        }
        let folder = tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(place)?;
        let lock = File::create(folder.path().join(LOCK))?;
        Ok(Self {
            folder,
            _lock: Locked::wait(lock)?,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn place_in_memory(memory: &Path) -> PathBuf {
    memory.join("drafts")
}

/// Removes the drafts that dead sessions left in the home, and in folders in memory.
pub(super) fn forget_dead(home: &Path, memory: &[PathBuf]) -> Result<(), WorkError> {
    let mut places = vec![Home::at(home).drafts()];
    places.extend(memory.iter().map(|folder| place_in_memory(folder)));
    for place in places {
        remove_dead(&place).map_err(|source| WorkError::Disk {
            path: place,
            source,
        })?;
    }
    Ok(())
}

fn remove_dead(place: &Path) -> io::Result<()> {
    if !bounded::has_folder(place)? {
        return Ok(());
    }
    for draft in fs::read_dir(place)? {
        let draft = draft?;
        if !draft.file_type()?.is_dir() {
            continue;
        }
        let folder = draft.path();
        let is_dead = match bounded::open(&folder.join(LOCK)) {
            Ok(lock) => !is_held(lock)?,
            Err(error) if error.kind() == ErrorKind::NotFound => true,
            Err(error) => return Err(error),
        };
        if is_dead {
            fs::remove_dir_all(&folder)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_sessions_draft_goes_and_a_living_ones_stays() {
        let home = tempfile::tempdir().unwrap();
        let memory = home.path().join("memory");
        let living = EditorFolder::in_home(home.path()).unwrap();
        let in_memory = EditorFolder::in_memory(&memory).unwrap();
        let dead = [Home::at(home.path()).drafts(), place_in_memory(&memory)].map(|place| {
            let dead = place.join("dead");
            fs::create_dir(&dead).unwrap();
            fs::write(dead.join(LOCK), "").unwrap();
            fs::write(dead.join("message.md"), "the secret").unwrap();
            dead
        });
        forget_dead(home.path(), &[memory]).unwrap();
        assert!(living.path().exists() && in_memory.path().exists());
        assert!(!dead.iter().any(|dead| dead.exists()));
        assert_eq!(
            fs::metadata(living.path()).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    /// A link in the folder's place would have us clear out a folder that is not ours.
    #[test]
    fn nothing_is_removed_through_a_link() {
        let home = tempfile::tempdir().unwrap();
        let others = home.path().join("documents");
        fs::create_dir_all(others.join("thesis")).unwrap();
        let place = Home::at(home.path()).drafts();
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&others, &place).unwrap();
        assert!(remove_dead(&place).is_err());
        assert!(EditorFolder::in_home(home.path()).is_err());
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        std::os::unix::fs::symlink(&others, place.join("draft")).unwrap();
        remove_dead(&place).unwrap();
        assert!(others.join("thesis").exists());
    }
}
