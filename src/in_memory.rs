//! A folder that lies in memory: what is written there reaches no disk but by swapping, and is gone
//! when the machine is switched off. What a sealed thread's words must pass through as files lies
//! there.
//!
//! It is `mmogit` in the folder that the system keeps for the user's session, or else a folder of
//! the user's own in `/dev/shm`. One that is not the user's alone is left aside: whoever made it
//! could read what comes into it.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The user's folder in memory, made if need be; `None` where there is no such place. `session` is
/// the folder that the system keeps for the user's session, if it names one.
pub fn folder(session: Option<&Path>) -> Option<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let mut places = places(session, user).into_iter();
    places.find(|place| {
        let above = place.parent().expect("each lies in a folder");
        lies_in_memory(above) && make(place).is_ok() && is_private(place, user)
    })
}

/// The user's folders in memory that are there already.
pub fn known_folders(session: Option<&Path>) -> Vec<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let mut known = places(session, user);
    known.retain(|place| is_private(place, user));
    known
}

fn places(session: Option<&Path>, user: u32) -> Vec<PathBuf> {
    // The system's promise: the folder is the user's alone.
    let session = session.filter(|folder| folder.is_absolute() && is_private(folder, user));
    let mut places = Vec::new();
    places.extend(session.map(|folder| folder.join("mmogit")));
    places.push(PathBuf::from(format!("/dev/shm/mmogit-{user}")));
    places
}

fn make(place: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(place) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Whether it is a folder, no link to one, into which only the user may go.
fn is_private(folder: &Path, user: u32) -> bool {
    fs::symlink_metadata(folder)
        .is_ok_and(|found| found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0)
}

#[cfg(target_os = "linux")]
fn lies_in_memory(folder: &Path) -> bool {
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58f6;
    let found = rustix::fs::statfs(folder);
    found.is_ok_and(|found| [TMPFS, RAMFS].contains(&(found.f_type as u64 & 0xffff_ffff)))
}

#[cfg(not(target_os = "linux"))]
fn lies_in_memory(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_folder_is_private_if_nobody_else_may_enter_it() {
        let user = rustix::process::geteuid().as_raw();
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("mmogit");
        make(&place).unwrap();
        make(&place).unwrap();
        assert!(is_private(&place, user));
        assert!(!is_private(&place, user + 1), "another user made it");
        symlink(&place, home.path().join("link")).unwrap();
        assert!(!is_private(&home.path().join("link"), user));
        for mode in [0o710, 0o701, 0o777] {
            fs::set_permissions(&place, Permissions::from_mode(mode)).unwrap();
            assert!(!is_private(&place, user), "{mode:o}");
        }
    }

    #[test]
    fn a_folder_on_a_disk_is_none_in_memory() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(!lies_in_memory(source));
        assert_eq!(
            lies_in_memory(Path::new("/dev/shm")),
            cfg!(target_os = "linux")
        );
        assert!(!lies_in_memory(&source.join("not there")));
    }

    /// Where the session's folder is no good, the user's own in `/dev/shm` is taken.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_sessions_folder_counts_only_if_it_is_the_users_alone() {
        let session = tempfile::tempdir_in("/dev/shm").unwrap();
        fs::set_permissions(session.path(), Permissions::from_mode(0o700)).unwrap();
        let inside = session.path().join("mmogit");
        assert_eq!(folder(Some(session.path())), Some(inside.clone()));
        assert_eq!(known_folders(Some(session.path()))[0], inside);
        fs::set_permissions(session.path(), Permissions::from_mode(0o755)).unwrap();
        let other = folder(Some(session.path())).unwrap();
        assert!(other.to_str().unwrap().starts_with("/dev/shm/mmogit-"));
        assert!(!known_folders(Some(session.path())).contains(&inside));
    }
}
