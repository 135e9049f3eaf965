//! What is in memory stays there.

use rustix::process::{Resource, Rlimit, setrlimit};

/// From now on neither this process nor one that it starts leaves its memory in a file when it
/// crashes: it holds keys, and words that are sealed everywhere else. Where the system refuses, it
/// is as it was.
pub fn leave_none() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
}
