//! The file: opened, brought up to date, and replaced as a whole where that is simpler.
//!
//! Everyone who has the database open holds a shared lock on `index.lock`; who replaces it holds
//! that lock alone. So the file is never swapped under a reader, and a journal that lies beside it
//! always belongs to it. Within one file SQLite's own locks keep updates apart.

use super::IndexError;
use super::schema;
use super::thread::Update;
use super::write::Writer;
use crate::bounded;
use crate::home::Home;
use crate::locked::Locked;
use crate::model::PublicKey;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

const STEP: Duration = Duration::from_millis(20);
/// How long one update of another process may take.
const BUSY: Duration = Duration::from_secs(30);

/// Asked, with the time waited so far, whether to wait on for another process that has the index
/// for itself.
pub type Waiting<'p> = dyn Fn(Duration) -> bool + 'p;

/// What takes updates in.
pub type UpdateSink<'g> = dyn FnMut(Update) -> Result<(), IndexError> + 'g;

/// Where an index rests.
#[derive(Debug, Clone)]
pub struct IndexFiles {
    database: PathBuf,
    draft: PathBuf,
    lock: PathBuf,
}

/// Which file stands there, so that a later look can tell whether it was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileIdentity(u64, u64);

/// An open index.
pub struct Index {
    pub(super) db: Connection,
    /// Held as long as the database is open.
    _lock: Option<Locked>,
}

/// A new index, on its way to take the old one's place.
pub struct Builder {
    db: Connection,
    files: IndexFiles,
    _lock: Option<Locked>,
}

impl IndexFiles {
    /// In a home folder.
    pub fn new(home: &Path) -> Self {
        let home = Home::at(home);
        Self {
            database: home.index(),
            draft: home.index_anew(),
            lock: home.index_lock(),
        }
    }

    /// Which file is there now.
    pub fn file_identity(&self) -> Option<FileIdentity> {
        fs::metadata(&self.database)
            .ok()
            .map(|found| FileIdentity(found.dev(), found.ino()))
    }

    /// Opens the index; `None` if there is none, or one of another version.
    ///
    /// # Errors
    /// If another process keeps it for itself for too long, or if it can't be opened.
    pub fn open(&self, waiting: &Waiting<'_>) -> Result<Option<Index>, IndexError> {
        let lock = self.lock(Locked::at_once_shared, waiting)?;
        if !self.database.exists() {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = match Connection::open_with_flags(&self.database, flags) {
            // Somebody deleted it just now.
            Err(_) if !self.database.exists() => return Ok(None),
            opened => opened?,
        };
        db.busy_timeout(if waiting(Duration::ZERO) {
            BUSY
        } else {
            Duration::ZERO
        })?;
        db.pragma_update(None, "temp_store", "MEMORY")?;
        Ok(schema::is_current(&db)?.then_some(Index { db, _lock: lock }))
    }

    /// Begins a new index in place of the file that was seen there; `None` if another process
    /// replaced it meanwhile.
    ///
    /// # Errors
    /// If another process keeps it for itself for too long, or if the disk refuses.
    pub fn build(
        &self,
        seen: Option<FileIdentity>,
        waiting: &Waiting<'_>,
    ) -> Result<Option<Builder>, IndexError> {
        let lock = self.lock(Locked::at_once, waiting)?;
        if self.file_identity() != seen {
            return Ok(None);
        }
        self.discard(&self.draft)?;
        let create = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.draft);
        create.map_err(IndexError::disk(&self.draft))?;
        let db = Connection::open(&self.draft)?;
        // A draft that breaks off is thrown away, so nothing need be kept safe before the end.
        db.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768;",
        )?;
        schema::create(&db)?;
        Ok(Some(Builder {
            db,
            files: self.clone(),
            _lock: lock,
        }))
    }

    /// Waits for the lock. Where there can be no lock file, nobody can replace the index either.
    fn lock(
        &self,
        take: impl Fn(File) -> Result<Locked, TryLockError>,
        waiting: &Waiting<'_>,
    ) -> Result<Option<Locked>, IndexError> {
        let mut waited = Duration::ZERO;
        loop {
            let file = bounded::open_lock(&self.lock);
            let Ok(file) = file.or_else(|_| bounded::open(&self.lock)) else {
                return Ok(None);
            };
            match take(file) {
                Ok(locked) => return Ok(Some(locked)),
                Err(TryLockError::WouldBlock) if waiting(waited) => {
                    thread::sleep(STEP);
                    waited += STEP;
                }
                Err(TryLockError::WouldBlock) => return Err(IndexError::Busy),
                Err(TryLockError::Error(source)) => {
                    return Err(IndexError::Disk {
                        path: self.lock.clone(),
                        source,
                    });
                }
            }
        }
    }

    fn discard(&self, path: &Path) -> Result<(), IndexError> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(IndexError::disk(path)(error)),
            _ => Ok(()),
        }
    }

    /// Removes the index: what was deleted in it may still stand in its free pages.
    ///
    /// # Errors
    /// If another process keeps it for itself for too long, or if the disk refuses.
    pub fn remove(&self, waiting: &Waiting<'_>) -> Result<(), IndexError> {
        let _lock = self.lock(Locked::at_once, waiting)?;
        self.discard(&self.draft)?;
        self.discard_database()
    }

    /// The draft takes the place of what is there. The lock is held, so nobody has that open, and
    /// what journal lies there belongs to it alone.
    fn replace(&self) -> Result<(), IndexError> {
        let synced = File::open(&self.draft).and_then(|file| file.sync_all());
        synced.map_err(IndexError::disk(&self.draft))?;
        self.discard_database()?;
        fs::rename(&self.draft, &self.database).map_err(IndexError::disk(&self.database))
    }

    fn discard_database(&self) -> Result<(), IndexError> {
        self.discard(&self.database)?;
        for ending in ["-journal", "-wal", "-shm"] {
            let mut name = self.database.clone().into_os_string();
            name.push(ending);
            self.discard(Path::new(&name))?;
        }
        Ok(())
    }
}

impl Builder {
    /// Fills the new index and puts it in its place.
    ///
    /// # Errors
    /// What `feed` fails with, or if the disk refuses. The index that was there stays.
    pub fn fill<E: From<IndexError>>(
        self,
        feed: impl FnOnce(&mut UpdateSink<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let files = self.files.clone();
        let filled = self.fill_draft(feed);
        if filled.is_err() {
            let _ = fs::remove_file(&files.draft);
        }
        filled
    }

    fn fill_draft<E: From<IndexError>>(
        self,
        feed: impl FnOnce(&mut UpdateSink<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        fill_new(&self.db, true, feed)?;
        self.db
            .close()
            .map_err(|(_, error)| IndexError::from(error))?;
        Ok(self.files.replace()?)
    }
}

/// Fills empty tables. The many small pieces of the full-text table are put together once, at the
/// end.
fn fill_new<E: From<IndexError>>(
    db: &Connection,
    with_text: bool,
    feed: impl FnOnce(&mut UpdateSink<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let run = |sql: &str| db.execute_batch(sql).map_err(IndexError::from);
    run("BEGIN;
         INSERT INTO words(words, rank) VALUES ('hashsize', 16777216);
         INSERT INTO words(words, rank) VALUES ('automerge', 0);
         INSERT INTO words(words, rank) VALUES ('crisismerge', 64);")?;
    let mut writer = Writer::new(db, with_text);
    feed(&mut |update| writer.take(update))?;
    if with_text {
        run("INSERT INTO words(words) VALUES ('optimize');")?;
    }
    run(
        "INSERT INTO words(words, rank) VALUES ('hashsize', 1048576);
         INSERT INTO words(words, rank) VALUES ('automerge', 4);
         INSERT INTO words(words, rank) VALUES ('crisismerge', 16);",
    )?;
    schema::complete(db).map_err(IndexError::from)?;
    run("COMMIT;")?;
    Ok(())
}

impl Index {
    /// An index that lives only as long as this value: for a home that can't be written.
    ///
    /// # Errors
    /// What `feed` fails with, or SQLite.
    pub fn in_memory<E: From<IndexError>>(
        with_text: bool,
        feed: impl FnOnce(&mut UpdateSink<'_>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let db = Connection::open_in_memory().map_err(IndexError::from)?;
        schema::create(&db).map_err(IndexError::from)?;
        fill_new(&db, with_text, feed)?;
        Ok(Self { db, _lock: None })
    }

    /// Prepares it for more than one question: more of what it read is at hand for the next.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub fn stay_open(&self) -> Result<(), IndexError> {
        let kibibytes = -8 * 1024;
        self.db.pragma_update(None, "cache_size", kibibytes)?;
        self.db.set_prepared_statement_cache_capacity(64);
        Ok(())
    }

    /// Which commit of each branch it has seen, in the order of the owners; an empty text where it
    /// must look again.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn seen(&self) -> Result<Vec<(PublicKey, String)>, IndexError> {
        seen(&self.db)
    }

    /// Brings it up to date, all or nothing. `false` if another process did so since `before` was
    /// read.
    ///
    /// # Errors
    /// What `feed` fails with, or if the index can't be read or written. It is as it was then.
    pub fn update<E: From<IndexError>>(
        &mut self,
        before: &[(PublicKey, String)],
        feed: impl FnOnce(&mut UpdateSink<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let lift = |error: rusqlite::Error| E::from(IndexError::from(error));
        let transaction = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(lift)?;
        if seen(&transaction)? != before {
            return Ok(false);
        }
        let mut writer = Writer::of_update(&transaction);
        feed(&mut |update| writer.take(update))?;
        drop(writer);
        transaction.commit().map_err(lift)?;
        Ok(true)
    }
}

fn seen(db: &Connection) -> Result<Vec<(PublicKey, String)>, IndexError> {
    let mut find = db.prepare_cached("SELECT owner, tip FROM branch ORDER BY owner")?;
    let rows = find.query_map([], |row| Ok((super::list::key(row, 0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_is_left_when_it_is_removed() {
        let home = tempfile::tempdir().unwrap();
        for ending in ["", ".new", "-journal", "-wal", "-shm"] {
            fs::write(
                home.path().join(format!("index.db{ending}")),
                "what was said",
            )
            .unwrap();
        }
        IndexFiles::new(home.path()).remove(&|_| true).unwrap();
        let left = fs::read_dir(home.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["index.lock"]);
    }

    #[test]
    fn an_update_made_for_an_older_state_is_not_taken_in() {
        let owner: PublicKey = "5a".repeat(32).parse().unwrap();
        let seen = |tip: &str| vec![(owner, tip.to_owned())];
        let tell = |tip: &str| Update::Seen(owner, Some(tip.to_owned()));
        let mut index = Index::in_memory::<IndexError>(true, |give| give(tell("one"))).unwrap();
        assert!(
            index
                .update::<IndexError>(&seen("one"), |give| give(tell("two")))
                .unwrap()
        );
        let late = index.update::<IndexError>(&seen("one"), |_| panic!("it is not asked for"));
        assert!(!late.unwrap());
        assert_eq!(index.seen().unwrap(), seen("two"));
    }
}
