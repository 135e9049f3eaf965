//! What can go wrong at work.

use crate::identity::VaultError;
use crate::index::{IndexError, Summary};
use crate::store::StoreError;
use std::io;
use std::path::PathBuf;

/// Something that was asked for and did not happen.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The settings can't be read.
    #[error("{}: {why}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Where and why.
        why: String,
    },
    /// The system refused a file.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The identity.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index, and reading without it, failed.
    #[error("the threads can't be searched: {0}")]
    Index(#[from] IndexError),
    /// No thread matches.
    #[error("Thread not found: {0}")]
    NotFound(String),
    /// Several threads match.
    #[error("“{query}” fits {} threads", candidates.len())]
    Ambiguous {
        /// What was asked for.
        query: String,
        /// What it fits, newest first.
        candidates: Vec<Summary>,
    },
    /// The file is no thread.
    #[error("{path} is not a thread: {why}")]
    Malformed {
        /// The file, within the branch.
        path: String,
        /// Why.
        why: String,
    },
    /// The thread can be read but not gone on with.
    #[error("{id} can't be continued: {why}")]
    NotContinuable {
        /// The thread.
        id: String,
        /// Why.
        why: String,
    },
    /// A title that is not accepted.
    #[error("{0}")]
    BadTitle(&'static str),
    /// A tag that is not accepted.
    #[error("{0}")]
    BadTag(&'static str),
}
