//! What can't be read of another program's file.

use std::io;
use std::path::PathBuf;

/// A file of which nothing is taken.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is not of the kind that it was said to be.
    #[error("{} is not of the kind {kind}", path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What it was said to be.
        kind: &'static str,
    },
    /// It is a zip, and no file in it has conversations of a known kind.
    #[error("{} has no conversations in it that are known", path.display())]
    NoConversations {
        /// The file.
        path: PathBuf,
    },
    /// It is something that never has conversations in it.
    #[error("{} is {what}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: OtherFile,
    },
    /// It is a database, and of no program that is known.
    #[error("{} is a database of no program that is known", path.display())]
    UnknownDatabase {
        /// The file.
        path: PathBuf,
    },
    /// It is a folder, and no file in it is one that could have conversations.
    #[error("{} has no files in it that could be conversations", path.display())]
    NothingInFolder {
        /// The folder.
        path: PathBuf,
    },
}

/// What a file is that is no conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OtherFile {
    /// Nothing is in it.
    #[error("empty")]
    Empty,
    /// A picture.
    #[error("a picture")]
    Picture,
    /// A PDF.
    #[error("a PDF")]
    Pdf,
    /// A page.
    #[error("a web page")]
    Page,
    /// It is compressed, and no zip.
    #[error("compressed")]
    Compressed,
}

/// A record that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// The file, and which record in it.
    pub place: String,
    /// Why.
    pub reason: SkipReason,
}

/// Why a record is left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// It is no JSON.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// It is larger than any conversation that comes in.
    #[error("it has {0} bytes, more than any conversation that comes in")]
    TooLarge(u64),
    /// It has more values than any conversation.
    #[error("it has more values than any conversation")]
    TooManyValues,
    /// The file ends within it.
    #[error("the file ends in the middle of it")]
    BrokenOff,
    /// Something stands after the end of the list.
    #[error("something stands after the end of the list")]
    AfterTheEnd,
    /// It does not have the form of its kind.
    #[error("it is no conversation of this kind")]
    OtherForm,
    /// Nothing is said in it.
    #[error("nothing is said in it")]
    Empty,
    /// Nobody knows what the file is.
    #[error("it is of no kind that is known")]
    OtherKind,
    /// The file, or the folder, can't be read.
    #[error("it can't be read: {0}")]
    Unreadable(String),
    /// It is compressed in a way that is not read here.
    #[error("it is compressed; what `zstd -d` makes of it can be imported")]
    Compressed,
    /// An agent's agent did it: only who names the file means it.
    #[error("it is the work of an agent's agent; it comes in if the file itself is named")]
    OfSubagent,
}

impl SkipReason {
    /// Whether something that was said is not there now.
    pub fn is_loss(&self) -> bool {
        !matches!(self, Self::Empty | Self::OfSubagent)
    }

    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson(_) => "not-json",
            Self::TooLarge(_) => "too-large",
            Self::TooManyValues => "too-many-values",
            Self::BrokenOff => "broken-off",
            Self::AfterTheEnd => "after-the-end",
            Self::OtherForm => "other-form",
            Self::Empty => "empty",
            Self::OtherKind => "other-kind",
            Self::Unreadable(_) => "unreadable",
            Self::Compressed => "compressed",
            Self::OfSubagent => "of-subagent",
        }
    }
}
