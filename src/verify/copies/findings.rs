//! What in somebody's copy of a thread does not count, and why.

use crate::model::{Hash, PublicKey};
use crate::verify::MessageFaultKind;
use std::fmt;

/// Something in a copy that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyFinding {
    /// Who keeps the copy was never of the thread; nothing in it counts.
    StrangersCopy {
        /// Who keeps it.
        keeper: PublicKey,
    },
    /// A message does not count, and is not shown.
    Uncounted {
        /// The message.
        message: Hash,
        /// In whose copy it stands.
        keeper: PublicKey,
        /// Why it does not count.
        why: Uncounted,
    },
    /// A kept copy lists somebody whom the author's copy does not.
    AddedPerson {
        /// Whose copy.
        keeper: PublicKey,
        /// Whom.
        key: PublicKey,
    },
    /// A kept copy has an epoch that the author's copy does not have.
    AddedEpoch {
        /// Whose copy.
        keeper: PublicKey,
        /// The epoch.
        epoch: Hash,
    },
    /// A kept copy has a reader in an epoch whom the author's copy does not have there.
    AddedReader {
        /// Whose copy.
        keeper: PublicKey,
        /// The epoch.
        epoch: Hash,
        /// The reader.
        reader: PublicKey,
    },
}

/// Why a message does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uncounted {
    /// By the author's word, whoever says it may not, or it is not their word.
    Fault(MessageFaultKind),
    /// It stands after one that does not count, or is not here.
    Follows(Hash),
}

impl CopyFinding {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::StrangersCopy { .. } => "copy-by-stranger",
            Self::Uncounted {
                why: Uncounted::Fault(kind),
                ..
            } => kind.code(),
            Self::Uncounted {
                why: Uncounted::Follows(_),
                ..
            } => "message-after-uncounted",
            Self::AddedPerson { .. } => "copy-adds-person",
            Self::AddedEpoch { .. } => "copy-adds-epoch",
            Self::AddedReader { .. } => "copy-adds-reader",
        }
    }

    /// In whose copy it is.
    pub fn keeper(&self) -> PublicKey {
        match self {
            Self::StrangersCopy { keeper }
            | Self::Uncounted { keeper, .. }
            | Self::AddedPerson { keeper, .. }
            | Self::AddedEpoch { keeper, .. }
            | Self::AddedReader { keeper, .. } => *keeper,
        }
    }
}

impl fmt::Display for CopyFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keeper = self.keeper();
        let keeper = keeper.short();
        match self {
            Self::StrangersCopy { .. } => {
                write!(f, "{keeper}… keeps a copy and is not of this thread")
            }
            Self::Uncounted { message, why, .. } => {
                let message = message.short();
                write!(
                    f,
                    "{message}… in the copy of {keeper}… does not count: {why}"
                )
            }
            Self::AddedPerson { key, .. } => write!(
                f,
                "the copy of {keeper}… lists {}…, whom its author's does not",
                key.short()
            ),
            Self::AddedEpoch { epoch, .. } => write!(
                f,
                "the copy of {keeper}… has the epoch {}…, which its author's does not",
                epoch.short()
            ),
            Self::AddedReader { epoch, reader, .. } => write!(
                f,
                "the copy of {keeper}… lets {}… read the epoch {}…, which its author's does not",
                reader.short(),
                epoch.short()
            ),
        }
    }
}

impl fmt::Display for Uncounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(kind) => kind.fmt(f),
            Self::Follows(id) => write!(
                f,
                "it stands after {}…, which does not count or is not here",
                id.short()
            ),
        }
    }
}
