//! Threads as they are stored, byte for byte, each with its verdict: what is taken elsewhere.

use super::verification::check_entry;
use super::{FileReport, Threads, WorkError};
use crate::model::Reading;
use crate::store::{Entry, Listing, Store};

/// A thread's file in the store, and what it proves there.
#[derive(Debug)]
pub struct CheckedFile {
    /// Whose it is and where it lies.
    pub entry: Entry,
    /// The file; empty if it could not be read, as the report then says.
    pub bytes: Vec<u8>,
    /// The verdict.
    pub report: FileReport,
    /// The thread itself, where there is one.
    pub reading: Option<Reading>,
}

impl Threads<'_> {
    /// The one file that each query names, in the order asked for, and where a thread is of several
    /// people, all its copies; what is asked for twice stands once.
    ///
    /// # Errors
    /// If to one of them no thread fits, or several do; if the store can't be read.
    pub fn entries_of(&self, queries: &[String]) -> Result<Vec<Entry>, WorkError> {
        let mut entries = Vec::new();
        for query in queries {
            let store = self
                .workspace
                .store()?
                .ok_or_else(|| WorkError::NotFound(query.clone()))?;
            let entry = self.find_entry(&store, query)?;
            for copy in self.all_copies(&store, entry)? {
                if !entries.contains(&copy) {
                    entries.push(copy);
                }
            }
        }
        Ok(entries)
    }

    /// Every thread's file on every branch, newest first, and what is there and is none.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn all_entries(&self) -> Result<Listing, WorkError> {
        Ok(self
            .workspace
            .store()?
            .map_or_else(|| Ok(Listing::default()), |store| store.list())?)
    }
}

/// Reads and checks these files, and makes of each what is wanted, on all cores and in order.
pub fn read_checked<T: Send>(
    store: &Store,
    entries: &[Entry],
    make: impl Fn(CheckedFile) -> T + Sync,
) -> Vec<T> {
    store.read_all(entries, |entry, bytes| {
        let checked = check_entry(entry, bytes.as_deref());
        make(CheckedFile {
            entry: entry.clone(),
            bytes: bytes.unwrap_or_default(),
            report: checked.report,
            reading: checked.reading,
        })
    })
}
