//! The folders of a branch whose entries matter.

use crate::model::layout::{CARD, ERASED, THREADS, id_of_file};
use crate::model::{Filed, KeptDraft, OwnedProject};

/// A folder whose entries matter, by what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::store) enum FolderKind {
    Top,
    Mmogit,
    Threads,
    Month,
    Day,
    Erased,
    Projects,
    Drafts,
    /// What lies here is not ours to read.
    Other,
}

impl FolderKind {
    /// The folder to which an entry of it leads.
    pub(in crate::store) fn folder(self, name: &[u8]) -> Option<Self> {
        match self {
            Self::Top => (name == THREADS[0].as_bytes()).then_some(Self::Mmogit),
            Self::Mmogit if name == THREADS[1].as_bytes() => Some(Self::Threads),
            Self::Mmogit if name == ERASED.as_bytes() => Some(Self::Erased),
            Self::Mmogit if name == OwnedProject::FOLDER.as_bytes() => Some(Self::Projects),
            Self::Mmogit if name == KeptDraft::FOLDER.as_bytes() => Some(Self::Drafts),
            Self::Threads => Some(Self::Month),
            Self::Month => Some(Self::Day),
            Self::Mmogit | Self::Day | Self::Other => None,
            Self::Erased | Self::Projects | Self::Drafts => None,
        }
    }

    /// Whether readers take a file of this name in it for what lies here.
    pub(super) fn has_file(self, name: &str) -> bool {
        match self {
            Self::Day => id_of_file(name).is_some(),
            Self::Erased | Self::Projects | Self::Drafts => name.ends_with(".json"),
            Self::Mmogit => name == CARD[1],
            Self::Top | Self::Threads | Self::Month | Self::Other => false,
        }
    }
}
