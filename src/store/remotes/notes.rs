//! What is noted of each remote, beside the repository: what was pushed there, so that no session
//! replaces a commit that somebody may have; what each branch had there, so that a remote that moves
//! one back is noticed; and whose branches are wanted.
//!
//! Notes are by place and not by name: a remote that is called otherwise is the same one.

use super::Address;
use crate::bounded;
use crate::files::{self, Readers};
use crate::model::{Hash, PublicKey};
use crate::store::disk::{bytes_of, entries_of};
use crate::store::lock::RepositoryLock;
use crate::store::{CommitId, Store, StoreError};
use git2::Oid;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// In the folder of a remote: the tips that were, or are being, pushed there, one a line.
const PUSHED: &str = "pushed";
/// What each branch had there when it was last looked at: `<author> <commit>`.
const SEEN: &str = "seen";
/// The authors whose branches the owner wants of it, one a line; all, if nobody is named.
const FOLLOWED: &str = "followed";

impl Store {
    pub(super) fn notes_of(&self, address: &Address) -> PathBuf {
        let place = Sha256::digest(address.without_login().as_bytes());
        self.home().remotes().join(Hash(place.into()).to_string())
    }

    /// Notes that the newest commit of a branch is about to be pushed, and which it is: from now on
    /// others may have it, and no session replaces it.
    ///
    /// # Errors
    ///
    /// If the branch can't be read, or the note can't be written.
    pub fn note_push(
        &self,
        address: &Address,
        owner: &PublicKey,
    ) -> Result<Option<CommitId>, StoreError> {
        // A session asks what was pushed, and replaces its commit, under this lock.
        let _lock = RepositoryLock::wait(self.home())?;
        let Some(tip) = self.tip(owner)? else {
            return Ok(None);
        };
        let mut tips = self.pushed_to(address)?;
        if !tips.contains(&tip.0) {
            tips.push(tip.0);
        }
        self.write_note(address, PUSHED, &lines(&tips))?;
        Ok(Some(tip))
    }

    /// Notes that a commit was pushed, and with it all that it stands on.
    ///
    /// # Errors
    ///
    /// If the note can't be written.
    pub fn note_pushed(&self, address: &Address, tip: CommitId) -> Result<(), StoreError> {
        self.write_note(address, PUSHED, &lines(&[tip.0]))
    }

    /// Whether a commit was pushed to a remote as the newest one, or may have been.
    ///
    /// # Errors
    ///
    /// If the note can't be read.
    pub fn was_pushed_to(&self, address: &Address, tip: CommitId) -> Result<bool, StoreError> {
        Ok(self.pushed_to(address)?.contains(&tip.0))
    }

    /// What each branch had at a remote when it was last looked at.
    ///
    /// # Errors
    ///
    /// If the note can't be read, or is damaged.
    pub fn seen_at(&self, address: &Address) -> Result<BTreeMap<PublicKey, CommitId>, StoreError> {
        let path = self.notes_of(address).join(SEEN);
        lines_of(&path, |line| {
            let (author, tip) = line.split_once(' ')?;
            Some((author.parse().ok()?, CommitId(Oid::from_str(tip).ok()?)))
        })
    }

    /// What an author's branch had at each remote when that was last looked at. What can't be read
    /// is passed over.
    pub(in crate::store) fn tips_seen_anywhere(&self, author: &PublicKey) -> Vec<Oid> {
        let mut tips = Vec::new();
        for notes in entries_of(&self.home().remotes()).unwrap_or_default() {
            let seen: Vec<Option<Oid>> = lines_of(&notes.join(SEEN), |line| {
                let (of, tip) = line.split_once(' ')?;
                let is_theirs = of.parse() == Ok(*author);
                Some(Oid::from_str(tip).ok().filter(|_| is_theirs))
            })
            .unwrap_or_default();
            tips.extend(seen.into_iter().flatten());
        }
        tips
    }

    /// Whose branches the owner wants of a remote; `None`: all.
    ///
    /// # Errors
    ///
    /// If the note can't be read, or is damaged.
    pub fn followed_at(
        &self,
        address: &Address,
    ) -> Result<Option<BTreeSet<PublicKey>>, StoreError> {
        let path = self.notes_of(address).join(FOLLOWED);
        let followed: BTreeSet<PublicKey> = lines_of(&path, |line| line.parse().ok())?;
        Ok(Some(followed).filter(|followed| !followed.is_empty()))
    }

    /// Notes whose branches the owner wants of a remote from now on; `None`: all.
    ///
    /// # Errors
    ///
    /// If the note can't be written.
    pub fn follow_at(
        &self,
        address: &Address,
        authors: Option<&BTreeSet<PublicKey>>,
    ) -> Result<(), StoreError> {
        let lines = authors.into_iter().flatten();
        let lines: String = lines.map(|author| format!("{author}\n")).collect();
        self.write_note(address, FOLLOWED, &lines)
    }

    /// Notes what each branch has at a remote.
    ///
    /// # Errors
    ///
    /// If the note can't be written.
    pub fn note_seen(
        &self,
        address: &Address,
        seen: &BTreeMap<PublicKey, CommitId>,
    ) -> Result<(), StoreError> {
        let lines = seen.iter().map(|(author, tip)| format!("{author} {tip}\n"));
        self.write_note(address, SEEN, &lines.collect::<String>())
    }

    pub(super) fn write_note(
        &self,
        address: &Address,
        name: &str,
        text: &str,
    ) -> Result<(), StoreError> {
        let folder = self.notes_of(address);
        fs::create_dir_all(&folder).map_err(StoreError::disk(&folder))?;
        let path = folder.join(name);
        files::replace(&path, "note-", Readers::Owner, text.as_bytes())
            .map_err(StoreError::disk(&path))
    }

    /// The tips that were, or may have been, pushed to a remote.
    pub(super) fn pushed_to(&self, address: &Address) -> Result<Vec<Oid>, StoreError> {
        tips_in(&self.notes_of(address).join(PUSHED))
    }

    /// The tips that were, or may have been, pushed to any remote.
    pub(in crate::store) fn pushed_tips(&self) -> Result<Vec<Oid>, StoreError> {
        let mut tips = Vec::new();
        for folder in entries_of(&self.home().remotes())? {
            if bounded::has_folder(&folder).map_err(StoreError::disk(&folder))? {
                tips.extend(tips_in(&folder.join(PUSHED))?);
            }
        }
        Ok(tips)
    }
}

/// What the lines of a note say; nothing, if there is none.
fn lines_of<T, All: FromIterator<T>>(
    path: &Path,
    read: impl Fn(&str) -> Option<T>,
) -> Result<All, StoreError> {
    let bytes = bytes_of(path)?.unwrap_or_default();
    let damaged = || StoreError::NoteDamaged {
        path: path.to_owned(),
    };
    let text = str::from_utf8(&bytes).map_err(|_| damaged())?;
    let lines = text.lines().map(|line| read(line).ok_or_else(damaged));
    lines.collect()
}

fn tips_in(path: &Path) -> Result<Vec<Oid>, StoreError> {
    lines_of(path, |line| Oid::from_str(line).ok())
}

fn lines(tips: &[Oid]) -> String {
    tips.iter().map(|tip| format!("{tip}\n")).collect()
}
