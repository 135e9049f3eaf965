//! What can go wrong on the way to a file.

use std::io;
use std::path::{Path, PathBuf};

/// A file that was not written. What stood there before still stands.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Something has that name.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// Something has that name, and is not to be replaced by a file whatever one wishes.
    #[error("{} is neither a plain file nor a new one", .0.display())]
    NotAFile(PathBuf),
    /// A folder is needed, and it is something else.
    #[error("{} is not a folder, and several threads need one", .0.display())]
    NotAFolder(PathBuf),
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl TransferError {
    pub(super) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| TransferError::Disk { path, source }
    }
}
