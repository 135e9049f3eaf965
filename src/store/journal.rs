//! The journal: what a live session said, on disk before anything else happens.
//!
//! ```text
//! journal, replies, lines   written, line by line, by the session
//! group                     several lines that come to disk together
//! read                      a journal as it is found, a line at a time, as far as it can be read
//! folder                    which journals there are, and which have nobody any more
//! open_sessions             the living ones of other processes
//! recover, replay, coming   a dead one done again, saved, and removed or put into quarantine
//! vouched                   for whom a journal may speak, when it is recovered
//! pieces, noted_header      what of a sealed thread is sealed, or signed, in a journal
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
//! In a sealed thread messages and headers are sealed as they are stored, a header is signed, and a
//! piece is sealed under a key of the owner's. The last line says that no answer came of that reply's pieces. Several replies may come at once, each
//! under its number. Every line but `partial` is synced
//! before the call returns, the first one with the second: before that nothing was said that could
//! be lost. The session holds a lock on the file as long as it lives; a file without a lock is what
//! a dead session left, and [`Store::recover`] takes it up.

mod coming;
pub(super) mod folder;
mod group;
mod lines;
mod noted_header;
pub(super) mod open_sessions;
mod pieces;
pub(super) mod read;
pub(super) mod recover;
mod replay;
mod replies;
mod vouched;

pub use group::JournalGroup;
pub use replies::{ReplyNotes, ReplyNumber, ReplyPiece};

use super::disk::{entries_of, name_begins, sync};
use super::lock::RepositoryLock;
use super::{CommitId, Store, StoreError};
use crate::locked::Locked;
use crate::model::json::Value;
use crate::model::layout::components;
use crate::model::{Hash, Message, PublicKey, Thread, ThreadId, crash_point};
use crate::seal::EpochKey;
use lines::Lines;
use noted_header::NotedHeader;
use pieces::PieceSeal;
use serde_json::json;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

/// A journal that is longer gives way to another when all of it is stored.
const LONG: u64 = 1 << 20;

/// The journal of a live session. When it is dropped its lock goes with it, whoever still notes a
/// reply: what they note then goes nowhere.
pub struct Journal {
    lines: Arc<Mutex<Lines>>,
    path: PathBuf,
    /// The hash of its first line.
    beginning: Hash,
    replies: u64,
}

/// What a session's journal is to have that takes the place of a lost one.
pub struct JournalAgain<'a> {
    /// The thread as it is to begin with: as it is stored, or without a message.
    pub begun: &'a Thread,
    /// The commit that holds it so; `None` if it is without a message.
    pub base: Option<CommitId>,
    /// What was said after that.
    pub messages: &'a [&'a Message],
    /// The thread as it is now.
    pub thread: &'a Thread,
}

impl Store {
    /// Begins the journal of a session that continues a stored thread.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn journal(&self, thread: &Thread, base: Option<CommitId>) -> Result<Journal, StoreError> {
        let _lock = RepositoryLock::wait(self.home())?;
        let path = self.free_place(thread.id())?;
        Journal::begin(path, thread, base)
    }

    /// Begins another journal of a session in the place of one that was lost, and brings all that
    /// the session says now to disk in it: `messages`, and the thread's header after them.
    ///
    /// # Errors
    ///
    /// If the disk refuses. Then there is no such journal.
    pub fn journal_again(
        &self,
        again: &JournalAgain<'_>,
        lost: &Journal,
    ) -> Result<Journal, StoreError> {
        let mut group = JournalGroup::default();
        for message in again.messages {
            group.message(message);
        }
        group.header(again.thread);
        let mut journal = self.journal(again.begun, again.base)?;
        // Whoever notes a reply in the lost one has a number there.
        journal.replies = lost.replies;
        match journal.group(&group) {
            Ok(()) => Ok(journal),
            Err(error) => {
                let _ = journal.close();
                Err(error)
            }
        }
    }

    /// The first name that nothing has.
    fn free_place(&self, id: ThreadId) -> Result<PathBuf, StoreError> {
        let folder = self.journal_folder()?;
        let mut path = folder.join(format!("{id}.0.ndjson"));
        for n in 1.. {
            if fs::symlink_metadata(&path).is_err() {
                break;
            }
            path = folder.join(format!("{id}.{n}.ndjson"));
        }
        Ok(path)
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
            "thread": NotedHeader::line_of(thread),
        });
        let opened = OpenOptions::new()
            .read(true)
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        let file = opened.map_err(StoreError::disk(&path))?;
        let locked = Locked::wait(file).map_err(StoreError::disk(&path))?;
        let journal = Self {
            lines: Arc::new(Mutex::new(Lines::of(locked, path.clone()))),
            path,
            beginning: read::beginning(first.to_string().as_bytes()),
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

    /// Accepts all of a group: when this returns, it is on disk, synced once.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it stays.
    pub fn group(&mut self, group: &JournalGroup) -> Result<(), StoreError> {
        crash_point!("journal-before-group");
        self.lines().append_group(group.lines())?;
        crash_point!("journal-after-group");
        Ok(())
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
            .append_synced(&json!({ "thread": NotedHeader::line_of(thread) }))?;
        crash_point!("journal-header-noted");
        Ok(())
    }

    /// Notes that the thread is stored in a commit with messages that other sessions added.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn rebase(&mut self, thread: &Thread, commit: CommitId) -> Result<(), StoreError> {
        let (commit, header) = (commit.to_string(), NotedHeader::line_of(thread));
        self.lines()
            .append_synced(&json!({ "stored": commit, "thread": header }))
    }

    /// Where the pieces of a reply are noted while they come, by whoever asks, on any thread. In a
    /// sealed thread they are sealed with the owner's key for journals.
    pub fn reply_notes(&mut self, sealed_with: Option<EpochKey>) -> ReplyNotes {
        let number = ReplyNumber(self.replies);
        self.replies += 1;
        let seal = sealed_with.map(|key| PieceSeal {
            key,
            journal: self.beginning,
        });
        ReplyNotes::new(Arc::downgrade(&self.lines), number, seal)
    }

    /// Notes that no answer came of a reply's pieces, so that recovery does not take them for one.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn no_reply(&mut self, number: ReplyNumber) -> Result<(), StoreError> {
        self.lines().append(&replies::no_reply(number))
    }

    /// Whether it grew so long that a session which goes on should begin another, once all of it is
    /// stored. As long as somebody may note a reply in it, it is not.
    pub fn may_give_way(&self) -> bool {
        !self.awaits_reply() && self.lines().length() > LONG
    }

    /// Whether somebody may note a reply in it.
    pub fn awaits_reply(&self) -> bool {
        Arc::weak_count(&self.lines) > 0
    }

    /// Where it lies, or lay.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether recovery would find all that it accepted.
    pub fn is_in_place(&self) -> bool {
        self.lines().is_in_place()
    }

    /// Ends the journal: all of it is stored. What lies at its path and is another file stays.
    ///
    /// # Errors
    /// When the file can't be removed.
    pub fn close(self) -> Result<(), StoreError> {
        crash_point!("journal-before-removal");
        if !self.lines().is_at_its_path() {
            return Ok(());
        }
        fs::remove_file(&self.path).map_err(StoreError::disk(&self.path))?;
        crash_point!("journal-removed");
        Ok(())
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        lines::locked(&self.lines)
    }
}
