//! What a sync did, and what it did not do and why.

use super::fault::Fault;
use crate::model::PublicKey;
use crate::store::{BranchFinding, CommitId, Excess, Joined};
use std::fmt;

/// What a sync did.
#[derive(Debug)]
pub struct Summary {
    /// What the remote is called here.
    pub remote: String,
    /// Where it is, without a password.
    pub address: String,
    /// Whether it was only looked what would be done.
    pub is_dry_run: bool,
    /// The branches that came.
    pub came: Vec<Came>,
    /// What became one of what the owner did here and elsewhere.
    pub joined: Vec<Joined>,
    /// What became of the own branch there.
    pub went: Went,
    /// What was not taken, or not done, and why.
    pub refused: Vec<Refused>,
}

/// A branch that came.
#[derive(Debug)]
pub struct Came {
    /// Whose it is.
    pub author: PublicKey,
    /// How it became part of what is here.
    pub how: How,
    /// How many of its threads are new or have changed; none: that can't be told.
    pub threads: Option<usize>,
}

/// How a branch that came became part of what is here.
#[derive(Debug)]
pub enum How {
    /// It was not here before.
    New,
    /// It was moved forward.
    Forward,
    /// Its owner wrote it anew, since they erased something.
    Rewritten,
    /// Both states of the own branch became one.
    Joined,
    /// It would be fetched.
    ToFetch,
}

impl How {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Forward => "forward",
            Self::Rewritten => "rewritten",
            Self::Joined => "joined",
            Self::ToFetch => "to-fetch",
        }
    }
}

/// What became of the own branch at the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Went {
    /// The remote had all of it.
    Nothing,
    /// It was pushed.
    Pushed {
        /// The commit that it has there now.
        tip: CommitId,
        /// How many of its threads are new there or have changed; none: that can't be told.
        threads: Option<usize>,
    },
    /// It would be pushed.
    ToPush,
    /// It was not, since its owner did not let it go there.
    Withheld,
    /// It was not, and [`Summary::refused`] says why.
    Refused,
}

impl Went {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Pushed { .. } => "pushed",
            Self::ToPush => "to-push",
            Self::Withheld => "withheld",
            Self::Refused => "refused",
        }
    }
}

/// Something that was not taken, or not done.
#[derive(Debug)]
pub struct Refused {
    /// Whose branch it is about.
    pub author: PublicKey,
    /// Why.
    pub why: Refusal,
}

/// Why something was not taken, or not done.
#[derive(Debug)]
pub enum Refusal {
    /// What came is not what its owner signed, or lacks what was there.
    Branch(BranchFinding),
    /// There is more of it than is looked at.
    TooMuch(Excess),
    /// The remote had more of the branch when it was last looked at.
    RolledBack {
        /// What it had.
        had: CommitId,
    },
    /// The remote had the branch when it was last looked at.
    Gone {
        /// What it had.
        had: CommitId,
    },
    /// It could not be fetched.
    NotFetched(Fault),
    /// It could not be pushed.
    NotPushed(Fault),
    /// What the remote has of the own branch was refused, so nothing was put in its place.
    NotReplaced,
    /// It could not be made part of what is here.
    NotTaken(String),
}

impl Refusal {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Branch(finding) => finding.code(),
            Self::TooMuch(_) => "too-much",
            Self::RolledBack { .. } => "remote-rolled-back",
            Self::Gone { .. } => "remote-branch-gone",
            Self::NotFetched(fault) | Self::NotPushed(fault) => fault.kind.code(),
            Self::NotReplaced => "not-replaced",
            Self::NotTaken(_) => "not-taken",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Branch(finding) => finding.fmt(f),
            Self::TooMuch(excess) => excess.fmt(f),
            Self::RolledBack { had } => {
                write!(
                    f,
                    "the remote had commit {had} before, and has an older one now"
                )
            }
            Self::Gone { had } => write!(
                f,
                "the remote had it, with commit {had}, and has it no more"
            ),
            Self::NotFetched(fault) => write!(f, "not fetched: {fault}"),
            Self::NotPushed(fault) => write!(f, "not pushed: {fault}"),
            Self::NotReplaced => {
                f.write_str("not pushed: what the remote has was refused, and stays there")
            }
            Self::NotTaken(why) => write!(f, "not taken: {why}"),
        }
    }
}
