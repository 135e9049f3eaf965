//! The journal's file, line by line.

use crate::model::crash_point;
use crate::model::json::Value;
use crate::store::StoreError;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An open journal, to which lines are added. Its lock is held as long as it is open.
pub(super) struct Lines {
    file: File,
    path: PathBuf,
    length: u64,
    /// The file would still be found after a power cut.
    is_in_folder: bool,
}

/// Whoever panicked while they wrote left a line that the next one takes back.
pub(super) fn locked(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lines {
    pub(super) fn of(file: File, path: PathBuf) -> Self {
        Self {
            file,
            path,
            length: 0,
            is_in_folder: false,
        }
    }

    /// Adds a line that is on disk when this returns.
    pub(super) fn append_synced(&mut self, record: &Value) -> Result<(), StoreError> {
        self.write(record, Self::sync)
    }

    /// Adds a line that survives the death of this process.
    pub(super) fn append(&mut self, record: &Value) -> Result<(), StoreError> {
        self.write(record, |_| Ok(()))
    }

    /// All of a line or none of it: what a full disk cut off is taken back, so that the next line
    /// starts clean.
    fn write(
        &mut self,
        record: &Value,
        sync: impl Fn(&mut Self) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let mut line = serde_json::to_vec(record).expect("a record is writable");
        line.push(b'\n');
        crash_point!("journal-torn", self.file.write_all(&line[..line.len() / 2]));
        let written = self.clean_end().and_then(|()| self.file.write_all(&line));
        crash_point!("journal-before-sync");
        if let Err(source) = written.and_then(|()| sync(self)) {
            let _ = self.file.set_len(self.length);
            return Err(StoreError::Disk {
                path: self.path.clone(),
                source,
            });
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// The file first: most file systems then have little left to do for its folder.
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        if !self.is_in_folder {
            File::open(self.path.parent().expect("a journal lies in its folder"))?.sync_all()?;
            self.is_in_folder = true;
        }
        Ok(())
    }

    /// Takes back what an earlier failure left half-written and could not take back itself.
    fn clean_end(&self) -> io::Result<()> {
        if self.file.metadata()?.len() == self.length {
            Ok(())
        } else {
            self.file.set_len(self.length)
        }
    }
}
