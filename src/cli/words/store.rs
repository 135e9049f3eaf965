//! What the store can fail with.

use super::{quoted, sealing};
use crate::cli::{Exit, Failure};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::store::{RepositoryKind, StoreError};
use crate::verify::FiledFault;
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
        StoreError::Sealing(why) => sealing::next_step(why),
        StoreError::Filed {
            fault: FiledFault::TooLarge,
            ..
        } => Some("Nothing was saved. It has room for 1 MiB.".into()),
        StoreError::TooLarge { .. } => Some("Go on in a new thread: `mmogit chat`.".into()),
        StoreError::InUse { .. } => Some("End that chat, then try again.".into()),
        StoreError::Untrue { .. } | StoreError::Card { .. } | StoreError::Filed { .. } => {
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
        StoreError::Succeeded { .. } => Some(
            "Nothing was lost: what you said waits in a journal. Bring the newer identity here with \
             `mmogit init --recover` and MMOGIT_HOME set to a new folder."
                .into(),
        ),
        StoreError::Erased { .. } => {
            Some("Nothing was saved: what was erased is not brought back.".into())
        }
        StoreError::ErasureNoteDamaged { path } => Some(safe_format!(
            "Erase that thread again, with `mmogit thread-erase`; then remove the note: rm {}",
            quoted(path)
        )),
        StoreError::Contended => Some("Try again; nothing that was accepted is lost.".into()),
        StoreError::JournalLost { .. } => Some(
            "Something else removes or changes files in your home; see to it that nothing does."
                .into(),
        ),
        StoreError::Journal { .. } | StoreError::ForeignJournal { .. } => {
            Some("`mmogit doctor` shows what is in the journal folder.".into())
        }
        StoreError::Git { .. } | StoreError::ObjectTooLarge { .. } => {
            Some("`mmogit doctor` checks the repository.".into())
        }
        StoreError::Unsupported { path, uses } => Some(converted(path, *uses)),
        StoreError::NoteDamaged { path } => Some(safe_format!(
            "Remove it, and sync again; then a remote that moved a branch back is not noticed once: rm {}",
            quoted(path)
        )),
        StoreError::RemoteExists { .. } => {
            Some("`mmogit remote list` shows it; `mmogit remote remove` makes room.".into())
        }
        StoreError::NoSuchRemote { known, .. } => Some(one_of_the_remotes(known)),
        StoreError::Disk { .. } | StoreError::Vanished { .. } | StoreError::NotOnDisk { .. } => {
            None
        }
    }
}

/// The remotes there are, or how to set one up.
pub fn one_of_the_remotes(known: &[String]) -> SafeText {
    if known.is_empty() {
        return "Set one up: mmogit remote add origin URL".into();
    }
    safe_format!("There are: {}", SafeText::line(&known.join(", ")))
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
