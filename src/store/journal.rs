//! The journal: what a live session said, on disk before anything else happens.
//!
//! One file per session, `journal/<thread id>.<n>.ndjson`, a JSON object a line:
//!
//! ```json
//! {"journal": 1, "author": "<64 hex>", "base": "<commit or null>", "thread": {…the header…}}
//! {"message": {…a signed message…}}
//! {"thread": {…the header after a title, a tag or the heads changed…}}
//! {"stored": "<commit>", "thread": {…the header, after other sessions' messages came in with a save…}}
//! {"partial": {…a piece of an answer that is coming…}}
//! {"partial": null}
//! ```
//! The last says that no answer came of the pieces before it. Every line but `partial` is synced
//! before the call returns, the first one with the second: before that nothing was said that could
//! be lost. The session holds a lock on the file as long as it lives; a file without a lock is what
//! a dead session left, and [`Store::recover`] folds it in.

pub(super) mod folder;
pub(super) mod open_sessions;
pub(super) mod read;
pub(super) mod recover;

use super::disk::{entries_of, name_begins, sync};
use super::lock::RepositoryLock;
use super::{CommitId, Store, StoreError};
use crate::model::json::Value;
use crate::model::{Hash, Message, PublicKey, Thread, ThreadId, Timestamp, crash_point};
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The journal of a live session.
pub struct Journal {
    file: File,
    path: PathBuf,
    length: u64,
    is_reply_open: bool,
    /// The file would still be found after a power cut.
    is_in_folder: bool,
}

/// A piece of an answer that is still coming. Together, the pieces since the last message are the
/// answer so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyPiece {
    /// Which agent speaks.
    pub agent: String,
    /// What it speaks through. Older journals don't say.
    pub backend: Option<String>,
    /// What the answer stands after.
    pub prev: Vec<Hash>,
    /// When the piece came.
    pub timestamp: Timestamp,
    /// The piece.
    pub text: String,
}

impl Store {
    /// Begins the journal of a session that continues a stored thread.
    pub fn journal(&self, thread: &Thread, base: Option<CommitId>) -> Result<Journal, StoreError> {
        let _lock = RepositoryLock::wait(self.home())?;
        let folder = self.journal_folder()?;
        let mut path = folder.join(format!("{}.0.ndjson", thread.id()));
        for n in 1.. {
            if !path.exists() {
                break;
            }
            path = folder.join(format!("{}.{n}.ndjson", thread.id()));
        }
        Journal::begin(path, thread, base)
    }

    /// Begins the journal of a new thread, whose id is the first from `thread`'s own second on that
    /// no thread of this store and no live session has. `make` builds the thread for an id.
    pub fn journal_new(
        &self,
        author: &PublicKey,
        from: ThreadId,
        make: impl Fn(ThreadId) -> Thread,
    ) -> Result<(Journal, Thread), StoreError> {
        let _lock = RepositoryLock::wait(self.home())?;
        let folder = self.journal_folder()?;
        // Of a branch that can't be read nobody knows which ids it has.
        self.tip(author)?;
        let mut id = from;
        while self.is_taken(author, id)? || is_journaled(&folder, id)? {
            id = id.next().ok_or(StoreError::NoTimeLeft)?;
        }
        let thread = make(id);
        let journal = Journal::begin(folder.join(format!("{id}.0.ndjson")), &thread, None)?;
        Ok((journal, thread))
    }

    fn is_taken(&self, author: &PublicKey, id: ThreadId) -> Result<bool, StoreError> {
        Ok(self.with_id(id)?.iter().any(|entry| entry.owner == *author))
    }

    pub(super) fn journal_folder(&self) -> Result<PathBuf, StoreError> {
        let folder = self.home().journals();
        if !folder.is_dir() {
            fs::create_dir_all(&folder).map_err(StoreError::disk(&folder))?;
            sync(self.home().path())?;
        }
        Ok(folder)
    }
}

fn is_journaled(folder: &Path, id: ThreadId) -> Result<bool, StoreError> {
    let prefix = format!("{id}.");
    Ok(entries_of(folder)?
        .iter()
        .any(|path| name_begins(path, &prefix)))
}

impl Journal {
    fn begin(path: PathBuf, thread: &Thread, base: Option<CommitId>) -> Result<Self, StoreError> {
        let first = json!({
            "journal": 1,
            "author": thread.signer().to_string(),
            "base": base.map(|commit| commit.to_string()),
            "thread": thread.header(),
        });
        let opened = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        let file = opened.map_err(StoreError::disk(&path))?;
        file.lock().map_err(StoreError::disk(&path))?;
        let mut journal = Self {
            file,
            path,
            length: 0,
            is_reply_open: false,
            is_in_folder: false,
        };
        crash_point!("journal-created");
        journal.append(&first)?;
        crash_point!("journal-begun");
        Ok(journal)
    }

    /// Accepts a message: when this returns, it is on disk.
    pub fn message(&mut self, message: &Message) -> Result<(), StoreError> {
        crash_point!("journal-before-message");
        self.append_synced(&json!({ "message": message.fields() }))?;
        crash_point!("journal-after-message");
        self.is_reply_open = false;
        Ok(())
    }

    /// Notes the header after something other than a new message changed it.
    pub fn header(&mut self, thread: &Thread) -> Result<(), StoreError> {
        self.append_synced(&json!({ "thread": thread.header() }))?;
        crash_point!("journal-header-noted");
        Ok(())
    }

    /// Notes that the thread is stored in a commit with messages that other sessions added.
    pub fn rebase(&mut self, thread: &Thread, commit: CommitId) -> Result<(), StoreError> {
        self.append_synced(&json!({ "stored": commit.to_string(), "thread": thread.header() }))
    }

    /// Notes a piece of an answer. It survives the death of this process; it is not worth a sync.
    pub fn reply_piece(&mut self, partial: &ReplyPiece) -> Result<(), StoreError> {
        let prev: Vec<String> = partial.prev.iter().map(Hash::to_string).collect();
        let fields = json!({
            "agent": partial.agent, "backend": partial.backend, "prev": prev, "timestamp": partial.timestamp.to_string(), "text": partial.text,
        });
        self.is_reply_open = true;
        self.append(&json!({ "partial": fields }))
    }

    /// Notes that no answer came of the pieces so far, so that recovery does not take them for one.
    pub fn no_reply(&mut self) -> Result<(), StoreError> {
        if self.is_reply_open {
            self.append(&json!({ "partial": null }))?;
            self.is_reply_open = false;
        }
        Ok(())
    }

    /// Ends the journal: all of it is stored.
    pub fn close(self) -> Result<(), StoreError> {
        crash_point!("journal-before-removal");
        fs::remove_file(&self.path).map_err(StoreError::disk(&self.path))?;
        crash_point!("journal-removed");
        Ok(())
    }

    fn append_synced(&mut self, record: &Value) -> Result<(), StoreError> {
        self.write(record, Self::sync)
    }

    fn append(&mut self, record: &Value) -> Result<(), StoreError> {
        self.write(record, |_| Ok(()))
    }

    /// All of a line or none of it: what a full disk cut off is taken back, so that the next line
    /// starts clean.
    fn write(
        &mut self,
        record: &Value,
        sync: impl Fn(&mut Self) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let mut line = serde_json::to_vec(record).expect("a record is writable");
        line.push(b'\n');
        crash_point!("journal-torn", self.file.write_all(&line[..line.len() / 2]));
        let written = self.clean_end().and_then(|()| self.file.write_all(&line));
        crash_point!("journal-before-sync");
        if let Err(source) = written.and_then(|()| sync(self)) {
            let _ = self.file.set_len(self.length);
            return Err(StoreError::Disk {
                path: self.path.clone(),
                source,
            });
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// The file first: most file systems then have little left to do for its folder.
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        if !self.is_in_folder {
            File::open(self.path.parent().expect("a journal lies in its folder"))?.sync_all()?;
            self.is_in_folder = true;
        }
        Ok(())
    }

    /// Takes back what an earlier failure left half-written and could not take back itself.
    fn clean_end(&self) -> io::Result<()> {
        if self.file.metadata()?.len() == self.length {
            Ok(())
        } else {
            self.file.set_len(self.length)
        }
    }
}
