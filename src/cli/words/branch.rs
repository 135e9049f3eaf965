//! What to do about what is wrong with a branch.

use crate::home::Home;
use crate::model::PublicKey;
use crate::render::safe::{SafeText, safe_line};
use crate::safe_format;
use crate::store::{BranchFinding, CommitFinding, CommitId};
use std::path::Path;

/// Where a home is, and whose.
#[derive(Debug, Clone, Copy)]
pub struct Advice<'a> {
    /// The home folder.
    pub home: &'a Path,
    /// The home's owner, if it has one.
    pub own: Option<PublicKey>,
}

impl Advice<'_> {
    /// The next step, if there is one: what the owner can do about a finding on somebody's branch.
    pub fn next(&self, owner: &PublicKey, finding: &BranchFinding) -> Option<SafeText> {
        let is_own = self.own == Some(*owner);
        match finding {
            BranchFinding::Gone { .. } | BranchFinding::MovedBack { .. } if is_own => Some(
                "the next chat, or any change, brings back what it had \
                 and keeps what is there now"
                    .into(),
            ),
            BranchFinding::Gone { seen } | BranchFinding::MovedBack { seen, .. } => {
                Some(safe_format!(
                    "put it back: {}; or, if that is as it should be: rm {}",
                    self.put_back(owner, seen),
                    self.note_of(owner)
                ))
            }
            BranchFinding::SeenUnreadable { .. }
            | BranchFinding::FolderUnreadable { .. }
            | BranchFinding::Unreadable { .. }
            | BranchFinding::Commit {
                finding: CommitFinding::Unreadable { .. },
                ..
            } => Some(safe_format!(
                "bring it back from a copy of the repository: \
                 git -C {} fetch --refetch COPY refs/heads/users/{}",
                self.repository(),
                owner
            )),
            BranchFinding::NoteDamaged { .. } => Some(safe_format!(
                "once you know that nothing of the branch is missing: rm {}",
                self.note_of(owner)
            )),
            BranchFinding::Commit { .. }
            | BranchFinding::Erasure { .. }
            | BranchFinding::Card { .. }
            | BranchFinding::Document { .. }
            | BranchFinding::RetiredSpoke { .. }
            | BranchFinding::PositionUnknown { .. }
            | BranchFinding::AfterSuccession { .. } => None,
        }
    }

    fn put_back(&self, owner: &PublicKey, seen: &CommitId) -> SafeText {
        safe_format!(
            "git -C {} update-ref refs/heads/users/{} {}",
            self.repository(),
            owner,
            SafeText::shown(seen)
        )
    }

    fn repository(&self) -> SafeText {
        quoted(&Home::at(self.home).repository())
    }

    fn note_of(&self, owner: &PublicKey) -> SafeText {
        quoted(&Home::at(self.home).tip_of(owner))
    }
}

/// A path as a shell takes it for one word.
pub fn quoted(path: &Path) -> SafeText {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) {
        return SafeText::line(&path);
    }
    if path != safe_line(&path) {
        // With its control characters it can't be shown; `$'…'` spells them.
        let spelled: String = path.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
        return safe_format!("$'{}'", SafeText::line(&spelled));
    }
    safe_format!("'{}'", SafeText::line(&path.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_to_a_shell() {
        for (path, word) in [
            ("/home/me/.mmogit", "/home/me/.mmogit"),
            ("/my home/it's", "'/my home/it'\\''s'"),
            ("/a;b", "'/a;b'"),
            ("/\u{1b}", "$'\\x2f\\x1b'"),
        ] {
            assert_eq!(quoted(Path::new(path)).as_str(), word);
        }
    }
}
