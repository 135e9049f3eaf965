//! What is here and what a remote has become one, as far as each branch's owner signed it.
//!
//! ```text
//! look      what does the remote have?                          git ls-remote
//! fetch     what is not here comes into quarantine              git fetch
//! check     every new commit from its raw bytes                 store
//! take      others' branches go forward; the own one is joined  store
//! push      the own branch, and nothing else                    git push
//! ```
//!
//! The transport is the user's own `git`, which knows their keys, proxies and helpers. What stands
//! between it and what a remote sends is in [`git`]; what is believed of that is the store's to say.

mod fault;
mod fetching;
mod git;
mod partners;
mod plan;
mod pushing;
mod summary;
mod taking;

pub use fault::FaultKind;
pub use git::GitProgram;
pub use plan::{Request, SyncError, sync};
pub use summary::{Came, How, Refusal, Refused, Summary, Went};

/// What a sync is doing, told while it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It waits for another sync of the same home.
    Waiting,
    /// It asks the remote what it has.
    Looking,
    /// It fetches; with git's own last words.
    Fetching(String),
    /// It checks what came.
    Checking {
        /// How many branches were checked.
        done: usize,
        /// How many there are.
        total: usize,
    },
    /// It pushes; with git's own last words.
    Pushing(String),
}
