//! What can be wrong with a branch: kinds with their data, a sentence for people, a code for
//! programs.

use crate::model::{Hash, PublicKey};
use crate::store::CommitId;
use crate::verify::{CardFault, CommitFault, ErasureFault, FiledFault};
use std::fmt;
use std::path::PathBuf;

/// What is wrong with a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BranchFinding {
    /// Something is wrong with one of its commits.
    Commit {
        /// Which.
        id: CommitId,
        /// What.
        finding: CommitFinding,
    },
    /// The word of an erasure is not what it should be.
    Erasure {
        /// Where it stands.
        path: String,
        /// What is wrong with it.
        fault: ErasureFault,
    },
    /// The card is not what it should be.
    Card {
        /// Where it stands.
        path: String,
        /// What is wrong with it.
        fault: CardFault,
    },
    /// A project or a draft is not what it should be.
    Document {
        /// Where it stands.
        path: String,
        /// What is wrong with it.
        fault: FiledFault,
    },
    /// An agent said something after it was retired.
    RetiredSpoke {
        /// Where it stands.
        path: String,
        /// The agent's key.
        key: PublicKey,
        /// What it said.
        message: Hash,
    },
    /// Its owner has a newer key, and this came after the end that that key names.
    AfterSuccession {
        /// The newer key.
        newer: PublicKey,
        /// The last commit that counts.
        end: String,
    },
    /// Where the word of a key ends can't be told: the commit that the card names is not in the
    /// branch's history.
    PositionUnknown {
        /// The key.
        key: PublicKey,
    },
    /// It is not there any more.
    Gone {
        /// The commit that it was seen to have.
        seen: CommitId,
    },
    /// It lacks what it was seen to have.
    MovedBack {
        /// The commit that it was seen to have.
        seen: CommitId,
        /// What of that is missing now; nothing, if the branch has it all in another history.
        lost: Vec<CommitFinding>,
    },
    /// Whether it still has what it was seen to have can't be told: that can't be read any more.
    SeenUnreadable {
        /// The commit that it was seen to have.
        seen: CommitId,
        /// What can't be read.
        unreadable: Vec<CommitFinding>,
    },
    /// The note of the commit that it was seen to have is damaged.
    NoteDamaged {
        /// The file.
        path: PathBuf,
    },
    /// A folder of its newest commit can't be read.
    FolderUnreadable {
        /// Where it is on the branch.
        path: String,
        /// Why not.
        why: String,
    },
    /// Its history can't be read to the end.
    Unreadable {
        /// Why not.
        why: String,
    },
}

/// What is wrong with a commit, most of it against the commits before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CommitFinding {
    /// Its owner did not sign it.
    NotTheOwners(CommitFault),
    /// A thread, without messages, is not there any more.
    ThreadTakenAway {
        /// Where it was.
        path: String,
    },
    /// Messages are not there any more.
    MessagesTakenAway {
        /// Where they were.
        path: String,
        /// How many.
        messages: usize,
    },
    /// A thread is as it was before.
    OlderVersion {
        /// Where it is.
        path: String,
    },
    /// The word of an erasure is not there any more.
    ErasureTakenAway {
        /// Where it was.
        path: String,
    },
    /// A card is not there any more, or lacks a key that it named.
    CardTakenAway {
        /// Where it was.
        path: String,
    },
    /// A project or a draft is not there any more, or is none any more.
    DocumentTakenAway {
        /// Where it was.
        path: String,
    },
    /// A thread's file is a link or can be run, and no plain file.
    NotPlain {
        /// Where it is.
        path: String,
        /// Its mode, as git has it.
        mode: u32,
    },
    /// Two entries of one folder have one name.
    Twice {
        /// The name, with its folder.
        path: String,
    },
    /// Something of it can't be read, so what was in it may be lost.
    Unreadable {
        /// Where it is on the branch; empty for the commit itself.
        path: String,
        /// The object's id.
        object: String,
        /// Why not.
        why: String,
    },
}

impl BranchFinding {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Commit { finding, .. } => finding.code(),
            Self::Erasure { .. } => "erasure-untrue",
            Self::Card { .. } => "card-untrue",
            Self::Document { .. } => "document-untrue",
            Self::RetiredSpoke { .. } => "retired-agent-spoke",
            Self::PositionUnknown { .. } => "position-unknown",
            Self::AfterSuccession { .. } => "after-succession",
            Self::Gone { .. } => "branch-gone",
            Self::MovedBack { .. } => "branch-moved-back",
            Self::SeenUnreadable { .. } => "seen-commit-unreadable",
            Self::NoteDamaged { .. } => "seen-commit-note-damaged",
            Self::FolderUnreadable { .. } => "folder-unreadable",
            Self::Unreadable { .. } => "history-unreadable",
        }
    }

    /// More precisely, what is wrong with what its owner should have signed; a name that does not
    /// change.
    pub fn fault(&self) -> Option<&'static str> {
        match self {
            Self::Commit {
                finding: CommitFinding::NotTheOwners(fault),
                ..
            } => Some(fault.code()),
            Self::Erasure { fault, .. } => Some(fault.code()),
            Self::Card { fault, .. } => Some(fault.code()),
            Self::Document { fault, .. } => Some(fault.code()),
            _ => None,
        }
    }

    /// The place on the branch that it is about, if it is about one.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Commit { finding, .. } => finding.path(),
            Self::Erasure { path, .. }
            | Self::Card { path, .. }
            | Self::Document { path, .. }
            | Self::RetiredSpoke { path, .. }
            | Self::FolderUnreadable { path, .. } => Some(path),
            _ => None,
        }
    }
}

impl CommitFinding {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotTheOwners(_) => "commit-not-the-owners",
            Self::ThreadTakenAway { .. } => "thread-taken-away",
            Self::MessagesTakenAway { .. } => "messages-taken-away",
            Self::OlderVersion { .. } => "older-version",
            Self::ErasureTakenAway { .. } => "erasure-taken-away",
            Self::CardTakenAway { .. } => "card-taken-away",
            Self::DocumentTakenAway { .. } => "document-taken-away",
            Self::NotPlain { .. } => "not-a-plain-file",
            Self::Twice { .. } => "name-twice",
            Self::Unreadable { .. } => "object-unreadable",
        }
    }

    fn path(&self) -> Option<&str> {
        match self {
            Self::ThreadTakenAway { path }
            | Self::MessagesTakenAway { path, .. }
            | Self::OlderVersion { path }
            | Self::ErasureTakenAway { path }
            | Self::CardTakenAway { path }
            | Self::DocumentTakenAway { path }
            | Self::NotPlain { path, .. }
            | Self::Twice { path } => Some(path),
            Self::Unreadable { path, .. } => Some(path).filter(|path| !path.is_empty()),
            Self::NotTheOwners(_) => None,
        }
        .map(String::as_str)
    }

    /// Whether this tells only that something can't be read.
    pub(in crate::store) fn is_unreadable(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }
}

impl fmt::Display for BranchFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit { id, finding } => write!(f, "commit {:.10}: {finding}", id.to_string()),
            Self::Erasure { path, fault } => write!(f, "{path}: {fault}"),
            Self::Card { path, fault } => write!(f, "{path}: {fault}"),
            Self::Document { path, fault } => write!(f, "{path}: {fault}"),
            Self::RetiredSpoke { path, key, message } => write!(
                f,
                "{path}: the agent {}… said {}… after it was retired",
                key.short(),
                message.short()
            ),
            Self::AfterSuccession { newer, end } => write!(
                f,
                "the branch ends at commit {end:.10}, since {}… took its owner's place; \
                 what came later does not count",
                newer.short()
            ),
            Self::PositionUnknown { key } => write!(
                f,
                "the commit up to which {}… counts is not in the branch's history",
                key.short()
            ),
            Self::Gone { seen } => write!(f, "the branch is gone; it had commit {seen}"),
            Self::MovedBack { seen, lost } => {
                write!(f, "the branch was moved back: it had commit {seen}")?;
                write_all(f, lost)
            }
            Self::SeenUnreadable { seen, unreadable } => {
                write!(
                    f,
                    "the branch had commit {seen}, which can't be read any more"
                )?;
                write_all(f, unreadable)
            }
            Self::NoteDamaged { path } => {
                write!(
                    f,
                    "the note of what the branch had, {}, is damaged",
                    path.display()
                )
            }
            Self::FolderUnreadable { path, why } => write!(f, "{path} can't be read: {why}"),
            Self::Unreadable { why } => write!(f, "the branch can't be read through: {why}"),
        }
    }
}

/// How many losses are named in one sentence; the rest is counted.
const NAMED: usize = 5;

fn write_all(f: &mut fmt::Formatter<'_>, findings: &[CommitFinding]) -> fmt::Result {
    for (number, finding) in findings.iter().take(NAMED).enumerate() {
        write!(f, "{} {finding}", if number == 0 { ":" } else { ";" })?;
    }
    match findings.len().saturating_sub(NAMED) {
        0 => Ok(()),
        more => write!(f, "; and {more} more"),
    }
}

impl fmt::Display for CommitFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTheOwners(fault) => fault.fmt(f),
            Self::ThreadTakenAway { path } => {
                write!(f, "the thread {path}, without messages, was taken away")
            }
            Self::MessagesTakenAway { path, messages } => {
                write!(f, "messages of {path} were taken away: {messages}")
            }
            Self::OlderVersion { path } => write!(f, "an older version of {path} was put back"),
            Self::ErasureTakenAway { path } => {
                write!(f, "the word of an erasure, {path}, was taken away")
            }
            Self::CardTakenAway { path } => {
                write!(f, "the card {path}, or a key that it named, was taken away")
            }
            Self::DocumentTakenAway { path } => write!(f, "{path} was taken away"),
            Self::NotPlain { path, mode } => {
                write!(f, "{path} is not a plain file (mode {mode:06o})")
            }
            Self::Twice { path } => write!(f, "{path} is there twice"),
            Self::Unreadable { path, object, why } if path.is_empty() => {
                write!(f, "object {object:.10} can't be read: {why}")
            }
            Self::Unreadable { path, object, why } => {
                write!(f, "{path} (object {object:.10}) can't be read: {why}")
            }
        }
    }
}
