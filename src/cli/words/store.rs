//! What the store can fail with.

use crate::cli::{Exit, Failure};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::store::StoreError;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let hint = next_step(&error);
        Failure::of(error, Exit::Failed, hint)
    }
}

fn next_step(error: &StoreError) -> Option<SafeText> {
    match error {
        _ if error.is_out_of_reach() => {
            Some("Make room or make the folder writable; nothing that was accepted is lost.".into())
        }
        StoreError::Misplaced { path } => Some(safe_format!(
            "Something else wrote {} into your branch; look with `git -C ~/.mmogit/repo.git log`.",
            SafeText::line(path)
        )),
        StoreError::TooLarge { .. } => Some("Go on in a new thread: `mmogit chat`.".into()),
        StoreError::InUse { .. } => Some("End that chat, then try again.".into()),
        StoreError::Untrue { .. } => {
            Some("`mmogit verify` shows each finding; nothing was changed.".into())
        }
        StoreError::NoTimeLeft => Some("Set the clock, then try again; nothing was lost.".into()),
        StoreError::SymbolicBranch {
            path,
            branch,
            commit: Some(commit),
            ..
        } => Some(safe_format!(
            "Make it a branch again, with what it shows: git -C '{}' update-ref --no-deref {} {}",
            SafeText::shown(path.display()),
            SafeText::line(branch),
            SafeText::line(commit)
        )),
        StoreError::SymbolicBranch { path, branch, .. } => Some(safe_format!(
            "What it names is not there. To remove it: git -C '{}' symbolic-ref --delete {}",
            SafeText::shown(path.display()),
            SafeText::line(branch)
        )),
        StoreError::Erased { .. } => {
            Some("Nothing was saved: what was erased is not brought back.".into())
        }
        StoreError::Contended => Some("Try again; nothing that was accepted is lost.".into()),
        StoreError::Journal { .. } | StoreError::ForeignJournal { .. } => {
            Some("`mmogit doctor` shows what is in the journal folder.".into())
        }
        StoreError::Git { .. } | StoreError::ObjectTooLarge { .. } => {
            Some("`mmogit doctor` checks the repository.".into())
        }
        StoreError::Disk { .. } | StoreError::Unsupported { .. } => None,
    }
}
