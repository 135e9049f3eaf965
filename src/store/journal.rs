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

pub(super) mod open_sessions;
pub(super) mod recover;

use super::disk::{entries_of, name_begins, sync};
use super::lock::RepositoryLock;
use super::{CommitId, Store, StoreError};
use crate::model::json::{Map, Value};
use crate::model::{
    Hash, MAX_FILE_BYTES, Message, PublicKey, Thread, ThreadId, Timestamp, crash_point,
};
use serde::de::IgnoredAny;
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
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
        let _lock = RepositoryLock::wait(&self.home)?;
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
        let _lock = RepositoryLock::wait(&self.home)?;
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
        let folder = self.home.join("journal");
        if !folder.is_dir() {
            fs::create_dir_all(&folder).map_err(StoreError::disk(&folder))?;
            sync(&self.home)?;
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

/// No record is longer: it holds a message or a header, and no thread's file with either is longer.
const MAX_LINE: usize = MAX_FILE_BYTES + 1024;

/// What a journal says, read after its session died.
pub(super) struct Contents {
    /// The author, as its first line names them.
    named: Option<PublicKey>,
    /// The same, as the header in it does: one of the two may be damaged.
    signer: PublicKey,
    pub base: Option<CommitId>,
    pub header: Map<String, Value>,
    pub records: Vec<Record>,
    damaged_lines: usize,
}

pub(super) enum Record {
    Message(Box<Message>),
    Header(Map<String, Value>),
    Stored(CommitId, Map<String, Value>),
    ReplyPiece(ReplyPiece),
    NoReply,
}

impl Contents {
    pub fn belongs_to(&self, author: &PublicKey) -> bool {
        self.named == Some(*author) || self.signer == *author
    }

    /// Whose it is; one of them, if it was damaged there.
    pub fn author(&self) -> PublicKey {
        self.named.unwrap_or(self.signer)
    }

    /// Something in it can't be read, other than a last line that was never finished.
    pub fn is_damaged(&self) -> bool {
        self.damaged_lines > 0 || self.named != Some(self.signer)
    }

    /// Takes a line in, and nothing of one that can't be read, so that no file takes much more room
    /// than it has.
    fn take(&mut self, line: Option<&[u8]>) {
        let is_over = matches!(self.records.last(), None | Some(Record::NoReply));
        match line.and_then(read_record) {
            None => self.damaged_lines += 1,
            Some(Record::NoReply) if is_over => {}
            Some(record) => self.records.push(record),
        }
    }
}

/// Reads a journal, a line at a time. `None`: it has no whole first line, so nothing was ever
/// accepted into it.
pub(super) fn read(path: &Path) -> Result<Option<Contents>, StoreError> {
    let disk = || StoreError::disk(path);
    let mut reader = BufReader::new(File::open(path).map_err(disk())?);
    let bad = |why: &str| StoreError::Journal {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    let mut line = Vec::new();
    let mut contents = match next_line(&mut reader, &mut line).map_err(disk())? {
        None => return Ok(None),
        Some(Line::Unended) if !matches!(end_of(&line), End::Damaged) => return Ok(None),
        Some(Line::TooLong | Line::Unended) => {
            return Err(bad("its first line is not that of a journal"));
        }
        Some(Line::Whole) => begun(&line).map_err(|why| bad(&why))?,
    };
    while let Some(found) = next_line(&mut reader, &mut line).map_err(disk())? {
        match found {
            Line::Whole => contents.take(Some(&line)),
            Line::TooLong => contents.take(None),
            Line::Unended => match end_of(&line) {
                End::Torn => {}
                End::Whole => contents.take(Some(&line)),
                End::Damaged => {
                    // Where only the newline is damaged, what was accepted is all there.
                    let before = line.split_last().map_or(&line[..], |(_, before)| before);
                    contents.records.extend(read_record(before));
                    contents.damaged_lines += 1;
                }
            },
        }
    }
    Ok(Some(contents))
}

enum Line {
    Whole,
    TooLong,
    /// The file ends within it.
    Unended,
}

/// Reads the next line into `line`, without its newline, and not more of it than a record may have.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<Line>> {
    line.clear();
    reader
        .by_ref()
        .take(MAX_LINE as u64 + 1)
        .read_until(b'\n', line)?;
    Ok(match line.last() {
        None => None,
        Some(b'\n') => {
            line.pop();
            Some(Line::Whole)
        }
        Some(_) if line.len() > MAX_LINE => {
            reader.skip_until(b'\n')?;
            Some(Line::TooLong)
        }
        Some(_) => Some(Line::Unended),
    })
}

/// What a line without a newline is.
enum End {
    /// Never finished, so never acknowledged.
    Torn,
    /// All of it was written, and perhaps acknowledged.
    Whole,
    /// It does not just break off, so it may have been acknowledged.
    Damaged,
}

fn end_of(line: &[u8]) -> End {
    match serde_json::from_slice::<IgnoredAny>(line) {
        Ok(_) => End::Whole,
        Err(error) if error.is_eof() => End::Torn,
        Err(_) => End::Damaged,
    }
}

/// What the first line says.
fn begun(line: &[u8]) -> Result<Contents, String> {
    let first: Value = crate::model::json::read(line).map_err(|e| e.to_string())?;
    if first.get("journal") != Some(&json!(1)) {
        return Err("its first line is not that of a journal".to_owned());
    }
    let header = first["thread"]
        .as_object()
        .cloned()
        .ok_or("it names no thread")?;
    let signer = Thread::from_parts(header.clone(), Vec::new())
        .map_err(|e| e.to_string())?
        .signer();
    let named = first["author"].as_str().and_then(|key| key.parse().ok());
    let base = first["base"]
        .as_str()
        .and_then(|commit| commit.parse().ok());
    Ok(Contents {
        named,
        signer,
        base,
        header,
        records: Vec::new(),
        damaged_lines: 0,
    })
}

fn read_record(line: &[u8]) -> Option<Record> {
    let Ok(Value::Object(mut record)) = crate::model::json::read(line) else {
        return None;
    };
    if let Some(Value::Object(fields)) = record.shift_remove("message") {
        return Message::from_fields(fields)
            .ok()
            .map(|message| Record::Message(Box::new(message)));
    }
    if let Some(Value::Object(header)) = record.shift_remove("thread") {
        let header = Thread::from_parts(header, Vec::new())
            .ok()?
            .header()
            .clone();
        return match record.get("stored") {
            None => Some(Record::Header(header)),
            Some(commit) => Some(Record::Stored(commit.as_str()?.parse().ok()?, header)),
        };
    }
    let partial = record.get("partial")?;
    if partial.is_null() {
        return Some(Record::NoReply);
    }
    let text = |name: &str| partial.get(name)?.as_str().map(str::to_owned);
    let prev = partial.get("prev")?.as_array()?;
    Some(Record::ReplyPiece(ReplyPiece {
        agent: text("agent")?,
        backend: text("backend"),
        prev: prev
            .iter()
            .map(|id| id.as_str()?.parse().ok())
            .collect::<Option<_>>()?,
        timestamp: Timestamp::read(&text("timestamp")?)?,
        text: text("text")?,
    }))
}

/// The journals in the folder, of the living and the dead.
pub(super) fn all(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = entries_of(folder)?;
    found.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "ndjson")
    });
    found.sort();
    Ok(found)
}

/// Those of the dead sessions, each with its lock held.
pub(super) fn abandoned(journals: Vec<PathBuf>) -> io::Result<Vec<(PathBuf, File)>> {
    let mut found = Vec::new();
    for path in journals {
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if is_abandoned(&file, &path) {
            found.push((path, file));
        }
    }
    Ok(found)
}

/// Whether nobody holds an open file, which is locked then. Another process may have folded it in
/// and removed it since it was opened.
fn is_abandoned(file: &File, path: &Path) -> bool {
    file.try_lock().is_ok() && is_still_at(file, path)
}

fn is_still_at(file: &File, path: &Path) -> bool {
    let same = |there: fs::Metadata| file.metadata().is_ok_and(|here| here.ino() == there.ino());
    fs::metadata(path).is_ok_and(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_process_folded_in_meanwhile_is_not_abandoned() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("thread_1.0.ndjson");
        fs::write(&path, "one").unwrap();
        let file = File::open(&path).unwrap();
        assert!(is_abandoned(&file, &path));
        file.unlock().unwrap();

        // Kept under another name, so that its number is not given to the next file.
        fs::rename(&path, folder.path().join("other")).unwrap();
        assert!(!is_abandoned(&file, &path));
        file.unlock().unwrap();
        fs::write(&path, "another session's").unwrap();
        assert!(!is_abandoned(&file, &path));
    }
}
