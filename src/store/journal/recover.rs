//! Recovering what dead sessions left in their journals.

use super::folder::{self, Abandoned, Leftover};
use super::read::{self, MAX_JOURNAL};
use super::replay::Replayed;
use crate::identity::Keys;
use crate::model::{PublicKey, ThreadId, Timestamp, crash_point};
use crate::store::disk::sync;
use crate::store::lock::RepositoryLock;
use crate::store::{Save, Store, StoreError};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What was recovered of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The thread it belongs to.
    pub id: ThreadId,
    /// Its title.
    pub title: String,
    /// How many messages were not stored yet.
    pub messages: usize,
}

/// What became of the journals of dead sessions.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The sessions of which something was not stored yet, and now is.
    pub sessions: Vec<Recovered>,
    /// The journals that are still there.
    pub left: Vec<LeftJournal>,
}

/// A dead session's journal that is another author's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignJournal {
    /// The file.
    pub path: PathBuf,
    /// Whose it is.
    pub author: PublicKey,
}

/// Why a dead session's journal is still there after a recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftJournal {
    /// It is another author's: only with their key can it be recovered.
    Foreign {
        /// The journal.
        path: PathBuf,
        /// Whose it is.
        author: PublicKey,
    },
    /// Its thread was erased meanwhile.
    Erased {
        /// The journal.
        path: PathBuf,
        /// The thread.
        id: ThreadId,
    },
    /// Something else is in the way of it just now.
    Waiting {
        /// The journal.
        path: PathBuf,
        /// What is in the way.
        why: String,
    },
    /// It is damaged. What could be read of it was recovered; it lies in quarantine.
    Quarantined {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        damage: JournalDamage,
    },
}

/// What can be wrong with a journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalDamage {
    /// It is a pipe, a folder or a link to nothing.
    #[error("it is no file")]
    NoFile,
    /// Nothing shows that it is one.
    #[error("its first line is not that of a journal")]
    NotAJournal,
    /// It has more bytes than any session ever writes.
    #[error("it has more than {} GiB, which no journal has", MAX_JOURNAL >> 30)]
    TooLarge,
    /// Its first line can't be read.
    #[error("{why}")]
    FirstLine {
        /// Why not.
        why: String,
    },
    /// A header in it is none.
    #[error("{why}")]
    Header {
        /// Why not.
        why: String,
    },
    /// What it says makes no thread that would verify.
    #[error("{why}")]
    Untrue {
        /// What would not.
        why: String,
    },
    /// A message in it is signed by somebody for whom the owner's keys don't stand.
    #[error("a message in it is by {}…, who is neither you nor an AI of yours", key.short())]
    MessageOfAnother {
        /// Who signed it.
        key: PublicKey,
    },
    /// A header in it brings somebody into the thread whom no stored version has.
    #[error("{brings}")]
    UnvouchedHeader {
        /// Whom.
        brings: Unvouched,
    },
    /// A reply that was coming can't be sealed for those who read the thread.
    #[error("a reply in it can't be sealed: none of the thread's keys opens for you")]
    NoKey,
    /// A line in it can't be read, or can't be what the session wrote.
    #[error("a line in it can't be read")]
    Line,
}

/// What a journal's header may not bring by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unvouched {
    /// Another author than the owner.
    #[error("it says that the thread is by {}…", .0.short())]
    Author(PublicKey),
    /// Somebody who keeps the copy.
    #[error("it says that {}… keeps the thread, which nothing stored says", .0.short())]
    Keeper(PublicKey),
    /// Somebody who takes part.
    #[error("it says that {}… takes part, which nothing stored says", .0.short())]
    Participant(PublicKey),
    /// The key of an AI that is not the owner's.
    #[error("it lists an AI under the key {}…, which is none of yours", .0.short())]
    Agent(PublicKey),
    /// Keys for what is sealed next, without the owner's signature.
    #[error("it says who is to read what is sealed, and is not signed by you")]
    Readers,
    /// Other beginnings than the thread's own.
    #[error("it begins a new thread with what was said elsewhere")]
    Anchors,
    /// Another beginning than the stored version has: which field says so.
    #[error("it says of the thread's {0} what nothing stored says")]
    Beginning(&'static str),
}

/// What became of one journal, all of which is stored now as far as it can be read.
struct Done {
    session: Option<Recovered>,
    damage: Option<JournalDamage>,
}

impl LeftJournal {
    fn waiting(path: &Path, error: StoreError) -> Self {
        let path = path.to_owned();
        match error {
            StoreError::ForeignJournal { author, .. } => Self::Foreign { path, author },
            StoreError::Erased { id } => Self::Erased { path, id },
            error => Self::Waiting {
                path,
                why: error.to_string(),
            },
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        match self {
            Self::Foreign { path, .. }
            | Self::Erased { path, .. }
            | Self::Waiting { path, .. }
            | Self::Quarantined { path, .. } => path,
        }
    }
}

impl fmt::Display for LeftJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stays = "what is in the journal stays there";
        match self {
            Self::Foreign { path, author } => {
                let (path, author) = (path.display(), author.short());
                write!(
                    f,
                    "{path} is not your journal but that of {author}…; {stays}"
                )
            }
            Self::Erased { id, .. } => write!(f, "{id} was erased; {stays}"),
            Self::Waiting { why, .. } => write!(f, "{why}; {stays}"),
            Self::Quarantined { damage, .. } => {
                write!(f, "{damage}; the journal was set aside there")
            }
        }
    }
}

impl Store {
    /// How many dead sessions wait to be recovered. Needs no key.
    ///
    /// # Errors
    ///
    /// If the journals' folder can't be read.
    pub fn waiting_to_be_recovered(&self) -> Result<usize, StoreError> {
        let Leftover {
            abandoned,
            no_files,
        } = self.leftover_journals()?;
        Ok(abandoned.len() + no_files.len())
    }

    /// Recovers every dead session from its journal. A damaged one is read as far as it goes and
    /// put into quarantine, never deleted; one that can't be recovered just now stays where it is.
    ///
    /// # Errors
    ///
    /// If the disk is full or can't be written.
    pub fn recover(&self, keys: &Keys, now: Timestamp) -> Result<Recovery, StoreError> {
        let mut recovery = Recovery::default();
        let Leftover {
            abandoned,
            no_files,
        } = self.leftover_journals()?;
        for path in no_files {
            let set_aside = quarantine(&path, JournalDamage::NoFile)?;
            recovery.left.push(set_aside);
        }
        for Abandoned { path, .. } in abandoned {
            let done = match self.recover_one(&path, keys, now) {
                Ok(done) => done,
                Err(error) if error.is_out_of_reach() => return Err(error),
                Err(StoreError::Journal { damage, .. }) => {
                    recovery.left.push(quarantine(&path, damage)?);
                    continue;
                }
                Err(error) => {
                    recovery.left.push(LeftJournal::waiting(&path, error));
                    continue;
                }
            };
            let session = done.session.filter(|session| session.messages > 0);
            recovery.sessions.extend(session);
            if let Some(damage) = done.damage {
                recovery.left.push(quarantine(&path, damage)?);
            }
        }
        Ok(recovery)
    }

    fn leftover_journals(&self) -> Result<Leftover, StoreError> {
        let journals = self.home().journals();
        if folder::all(&journals)?.is_empty() {
            return Ok(Leftover::default());
        }
        // A session that is just beginning holds this lock until its journal is locked too.
        let _lock = RepositoryLock::wait(self.home())?;
        folder::leftover(folder::all(&journals)?)
    }

    /// The journals of dead sessions that are not this author's, and whose they are: no command of
    /// theirs recovers them.
    ///
    /// # Errors
    ///
    /// If the folder, or a journal in it, can't be read from the disk.
    pub fn journals_of_others(
        &self,
        author: &PublicKey,
    ) -> Result<Vec<ForeignJournal>, StoreError> {
        let mut found = Vec::new();
        for Abandoned { path, .. } in self.leftover_journals()?.abandoned {
            // What can't be read at all is put into quarantine by the next recovery, which says so.
            let contents = match read::journal(&path) {
                Ok(Some(contents)) => contents,
                Ok(None) | Err(StoreError::Journal { .. }) => continue,
                Err(error) => return Err(error),
            };
            if !contents.belongs_to(author) {
                found.push(ForeignJournal {
                    path,
                    author: contents.author(),
                });
            }
        }
        Ok(found)
    }

    /// Stores what one journal says, and removes the journal if all of it could be read.
    fn recover_one(&self, path: &Path, keys: &Keys, now: Timestamp) -> Result<Done, StoreError> {
        crash_point!("recover-begun");
        let Some(contents) = read::journal(path)? else {
            fs::remove_file(path).map_err(StoreError::disk(path))?;
            return Ok(Done {
                session: None,
                damage: None,
            });
        };
        if !contents.belongs_to(&keys.public()) {
            return Err(StoreError::ForeignJournal {
                path: path.to_owned(),
                author: contents.author(),
            });
        }
        if contents.says_nothing() {
            // A copy that somebody was about to keep, and never spoke in.
            fs::remove_file(path).map_err(StoreError::disk(path))?;
            return Ok(Done {
                session: None,
                damage: None,
            });
        }
        let begun = contents.header.fields.clone();
        let replayed = self.replay(path, contents, keys, now)?;
        let mut session = None;
        let has_changed = *replayed.thread.header() != begun;
        if has_changed && !replayed.thread.messages().is_empty() {
            session = Some(self.save_replayed(&replayed, keys, now)?);
        }
        crash_point!("recover-saved");
        if replayed.damage.is_none() {
            fs::remove_file(path).map_err(StoreError::disk(path))?;
            crash_point!("recover-removed");
        }
        Ok(Done {
            session,
            damage: replayed.damage,
        })
    }

    fn save_replayed(
        &self,
        replayed: &Replayed,
        keys: &Keys,
        now: Timestamp,
    ) -> Result<Recovered, StoreError> {
        let thread = &replayed.thread;
        self.save(&Save {
            owner: keys.owner(),
            thread,
            base: replayed.base.as_ref(),
            replaces: None,
            now,
        })?;
        Ok(Recovered {
            id: thread.id(),
            title: thread.title().to_owned(),
            messages: replayed.new_messages,
        })
    }
}

/// Sets a damaged journal aside, under a name that no other has.
fn quarantine(path: &Path, damage: JournalDamage) -> Result<LeftJournal, StoreError> {
    crash_point!("recover-before-set-aside");
    let mut aside = path.with_extension("ndjson.damaged");
    for n in 1.. {
        if fs::symlink_metadata(&aside).is_err() {
            break;
        }
        aside = path.with_extension(format!("ndjson.damaged-{n}"));
    }
    fs::rename(path, &aside).map_err(StoreError::disk(path))?;
    sync(path.parent().expect("a journal lies in its folder"))?;
    Ok(LeftJournal::Quarantined {
        path: aside,
        damage,
    })
}
