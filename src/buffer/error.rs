//! What can go wrong with a buffer.

use super::{BadMessage, Mode};
use crate::mirror::{MirrorError, NotABuffer};
use crate::store::StoreError;
use crate::turn::{SayingError, WakeError};
use crate::workspace::WorkError;
use std::io;
use std::path::PathBuf;

/// A step on a buffer that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum BufferError {
    /// The message is not accepted.
    #[error(transparent)]
    BadMessage(#[from] BadMessage),
    /// The threads.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The store or the journal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system refused a file.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A buffer's file for other programs.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// The file with the limit can't be understood, and is not written over.
    #[error("{}: {why}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// What is to be imported is no buffer of that mode.
    #[error(transparent)]
    NotABuffer(#[from] NotABuffer),
    /// Nothing was cleared, or something was said since.
    #[error("there is nothing to bring back in {}", .0.as_str())]
    NothingToUndo(Mode),
    /// It can't be said in the thread.
    #[error(transparent)]
    Saying(#[from] SayingError),
    /// The session that was held is another home's.
    #[error(transparent)]
    NotWoken(WakeError),
    /// A thread of the buffer can't be gone on with.
    #[error("{path}: {why}")]
    ThreadLeftOut {
        /// Its file on the branch.
        path: String,
        /// Why.
        why: String,
    },
    /// The group that the message was staged with was not written.
    #[error("the messages could not be written: {0}")]
    GroupNotWritten(String),
}

/// What was said could not be saved.
#[derive(Debug, thiserror::Error)]
#[error("what was said could not be saved: {why}; {}", in_a_journal(*is_in_journal))]
pub struct NotKept {
    /// Why not.
    pub why: BufferError,
    /// Whether all of it is in a journal, for whoever comes next. If not, some of it is nowhere.
    pub is_in_journal: bool,
}

fn in_a_journal(is_in_journal: bool) -> &'static str {
    match is_in_journal {
        true => "all of it is in a journal",
        false => "it is not all in a journal either",
    }
}

impl NotKept {
    /// Of two, the one that costs more.
    pub(super) fn worse(one: Option<Self>, other: Self) -> Option<Self> {
        match one {
            Some(one) if !one.is_in_journal => Some(one),
            _ => Some(other),
        }
    }
}
