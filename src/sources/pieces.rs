//! JSON of any size, cut into its records. One record at a time is held, and none that is larger than
//! any conversation; a record that is no JSON says nothing about the others.

use std::io::{self, BufRead};

/// So many bytes may one record have.
pub const MOST_BYTES: usize = 32 << 20;

/// So many values may one record have: each takes many times the memory that its text does.
const MOST_VALUES: usize = 1_000_000;

/// A text that says what something is has so many bytes at the most.
const MOST_OF_WORD: usize = 64;

/// How records stand in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// One after the other.
    Values,
    /// As the items of a list.
    Items,
    /// As the items of the list that a field of the one object is.
    ItemsOf(&'static str),
}

/// One record, or why there is none.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Its bytes; nobody looked whether they are JSON.
    Record(Vec<u8>),
    /// It has so many bytes.
    TooLarge(u64),
    /// It has too many values.
    TooManyValues,
    /// The file ends within it, or before the end of the list.
    BrokenOff,
    /// Something stands after the end of the list.
    AfterTheEnd,
}

impl Piece {
    /// How many bytes of it are held.
    pub fn size(&self) -> usize {
        match self {
            Self::Record(bytes) => bytes.len(),
            _ => 0,
        }
    }
}

/// The records of a file.
pub struct Pieces<R> {
    input: Bytes<R>,
    shape: Shape,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Begins,
    InList,
    AfterList,
    Ended,
}

impl<R: BufRead> Pieces<R> {
    /// Begins at the start of a file.
    pub fn new(input: R, shape: Shape) -> Self {
        Self {
            input: Bytes(input),
            shape,
            state: State::Begins,
        }
    }

    /// The next record; none at the end.
    ///
    /// # Errors
    ///
    /// If the file can't be read on.
    pub fn next_piece(&mut self) -> io::Result<Option<Piece>> {
        loop {
            match self.state {
                State::Begins => match self.begin()? {
                    Some(next) => self.state = next,
                    None => return Ok(self.end_with(Piece::BrokenOff)),
                },
                State::InList => match self.input.skip_space_and(b",")? {
                    None if self.shape == Shape::Values => self.state = State::Ended,
                    None => return Ok(self.end_with(Piece::BrokenOff)),
                    Some(b']') if self.shape != Shape::Values => {
                        self.input.take()?;
                        self.state = State::AfterList;
                    }
                    Some(_) => {
                        let piece = self.input.value(MOST_BYTES)?;
                        if piece == Piece::BrokenOff {
                            self.state = State::Ended;
                        }
                        return Ok(Some(piece));
                    }
                },
                State::AfterList => return self.after_list(),
                State::Ended => return Ok(None),
            }
        }
    }

    fn end_with(&mut self, piece: Piece) -> Option<Piece> {
        self.state = State::Ended;
        Some(piece)
    }

    /// Goes to the first record. `None` if the file ends before.
    fn begin(&mut self) -> io::Result<Option<State>> {
        self.input.skip_mark()?;
        match self.shape {
            Shape::Values => Ok(Some(State::InList)),
            Shape::Items => self
                .input
                .go_into(b'[')
                .map(|in_it| in_it.then_some(State::InList)),
            Shape::ItemsOf(name) => {
                if !self.input.go_into(b'{')? {
                    return Ok(None);
                }
                self.go_to_field(name)
            }
        }
    }

    fn go_to_field(&mut self, name: &str) -> io::Result<Option<State>> {
        while let Some(key) = self.input.key()? {
            if key == name {
                return Ok(self.input.go_into(b'[')?.then_some(State::InList));
            }
            // Only its end matters.
            if self.input.value(0)? == Piece::BrokenOff {
                return Ok(None);
            }
        }
        Ok(None)
    }

    fn after_list(&mut self) -> io::Result<Option<Piece>> {
        self.state = State::Ended;
        if let Shape::ItemsOf(_) = self.shape {
            while self.input.key()?.is_some() {
                if self.input.value(0)? == Piece::BrokenOff {
                    return Ok(Some(Piece::BrokenOff));
                }
            }
            if self.input.skip_space_and(b"")? != Some(b'}') {
                return Ok(Some(Piece::BrokenOff));
            }
            self.input.take()?;
        }
        let rest = self.input.skip_space_and(b"")?;
        Ok(rest.map(|_| Piece::AfterTheEnd))
    }
}

/// The fields of the outermost object, or of the first item of the outermost list, as far as a file's
/// beginning tells them.
pub fn first_fields(mut start: &[u8]) -> io::Result<FirstFields> {
    let mut input = Bytes(&mut start);
    input.skip_mark()?;
    let is_list = input.skip_space_and(b"")? == Some(b'[');
    if is_list {
        input.take()?;
    }
    let mut names = Vec::new();
    if input.go_into(b'{')? {
        while let Some(name) = input.key()? {
            let is_list = input.skip_space_and(b"")? == Some(b'[');
            let value = input.value(MOST_OF_WORD)?;
            let is_end = value == Piece::BrokenOff;
            let word = match value {
                Piece::Record(text) => serde_json::from_slice(&text).ok(),
                _ => None,
            };
            names.push(Field {
                name,
                is_list,
                word,
            });
            if is_end {
                break;
            }
        }
    }
    Ok(FirstFields { is_list, names })
}

/// What the beginning of a file tells of its fields.
pub struct FirstFields {
    /// They are those of the first item of a list.
    pub is_list: bool,
    /// Them, in order.
    pub names: Vec<Field>,
}

/// A field, and whether its value is a list.
pub struct Field {
    name: String,
    is_list: bool,
    /// Its value, if that is a short text.
    word: Option<String>,
}

impl FirstFields {
    /// Whether there is a field of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|field| field.name == name)
    }

    /// The value of a field that is a short text.
    pub fn word(&self, name: &str) -> Option<&str> {
        let field = self.names.iter().find(|field| field.name == name);
        field?.word.as_deref()
    }

    /// Whether there is a field of this name that is a list.
    pub fn has_list(&self, name: &str) -> bool {
        let mut fields = self.names.iter();
        fields.any(|field| field.name == name && field.is_list)
    }
}

/// The bytes of a file, one after the other.
struct Bytes<R>(R);

impl<R: BufRead> Bytes<R> {
    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.0.fill_buf()?.first().copied())
    }

    fn take(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        self.0.consume(usize::from(byte.is_some()));
        Ok(byte)
    }

    /// Some programs begin a file with the mark of UTF-8.
    fn skip_mark(&mut self) -> io::Result<()> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        if self.0.fill_buf()?.starts_with(MARK) {
            self.0.consume(MARK.len());
        }
        Ok(())
    }

    /// The next byte that is neither white space, nor NUL (with which a power cut fills a file), nor
    /// one of these; it is not taken.
    fn skip_space_and(&mut self, also: &[u8]) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            if !b" \t\r\n\0".contains(&byte) && !also.contains(&byte) {
                return Ok(Some(byte));
            }
            self.0.consume(1);
        }
        Ok(None)
    }

    /// Goes past an opening bracket, if it is the next that stands there.
    fn go_into(&mut self, bracket: u8) -> io::Result<bool> {
        let is_there = self.skip_space_and(b"")? == Some(bracket);
        self.0.consume(usize::from(is_there));
        Ok(is_there)
    }

    /// The next name of a field, up to its colon; none at the end of the object.
    fn key(&mut self) -> io::Result<Option<String>> {
        if self.skip_space_and(b",")? != Some(b'"') {
            return Ok(None);
        }
        let Piece::Record(text) = self.value(1 << 10)? else {
            return Ok(None);
        };
        let has_colon = self.skip_space_and(b"")? == Some(b':');
        self.0.consume(usize::from(has_colon));
        let name = serde_json::from_slice(&text).unwrap_or_default();
        Ok(has_colon.then_some(name))
    }

    /// One value, whole; it begins at the next byte. Of one that is larger than `most` only how large
    /// it is.
    fn value(&mut self, most: usize) -> io::Result<Piece> {
        let mut value = Value::new(most);
        loop {
            let bytes = self.0.fill_buf()?;
            if bytes.is_empty() {
                return Ok(value.at_the_end());
            }
            let taken = value.take(bytes);
            self.0.consume(taken);
            if value.is_whole {
                return Ok(value.into_piece());
            }
        }
    }
}

/// A value while it is read.
struct Value {
    most: usize,
    kept: Vec<u8>,
    size: u64,
    values: usize,
    depth: usize,
    inside: Inside,
    is_whole: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    Word,
    Text,
    Escape,
}

impl Value {
    fn new(most: usize) -> Self {
        Self {
            most,
            kept: Vec::new(),
            size: 0,
            values: 1,
            depth: 0,
            inside: Inside::Nothing,
            is_whole: false,
        }
    }

    /// Takes what belongs to it; says how many bytes.
    fn take(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        for byte in bytes {
            if self.ends_before(*byte) {
                self.is_whole = true;
                break;
            }
            taken += 1;
            self.go_past(*byte);
            if self.is_whole {
                break;
            }
        }
        self.size += taken as u64;
        if self.size <= self.most as u64 {
            self.kept.extend_from_slice(&bytes[..taken]);
        } else {
            self.kept = Vec::new();
        }
        taken
    }

    /// A number or a word has no end of its own.
    fn ends_before(&self, byte: u8) -> bool {
        self.inside == Inside::Word && self.depth == 0 && b" \t\r\n\0,]}:[{\"".contains(&byte)
    }

    fn go_past(&mut self, byte: u8) {
        self.inside = match (self.inside, byte) {
            (Inside::Escape, _) => Inside::Text,
            (Inside::Text, b'\\') => Inside::Escape,
            (Inside::Text, b'"') => {
                self.is_whole = self.depth == 0;
                Inside::Nothing
            }
            (Inside::Text, _) => Inside::Text,
            (_, b'"') => Inside::Text,
            (_, b'{' | b'[') => {
                self.values += 1;
                self.depth += 1;
                Inside::Nothing
            }
            (_, b'}' | b']') => {
                self.depth = self.depth.saturating_sub(1);
                self.is_whole = self.depth == 0;
                Inside::Nothing
            }
            (_, b',' | b':') => {
                self.values += 1;
                Inside::Nothing
            }
            _ if self.depth == 0 => Inside::Word,
            _ => Inside::Nothing,
        };
    }

    fn at_the_end(self) -> Piece {
        match self.inside {
            Inside::Word if self.depth == 0 => self.into_piece(),
            _ => Piece::BrokenOff,
        }
    }

    fn into_piece(self) -> Piece {
        if self.size > self.most as u64 {
            Piece::TooLarge(self.size)
        } else if self.values > MOST_VALUES {
            Piece::TooManyValues
        } else {
            Piece::Record(self.kept)
        }
    }
}

#[cfg(test)]
mod tests;
