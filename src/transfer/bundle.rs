//! One file for many threads, and for the program that checks them: `docs/bundle.md`.
//!
//! A bundle is lines of JSON. The first is its header; each other is one thread's file, whole, on
//! one line. So a bundle of any size is read thread by thread, each is bound by the record's own
//! rules and no others, and one that is damaged says nothing about the rest.

use crate::model::json::{self, NotStrict, Value};
use crate::model::{Hash, MAX_FILE_BYTES, PublicKey};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::{self, BufRead, Read, Write};

/// What every bundle begins with, and no thread does.
const MAGIC: &[u8] = b"{\"mmogit_bundle\":";

/// The verifier that every bundle carries: Python, with nothing but its standard library.
pub const VERIFIER: &str = include_str!("../../examples/verify.py");

/// The SHA-256 of that verifier, by which a person can tell it from a changed one.
pub fn verifier_sha256() -> String {
    Hash(Sha256::digest(VERIFIER).into()).to_string()
}

const READ_ME: &str = "Conversations with AI, kept by mmogit. \
    Each line after this one is a thread: \
    JSON, every message signed by whoever said it, the whole signed by its author. \
    To check them with mmogit: mmogit verify --file BUNDLE. \
    Without it: python3 -c 'import json, sys; \
    sys.stdout.write(json.loads(sys.stdin.readline())[\"verifier\"])' < BUNDLE > verify.py, \
    then python3 verify.py BUNDLE. \
    Read verify.py before you run it, or compare its SHA-256 (sha256sum verify.py) with the one \
    that a mmogit you trust says (mmogit doctor), not with the one in this line: \
    a bundle that someone changed may carry a changed verifier. \
    To bring the threads into the store of the same author: mmogit thread-import BUNDLE.";

/// Writes the header's line.
///
/// # Errors
///
/// If `out` can't be written.
pub fn write_header(
    out: &mut dyn Write,
    threads: usize,
    authors: &BTreeSet<PublicKey>,
) -> io::Result<()> {
    let authors: Vec<String> = authors.iter().map(ToString::to_string).collect();
    let header = json!({
        "mmogit_bundle": 1,
        "threads": threads,
        "authors": authors,
        "read_me": READ_ME,
        "verifier": VERIFIER,
        "verifier_sha256": verifier_sha256(),
    });
    writeln!(out, "{header}")
}

/// A thread's file as one line of a bundle, with its line feed: no more is changed of it than the
/// white space.
///
/// # Errors
///
/// If the file is not strict JSON.
pub fn line(file: &[u8]) -> Result<Vec<u8>, NotStrict> {
    let mut line = json::compact(file)?;
    line.push(b'\n');
    Ok(line)
}

/// A thread's file, found alone or in a bundle.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The file's name; in a bundle, with the number of the line, or of the first and the last.
    pub place: String,
    /// Its bytes, unread; or what is wrong with the bundle itself.
    pub content: Result<Vec<u8>, BundleFault>,
}

/// What can be wrong with a bundle, whatever its threads are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleFault {
    /// Its header is not strict JSON.
    #[error("the bundle's header: {0}")]
    HeaderNotStrict(NotStrict),
    /// Its header is no object.
    #[error("the bundle's header is not an object")]
    HeaderNotAnObject,
    /// It is of another version.
    #[error("the bundle is not of version 1; a newer mmogit may read it")]
    OtherVersion,
    /// Its header promises no number of threads.
    #[error("the bundle's header does not say how many threads it holds")]
    NoCount,
    /// It holds more or fewer threads than its header promises.
    #[error("its header names {promised} thread(s), and {found} are there")]
    OtherCount {
        /// How many its header promises.
        promised: u64,
        /// How many lines are there.
        found: u64,
    },
    /// So many lines in a row, at least two, hold nothing.
    #[error("{0} blank lines, and no thread")]
    BlankLines(usize),
}

impl BundleFault {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::HeaderNotStrict(_) => "bundle-header-not-strict",
            Self::HeaderNotAnObject => "bundle-header-not-an-object",
            Self::OtherVersion => "bundle-version-unknown",
            Self::NoCount => "bundle-count-missing",
            Self::OtherCount { .. } => "bundle-count-wrong",
            Self::BlankLines(_) => "blank-lines",
        }
    }
}

/// The threads of a file, one after the other: a bundle's, or the one that the file is.
pub struct Parts<R> {
    name: String,
    reader: R,
    state: State,
}

enum State {
    Start,
    /// In a bundle.
    Lines {
        /// How many lines were read.
        read: usize,
        /// How many threads its header promises, if it can be read.
        promised: Option<u64>,
    },
    End,
}

impl<R: BufRead> Parts<R> {
    /// Of a file of that name.
    pub fn new(name: impl Into<String>, reader: R) -> Self {
        Self {
            name: name.into(),
            reader,
            state: State::Start,
        }
    }

    fn next_part(&mut self) -> io::Result<Option<Part>> {
        match self.state {
            State::Start => self.first_part(),
            State::Lines { read, promised } => self.next_lines(read, promised),
            State::End => Ok(None),
        }
    }

    /// The file, if it is no bundle; else what comes first in the bundle.
    fn first_part(&mut self) -> io::Result<Option<Part>> {
        let start = peek(&mut self.reader)?;
        if start != MAGIC {
            self.state = State::End;
            let mut file = start;
            let mut rest = self.reader.by_ref().take(MAX_FILE_BYTES as u64 + 1);
            rest.read_to_end(&mut file)?;
            return Ok(Some(Part {
                place: self.name.clone(),
                content: Ok(file),
            }));
        }
        let header = read_line(&mut self.reader, start)?.unwrap_or_default();
        match promised_by(&header) {
            Ok(threads) => self.next_lines(1, Some(threads)),
            Err(fault) => {
                self.state = State::Lines {
                    read: 1,
                    promised: None,
                };
                Ok(Some(self.about_the_bundle(fault)))
            }
        }
    }

    /// The next line, or all that are blank up to the next that is not; at the end, whether the
    /// header kept its promise.
    fn next_lines(&mut self, read: usize, promised: Option<u64>) -> io::Result<Option<Part>> {
        let blank = skip_blank_lines(&mut self.reader)?;
        if blank > 0 {
            let last = read + blank;
            self.state = State::Lines {
                read: last,
                promised,
            };
            return Ok(Some(self.blank_lines(read + 1, last)));
        }
        if let Some(line) = read_line(&mut self.reader, Vec::new())? {
            let number = read + 1;
            self.state = State::Lines {
                read: number,
                promised,
            };
            return Ok(Some(Part {
                place: format!("{}:{number}", self.name),
                content: Ok(line),
            }));
        }
        self.state = State::End;
        let found = read as u64 - 1;
        Ok(match promised {
            Some(promised) if promised != found => {
                Some(self.about_the_bundle(BundleFault::OtherCount { promised, found }))
            }
            _ => None,
        })
    }

    /// One blank line is a thread's that is empty. Many are told at once: a small file could hold
    /// millions.
    fn blank_lines(&self, first: usize, last: usize) -> Part {
        if first == last {
            return Part {
                place: format!("{}:{first}", self.name),
                content: Ok(Vec::new()),
            };
        }
        Part {
            place: format!("{}:{first}-{last}", self.name),
            content: Err(BundleFault::BlankLines(last - first + 1)),
        }
    }

    fn about_the_bundle(&self, fault: BundleFault) -> Part {
        Part {
            place: self.name.clone(),
            content: Err(fault),
        }
    }
}

impl<R: BufRead> Iterator for Parts<R> {
    type Item = io::Result<Part>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_part();
        if next.is_err() {
            self.state = State::End;
        }
        next.transpose()
    }
}

/// The first bytes, as many as say what the file is. They are taken off the reader.
fn peek(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    reader.take(MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// A line without its line feed, after what was read of it; of one that is too long for a thread
/// only the beginning.
fn read_line(reader: &mut impl BufRead, mut line: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    let had = line.len();
    reader
        .by_ref()
        .take(MAX_FILE_BYTES as u64 + 2)
        .read_until(b'\n', &mut line)?;
    if line.len() == had {
        return Ok((had > 0).then_some(line));
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else {
        skip_line(reader)?;
    }
    Ok(Some(line))
}

/// Takes the line feeds off the reader that come next: how many they were.
fn skip_blank_lines(reader: &mut impl BufRead) -> io::Result<usize> {
    let mut blank = 0;
    loop {
        let ready = reader.fill_buf()?;
        let is_line_feed = |byte: &&u8| **byte == b'\n';
        let feeds = ready.iter().take_while(is_line_feed).count();
        let is_over = feeds < ready.len() || ready.is_empty();
        reader.consume(feeds);
        blank += feeds;
        if is_over {
            return Ok(blank);
        }
    }
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let ready = reader.fill_buf()?;
        let end = ready.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(ready.len(), |place| place + 1);
        let is_over = end.is_some() || ready.is_empty();
        reader.consume(used);
        if is_over {
            return Ok(());
        }
    }
}

/// How many threads a header promises.
fn promised_by(header: &[u8]) -> Result<u64, BundleFault> {
    let value = json::read(header).map_err(BundleFault::HeaderNotStrict)?;
    let header = value.as_object().ok_or(BundleFault::HeaderNotAnObject)?;
    let number = |name: &str| header.get(name).and_then(Value::as_u64);
    if number("mmogit_bundle") != Some(1) {
        return Err(BundleFault::OtherVersion);
    }
    number("threads").ok_or(BundleFault::NoCount)
}

#[cfg(test)]
mod tests;
