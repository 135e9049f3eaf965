//! One file for many threads, and for the program that checks them: `docs/bundle.md`.
//!
//! A bundle is lines of JSON. The first is its header; each other is one thread's file, whole, on
//! one line. So a bundle of any size is read thread by thread, each is bound by the record's own
//! rules and no others, and one that is damaged says nothing about the rest.

use crate::model::json::{self, Map, NotStrict, Value};
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

const READ_ME: &str = "Conversations with AI, kept by mmogit. Each line after this one is \
a thread: JSON, every message signed by whoever said it, the whole signed by its author. To check them with mmogit: \
mmogit verify --file BUNDLE. Without it: python3 -c 'import json, sys; \
sys.stdout.write(json.loads(sys.stdin.readline())[\"verifier\"])' < BUNDLE > verify.py, then python3 verify.py BUNDLE. \
Read verify.py before you run it, or compare its SHA-256 (sha256sum verify.py) with the one that a mmogit you trust says \
(mmogit doctor), not with the one in this line: a bundle that someone changed may carry a changed verifier. To bring the threads into the store of the same author: mmogit thread-import BUNDLE.";

/// Writes the header's line.
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
pub fn line(file: &[u8]) -> Result<Vec<u8>, NotStrict> {
    let mut line = json::compact(file)?;
    line.push(b'\n');
    Ok(line)
}

/// A thread's file, found alone or in a bundle.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The file's name; in a bundle, with the number of the line.
    pub place: String,
    /// Its bytes, unread; or what is wrong with the bundle itself.
    pub content: Result<Vec<u8>, String>,
}

/// The threads of a file, one after the other: a bundle's, or the one that the file is.
pub struct Parts<R> {
    name: String,
    reader: R,
    state: State,
}

enum State {
    Start,
    /// In a bundle: how many lines were read, and how many threads its header promises (if it can
    /// be read).
    Lines(usize, Option<u64>),
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
            State::End => Ok(None),
            State::Start => {
                let start = peek(&mut self.reader)?;
                if start != MAGIC {
                    self.state = State::End;
                    let mut file = start;
                    self.reader
                        .by_ref()
                        .take(MAX_FILE_BYTES as u64 + 1)
                        .read_to_end(&mut file)?;
                    return Ok(Some(Part {
                        place: self.name.clone(),
                        content: Ok(file),
                    }));
                }
                let header = read_line(&mut self.reader, start)?.unwrap_or_default();
                match promised_by(&header) {
                    Ok(threads) => {
                        self.state = State::Lines(1, Some(threads));
                        self.next_part()
                    }
                    Err(why) => {
                        self.state = State::Lines(1, None);
                        Ok(Some(self.about_the_bundle(why)))
                    }
                }
            }
            State::Lines(read, promised) => match read_line(&mut self.reader, Vec::new())? {
                Some(line) => {
                    self.state = State::Lines(read + 1, promised);
                    Ok(Some(Part {
                        place: format!("{}:{}", self.name, read + 1),
                        content: Ok(line),
                    }))
                }
                None => {
                    self.state = State::End;
                    let found = read as u64 - 1;
                    let short = promised.filter(|promised| *promised != found);
                    let why = |promised| {
                        format!("its header names {promised} thread(s), and {found} are there")
                    };
                    Ok(short.map(|promised| self.about_the_bundle(why(promised))))
                }
            },
        }
    }

    fn about_the_bundle(&self, why: String) -> Part {
        Part {
            place: self.name.clone(),
            content: Err(why),
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
fn promised_by(header: &[u8]) -> Result<u64, String> {
    let value = json::read(header).map_err(|error| format!("the bundle's header: {error}"))?;
    let number = |header: &Map<String, Value>, name: &str| header.get(name).and_then(Value::as_u64);
    let header = value
        .as_object()
        .ok_or("the bundle's header is not an object")?;
    if number(header, "mmogit_bundle") != Some(1) {
        return Err("the bundle is not of version 1; a newer mmogit may read it".into());
    }
    number(header, "threads")
        .ok_or_else(|| "the bundle's header does not say how many threads it holds".into())
}

#[cfg(test)]
mod tests;
