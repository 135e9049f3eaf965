//! Objects are looked at before they are read: what takes a few bytes on disk may take gigabytes in memory.

use crate::model::MAX_FILE_BYTES;
use git2::{ErrorClass, ErrorCode, Oid, Repository};

/// How many bytes an object has; for that it isn't read.
pub(super) fn size_of(repo: &Repository, id: Oid) -> Result<usize, git2::Error> {
    Ok(repo.odb()?.read_header(id)?.0)
}

/// A file's bytes, unless it is larger than any thread's.
pub(super) fn file(repo: &Repository, id: Oid) -> Result<Vec<u8>, git2::Error> {
    let size = size_of(repo, id)?;
    if size > MAX_FILE_BYTES {
        let why = format!("it has {size} bytes, more than the {} MiB of any thread", MAX_FILE_BYTES >> 20);
        return Err(git2::Error::new(ErrorCode::BufSize, ErrorClass::Odb, why));
    }
    Ok(repo.find_blob(id)?.content().to_vec())
}
