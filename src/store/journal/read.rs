//! What a journal says, read line by line. What was acknowledged is in it; a last line that was
//! never finished is not.

use super::noted_header::NotedHeader;
use super::pieces::SealedPiece;
use super::recover::JournalDamage;
use super::replies::replaced_in;
use super::{ReplyNumber, ReplyPiece};
use crate::bounded;
use crate::model::json::{Map, Value};
use crate::model::{Hash, MAX_FILE_BYTES, Message, PublicKey};
use crate::store::{CommitId, StoreError};
use serde::de::IgnoredAny;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// No record is longer: it holds a message or a header, and no thread's file with either is longer.
const MAX_LINE: usize = MAX_FILE_BYTES + 1024;

/// No journal is longer: the thread that it is about is in it a few times at most, and its header
/// once for each save.
pub(super) const MAX_JOURNAL: u64 = 64 * MAX_FILE_BYTES as u64;

/// What a journal says, read after its session died.
pub(in crate::store) struct Contents {
    /// The author, as its first line names them.
    named: Option<PublicKey>,
    /// The same, as the header in it does: one of the two may be damaged.
    signer: PublicKey,
    pub base: Option<CommitId>,
    pub header: NotedHeader,
    /// The hash of its first line.
    pub beginning: Hash,
    pub records: Vec<Record>,
    damaged_lines: usize,
    /// The replies of which pieces were read.
    coming: HashSet<Option<ReplyNumber>>,
}

pub(in crate::store) enum Record {
    Message(Box<Message>),
    Answer(Box<AnswerRecord>),
    Header(NotedHeader),
    Stored(CommitId, NotedHeader),
    ReplyPiece(Option<ReplyNumber>, Box<ReplyPiece>),
    SealedPiece(ReplyNumber, Box<SealedPiece>),
    NoReply(Option<ReplyNumber>),
}

/// The answer that was made of a reply, as its line says it.
pub(in crate::store) struct AnswerRecord {
    pub message: Message,
    pub reply: ReplyNumber,
    pub replaces: Option<Hash>,
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

    /// Whether nothing was accepted into it after its first line, of which all can be read.
    pub fn says_nothing(&self) -> bool {
        self.records.is_empty() && !self.is_damaged()
    }

    /// Takes a line in, and nothing of one that can't be read, so that no file takes much more room
    /// than it has.
    fn take(&mut self, line: Option<&[u8]>) {
        match line.and_then(read_record) {
            None => self.damaged_lines += 1,
            Some(Record::NoReply(number)) if !self.coming.remove(&number) => {}
            Some(record) => {
                match &record {
                    Record::ReplyPiece(number, _) => drop(self.coming.insert(*number)),
                    Record::SealedPiece(number, _) => drop(self.coming.insert(Some(*number))),
                    _ => {}
                }
                self.records.push(record);
            }
        }
    }
}

/// Reads a journal, a line at a time. `None`: it has no whole first line, so nothing was ever
/// accepted into it.
pub(in crate::store) fn journal(path: &Path) -> Result<Option<Contents>, StoreError> {
    let disk = || StoreError::disk(path);
    let file = bounded::open(path).map_err(disk())?;
    let size = file.metadata().map_err(disk())?.len();
    let in_journal = |damage| StoreError::Journal {
        path: path.to_owned(),
        damage,
    };
    if size > MAX_JOURNAL {
        return Err(in_journal(JournalDamage::TooLarge));
    }
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let mut contents = match next_line(&mut reader, &mut line).map_err(disk())? {
        None => return Ok(None),
        Some(Line::Unended) if !matches!(end_of(&line), End::Damaged) => return Ok(None),
        Some(Line::TooLong | Line::Unended) => {
            return Err(in_journal(JournalDamage::NotAJournal));
        }
        Some(Line::Whole) => begun(&line).map_err(in_journal)?,
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
fn begun(line: &[u8]) -> Result<Contents, JournalDamage> {
    let first: Value =
        crate::model::json::read(line).map_err(|error| JournalDamage::FirstLine {
            why: error.to_string(),
        })?;
    if first.get("journal") != Some(&json!(1)) {
        return Err(JournalDamage::NotAJournal);
    }
    let no_thread = |why: &str| JournalDamage::Header {
        why: why.to_owned(),
    };
    let header = first["thread"].as_object().cloned();
    let header = NotedHeader::read(header.ok_or_else(|| no_thread("it names no thread"))?);
    let thread = header.thread();
    let signer = thread.map_err(|why| no_thread(&why.to_string()))?.signer();
    let named = first["author"].as_str().and_then(|key| key.parse().ok());
    let base = first["base"]
        .as_str()
        .and_then(|commit| commit.parse().ok());
    Ok(Contents {
        named,
        signer,
        base,
        header,
        beginning: beginning(line),
        records: Vec::new(),
        damaged_lines: 0,
        coming: HashSet::new(),
    })
}

/// What stands for a journal in what is bound to it: the hash of its first line.
pub(super) fn beginning(first_line: &[u8]) -> Hash {
    Hash(Sha256::digest(first_line).into())
}

/// A later line; `None` if it is none that a session writes.
fn read_record(line: &[u8]) -> Option<Record> {
    let Ok(Value::Object(mut record)) = crate::model::json::read(line) else {
        return None;
    };
    if let Some(Value::Object(fields)) = record.shift_remove("message") {
        return read_message(fields, &record);
    }
    if let Some(Value::Object(header)) = record.shift_remove("thread") {
        let header = NotedHeader::read(header);
        header.thread().ok()?;
        return match record.get("stored") {
            None => Some(Record::Header(header)),
            Some(commit) => Some(Record::Stored(commit.as_str()?.parse().ok()?, header)),
        };
    }
    let partial = record.get("partial")?;
    if partial.is_null() {
        return Some(Record::NoReply(number_in(&record)));
    }
    read_piece(partial.as_object()?)
}

fn read_message(fields: Map<String, Value>, record: &Map<String, Value>) -> Option<Record> {
    let message = Message::from_fields(fields).ok()?;
    let Some(reply) = number_in(record) else {
        return Some(Record::Message(Box::new(message)));
    };
    Some(Record::Answer(Box::new(AnswerRecord {
        message,
        reply,
        replaces: replaced_in(record)?,
    })))
}

fn read_piece(piece: &Map<String, Value>) -> Option<Record> {
    let number = number_in(piece);
    if piece.contains_key("sealed") {
        let piece = SealedPiece::read(piece)?;
        return Some(Record::SealedPiece(number?, Box::new(piece)));
    }
    let piece = ReplyPiece::read(piece)?;
    Some(Record::ReplyPiece(number, Box::new(piece)))
}

/// Older journals tell of one reply at a time, and have no numbers.
fn number_in(record: &Map<String, Value>) -> Option<ReplyNumber> {
    record.get("reply")?.as_u64().map(ReplyNumber)
}
