//! What can go wrong at work.

use super::limits::{BadTag, BadTitle};
use super::personas::{BadPersonaName, BadPersonaText};
use crate::identity::VaultError;
use crate::index::{IndexError, Summary};
use crate::model::{Malformed, NoSuchMessage, PublicKey, ThreadId};
use crate::store::StoreError;
use crate::verify::Untrue;
use std::fmt;
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
        why: Malformed,
    },
    /// The thread can be read, but not be used as was asked.
    #[error("{id} can't be {what}: {why}")]
    Unfit {
        /// The thread.
        id: String,
        /// What was to be done with it.
        what: Purpose,
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
    BadTitle(BadTitle),
    /// A tag that is not accepted.
    #[error("{0}")]
    BadTag(BadTag),
    /// The name of a project is not accepted.
    #[error("the name of the project is not accepted")]
    BadProject,
    /// A persona's name that is not accepted.
    #[error("{0}")]
    BadPersonaName(BadPersonaName),
    /// A persona's file that is none.
    #[error("{} is no persona: {why}", path.display())]
    BadPersona {
        /// The file.
        path: PathBuf,
        /// Why.
        why: BadPersonaText,
    },
    /// A text that can't be a persona's.
    #[error("the text is not accepted: {0}")]
    BadPersonaText(BadPersonaText),
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
    /// It can't be merged with itself.
    #[error("it can't be merged with itself")]
    Itself,
    /// The thread that it was to be merged with is of another mode.
    #[error("its mode is {mode}, that of {other} is {other_mode}")]
    OtherMode {
        /// Its own.
        mode: String,
        /// The other thread.
        other: ThreadId,
        /// That one's.
        other_mode: String,
    },
    /// The thread that it was to be merged with belongs to another project.
    #[error("{other} belongs to another project")]
    OtherProject {
        /// The other thread.
        other: ThreadId,
    },
    /// Of what was to be copied, one conversation shows no message.
    #[error("there is a conversation without a message, which leaves nothing to copy")]
    NothingToCopy,
    /// It is good, and what would be made of it is not.
    #[error("in a thread of yours it would not verify: {0}")]
    UntrueAsCopy(Untrue),
    /// It is on somebody else's branch, who alone could sign that without it.
    #[error("it is on the branch of {}…, who alone can sign that anew", .0.short())]
    OnBranchOf(PublicKey),
}

/// What was to be done with a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To speak in it.
    Continue,
    /// To change its title, its tags, its state, or what it shows.
    Change,
    /// To copy it into another one.
    Copy,
    /// To copy its end into another one.
    Split,
    /// To copy it and another one into a third.
    Merge,
    /// To take it out of the history.
    Erase,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::Continue => "continued",
            Purpose::Change => "changed",
            Purpose::Copy => "copied",
            Purpose::Split => "split",
            Purpose::Merge => "merged",
            Purpose::Erase => "erased",
        })
    }
}
