//! The folders in which texts are written in an editor. A session that is killed meanwhile leaves
//! its folder behind, without the lock that a living one holds.

use super::WorkError;
use crate::bounded;
use crate::home::Home;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const LOCK: &str = "lock";

/// A folder that only the user may enter, and that goes with this.
pub struct DraftFolder {
    folder: TempDir,
    _lock: File,
}

impl DraftFolder {
    /// Makes one.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn new(home: &Path) -> io::Result<Self> {
        let place = place_in(home);
        if !bounded::has_folder(&place)? {
            fs::create_dir_all(&place)?;
        }
        let folder = tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&place)?;
        let lock = File::create(folder.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn place_in(home: &Path) -> PathBuf {
    Home::at(home).drafts()
}

/// Removes the drafts that dead sessions left.
pub(super) fn forget_dead(home: &Path) -> Result<(), WorkError> {
    let place = place_in(home);
    remove_dead(&place).map_err(|source| WorkError::Disk {
        path: place,
        source,
    })
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
            Ok(lock) => lock.try_lock().is_ok(),
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
        let living = DraftFolder::new(home.path()).unwrap();
        let dead = place_in(home.path()).join("dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        fs::write(dead.join("message.md"), "the secret").unwrap();
        remove_dead(&place_in(home.path())).unwrap();
        assert!(living.path().exists() && !dead.exists());
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
        let place = place_in(home.path());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&others, &place).unwrap();
        assert!(remove_dead(&place).is_err());
        assert!(DraftFolder::new(home.path()).is_err());
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        std::os::unix::fs::symlink(&others, place.join("draft")).unwrap();
        remove_dead(&place).unwrap();
        assert!(others.join("thesis").exists());
    }
}
