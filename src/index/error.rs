//! What can go wrong with the index. None of it costs anything but time: the files are still there.

use rusqlite::ErrorCode;
use std::io;
use std::path::PathBuf;

/// Why the index could not be used.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The system refused a file.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// SQLite refused.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A text in it can't be read.
    #[error("a text in it is damaged: {0}")]
    Text(io::Error),
    /// It holds the words of a thread that is sealed by now. What is deleted in it would stay in its
    /// free pages.
    #[error("it holds words that are sealed by now")]
    HasSealedWords,
    /// Another process kept it for itself.
    #[error("another mmogit has been busy with it for too long")]
    Busy,
    /// It changed each time it was looked at.
    #[error("it kept changing while it was read")]
    Unsettled,
}

impl IndexError {
    pub(super) fn disk(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| IndexError::Disk { path, source }
    }

    /// Whether the file itself is at fault, so that a new one helps.
    pub fn is_damage(&self) -> bool {
        match self {
            IndexError::Disk { .. } | IndexError::Busy | IndexError::Unsettled => false,
            IndexError::Text(_) | IndexError::HasSealedWords => true,
            IndexError::Sqlite(error) => !matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::ReadOnly
                        | ErrorCode::CannotOpen
                        | ErrorCode::PermissionDenied
                        | ErrorCode::DiskFull
                        | ErrorCode::OutOfMemory
                )
            ),
        }
    }
}
