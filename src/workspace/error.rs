//! What can go wrong at work.

use crate::identity::VaultError;
use crate::index::{IndexError, Summary};
use crate::model::{NoSuchMessage, PublicKey};
use crate::store::StoreError;
use crate::verify::Untrue;
use std::io;
use std::path::PathBuf;

/// Something that was asked for and did not happen.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The settings can't be read.
    #[error("{}: {why}", path.display())]
    Settings {
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
    /// Another process has it, and has not saved it yet.
    #[error("“{title}” ({id}) is open in another session, and not saved yet")]
    OpenElsewhere {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
    },
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
    /// The thread can be read, but not be used as was asked.
    #[error("{id} can't be {what}: {why}")]
    Unfit {
        /// The thread.
        id: String,
        /// What was to be done with it: `continued`, `changed`, `copied`.
        what: &'static str,
        /// Why not.
        why: Obstacle,
    },
    /// The thread does not show so many messages.
    #[error("{id}: {why}")]
    NoSuchMessage {
        /// The thread.
        id: String,
        /// Which, of how many.
        why: NoSuchMessage,
    },
    /// A title that is not accepted.
    #[error("{0}")]
    BadTitle(&'static str),
    /// A tag that is not accepted.
    #[error("{0}")]
    BadTag(&'static str),
    /// The name of a project is not accepted.
    #[error("the name of the project is not accepted")]
    BadProject,
    /// A persona's name that is not accepted.
    #[error("{0}")]
    BadPersonaName(&'static str),
    /// A persona's file that is none.
    #[error("{} is no persona: {why}", path.display())]
    BadPersona {
        /// The file.
        path: PathBuf,
        /// Why.
        why: &'static str,
    },
    /// A text that can't be a persona's.
    #[error("the text is not accepted: {0}")]
    BadPersonaText(&'static str),
    /// No persona has this name.
    #[error("there is no persona `{name}`")]
    NoSuchPersona {
        /// What was asked for.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
}

/// Why a thread can't be gone on with, changed or copied.
#[derive(Debug, thiserror::Error)]
pub enum Obstacle {
    /// The older mmogit wrote it.
    #[error("it was written by the older mmogit, and nothing proves it")]
    Legacy,
    /// It is somebody else's.
    #[error("it belongs to {}…", .0.short())]
    Foreign(PublicKey),
    /// It was put away.
    #[error("it is archived")]
    Archived,
    /// Something in it is not true.
    #[error("it does not verify: {0}")]
    Invalid(Untrue),
    /// The part that was asked for is all of it.
    #[error("from message 1 on it is the whole conversation")]
    AllOfIt,
    /// What was asked for can't be made of it.
    #[error("{why}")]
    Other {
        /// Why.
        why: String,
        /// The next step.
        next: String,
    },
}
