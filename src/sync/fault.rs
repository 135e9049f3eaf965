//! Why git could not do what it was to do, as kinds. Git has no codes for it: its messages, in the
//! one language that it is run in, are read for them.

use std::fmt;
use std::time::Duration;

/// What kept git from doing what it was to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The kind.
    pub kind: FaultKind,
    /// What git, or the remote, said at the end; anybody may have written it.
    pub said: String,
}

/// The kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// There is no git on this machine.
    NoGit,
    /// Nobody answers at that address.
    Unreachable,
    /// There is no repository at that address.
    NoRepository,
    /// The remote lets nobody in with what was shown to it.
    LoginFailed,
    /// The host's key is not known, or is another one than before.
    HostKeyUnknown,
    /// Nothing was heard for so long.
    Silent(Duration),
    /// It took longer than this in all.
    TooSlow(Duration),
    /// More came than is taken at once.
    TooLarge,
    /// The connection broke.
    BrokenOff,
    /// A disk, here or there, is full.
    NoRoom,
    /// What came holds objects that git does not accept.
    BadObjects,
    /// The remote does not take what is pushed.
    Refused,
    /// The branch was moved there by somebody else meanwhile.
    Moved,
    /// Another program holds the branch there, or died while it held it.
    Busy,
    /// The remote's repository uses longer names of objects.
    OtherObjectFormat,
    /// Anything else.
    Other,
}

impl FaultKind {
    /// A name that does not change.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoGit => "no-git",
            Self::Unreachable => "unreachable",
            Self::NoRepository => "no-repository",
            Self::LoginFailed => "login-failed",
            Self::HostKeyUnknown => "host-key-unknown",
            Self::Silent(_) => "silent",
            Self::TooSlow(_) => "too-slow",
            Self::TooLarge => "too-large",
            Self::BrokenOff => "broken-off",
            Self::NoRoom => "no-room",
            Self::BadObjects => "bad-objects",
            Self::Refused => "refused-by-remote",
            Self::Moved => "moved-meanwhile",
            Self::Busy => "branch-busy",
            Self::OtherObjectFormat => "other-object-format",
            Self::Other => "git-failed",
        }
    }

    /// Whether it is about what came, and not about the way: then other branches may come.
    pub(super) fn is_about_content(self) -> bool {
        matches!(
            self,
            Self::TooLarge
                | Self::BadObjects
                | Self::BrokenOff
                | Self::Moved
                | Self::Busy
                | Self::Other
        )
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGit => f.write_str("there is no git on this machine"),
            Self::Unreachable => f.write_str("nobody answers at that address"),
            Self::NoRepository => f.write_str("there is no repository at that address"),
            Self::LoginFailed => f.write_str("the remote lets nobody in with what was shown to it"),
            Self::HostKeyUnknown => {
                f.write_str("the host's key is not known, or is another one than before")
            }
            Self::Silent(time) => write!(f, "nothing was heard for {} seconds", time.as_secs()),
            Self::TooSlow(time) => write!(f, "it took more than {} seconds", time.as_secs()),
            Self::TooLarge => f.write_str("more came than is taken at once"),
            Self::BrokenOff => f.write_str("the connection broke"),
            Self::NoRoom => f.write_str("a disk is full, here or at the remote"),
            Self::BadObjects => f.write_str("it sends objects that git does not accept"),
            Self::Refused => f.write_str("the remote does not take it"),
            Self::Moved => f.write_str("somebody else moved the branch there meanwhile"),
            Self::Busy => f.write_str("another program holds the branch there"),
            Self::OtherObjectFormat => {
                f.write_str("the remote's repository uses other names of objects (SHA-256)")
            }
            Self::Other => f.write_str("git failed"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        match self.said.is_empty() {
            true => Ok(()),
            false => write!(f, ": {}", self.said),
        }
    }
}

impl std::error::Error for Fault {}

/// What git's words mean, the first that fits.
const WORDS: &[(FaultKind, &[&str])] = &[
    (
        FaultKind::NoRoom,
        &["No space left on device", "Disk quota exceeded"],
    ),
    (
        FaultKind::TooLarge,
        &[
            "File too large",
            "signal 25",
            "exceeds maximum allowed size",
            "Out of memory",
            "out of memory",
        ],
    ),
    (
        FaultKind::OtherObjectFormat,
        &["mismatched algorithms", "unsupported object format"],
    ),
    (FaultKind::HostKeyUnknown, &["Host key verification failed"]),
    (
        FaultKind::LoginFailed,
        &[
            "Permission denied (",
            "Authentication failed",
            "could not read Username",
            "could not read Password",
            "terminal prompts disabled",
            "returned error: 401",
            "returned error: 403",
        ],
    ),
    (
        FaultKind::Unreachable,
        &[
            "Could not resolve host",
            "Connection refused",
            "Failed to connect",
            "Couldn't connect",
            "No route to host",
            "Network is unreachable",
            "Connection timed out",
            "Operation timed out",
            "Operation too slow",
        ],
    ),
    (
        FaultKind::BadObjects,
        &[
            "fsck error",
            "index-pack failed",
            "unpack-objects failed",
            "index-pack abnormal exit",
            "did not send all necessary objects",
            "pack has bad object",
            "pack is corrupted",
            "inflate returned",
            "protocol error: bad pack header",
            "missing blob",
            "missing tree",
            "missing commit",
            "bad tree",
            "possible repository corruption",
            "unable to read",
            "error: Could not read",
        ],
    ),
    (
        FaultKind::Busy,
        &["Another git process seems to be running"],
    ),
    (
        FaultKind::Moved,
        &[
            "couldn't find remote ref",
            "(stale info)",
            "(fetch first)",
            "(non-fast-forward)",
            "cannot lock ref",
            "failed to update ref",
            "reference already exists",
        ],
    ),
    (
        FaultKind::Refused,
        &[
            "[remote rejected]",
            "pre-receive hook declined",
            "hook declined",
        ],
    ),
    (
        FaultKind::NoRepository,
        &[
            "does not appear to be a git repository",
            "not a git repository",
            "repository not found",
            "Repository not found",
            "not found: did you run git update-server-info",
            "' not found",
            "does not exist",
        ],
    ),
    (
        FaultKind::BrokenOff,
        &[
            "early EOF",
            "unexpected disconnect",
            "hung up",
            "Connection reset",
            "Connection closed",
            "Broken pipe",
            "RPC failed",
            "transfer closed with",
            "Empty reply from server",
            "expected flush after",
            "bad line length",
            "read error",
        ],
    ),
];

/// The longest of git's words that is kept.
const MAX_SAID: usize = 600;

/// What a failed run of git means.
pub(super) fn of_words(text: &str) -> Fault {
    let kind = WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|word| text.contains(word)));
    Fault {
        kind: kind.map_or(FaultKind::Other, |(kind, _)| *kind),
        said: last_words(text),
    }
}

/// The lines that say something, without progress, in one.
pub(super) fn last_words(text: &str) -> String {
    let is_progress = |line: &&str| line.contains('%') || line.ends_with("done.");
    let lines = text
        .split(['\n', '\r'])
        .map(str::trim)
        .filter(|line| !line.is_empty() && !is_progress(line));
    let mut said = lines.collect::<Vec<_>>().join("; ");
    if said.len() > MAX_SAID {
        let mut begin = said.len() - MAX_SAID;
        while !said.is_char_boundary(begin) {
            begin += 1;
        }
        said = format!("…{}", &said[begin..]);
    }
    said
}
