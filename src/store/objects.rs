//! Objects are looked at before they are read: what takes a few bytes on disk may take gigabytes in
//! memory.
//!
//! ```text
//! repository   the bare repository: made, opened, and where its branches are
//! threads      the threads' files on a branch, found and read, a few or all at once
//! places       folders on the way to them
//! ancestry     what a commit stands on
//! pack         many objects in one file
//! ```

pub(super) mod ancestry;
pub(super) mod pack;
pub(super) mod places;
pub(super) mod repository;
pub(super) mod threads;

use crate::model::MAX_FILE_BYTES;
use git2::{Commit, ErrorCode, ObjectType, Oid, Repository, Tree};

/// The most bytes of a commit, or of a tag. One of ours has some 600.
const MAX_COMMIT: usize = 1 << 20;

/// The most bytes of a folder: a day with 100,000 threads takes 5 million.
const MAX_FOLDER: usize = 8 << 20;

/// Why an object is not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ObjectError {
    /// libgit2 can't.
    #[error("{}", .0.message())]
    Git(#[from] git2::Error),
    /// It is larger than what is ever read of its kind.
    #[error("it has {bytes} bytes, more than the {} MiB of {than}", most >> 20)]
    TooLarge {
        bytes: usize,
        most: usize,
        than: &'static str,
    },
}

impl ObjectError {
    /// Whether it is not there at all.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Git(error) if error.code() == ErrorCode::NotFound)
    }

    pub(super) fn is_too_large(&self) -> bool {
        matches!(self, Self::TooLarge { .. })
    }
}

/// How many bytes an object has; for that it isn't read.
pub(super) fn size_of(repo: &Repository, id: Oid) -> Result<usize, ObjectError> {
    Ok(repo.odb()?.read_header(id)?.0)
}

/// A file's bytes, unless it is larger than any thread's.
pub(super) fn file(repo: &Repository, id: Oid) -> Result<Vec<u8>, ObjectError> {
    is_at_most(repo, id, MAX_FILE_BYTES, "any thread")?;
    Ok(repo.find_blob(id)?.content().to_vec())
}

/// A commit, unless it is larger than any that is read.
pub(super) fn commit(repo: &Repository, id: Oid) -> Result<Commit<'_>, ObjectError> {
    is_at_most(repo, id, MAX_COMMIT, "any commit that is read")?;
    Ok(repo.find_commit(id)?)
}

/// A commit as git keeps it, by the same rule.
pub(super) fn commit_bytes(repo: &Repository, id: Oid) -> Result<Vec<u8>, ObjectError> {
    is_at_most(repo, id, MAX_COMMIT, "any commit that is read")?;
    Ok(repo.odb()?.read(id)?.data().to_vec())
}

/// A folder, unless it is larger than any that is read.
pub(super) fn folder(repo: &Repository, id: Oid) -> Result<Tree<'_>, ObjectError> {
    is_readable_folder(repo, id)?;
    Ok(repo.find_tree(id)?)
}

/// Whether a folder, which was just written, could be read back.
pub(super) fn is_readable_folder(repo: &Repository, id: Oid) -> Result<(), ObjectError> {
    is_at_most(repo, id, MAX_FOLDER, "any folder that is read")
}

/// All that a commit holds.
pub(super) fn tree_of(repo: &Repository, commit_id: Oid) -> Result<Tree<'_>, ObjectError> {
    folder(repo, commit(repo, commit_id)?.tree_id())
}

/// What a tag is about.
pub(super) fn target_of_tag(repo: &Repository, id: Oid) -> Result<Oid, ObjectError> {
    is_at_most(repo, id, MAX_COMMIT, "any tag that is read")?;
    Ok(repo.find_tag(id)?.target_id())
}

/// An object's id and kind; of a tag, those of what it is about in the end.
pub(super) fn peeled(repo: &Repository, mut id: Oid) -> Result<(Oid, ObjectType), ObjectError> {
    let objects = repo.odb()?;
    loop {
        match objects.read_header(id)?.1 {
            ObjectType::Tag => id = target_of_tag(repo, id)?,
            kind => return Ok((id, kind)),
        }
    }
}

fn is_at_most(
    repo: &Repository,
    id: Oid,
    most: usize,
    than: &'static str,
) -> Result<(), ObjectError> {
    let bytes = size_of(repo, id)?;
    if bytes <= most {
        return Ok(());
    }
    Err(ObjectError::TooLarge { bytes, most, than })
}
