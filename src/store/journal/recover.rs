//! Folding in what dead sessions left in their journals.

use crate::identity::Keys;
use crate::model::layout::{components, file_name, file_name_with_root};
use crate::model::{
    Hash, Malformed, Message, PublicKey, Reading, Thread, ThreadId, Timestamp, crash_point,
};
use crate::store::disk::sync;
use crate::store::journal::folder;
use crate::store::journal::read::{self, Contents, Record};
use crate::store::journal::replay::{Replay, version_of};
use crate::store::lock::RepositoryLock;
use crate::store::{CommitId, Save, Store, StoreError, Trouble};
use crate::verify::Verified;
use git2::Tree;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What was folded in from one journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The thread it belongs to.
    pub id: ThreadId,
    /// Its title.
    pub title: String,
    /// How many messages were not stored yet.
    pub messages: usize,
}

impl Store {
    /// How many dead sessions wait to be folded in. Needs no key.
    pub fn waiting_to_be_recovered(&self) -> Result<usize, StoreError> {
        Ok(self.abandoned_journals()?.len())
    }

    /// Folds in every dead session's journal. A damaged one is read as far as it goes and set
    /// aside, never deleted; one that can't be folded in just now stays where it is.
    pub fn recover(
        &self,
        keys: &Keys,
        now: Timestamp,
    ) -> Result<(Vec<Recovered>, Vec<Trouble>), StoreError> {
        let mut recovered = Vec::new();
        let mut troubles = Vec::new();
        for (path, _locked) in self.abandoned_journals()? {
            match self.recover_one(&path, keys, now) {
                Ok(found) => recovered.extend(found.filter(|found| found.messages > 0)),
                Err(Unfolded::Store(error)) if error.is_out_of_reach() => return Err(error),
                Err(Unfolded::Store(StoreError::Journal { why, .. })) => {
                    troubles.push(set_aside(&path, &why)?)
                }
                Err(Unfolded::Store(error)) => {
                    let mut why = format!("{error}; what is in the journal stays there");
                    if let StoreError::Erased { id } = error {
                        why += &format!("; `mmogit thread-erase {id}` removes it");
                    }
                    troubles.push(Trouble {
                        place: path.display().to_string(),
                        why,
                    });
                }
                Err(Unfolded::Partly(found)) => {
                    recovered.extend(found.filter(|found| found.messages > 0));
                    troubles.push(set_aside(&path, "a line in it can't be read")?);
                }
            }
        }
        Ok((recovered, troubles))
    }

    fn abandoned_journals(&self) -> Result<Vec<(PathBuf, fs::File)>, StoreError> {
        let folder = self.home().journals();
        if folder::all(&folder)?.is_empty() {
            return Ok(Vec::new());
        }
        // A session that is just beginning holds this lock until its journal is locked too.
        let _lock = RepositoryLock::wait(self.home())?;
        folder::abandoned(folder::all(&folder)?).map_err(StoreError::disk(&folder))
    }

    /// The journals of dead sessions that are not this author's, and whose they are: no command of
    /// theirs folds them in.
    pub fn journals_of_others(
        &self,
        author: &PublicKey,
    ) -> Result<Vec<(PathBuf, PublicKey)>, StoreError> {
        let mut found = Vec::new();
        for (path, _locked) in self.abandoned_journals()? {
            // What can't be read at all is set aside by the next recovery, which says so.
            let contents = match read::journal(&path) {
                Ok(Some(contents)) => contents,
                Ok(None) | Err(StoreError::Journal { .. }) => continue,
                Err(error) => return Err(error),
            };
            if !contents.belongs_to(author) {
                found.push((path, contents.author()));
            }
        }
        Ok(found)
    }

    fn recover_one(
        &self,
        path: &Path,
        keys: &Keys,
        now: Timestamp,
    ) -> Result<Option<Recovered>, Unfolded> {
        crash_point!("recover-begun");
        let Some(contents) = read::journal(path)? else {
            fs::remove_file(path).map_err(StoreError::disk(path))?;
            return Ok(None);
        };
        if !contents.belongs_to(&keys.public()) {
            let author = contents.author();
            return Err(Unfolded::Store(StoreError::ForeignJournal {
                path: path.to_owned(),
                author,
            }));
        }
        let begun = contents.header.clone();
        let replay = self.replay(path, contents, keys)?;
        let mut found = None;
        if *replay.thread.header() != begun && !replay.thread.messages().is_empty() {
            let (thread, base) = (&replay.thread, replay.base.as_ref());
            self.save(&Save {
                owner: keys.owner(),
                thread,
                base,
                replaces: None,
                now,
            })?;
            let title = thread.title().to_owned();
            found = Some(Recovered {
                id: thread.id(),
                title,
                messages: replay.new_messages,
            });
        }
        crash_point!("recover-saved");
        if replay.is_damaged {
            return Err(Unfolded::Partly(found));
        }
        fs::remove_file(path).map_err(StoreError::disk(path))?;
        crash_point!("recover-removed");
        Ok(found)
    }

    /// Does again what the session did, up to where it died.
    fn replay(&self, path: &Path, contents: Contents, keys: &Keys) -> Result<Replay, StoreError> {
        let bad = |why: String| StoreError::Journal {
            path: path.to_owned(),
            why,
        };
        let malformed = |why: Malformed| bad(why.to_string());
        let begun = Thread::from_parts(contents.header.clone(), Vec::new()).map_err(malformed)?;
        let stored = match self.tip(&keys.public())? {
            Some(tip) => self.version_in(tip, &begun)?,
            None => None,
        };
        // The commit may be gone, whole or in part: another session's newest one is replaced when
        // that session saves again, and then holds nothing that the branch lacks.
        let version = |commit| {
            self.version_in(commit, &begun)
                .ok()
                .flatten()
                .or_else(|| stored.clone())
        };
        let is_damaged = contents.is_damaged();
        let before = contents.base.and_then(version);
        let thread = version_of(contents.header, before.as_ref()).map_err(malformed)?;
        let base = before.is_some().then(|| thread.clone());
        let mut replay = Replay::new(thread, base, is_damaged);
        for record in contents.records {
            let goes_on = match record {
                Record::Stored(commit, header) => replay.go_to(header, version(commit)),
                record => replay.take(record),
            };
            if !goes_on {
                replay.is_damaged = true;
                break;
            }
            // The session's own last save looked like this: what is stored is our past, not
            // somebody's addition.
            if let Some(stored) = stored.as_ref().filter(|stored| replay.has_moved_to(stored)) {
                replay.base = Some(unsigned(stored));
            }
        }
        replay.take_cut_answers(keys);
        let known: HashSet<Hash> = stored
            .iter()
            .flat_map(|thread| thread.messages())
            .map(Message::id)
            .collect();
        replay.new_messages = replay
            .thread
            .messages()
            .iter()
            .filter(|m| !known.contains(&m.id()))
            .count();
        let mut signed = replay.thread.clone();
        keys.owner().sign_thread(&mut signed);
        match Verified::check(signed) {
            Ok(_) => Ok(replay),
            Err(refused) => Err(bad(refused.to_string())),
        }
    }

    fn version_in(&self, commit: CommitId, thread: &Thread) -> Result<Option<Thread>, StoreError> {
        let tree = self.tree_at(commit.0)?;
        self.version_at(&tree, thread.id(), thread.root())
    }

    /// The version of a thread that a commit's tree holds. What can't be read is an error: it might
    /// be that version.
    pub(in crate::store) fn version_at(
        &self,
        tree: &Tree<'_>,
        id: ThreadId,
        root: Hash,
    ) -> Result<Option<Thread>, StoreError> {
        for name in [file_name(id), file_name_with_root(id, &root)] {
            let Some(blob) = self.blob_at(Some(tree), &components(id, &name))? else {
                continue;
            };
            match Thread::read(&self.read_blob(blob)?) {
                Ok(Reading::Thread(found)) if found.root() == root => return Ok(Some(found)),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// Without its signature no save takes it for what is stored: whatever others changed meanwhile is
/// kept.
fn unsigned(thread: &Thread) -> Thread {
    Thread::from_parts(thread.header().clone(), thread.messages().to_vec())
        .expect("it was read before")
}

enum Unfolded {
    Store(StoreError),
    Partly(Option<Recovered>),
}

impl From<StoreError> for Unfolded {
    fn from(error: StoreError) -> Self {
        Unfolded::Store(error)
    }
}

fn set_aside(path: &Path, why: &str) -> Result<Trouble, StoreError> {
    crash_point!("recover-before-set-aside");
    let mut aside = path.with_extension("ndjson.damaged");
    for n in 1.. {
        if !aside.exists() {
            break;
        }
        aside = path.with_extension(format!("ndjson.damaged-{n}"));
    }
    fs::rename(path, &aside).map_err(StoreError::disk(path))?;
    sync(path.parent().expect("a journal lies in its folder"))?;
    Ok(Trouble {
        place: aside.display().to_string(),
        why: format!("{why}; the journal was set aside there"),
    })
}
