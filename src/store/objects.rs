//! Objects are looked at before they are read: what takes a few bytes on disk may take gigabytes in
//! memory.

pub(super) mod ancestry;
pub(super) mod pack;
pub(super) mod places;
pub(super) mod repository;
pub(super) mod threads;

use crate::model::MAX_FILE_BYTES;
use git2::{Commit, ErrorClass, ErrorCode, ObjectType, Oid, Repository, Tree};

/// The most bytes of a commit, or of a tag. One of ours has some 600.
const MAX_COMMIT: usize = 1 << 20;

/// The most bytes of a folder: a day with 100,000 threads takes 5 million.
const MAX_FOLDER: usize = 8 << 20;

/// How many bytes an object has; for that it isn't read.
pub(super) fn size_of(repo: &Repository, id: Oid) -> Result<usize, git2::Error> {
    Ok(repo.odb()?.read_header(id)?.0)
}

/// A file's bytes, unless it is larger than any thread's.
pub(super) fn file(repo: &Repository, id: Oid) -> Result<Vec<u8>, git2::Error> {
    is_at_most(repo, id, MAX_FILE_BYTES, "any thread")?;
    Ok(repo.find_blob(id)?.content().to_vec())
}

/// A commit, unless it is larger than any that is read.
pub(super) fn commit(repo: &Repository, id: Oid) -> Result<Commit<'_>, git2::Error> {
    is_at_most(repo, id, MAX_COMMIT, "any commit that is read")?;
    repo.find_commit(id)
}

/// A commit as git keeps it, by the same rule.
pub(super) fn commit_bytes(repo: &Repository, id: Oid) -> Result<Vec<u8>, git2::Error> {
    is_at_most(repo, id, MAX_COMMIT, "any commit that is read")?;
    Ok(repo.odb()?.read(id)?.data().to_vec())
}

/// A folder, unless it is larger than any that is read.
pub(super) fn folder(repo: &Repository, id: Oid) -> Result<Tree<'_>, git2::Error> {
    is_readable_folder(repo, id)?;
    repo.find_tree(id)
}

/// Whether a folder, which was just written, could be read back.
pub(super) fn is_readable_folder(repo: &Repository, id: Oid) -> Result<(), git2::Error> {
    is_at_most(repo, id, MAX_FOLDER, "any folder that is read")
}

/// All that a commit holds.
pub(super) fn tree_of(repo: &Repository, commit_id: Oid) -> Result<Tree<'_>, git2::Error> {
    folder(repo, commit(repo, commit_id)?.tree_id())
}

/// What a tag is about.
pub(super) fn target_of_tag(repo: &Repository, id: Oid) -> Result<Oid, git2::Error> {
    is_at_most(repo, id, MAX_COMMIT, "any tag that is read")?;
    Ok(repo.find_tag(id)?.target_id())
}

/// An object's id and kind; of a tag, those of what it is about in the end.
pub(super) fn peeled(repo: &Repository, mut id: Oid) -> Result<(Oid, ObjectType), git2::Error> {
    let objects = repo.odb()?;
    loop {
        match objects.read_header(id)?.1 {
            ObjectType::Tag => id = target_of_tag(repo, id)?,
            kind => return Ok((id, kind)),
        }
    }
}

/// Whether an object was not read for its size.
pub(super) fn is_too_large(error: &git2::Error) -> bool {
    error.code() == ErrorCode::BufSize
}

fn is_at_most(repo: &Repository, id: Oid, most: usize, what: &str) -> Result<(), git2::Error> {
    let size = size_of(repo, id)?;
    if size <= most {
        return Ok(());
    }
    let why = format!(
        "it has {size} bytes, more than the {} MiB of {what}",
        most >> 20
    );
    Err(git2::Error::new(ErrorCode::BufSize, ErrorClass::Odb, why))
}
