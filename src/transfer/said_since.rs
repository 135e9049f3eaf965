//! What was said in a thread that another machine had erased: it leaves the branch, and is kept in
//! a bundle, so that nothing is lost behind anybody's back.

use super::bundle;
use crate::files::{self, Readers};
use crate::home::Home;
use crate::model::Hash;
use crate::store::{SaidSince, StoreError};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Writes a bundle of the one thread into the home, and returns where it is. One that was written
/// before is found there again.
///
/// # Errors
///
/// If the disk refuses.
pub fn keep_said_since(home: Home<'_>, said: &SaidSince) -> Result<PathBuf, StoreError> {
    let path = home.kept().join(name_of(said));
    write(home, &path, said).map_err(|source| StoreError::Disk {
        path: path.clone(),
        source,
    })?;
    Ok(path)
}

fn write(home: Home<'_>, path: &Path, said: &SaidSince) -> io::Result<()> {
    if path.try_exists()? {
        return Ok(());
    }
    fs::create_dir_all(home.kept())?;
    let mut bytes = Vec::new();
    let authors = BTreeSet::from([said.thread.author()]);
    bundle::write_header(&mut bytes, 1, &authors)?;
    bytes.extend(bundle::line(&said.thread.to_file()).map_err(io::Error::other)?);
    files::replace(path, "kept-", Readers::Owner, &bytes)?;
    files::sync(home.path())
}

/// Named after the thread, and after what of it is kept.
fn name_of(said: &SaidSince) -> String {
    let (id, root) = (said.thread.id(), said.thread.root());
    let content = Hash(Sha256::digest(said.thread.to_file()).into());
    format!("{id}-{}-{}.bundle", root.short(), content.short())
}
