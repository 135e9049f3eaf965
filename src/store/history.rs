//! What a branch was, and what it is: its commits, what each took away, and how two of its states
//! differ.
//!
//! ```text
//! check            every commit of a tip: signed by the owner, and nothing taken away
//! losses           what one state holds and another lacks; the check's inner loop
//! closed           where a branch ends whose owner has a newer key
//! retired          what agents said after they were retired
//! findings         what can be wrong, by kinds
//! seen             the newest tip seen of each branch, kept outside the repository
//! diff             what an index must read anew when a branch has moved
//! thread_commits   which commits changed one thread
//! ```

pub(super) mod check;
pub(super) mod closed;
pub(super) mod diff;
pub(super) mod findings;
pub(super) mod losses;
mod retired;
pub(super) mod seen;
pub(super) mod thread_commits;
