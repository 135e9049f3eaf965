//! Files that are written whole or not at all: beside their place, synced, and only then given
//! their name. Whoever reads meanwhile, and whoever comes after a power cut, finds the old file or
//! the new one.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Who may read a file that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner alone.
    Owner,
    /// Whoever the umask lets, as with any file that a user makes.
    AsUmask,
}

/// What becomes of a file that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It gives way.
    Replace,
    /// It stays, and the new one is refused with the error `AlreadyExists`.
    Keep,
}

/// A file on its way to its place. It is removed unless it is kept.
pub struct NewFile {
    file: NamedTempFile,
    place: PathBuf,
}

impl NewFile {
    /// Begins a file beside its place. Its name begins with `prefix` until it gets its own: by that
    /// is known what a writer that died left behind.
    ///
    /// # Errors
    ///
    /// If nothing can be made in the folder.
    pub fn beside(place: &Path, prefix: &str, readers: Readers) -> io::Result<Self> {
        let mode = match readers {
            Readers::Owner => 0o600,
            Readers::AsUmask => 0o666,
        };
        let file = tempfile::Builder::new()
            .prefix(prefix)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder_of(place))?;
        Ok(Self {
            file,
            place: place.to_owned(),
        })
    }

    /// Where it is as long as it has no name of its own.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Brings it to disk and gives it its name. The name itself outlasts a power cut once its
    /// folder is [synced](sync).
    ///
    /// # Errors
    ///
    /// If the disk refuses, or if another file is to keep that name. It is gone then.
    pub fn keep(self, existing: Existing) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        let kept = match existing {
            Existing::Replace => self.file.persist(&self.place),
            Existing::Keep => self.file.persist_noclobber(&self.place),
        };
        kept.map(drop).map_err(|refused| refused.error)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Puts a file in the place of the one that is there, or where there is none. When this returns, it
/// is on disk with its name. Until then its name begins with `prefix`.
///
/// # Errors
///
/// If the disk refuses. What was there is there still.
pub fn replace(place: &Path, prefix: &str, readers: Readers, bytes: &[u8]) -> io::Result<()> {
    let mut file = NewFile::beside(place, prefix, readers)?;
    file.write_all(bytes)?;
    file.keep(Existing::Replace)?;
    sync(folder_of(place))
}

/// Makes a file, or what was put into a folder or renamed in it, outlast a power cut.
///
/// # Errors
///
/// If it can't be opened, or if the disk refuses.
pub fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The folder in which a file lies.
pub fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    fn mode_of(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_takes_the_place_of_another_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("file");
        for text in ["one", "another"] {
            replace(&place, ".new-", Readers::Owner, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&place).unwrap(), text);
        }
        assert_eq!(names_in(folder.path()), ["file"]);
        assert_eq!(mode_of(&place), 0o600);
    }

    #[test]
    fn the_umask_decides_where_it_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        replace(&ours, ".new-", Readers::AsUmask, b"text").unwrap();
        fs::write(&plain, "text").unwrap();
        assert_eq!(mode_of(&ours), mode_of(&plain));
    }

    #[test]
    fn a_file_that_is_to_stay_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("file");
        fs::write(&place, "there").unwrap();
        let mut file = NewFile::beside(&place, ".new-", Readers::Owner).unwrap();
        file.write_all(b"new").unwrap();
        let refused = file.keep(Existing::Keep).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&place).unwrap(), "there");
        assert_eq!(names_in(folder.path()), ["file"]);
    }

    /// Not even a link that leads nowhere: whoever put it there would say where the file goes.
    #[test]
    fn a_link_is_replaced_and_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (place, target) = (folder.path().join("link"), folder.path().join("target"));
        std::os::unix::fs::symlink(&target, &place).unwrap();
        let file = NewFile::beside(&place, ".new-", Readers::Owner).unwrap();
        let refused = file.keep(Existing::Keep).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        replace(&place, ".new-", Readers::Owner, b"text").unwrap();
        assert!(fs::symlink_metadata(&place).unwrap().is_file());
        assert!(!target.exists());
    }

    /// Half a file never has the name.
    #[test]
    fn a_file_that_is_not_kept_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("file");
        let mut file = NewFile::beside(&place, ".new-", Readers::Owner).unwrap();
        file.write_all(b"half of i").unwrap();
        assert!(names_in(folder.path())[0].starts_with(".new-"));
        drop(file);
        assert!(names_in(folder.path()).is_empty());
    }
}
