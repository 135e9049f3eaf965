//! Reading lines back, whoever wrote them.

use super::TrailError;
use super::files::failed;
use crate::bounded;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// The most of a day's file that is read at once, from its end: a file grows to any size, and
/// whoever reads it has others waiting.
const MOST_AT_ONCE: u64 = bounded::MANY_LINES;

/// One line of the trail.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Where in its day's file it begins.
    pub place: u64,
    /// Its fields: `timestamp`, `level`, `category`, `event`, `details`, `actor`, `userId`.
    pub fields: Map<String, Value>,
}

impl Line {
    /// What happened.
    pub fn event(&self) -> &str {
        self.text("event")
    }

    /// When, as it was written.
    pub fn timestamp(&self) -> &str {
        self.text("timestamp")
    }

    /// One detail.
    pub fn detail(&self, name: &str) -> Option<&Value> {
        self.fields.get("details")?.get(name)
    }

    fn text(&self, name: &str) -> &str {
        let text = self.fields.get(name).and_then(Value::as_str);
        text.expect("checked when read")
    }

    fn read(place: u64, bytes: &[u8]) -> Option<Self> {
        let fields: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
        let texts = ["timestamp", "level", "category", "event", "actor", "userId"];
        let is_text = |name: &str| fields.get(name).is_some_and(Value::is_string);
        let has_details = fields.get("details").is_some_and(Value::is_object);
        (has_details && texts.into_iter().all(is_text)).then_some(Self { place, fields })
    }
}

/// How much of a day's file was looked at.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// How many of what was looked at are no lines of a trail.
    pub damaged: usize,
    /// Where in the file that began: what stands before it was not looked at.
    pub from: u64,
}

pub(super) fn each_line(
    path: &Path,
    before: Option<u64>,
    longest: usize,
    take: impl FnMut(Line),
) -> Result<Looked, TrailError> {
    let bounds = Bounds {
        most: MOST_AT_ONCE,
        longest,
    };
    look(path, before, bounds, take)
}

/// How much is looked at.
#[derive(Clone, Copy)]
struct Bounds {
    /// The bytes of a file.
    most: u64,
    /// The bytes of a line.
    longest: usize,
}

/// Hands over the lines that begin before a place, or before the end, out of so many bytes.
fn look(
    path: &Path,
    before: Option<u64>,
    bounds: Bounds,
    take: impl FnMut(Line),
) -> Result<Looked, TrailError> {
    let Some(mut file) = open(path)? else {
        return Ok(Looked::default());
    };
    let length = file.metadata().map_err(failed(path))?.len();
    let end = before.map_or(length, |before| before.min(length));
    let start = end.saturating_sub(bounds.most);
    file.seek(SeekFrom::Start(start)).map_err(failed(path))?;
    let mut lines = Lines {
        reader: BufReader::new(file.take(end - start)),
        place: start,
        longest: bounds.longest,
    };
    lines.look(end, take).map_err(failed(path))
}

fn open(path: &Path) -> Result<Option<File>, TrailError> {
    match bounded::open_no_link(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path)(error)),
    }
}

/// A part of a file, line by line.
struct Lines<R> {
    reader: R,
    /// Where in the file the next line begins.
    place: u64,
    /// The most bytes of one line.
    longest: usize,
}

impl<R: BufRead> Lines<R> {
    fn look(&mut self, end: u64, mut take: impl FnMut(Line)) -> io::Result<Looked> {
        let start = self.place;
        let mut looked = Looked {
            damaged: 0,
            from: start,
        };
        if start > 0 {
            // It begins in the middle of a line, which belongs to what stands before; but one that
            // is longer than any of ours belongs nowhere, and is passed.
            self.next()?;
            let passed = self.place - start;
            if passed > self.longest as u64 {
                looked.damaged += 1;
            } else {
                looked.from = self.place.min(end);
            }
        }
        loop {
            let place = self.place;
            let Some(bytes) = self.next()? else {
                return Ok(looked);
            };
            match bytes.and_then(|bytes| Line::read(place, &bytes)) {
                Some(line) => take(line),
                None => looked.damaged += 1,
            }
        }
    }

    /// The next line; `Some(None)` for one that is longer than any of ours.
    fn next(&mut self) -> io::Result<Option<Option<Vec<u8>>>> {
        let mut line = Vec::new();
        if self.read_some(&mut line)? == 0 {
            return Ok(None);
        }
        if line.len() <= self.longest {
            return Ok(Some(Some(line)));
        }
        while !line.ends_with(b"\n") {
            line.clear();
            if self.read_some(&mut line)? == 0 {
                break;
            }
        }
        Ok(Some(None))
    }

    /// Up to the end of a line, or a little more than a line has.
    fn read_some(&mut self, line: &mut Vec<u8>) -> io::Result<usize> {
        let most = self.longest as u64 + 1;
        let read = (&mut self.reader).take(most).read_until(b'\n', line)?;
        self.place += read as u64;
        Ok(read)
    }
}
