//! The buffers: a rolling view for each mode over the threads that the history server began.
//!
//! ```text
//! the record   open threads with `face: buffer` and the mode ── `continues` ──▶ those that gave way
//! the view     the last messages of these that are visible, as many as the limit says
//! the mirror   the view as a file for other programs
//! ```
//!
//! The threads are the truth: all that a view shows follows from them and from the limit. Pruning
//! moves the view, and clearing archives the threads; neither takes anything from the record.

mod asking;
mod buffers;
mod by_mode;
mod clear;
mod error;
mod follow;
mod go_on;
mod group;
mod import;
mod limit;
mod new_message;
mod note;
mod older_key;
mod one;
mod threads;
mod view;
mod window;

pub use crate::model::Mode;
pub use asking::{LONGEST_REPLY, Posed};
pub use buffers::Buffers;
pub use by_mode::ByMode;
pub use error::{BufferError, NotKept};
pub use group::Committed;
#[cfg(feature = "internals")]
pub use group::{MOST_BYTES_IN_THREAD, MOST_IN_THREAD};
pub use limit::{MessageLimit, write as write_limit};
pub use new_message::{BadMessage, IdempotencyMark, NewMessage};
pub use view::{BufferView, ShownMessage};

use crate::identity::Keys;
use crate::model::Hash;
use crate::store::{BranchFinding, Store, United};
use crate::workspace::Workspace;
use std::fmt;
use std::path::PathBuf;

/// What a step on the buffers needs of the home they are in.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The home.
    pub workspace: &'a Workspace,
    /// Its store.
    pub store: &'a Store,
    /// Its owner's keys.
    pub keys: &'a Keys,
}

/// A message that was signed, and is neither on disk nor shown yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staged {
    /// Whose buffer it is for.
    pub mode: Mode,
    /// Its id.
    pub id: Hash,
    /// How many were staged for that buffer before it.
    pub(crate) place: usize,
}

/// A message that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its id.
    pub id: Hash,
    /// How many messages the buffer shows with it.
    pub message_count: usize,
}

/// Something that did not stop anything and that the owner is to know.
#[derive(Debug)]
pub enum BufferNotice {
    /// A file that is no buffer was in the mirror's place, and has another name now.
    SetAside(PathBuf),
    /// The mirror, or an old view, could not be written.
    NotMirrored(crate::mirror::MirrorError),
    /// The audit trail could not be written.
    NotAudited(crate::audit::TrailError),
    /// The limit can't be read, so the default holds.
    NoLimit {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A thread of the buffer is there and is not shown, since it is not true or can't be read.
    ThreadLeftOut {
        /// Its file on the branch.
        path: String,
        /// Why.
        why: String,
    },
    /// What is noted of a buffer can't be understood: what was cleared last can't be brought back.
    BadNote {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A thread that gave way could not be archived.
    NotArchived(String),
    /// A file that was there before the first buffer was taken into the record.
    Migrated {
        /// What became of it.
        imported: Imported,
        /// The file.
        path: PathBuf,
    },
    /// The thread could not be saved just now.
    NotSaved(NotKept),
    /// A journal was taken away, or cut, while it was in use. All that it had is in another.
    JournalReplaced(PathBuf),
    /// The branch lacks something that it was seen to have, or can't be read.
    BranchLacks(BranchFinding),
    /// The branch has again what it was seen to have.
    BroughtTogether(United),
}

/// What became of a file in the documented form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Whose mode.
    pub mode: Mode,
    /// How many messages were taken.
    pub taken: usize,
    /// How many entries are no messages.
    pub skipped: usize,
    /// Whether this very file had been taken before; then nothing was.
    pub was_there: bool,
}

impl fmt::Display for BufferNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetAside(path) => {
                write!(
                    f,
                    "what was in a buffer's file is no buffer, and lies in {} now",
                    path.display()
                )
            }
            Self::NotMirrored(error) => write!(f, "a buffer's file could not be written: {error}"),
            Self::NotAudited(error) => write!(f, "the audit trail could not be written: {error}"),
            Self::NoLimit { path, why } => {
                write!(f, "{}: {why}; a buffer shows 50 messages", path.display())
            }
            Self::ThreadLeftOut { path, why } => write!(f, "{path} is not shown: {why}"),
            Self::BadNote { path, why } => write!(f, "{}: {why}", path.display()),
            Self::NotArchived(why) => {
                write!(f, "a thread that gave way could not be archived: {why}")
            }
            Self::Migrated { imported, path } => {
                let Imported {
                    mode,
                    taken,
                    skipped,
                    ..
                } = imported;
                let mode = mode.as_str();
                write!(
                    f,
                    "{taken} messages of an older buffer, {}, were taken into {mode} in your name",
                    path.display()
                )?;
                match skipped {
                    0 => Ok(()),
                    skipped => write!(f, "; {skipped} entries are no messages"),
                }
            }
            Self::NotSaved(not_kept) => not_kept.fmt(f),
            Self::JournalReplaced(path) => write!(
                f,
                "{} was taken away or cut while it was in use; all that it had is in another journal",
                path.display()
            ),
            Self::BranchLacks(finding) => finding.fmt(f),
            Self::BroughtTogether(united) => write!(
                f,
                "what the branch had and what was there are together again in commit {}",
                united.commit
            ),
        }
    }
}
