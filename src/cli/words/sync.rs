//! What a sync can fail with.

use crate::cli::{Exit, Failure};
use crate::render::safe::SafeText;
use crate::sync::{FaultKind, SyncError};

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Work(error) => error.into(),
            SyncError::Remote(fault) => {
                let hint = after_fault(fault.kind);
                Failure::of(fault, Exit::Failed, Some(hint))
            }
            error @ SyncError::Disk { .. } => Failure::of(error, Exit::Failed, None),
        }
    }
}

/// What to do where git could not do what it was to do.
pub fn after_fault(kind: FaultKind) -> SafeText {
    match kind {
        FaultKind::NoGit => "Install git, then try again.",
        FaultKind::Unreachable | FaultKind::BrokenOff => {
            "Nothing was lost. Check the network and the address (`mmogit remote list`), then try again."
        }
        FaultKind::NoRepository => {
            "Check the address with `mmogit remote list`; the repository must be there already: \
             git init --bare"
        }
        FaultKind::LoginFailed => {
            "Nobody is asked for a password here. For ssh, add your key to an agent (ssh-add); for https, \
             set up a credential helper for git. Then try again."
        }
        FaultKind::HostKeyUnknown => {
            "Connect to the host once with ssh, and compare its key with what its owner says."
        }
        FaultKind::Silent(_) | FaultKind::TooSlow(_) | FaultKind::TooLarge => {
            "Nothing was lost. The limits stand in config.toml, under [sync]."
        }
        FaultKind::NoRoom => "Make room, then try again; nothing that is here was lost.",
        FaultKind::BadObjects => "What the remote sends is damaged; whoever runs it must look at it.",
        FaultKind::Refused => "What the remote said is above; whoever runs it decides what it takes.",
        FaultKind::Moved => "Sync again.",
        FaultKind::Busy => {
            "Sync again. If it stays so, whoever runs the remote must look for a .lock file that a \
             program left there."
        }
        FaultKind::OtherObjectFormat => {
            "Make a repository there with: git init --bare --object-format=sha1"
        }
        FaultKind::Other => "What git said is above; nothing that is here was lost.",
    }
    .into()
}
