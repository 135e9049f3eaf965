//! What the store can fail with.

use super::quoted;
use crate::cli::{Exit, Failure};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::store::{RepositoryKind, StoreError};
use std::path::Path;

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
        StoreError::ErasureNoteDamaged { path } => Some(safe_format!(
            "Erase that thread again, with `mmogit thread-erase`; then remove the note: rm {}",
            quoted(path)
        )),
        StoreError::Contended => Some("Try again; nothing that was accepted is lost.".into()),
        StoreError::Journal { .. } | StoreError::ForeignJournal { .. } => {
            Some("`mmogit doctor` shows what is in the journal folder.".into())
        }
        StoreError::Git { .. } | StoreError::ObjectTooLarge { .. } => {
            Some("`mmogit doctor` checks the repository.".into())
        }
        StoreError::Unsupported { path, uses } => Some(converted(path, *uses)),
        StoreError::Disk { .. } | StoreError::Vanished { .. } => None,
    }
}

/// How a repository becomes one that can be opened.
fn converted(path: &Path, uses: RepositoryKind) -> SafeText {
    let path = quoted(path);
    match uses {
        RepositoryKind::Reftable => safe_format!(
            "Convert it: git -C {} refs migrate --ref-format=files",
            path
        ),
        RepositoryKind::Sha256 => safe_format!(
            "Clone what is in {} into a repository \
             that `git init --bare --object-format=sha1` made.",
            path
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_of_another_kind_is_told_with_the_way_out() {
        for (uses, named, way_out) in [
            (
                RepositoryKind::Reftable,
                "reftable",
                "refs migrate --ref-format=files",
            ),
            (RepositoryKind::Sha256, "SHA-256", "--object-format=sha1"),
        ] {
            let path = "/home/me/.mmogit/repo.git".into();
            let error = StoreError::Unsupported { path, uses };
            assert!(error.to_string().contains(named), "{error}");
            let hint = next_step(&error).unwrap();
            assert!(hint.to_string().contains(way_out), "{hint}");
        }
    }
}
