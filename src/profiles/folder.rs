//! Whether a folder or a file is the user's alone. In one that others can write, or that a link
//! leads to, somebody else says what is found.

use super::{NotPrivate, ProfilesError};
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Sees to it that a folder is one of its own, and the user's alone.
pub(super) fn check(folder: &Path) -> Result<(), ProfilesError> {
    let found = look_at(folder)?;
    let is_kind = found.is_dir();
    refuse(folder, fault_of(&found, is_kind, current_user()))
}

/// The same for a file. Says whether there is one.
pub(super) fn check_file(file: &Path) -> Result<bool, ProfilesError> {
    let found = match look_at(file) {
        Ok(found) => found,
        Err(ProfilesError::Disk { source, .. }) if source.kind() == ErrorKind::NotFound => {
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    let is_kind = found.is_file();
    refuse(file, fault_of(&found, is_kind, current_user()))?;
    Ok(true)
}

fn look_at(path: &Path) -> Result<Metadata, ProfilesError> {
    fs::symlink_metadata(path).map_err(|source| ProfilesError::Disk {
        path: path.to_owned(),
        source,
    })
}

fn current_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn fault_of(found: &Metadata, is_kind: bool, user: u32) -> Option<NotPrivate> {
    let mode = found.mode() & 0o777;
    if found.is_symlink() {
        Some(NotPrivate::Link)
    } else if !is_kind {
        Some(NotPrivate::OtherKind)
    } else if found.uid() != user {
        Some(NotPrivate::OtherUser)
    } else if mode & 0o077 != 0 {
        Some(NotPrivate::Mode(mode))
    } else {
        None
    }
}

fn refuse(path: &Path, fault: Option<NotPrivate>) -> Result<(), ProfilesError> {
    match fault {
        None => Ok(()),
        Some(why) => Err(ProfilesError::NotPrivate {
            path: path.to_owned(),
            why,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn fault(path: &Path, user: u32) -> Option<NotPrivate> {
        let found = fs::symlink_metadata(path).unwrap();
        fault_of(&found, found.is_dir(), user)
    }

    #[test]
    fn a_folder_counts_only_if_it_is_the_users_alone() {
        let user = current_user();
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("ana");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
        assert_eq!(fault(&folder, user), None);
        assert_eq!(fault(&folder, user + 1), Some(NotPrivate::OtherUser));
        for mode in [0o710, 0o701, 0o720, 0o777] {
            fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
            assert_eq!(fault(&folder, user), Some(NotPrivate::Mode(mode)));
        }
        let (link, file) = (outside.path().join("link"), outside.path().join("file"));
        symlink(&folder, &link).unwrap();
        fs::write(&file, "").unwrap();
        assert_eq!(fault(&link, user), Some(NotPrivate::Link));
        assert_eq!(fault(&file, user), Some(NotPrivate::OtherKind));
    }
}
