//! The journal's file, line by line.

use super::folder::is_still_at;
use crate::locked::Locked;
use crate::model::json::Value;
use crate::model::{crash_point, fault_point};
use crate::store::StoreError;
use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An open journal, to which lines are added. Its lock is held as long as it is open.
pub(super) struct Lines {
    file: Locked,
    path: PathBuf,
    /// How long it is with all that was accepted.
    length: u64,
    /// How much of it a sync brought to disk.
    synced: u64,
    /// The file would still be found after a power cut.
    is_in_folder: bool,
}

/// Whoever panicked while they wrote left a line that the next one takes back.
pub(super) fn locked(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lines {
    pub(super) fn of(file: Locked, path: PathBuf) -> Self {
        Self {
            file,
            path,
            length: 0,
            synced: 0,
            is_in_folder: false,
        }
    }

    /// Adds a line that is on disk when this returns.
    pub(super) fn append_synced(&mut self, record: &Value) -> Result<(), StoreError> {
        self.write_synced(&line_of(record))
    }

    /// Adds several lines that are on disk when this returns: all of them or none.
    pub(super) fn append_group(&mut self, lines: &[u8]) -> Result<(), StoreError> {
        self.write_synced(lines)
    }

    /// Adds a line that survives the death of this process.
    pub(super) fn append(&mut self, record: &Value) -> Result<(), StoreError> {
        self.write(&line_of(record), |_| Ok(()))
    }

    /// How long it is.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Whether it is where recovery looks for it, with all that was accepted.
    pub(super) fn is_in_place(&self) -> bool {
        let is_whole = |file: Metadata| file.len() == self.length;
        self.file.metadata().is_ok_and(is_whole) && self.is_at_its_path()
    }

    /// Whether its path leads to it, and not to another file or nowhere.
    pub(super) fn is_at_its_path(&self) -> bool {
        is_still_at(&self.file, &self.path)
    }

    /// All of the lines or none of them: what a full disk cut off is taken back, so that the next
    /// line starts clean.
    fn write(
        &mut self,
        lines: &[u8],
        sync: impl Fn(&mut Self) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        crash_point!(
            "journal-torn",
            self.file.write_all(&lines[..lines.len() / 2])
        );
        if self.was_cut() {
            return Err(self.lost());
        }
        let written = self.clean_end().and_then(|()| self.file.write_all(lines));
        crash_point!("journal-before-sync");
        if let Err(source) = written.and_then(|()| sync(self)) {
            crash_point!("journal-before-cut");
            let _ = self.take_back();
            return Err(StoreError::Disk {
                path: self.path.clone(),
                source,
            });
        }
        self.length += lines.len() as u64;
        Ok(())
    }

    /// The same, and on disk where recovery will find it. What is synced in a file that is no longer
    /// there is lost with it.
    fn write_synced(&mut self, lines: &[u8]) -> Result<(), StoreError> {
        let accepted = self.length;
        self.write(lines, Self::sync)?;
        if self.is_in_place() {
            return Ok(());
        }
        // Should that file come back, it has nothing that was not accepted.
        let _ = self.cut_off(lines.len() as u64);
        self.length = accepted;
        self.synced = self.synced.min(accepted);
        Err(self.lost())
    }

    fn cut_off(&self, count: u64) -> io::Result<()> {
        let length = self.file.metadata()?.len();
        self.file.set_len(length.saturating_sub(count))
    }

    /// Whether somebody took from it what was accepted. Written on, it would begin with nothing.
    fn was_cut(&self) -> bool {
        let length = self.file.metadata().map(|file| file.len());
        length.is_ok_and(|length| length < self.length)
    }

    fn lost(&self) -> StoreError {
        StoreError::JournalLost {
            path: self.path.clone(),
        }
    }

    /// The file first: most file systems then have little left to do for its folder.
    fn sync(&mut self) -> io::Result<()> {
        fault_point!("journal-sync-fails");
        self.file.sync_data()?;
        if !self.is_in_folder {
            let folder = self.path.parent().expect("a journal lies in its folder");
            match File::open(folder) {
                Ok(folder) => folder.sync_all()?,
                // It was removed with the journal, which is looked for next.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            self.is_in_folder = true;
        }
        self.synced = self.file.metadata()?.len();
        Ok(())
    }

    /// Cuts the file back to what was accepted. After a sync that failed the system may take for
    /// written what it never will write, so what no sync was seen to reach is written once more.
    fn take_back(&mut self) -> io::Result<()> {
        fault_point!("journal-cut-fails");
        if self.file.metadata()?.len() < self.synced {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let count = usize::try_from(self.length - self.synced).map_err(io::Error::other)?;
        let mut at_risk = vec![0; count];
        self.file.read_exact_at(&mut at_risk, self.synced)?;
        self.file.set_len(self.synced)?;
        // Pieces of replies, which nobody was told of: should they be lost, the rest stays whole.
        self.length = self.synced;
        self.file.write_all(&at_risk)?;
        self.length += at_risk.len() as u64;
        Ok(())
    }

    /// Takes back what an earlier failure left and could not take back itself. As long as that
    /// can't be done, nothing more is written.
    fn clean_end(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() == self.length {
            Ok(())
        } else {
            self.take_back()
        }
    }
}

/// A record as a line of the file.
pub(super) fn line_of(record: &Value) -> Vec<u8> {
    let mut line = serde_json::to_vec(record).expect("a record is writable");
    line.push(b'\n');
    line
}
