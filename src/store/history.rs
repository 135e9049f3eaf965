//! What a branch was, and what it is: its commits, what each took away, and how two of its states
//! differ.

pub(super) mod check;
pub(super) mod diff;
pub(super) mod findings;
pub(super) mod losses;
pub(super) mod seen;
pub(super) mod thread_commits;
