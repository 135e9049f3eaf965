//! The newest tip seen of each branch, remembered outside the repository: whoever moves a branch
//! back can't hide it.
//!
//! A remembered tip gives way only to one that is proved to hold all that it held.

use crate::bounded;
use crate::files::{Existing, NewFile, Readers};
use crate::home::Home;
use crate::model::{PublicKey, crash_point};
use crate::store::disk::{bytes_of, entries_of, sync};
use crate::store::history::findings::{BranchFinding, CommitFinding};
use crate::store::lock::RepositoryLock;
use crate::store::objects::ancestry;
use crate::store::{CommitId, Store, StoreError, objects};
use git2::Oid;
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What is remembered of a branch.
pub(in crate::store) enum Remembered {
    Nothing,
    Tip(Oid),
    /// Something is, and it is no commit's id.
    Damaged(PathBuf),
}

impl Remembered {
    /// What is found where this is remembered, and there is no branch; or no telling which.
    fn without_branch(self) -> Option<BranchFinding> {
        match self {
            Self::Nothing => None,
            Self::Damaged(path) => Some(BranchFinding::NoteDamaged { path }),
            Self::Tip(seen) => Some(BranchFinding::Gone {
                seen: CommitId(seen),
            }),
        }
    }
}

impl Store {
    /// Remembers a tip. The file is shorter than a disk's sector and is rewritten in place; it
    /// comes into being whole.
    pub(in crate::store) fn remember_tip(
        &self,
        author: &PublicKey,
        tip: Oid,
    ) -> Result<(), StoreError> {
        let path = self.home().tip_of(author);
        let line = format!("{tip}\n");
        let written = match bounded::open_to_write(&path) {
            Ok(file) => file
                .write_all_at(line.as_bytes(), 0)
                .and_then(|()| file.sync_data()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return self.remember_first_tip(author, &line);
            }
            Err(error) => Err(error),
        };
        written.map_err(StoreError::disk(&path))
    }

    fn remember_first_tip(&self, author: &PublicKey, line: &str) -> Result<(), StoreError> {
        let folder = self.home().tips();
        fs::create_dir_all(&folder).map_err(StoreError::disk(&folder))?;
        let path = self.home().tip_of(author);
        let written = NewFile::beside(&path, "tip-", Readers::Owner).and_then(|mut file| {
            file.write_all(line.as_bytes())?;
            crash_point!("tip-drafted");
            file.keep(Existing::Replace)
        });
        written.map_err(StoreError::disk(&path))?;
        sync(&folder)
    }

    /// The authors of whom a tip is remembered, whether or not their branch is still there.
    ///
    /// # Errors
    ///
    /// If the folder of these notes can't be read.
    pub fn remembered_authors(&self) -> Result<Vec<PublicKey>, StoreError> {
        let notes = entries_of(&self.home().tips())?;
        let author = |path: &PathBuf| path.file_name()?.to_str()?.parse().ok();
        Ok(notes.iter().filter_map(author).collect())
    }

    pub(in crate::store) fn remembered(
        &self,
        author: &PublicKey,
    ) -> Result<Remembered, StoreError> {
        remembered_in(self.home(), author)
    }

    /// What a branch lacks whose whole repository is not there: all that it was seen to have, if
    /// it was ever seen.
    ///
    /// # Errors
    ///
    /// If it can't be told what it was seen to have.
    pub fn lost_with_repository(
        home: &Path,
        author: &PublicKey,
    ) -> Result<Option<BranchFinding>, StoreError> {
        Ok(remembered_in(Home::at(home), author)?.without_branch())
    }

    pub(in crate::store) fn remembered_tip(
        &self,
        author: &PublicKey,
    ) -> Result<Option<Oid>, StoreError> {
        Ok(match self.remembered(author)? {
            Remembered::Tip(tip) => Some(tip),
            Remembered::Nothing | Remembered::Damaged(_) => None,
        })
    }

    /// The commit that a branch was seen to have; `None` if it was not seen, or its note is damaged.
    ///
    /// # Errors
    ///
    /// If the note can't be read.
    pub fn seen_tip(&self, author: &PublicKey) -> Result<Option<CommitId>, StoreError> {
        Ok(self.remembered_tip(author)?.map(CommitId))
    }

    /// What a branch lacks of what it was once seen to have, if it lacks anything.
    ///
    /// # Errors
    ///
    /// If it can't be told where the branch is, or what it was seen to have.
    pub fn lost_since_seen(&self, author: &PublicKey) -> Result<Option<BranchFinding>, StoreError> {
        self.lost_at(author, self.tip(author)?)
    }

    /// The same of the branch as it was found; `None` if it was not there.
    pub(in crate::store) fn lost_at(
        &self,
        author: &PublicKey,
        tip: Option<CommitId>,
    ) -> Result<Option<BranchFinding>, StoreError> {
        match (self.remembered(author)?, tip) {
            (Remembered::Tip(seen), Some(CommitId(tip))) => self.lost_between(author, seen, tip),
            (remembered, _) => Ok(remembered.without_branch()),
        }
    }

    /// What a commit lacks of one that was seen before. It holds all of it if nothing is missing
    /// and it descends from it; so does a session's commit that replaced the session's earlier one:
    /// then the parent is shared.
    pub(in crate::store) fn lost_between(
        &self,
        author: &PublicKey,
        seen: Oid,
        tip: Oid,
    ) -> Result<Option<BranchFinding>, StoreError> {
        if tip == seen {
            return Ok(None);
        }
        let lost = self.lost_but_for_erasures(author, tip, seen)?;
        if lost.is_empty() && (self.has_history_of(tip, seen) || self.is_signed_by(author, tip)) {
            return Ok(None);
        }
        let is_known = lost.is_empty() || !lost.iter().all(CommitFinding::is_unreadable);
        if !is_known {
            return Ok(Some(BranchFinding::SeenUnreadable {
                seen: CommitId(seen),
                unreadable: lost,
            }));
        }
        Ok(Some(BranchFinding::MovedBack {
            seen: CommitId(seen),
            lost,
        }))
    }

    /// Whether a commit descends from another, or from all that the other stands on.
    fn has_history_of(&self, tip: Oid, seen: Oid) -> bool {
        let descends = |from| ancestry::descends(&self.repo, tip, from).unwrap_or(false);
        let parents =
            objects::commit(&self.repo, seen).map(|commit| commit.parent_ids().collect::<Vec<_>>());
        descends(seen) || parents.is_ok_and(|parents| parents.into_iter().all(descends))
    }

    /// Whether the commit to which a branch is about to be moved holds all that was remembered. If
    /// that can't be shown, the evidence of a branch that somebody moved back must not be written
    /// over.
    pub(in crate::store) fn may_be_remembered(
        &self,
        author: &PublicKey,
        from: Option<CommitId>,
        to: Oid,
    ) -> Result<bool, StoreError> {
        match self.remembered(author)? {
            Remembered::Nothing => Ok(true),
            Remembered::Damaged(_) => Ok(false),
            // A save keeps all that it finds.
            Remembered::Tip(seen) if from == Some(CommitId(seen)) => Ok(true),
            Remembered::Tip(seen) => Ok(self.lost_between(author, seen, to)?.is_none()),
        }
    }

    /// Remembers a branch as it is now, if its owner signed that and it has all that it was seen to
    /// have.
    ///
    /// # Errors
    ///
    /// If the branch or what it was seen to have can't be read, or if the disk refuses.
    pub fn remember(&self, author: &PublicKey) -> Result<(), StoreError> {
        let is_news = |tip: Option<CommitId>, seen| tip.filter(|CommitId(tip)| seen != Some(*tip));
        if is_news(self.tip(author)?, self.remembered_tip(author)?).is_none() {
            return Ok(());
        }
        let _lock = RepositoryLock::wait(self.home())?;
        let Some(CommitId(tip)) = is_news(self.tip(author)?, self.remembered_tip(author)?) else {
            return Ok(());
        };
        if self.is_signed_by(author, tip) && self.lost_since_seen(author)?.is_none() {
            self.remember_tip(author, tip)?;
        }
        Ok(())
    }
}

fn remembered_in(home: Home<'_>, author: &PublicKey) -> Result<Remembered, StoreError> {
    let path = home.tip_of(author);
    let Some(bytes) = bytes_of(&path)? else {
        return Ok(Remembered::Nothing);
    };
    let text = str::from_utf8(&bytes)
        .ok()
        .and_then(|text| text.strip_suffix('\n'));
    let tip = text
        .filter(|text| text.len() == 40)
        .and_then(|text| Oid::from_str(text).ok());
    Ok(tip.map_or(Remembered::Damaged(path), Remembered::Tip))
}
