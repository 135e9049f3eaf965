//! The journal: what a live session said, on disk before anything else happens.
//!
//! ```text
//! journal, replies, lines   written, line by line, by the session
//! read                      a journal as it is found, a line at a time, as far as it can be read
//! folder                    which journals there are, and which have nobody any more
//! open_sessions             the living ones of other processes
//! recover, replay           a dead one done again, saved, and removed or put into quarantine
//! vouched                   for whom a journal may speak, when it is recovered
//! ```
//!
//! One file per session, `journal/<thread id>.<n>.ndjson`, a JSON object a line:
//!
//! ```json
//! {"journal": 1, "author": "<64 hex>", "base": "<commit or null>", "thread": {…the header…}}
//! {"message": {…a signed message…}}
//! {"thread": {…the header after a title, a tag or the heads changed…}}
//! {"stored": "<commit>", "thread": {…the header, after other sessions' messages came in with a save…}}
//! {"partial": {"reply": 0, …a piece of a reply that is coming…}}
//! {"message": {…the answer made of it…}, "reply": 0, "replaces": "<the answer it stands for, or null>"}
//! {"partial": null, "reply": 1}
//! ```
//! The last says that no answer came of that reply's pieces. Several replies may come at once, each
//! under its number. Every line but `partial` is synced
//! before the call returns, the first one with the second: before that nothing was said that could
//! be lost. The session holds a lock on the file as long as it lives; a file without a lock is what
//! a dead session left, and [`Store::recover`] takes it up.

pub(super) mod folder;
mod lines;
pub(super) mod open_sessions;
pub(super) mod read;
pub(super) mod recover;
mod replay;
mod replies;
mod vouched;

pub use replies::{ReplyNotes, ReplyNumber, ReplyPiece};

use super::disk::{entries_of, name_begins, sync};
use super::lock::RepositoryLock;
use super::{CommitId, Store, StoreError};
use crate::model::json::Value;
use crate::model::layout::components;
use crate::model::{Hash, Message, PublicKey, Thread, ThreadId, crash_point};
use lines::Lines;
use serde_json::json;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

/// The journal of a live session. When it is dropped its lock goes with it, whoever still notes a
/// reply: what they note then goes nowhere.
pub struct Journal {
    lines: Arc<Mutex<Lines>>,
    path: PathBuf,
    replies: u64,
}

impl Store {
    /// Begins the journal of a session that continues a stored thread.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
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
    ///
    /// # Errors
    ///
    /// If the branch can't be read, if the disk refuses, or if no later id is left.
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
        let id = self.first_free(author, from, &folder)?;
        let thread = make(id);
        let journal = Journal::begin(folder.join(format!("{id}.0.ndjson")), &thread, None)?;
        Ok((journal, thread))
    }

    /// The first id from one on that neither a thread of this author nor a live session has. Who
    /// begins many threads in a second is many ids ahead, so a day's ids are read once.
    fn first_free(
        &self,
        author: &PublicKey,
        from: ThreadId,
        journals: &Path,
    ) -> Result<ThreadId, StoreError> {
        let mut id = from;
        let mut day = components(id, "");
        let mut taken = self.ids_of_day(author, id)?;
        while taken.contains(&id) || is_journaled(journals, id)? {
            id = id.next().ok_or(StoreError::NoTimeLeft)?;
            let folder = components(id, "");
            if folder != day {
                day = folder;
                taken = self.ids_of_day(author, id)?;
            }
        }
        Ok(id)
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
        let journal = Self {
            lines: Arc::new(Mutex::new(Lines::of(file, path.clone()))),
            path,
            replies: 0,
        };
        crash_point!("journal-created");
        journal.lines().append(&first)?;
        crash_point!("journal-begun");
        Ok(journal)
    }

    /// Accepts a person's message: when this returns, it is on disk.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it stays.
    pub fn message(&mut self, message: &Message) -> Result<(), StoreError> {
        self.accept(&json!({ "message": message.fields() }))
    }

    /// Accepts the answer that was made of a reply, with the answer that it takes the place of: when
    /// this returns, it is on disk, and the reply's pieces are no longer needed.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it stays.
    pub fn answer(
        &mut self,
        message: &Message,
        reply: ReplyNumber,
        replaces: Option<&Hash>,
    ) -> Result<(), StoreError> {
        let replaces = replaces.map(Hash::to_string);
        let fields = message.fields();
        self.accept(&json!({ "message": fields, "reply": reply.0, "replaces": replaces }))
    }

    fn accept(&mut self, record: &Value) -> Result<(), StoreError> {
        crash_point!("journal-before-message");
        self.lines().append_synced(record)?;
        crash_point!("journal-after-message");
        Ok(())
    }

    /// Notes the header after something other than a new message changed it.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn header(&mut self, thread: &Thread) -> Result<(), StoreError> {
        self.lines()
            .append_synced(&json!({ "thread": thread.header() }))?;
        crash_point!("journal-header-noted");
        Ok(())
    }

    /// Notes that the thread is stored in a commit with messages that other sessions added.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn rebase(&mut self, thread: &Thread, commit: CommitId) -> Result<(), StoreError> {
        let (commit, header) = (commit.to_string(), thread.header());
        self.lines()
            .append_synced(&json!({ "stored": commit, "thread": header }))
    }

    /// Where the pieces of a reply are noted while they come, by whoever asks, on any thread.
    pub fn reply_notes(&mut self) -> ReplyNotes {
        let number = ReplyNumber(self.replies);
        self.replies += 1;
        ReplyNotes::new(Arc::downgrade(&self.lines), number)
    }

    /// Notes that no answer came of a reply's pieces, so that recovery does not take them for one.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn no_reply(&mut self, number: ReplyNumber) -> Result<(), StoreError> {
        self.lines().append(&replies::no_reply(number))
    }

    /// Ends the journal: all of it is stored.
    ///
    /// # Errors
    /// When the file can't be removed.
    pub fn close(self) -> Result<(), StoreError> {
        crash_point!("journal-before-removal");
        fs::remove_file(&self.path).map_err(StoreError::disk(&self.path))?;
        crash_point!("journal-removed");
        Ok(())
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        lines::locked(&self.lines)
    }
}
