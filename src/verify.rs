//! What is true: signatures, chains and tails are checked here and nowhere else.
//!
//! [`thread`] never fails; it reports, check by check. [`Verified`] is the type of what passed them
//! all: code that acts on a thread's word takes a `Verified<Thread>`, and there is no other way to
//! make one.

mod card;
mod checks;
mod commit;
mod copies;
mod document;
mod erasure;
mod faults;
mod filed;
mod placed;
mod report;
mod speakers;

pub use card::{CardFault, card};
pub use checks::{message, signature, thread};
pub use commit::{CommitFault, commit};
pub use copies::{CannotSpeak, CopyFinding, CopyState, SharedThread, Uncounted, speakers_in};
pub use document::{DocumentFault, document};
pub use erasure::{ErasureFault, erasure};
pub use faults::{
    ChainFault, HeaderFault, MessageFault, MessageFaultKind, PlaceFault, TailFault, ThreadFinding,
};
pub use filed::{FiledFault, filed};
pub use placed::{FilePlace, belongs_to, placed};
pub use report::{MessageVerdict, ThreadReport, Verdict};

use crate::model::{PublicKey, Thread};
use std::ops::Deref;

/// Something of which every signature and every link was checked.
#[derive(Debug, Clone)]
pub struct Verified<T>(T);

impl Verified<Thread> {
    /// The thread, if all of it is true.
    ///
    /// # Errors
    /// What is not true of it.
    pub fn check(thread: Thread) -> Result<Self, Untrue> {
        let findings = self::thread(&thread).findings();
        if findings.is_empty() {
            Ok(Self(thread))
        } else {
            Err(Untrue { findings })
        }
    }

    /// The same, for a thread as it lies on a branch.
    ///
    /// # Errors
    /// What is wrong with its place; if nothing is, what is not true of it.
    pub fn check_at(place: FilePlace<'_>, thread: Thread) -> Result<Self, Untrue> {
        let faults = placed(place, &thread);
        if faults.is_empty() {
            return Self::check(thread);
        }
        let findings = faults.into_iter().map(ThreadFinding::Place).collect();
        Err(Untrue { findings })
    }

    /// The same, for a thread that is to be brought to its place on somebody's branch, who alone
    /// may sign it, wherever it was found.
    ///
    /// # Errors
    /// What is not true of it.
    pub fn check_of(owner: &PublicKey, thread: Thread) -> Result<Self, Untrue> {
        match placed::foreign_branch(owner, &thread) {
            None => Self::check(thread),
            Some(fault) => Err(Untrue {
                findings: vec![ThreadFinding::Place(fault)],
            }),
        }
    }
}

/// A thread of which something is not true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", join(findings))]
pub struct Untrue {
    /// What, at least one.
    pub findings: Vec<ThreadFinding>,
}

fn join(findings: &[ThreadFinding]) -> String {
    let said: Vec<String> = findings.iter().map(ToString::to_string).collect();
    said.join("; ")
}

impl<T> Verified<T> {
    /// The value, to be changed and then signed or checked anew.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
