//! What lies where in a branch's tree.

use super::ObjectError;
use git2::{ObjectType, Repository, Tree};

/// The mode of a thread's file (format.md, section 11).
pub(in crate::store) const PLAIN: i32 = 0o100_644;

/// The folder at a path, if it is there and is a folder. One that can't be read is an error, and
/// not missing.
pub(in crate::store) fn folder_at<'r>(
    repo: &'r Repository,
    tree: &Tree<'r>,
    path: &[impl AsRef<str>],
) -> Result<Option<Tree<'r>>, ObjectError> {
    let mut folder = tree.clone();
    for name in path {
        let found = folder
            .get_name(name.as_ref())
            .filter(|entry| entry.kind() == Some(ObjectType::Tree));
        let Some(id) = found.map(|entry| entry.id()) else {
            return Ok(None);
        };
        folder = super::folder(repo, id)?;
    }
    Ok(Some(folder))
}
