//! A buffer's view as files that other programs read: the mirror of what it shows now, and packed
//! ones of what it showed before it was cleared. They hold what is said, so an erasure goes through
//! them as well. Nothing is ever read back from them into the record, but once, from a file that
//! was there before the first buffer.

mod archive;
mod document;
mod file;
mod json_text;
mod role;

pub use archive::forget;
pub use document::{BufferMessage, NotABuffer, ReadBuffer, written};
pub use file::Mirror;
pub use json_text::JsonText;
pub use role::{role_named, shown_role};

use std::io;
use std::path::PathBuf;

/// A file of a buffer that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct MirrorError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl MirrorError {
    fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self { path, source }
    }
}
