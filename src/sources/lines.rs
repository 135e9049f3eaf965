//! JSON a line each, as programs append it to a file while they run. A power cut leaves half a line, or
//! one of zeros, and what is appended later stands after it: so each line is read by itself.

use super::pieces::{MOST_BYTES, Piece, Pieces, Shape};
use super::{SkipReason, json};
use serde_json::Value;
use std::io::{self, BufRead, Read};

/// A record, and the line that it stands in; or why there is none.
pub struct Line {
    /// Counted from one, whatever stands in the lines before.
    pub number: usize,
    /// What it says.
    pub record: Result<Value, SkipReason>,
}

/// The records of a file.
pub struct Lines<R> {
    input: R,
    number: usize,
    /// Two that stand in one line.
    waiting: Vec<Line>,
}

impl<R: BufRead> Lines<R> {
    /// Begins at the start of a file.
    pub fn new(input: R) -> Self {
        Self {
            input,
            number: 0,
            waiting: Vec::new(),
        }
    }

    /// The next record; none at the end.
    ///
    /// # Errors
    ///
    /// If the file can't be read on.
    pub fn next_line(&mut self) -> io::Result<Option<Line>> {
        while self.waiting.is_empty() {
            let mut line = Vec::new();
            let most = MOST_BYTES as u64;
            let read = (&mut self.input)
                .take(most + 1)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if read > MOST_BYTES && line.last() != Some(&b'\n') {
                let bytes = most + 1 + skip_line(&mut self.input)?;
                self.push(Err(SkipReason::TooLarge(bytes)));
            } else {
                self.take_apart(&line)?;
            }
        }
        Ok(self.waiting.pop())
    }

    fn take_apart(&mut self, line: &[u8]) -> io::Result<()> {
        let mut pieces = Pieces::new(line, Shape::Values);
        while let Some(piece) = pieces.next_piece()? {
            let record = record(piece);
            let is_whole = record.is_ok();
            self.push(record);
            if !is_whole {
                // What stands after it in this line is a part of it.
                break;
            }
        }
        self.waiting.reverse();
        Ok(())
    }

    fn push(&mut self, record: Result<Value, SkipReason>) {
        self.waiting.push(Line {
            number: self.number,
            record,
        });
    }
}

fn record(piece: Piece) -> Result<Value, SkipReason> {
    match piece {
        Piece::Record(bytes) => json::read(&bytes),
        Piece::TooManyValues => Err(SkipReason::TooManyValues),
        Piece::TooLarge(bytes) => Err(SkipReason::TooLarge(bytes)),
        Piece::BrokenOff | Piece::AfterTheEnd => Err(SkipReason::BrokenOff),
    }
}

/// Goes past the end of a line; says how many bytes that were.
fn skip_line(input: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let bytes = input.fill_buf()?;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(bytes.len(), |end| end + 1);
        let is_last = end.is_some() || bytes.is_empty();
        input.consume(taken);
        skipped += taken as u64;
        if is_last {
            return Ok(skipped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &[u8]) -> Vec<(usize, Result<String, SkipReason>)> {
        let mut lines = Lines::new(text);
        let mut found = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            let record = line.record.map(|record| record.to_string());
            found.push((line.number, record));
        }
        found
    }

    #[test]
    fn a_broken_line_costs_itself_and_no_other() {
        let text = b"\xef\xbb\xbf{\"a\":1}\r\n\n{\"b\":\"cut\n\0\0\0\0{\"c\":3}{\"d\":4}\n{\"e\":5";
        let whole = |text: &str| Ok(text.to_owned());
        assert_eq!(
            told(text),
            [
                (1, whole("{\"a\":1}")),
                (3, Err(SkipReason::BrokenOff)),
                (4, whole("{\"c\":3}")),
                (4, whole("{\"d\":4}")),
                (5, Err(SkipReason::BrokenOff)),
            ]
        );
        assert!(matches!(
            told(b"{\"a\":}{\"b\":2}\n")[..],
            [(1, Err(SkipReason::NotJson(_)))]
        ));
    }

    #[test]
    fn a_line_without_end_is_not_held() {
        let mut text = vec![b'['; MOST_BYTES + 7];
        text.extend(b"\n{\"a\":1}");
        let expected = [
            (1, Err(SkipReason::TooLarge(MOST_BYTES as u64 + 8))),
            (2, Ok("{\"a\":1}".to_owned())),
        ];
        assert_eq!(told(&text), expected);
    }
}
