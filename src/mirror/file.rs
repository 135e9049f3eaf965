//! The mirror of one buffer.

use super::archive;
use super::{MirrorError, ReadBuffer};
use crate::bounded;
use crate::files::{self, Readers};
use crate::home::Home;
use crate::model::{Mode, Timestamp};
use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The file of one buffer that other programs read.
#[derive(Debug)]
pub struct Mirror {
    home: PathBuf,
    mode: Mode,
    path: PathBuf,
    /// The file as it was written last.
    written: Option<Seen>,
}

/// By what a file is known that nobody else has written to.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl Seen {
    fn of(found: &Metadata) -> Self {
        Self {
            inode: found.ino(),
            size: found.size(),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}

impl Mirror {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The mirror of a mode's buffer in a home; touches nothing yet.
    pub fn of(home: &Path, mode: Mode) -> Self {
        Self {
            home: home.to_owned(),
            mode,
            path: Home::at(home).buffer_file(mode),
            written: None,
        }
    }

    /// The file's bytes as they are, whoever wrote them; none if there is no file.
    ///
    /// # Errors
    /// If it can't be read, is no plain file, or is too large for one.
    pub fn read(&self) -> Result<Option<Vec<u8>>, MirrorError> {
        match bounded::read_no_link(&self.path, bounded::MANY_LINES) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(MirrorError::at(&self.path)(error)),
        }
    }

    /// Writes what the buffer shows. A file that is there and is none of a buffer is set aside
    /// first; its new name is returned.
    ///
    /// # Errors
    /// If the disk refuses. What was there is there still.
    pub fn write(&mut self, text: &str, now: Timestamp) -> Result<Option<PathBuf>, MirrorError> {
        make_folder(files::folder_of(&self.path))?;
        let aside = self.set_aside_if_corrupt(now)?;
        let written = files::replace(&self.path, ".buffer-", Readers::Owner, text.as_bytes());
        written.map_err(MirrorError::at(&self.path))?;
        self.written = self.seen()?;
        Ok(aside)
    }

    /// Removes it: of what is sealed nothing lies readable.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn remove(&mut self, now: Timestamp) -> Result<Option<PathBuf>, MirrorError> {
        let aside = self.set_aside_if_corrupt(now)?;
        self.written = None;
        match fs::remove_file(&self.path) {
            Ok(()) => files::sync(files::folder_of(&self.path))
                .map(|()| aside)
                .map_err(MirrorError::at(&self.path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(aside),
            Err(error) => Err(MirrorError::at(&self.path)(error)),
        }
    }

    /// Keeps, packed, what the buffer showed until now.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn archive(&self, text: &str, now: Timestamp) -> Result<PathBuf, MirrorError> {
        archive::keep(&self.home, self.mode, text, now)
    }

    /// Gives a file that is no buffer another name, rather than write over it.
    ///
    /// # Errors
    /// If it can't be read or renamed.
    pub fn set_aside_if_corrupt(&mut self, now: Timestamp) -> Result<Option<PathBuf>, MirrorError> {
        let seen = self.seen()?;
        if seen.is_none() || seen == self.written {
            return Ok(None);
        }
        let is_buffer = match self.read() {
            Ok(bytes) => bytes.is_some_and(|bytes| ReadBuffer::of(&bytes, self.mode).is_ok()),
            // Neither a link nor a pipe is one of ours, nor is what is too large.
            Err(_) => false,
        };
        if is_buffer {
            return Ok(None);
        }
        let aside = self.unused_name(now)?;
        fs::rename(&self.path, &aside).map_err(MirrorError::at(&self.path))?;
        files::sync(files::folder_of(&self.path)).map_err(MirrorError::at(&self.path))?;
        Ok(Some(aside))
    }

    fn unused_name(&self, now: Timestamp) -> Result<PathBuf, MirrorError> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        archive::unused(&self.path, |number| {
            format!("{name}.corrupted-{}{number}", archive::spelled(now))
        })
    }

    fn seen(&self) -> Result<Option<Seen>, MirrorError> {
        match fs::symlink_metadata(&self.path) {
            Ok(found) => Ok(Some(Seen::of(&found))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(MirrorError::at(&self.path)(error)),
        }
    }
}

/// Makes a folder of the home, if it is not there.
pub(super) fn make_folder(folder: &Path) -> Result<(), MirrorError> {
    if bounded::has_folder(folder).map_err(MirrorError::at(folder))? {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(folder);
    made.map_err(MirrorError::at(folder))?;
    files::sync(files::folder_of(folder)).map_err(MirrorError::at(folder))
}
