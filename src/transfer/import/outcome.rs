//! What became of what was to be imported.

use crate::model::{Malformed, PublicKey, Thread};
use crate::transfer::bundle::BundleFault;
use crate::verify::ThreadFinding;
use std::fmt;

/// What became of one thread, or, in a dry run, what would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It was not there.
    New,
    /// It was there, without so many of these messages, or with another header.
    Grown(usize),
    /// All of it was there.
    Known,
    /// Nothing proves it, or something disproves it: why.
    Unproven(Vec<ImportFinding>),
    /// It is good, and was erased here.
    Erased,
    /// It is good, and this person's.
    Foreign(PublicKey),
}

impl ImportOutcome {
    /// Whether something of it came in.
    pub fn came_in(&self) -> bool {
        matches!(self, Self::New | Self::Grown(_))
    }
}

/// Why something in a file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportFinding {
    /// The bundle itself is not as it should be.
    Bundle(BundleFault),
    /// It is no thread.
    Malformed(Malformed),
    /// The older mmogit wrote it.
    Legacy,
    /// Something in the thread is not true.
    Thread(ThreadFinding),
    /// So many more lines are no threads; they are not told one by one.
    MoreLines(usize),
}

impl ImportFinding {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Bundle(fault) => fault.code(),
            Self::Malformed(why) => why.code(),
            Self::Legacy => "legacy",
            Self::Thread(finding) => finding.code(),
            Self::MoreLines(_) => "more-lines",
        }
    }

    /// The place in the file, counted from 1, of the message that it is about, if it is about one
    /// that is there.
    pub fn message(&self) -> Option<usize> {
        match self {
            Self::Malformed(Malformed::Message { number, .. }) => Some(*number),
            Self::Thread(finding) => finding.message(),
            Self::Bundle(_) | Self::Malformed(_) | Self::Legacy | Self::MoreLines(_) => None,
        }
    }
}

impl fmt::Display for ImportFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundle(fault) => fault.fmt(f),
            Self::Malformed(why) => write!(f, "malformed: {why}"),
            Self::Legacy => f.write_str(
                "written by the older mmogit: nothing proves it, \
                 so it can't stand among what you signed",
            ),
            Self::Thread(finding) => finding.fmt(f),
            Self::MoreLines(lines) => write!(f, "{lines} more lines are no threads"),
        }
    }
}

/// One thread of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The file, and the line if it is a bundle.
    pub place: String,
    /// Which thread it is, if it is one.
    pub thread: Option<ThreadName>,
    /// How many messages it has.
    pub messages: usize,
    /// What became of it.
    pub outcome: ImportOutcome,
}

/// What tells people which thread is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadName {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
}

impl ThreadName {
    pub(super) fn of(thread: &Thread) -> Self {
        Self {
            id: thread.id().to_string(),
            title: thread.title().to_owned(),
        }
    }
}
