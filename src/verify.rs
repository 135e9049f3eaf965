//! What is true: signatures, chains and tails are checked here and nowhere else.
//!
//! [`thread`] never fails; it reports, check by check. [`Verified`] is the type of what passed them
//! all: code that acts on a thread's word takes a `Verified<Thread>`, and there is no other way to
//! make one.

mod checks;
mod commit;
mod erasure;
mod report;

pub use checks::{signature, thread};
pub use commit::commit;
pub use erasure::erasure;
pub use report::{Check, MessageVerdict, ThreadReport, Verdict};

use crate::model::Thread;
use std::ops::Deref;

/// Something of which every signature and every link was checked.
#[derive(Debug, Clone)]
pub struct Verified<T>(T);

impl Verified<Thread> {
    /// The thread, if all of it is true; otherwise the report that says what is not.
    pub fn check(thread: Thread) -> Result<Self, Box<(Thread, ThreadReport)>> {
        let report = self::thread(&thread);
        if report.verdict() == Verdict::Valid {
            Ok(Self(thread))
        } else {
            Err(Box::new((thread, report)))
        }
    }
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
