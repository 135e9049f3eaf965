//! A file of another program, conversation by conversation.

use super::claude_code::ClaudeCode;
use super::codex::Codex;
use super::database::{is_database, open_to_read};
use super::lines::Lines;
use super::llm::Llm;
use super::pieces::{MOST_BYTES, Piece, Pieces};
use super::sniff::{Layout, other_file, sniff};
use super::transcript::Transcript;
use super::zipped::{Zipped, is_zip};
use super::{Conversation, Skip, SkipReason, SourceError, chatgpt, claude, json, markdown, plain};
use rusqlite::Connection;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

/// So much of a file's beginning tells what it is.
const BEGINNING: usize = 1 << 20;

/// Which program wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `[{"role", "content"}]`, or `{"messages": […]}`.
    Plain,
    /// A text with a line before each message that says who speaks.
    Markdown,
    /// ChatGPT's export.
    ChatGpt,
    /// Claude.ai's export.
    Claude,
    /// A transcript of Claude Code.
    ClaudeCode,
    /// A rollout of Codex.
    Codex,
    /// The log of `llm`.
    Llm,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 7] = [
        Kind::ChatGpt,
        Kind::Claude,
        Kind::ClaudeCode,
        Kind::Codex,
        Kind::Llm,
        Kind::Plain,
        Kind::Markdown,
    ];

    /// Its name, which does not change: it stands in messages.
    pub fn code(self) -> &'static str {
        match self {
            Kind::Plain => "messages",
            Kind::Markdown => "markdown",
            Kind::ChatGpt => "chatgpt",
            Kind::Claude => "claude",
            Kind::ClaudeCode => "claude-code",
            Kind::Codex => "codex",
            Kind::Llm => "llm",
        }
    }

    /// Whether its messages are known by where they stand, and so by what stands before them.
    pub fn is_known_by_places(self) -> bool {
        matches!(self, Kind::Plain | Kind::Markdown)
    }

    /// Whether an agent wrote it, whose tools print what they find, keys too. Nobody is asked then:
    /// secrets are taken out.
    pub fn is_of_agent(self) -> bool {
        match self {
            Kind::Plain | Kind::Markdown | Kind::ChatGpt | Kind::Claude | Kind::Llm => false,
            Kind::ClaudeCode | Kind::Codex => true,
        }
    }

    /// Reads its name.
    pub fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What stands next in a file.
#[derive(Debug)]
pub enum Found {
    /// A conversation, and where it stands.
    Conversation(String, Box<Conversation>),
    /// Something that was left out.
    Skipped(Skip),
}

/// A file of another program, opened.
pub struct Source {
    path: PathBuf,
    kind: Kind,
    input: Input,
}

enum Input {
    Plain {
        layout: Layout,
        input: BufReader<Chain<Cursor<Vec<u8>>, File>>,
    },
    Zip(Box<Zipped>),
    Database(Connection, Llm),
}

impl Source {
    /// Opens a file. `None` if it is of no kind that is known here.
    ///
    /// # Errors
    ///
    /// If it can't be read, is not of the kind that it is said to be, or is a zip without
    /// conversations.
    pub fn open(path: &Path, kind: Option<Kind>) -> Result<Option<Self>, SourceError> {
        let failed = disk(path);
        let found = fs::metadata(path).map_err(&failed)?;
        if found.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        // What was read of a pipe, or only opened, would be missing to whoever reads it instead.
        if !found.is_file() && kind.is_none() {
            return Ok(None);
        }
        let mut file = File::open(path).map_err(&failed)?;
        let start = beginning(&mut file).map_err(&failed)?;
        if found.is_file() && is_zip(&start) {
            return Self::open_zip(path, kind).map(Some);
        }
        if found.is_file() && is_database(&start) {
            return Self::open_database(path, kind).map(Some);
        }
        if let Some(what) = other_file(&start).filter(|_| found.is_file()) {
            let path = path.to_owned();
            return Err(SourceError::Other { path, what });
        }
        let layout = sniff(&start).filter(|layout| fits(layout, kind));
        let input = BufReader::new(Cursor::new(start).chain(file));
        match (layout, kind) {
            (Some(layout), _) => Ok(Some(Self {
                path: path.to_owned(),
                kind: layout.kind,
                input: Input::Plain { layout, input },
            })),
            (None, Some(kind)) => Err(other_kind(path, kind)),
            (None, None) => Ok(None),
        }
    }

    fn open_zip(path: &Path, kind: Option<Kind>) -> Result<Self, SourceError> {
        let failed = disk(path);
        let file = File::open(path).map_err(&failed)?;
        let mut zipped = Zipped::open(file).map_err(&failed)?;
        let mut layout = None;
        for name in zipped.members.clone() {
            let start = zipped.with_member(&name, beginning).map_err(&failed)?;
            layout = sniff(&start.map_err(&failed)?);
            if layout.is_some() {
                break;
            }
        }
        match (layout.filter(|layout| fits(layout, kind)), kind) {
            (Some(layout), _) => Ok(Self {
                path: path.to_owned(),
                kind: layout.kind,
                input: Input::Zip(Box::new(zipped)),
            }),
            (None, Some(kind)) => Err(other_kind(path, kind)),
            (None, None) => Err(SourceError::NoConversations {
                path: path.to_owned(),
            }),
        }
    }

    fn open_database(path: &Path, kind: Option<Kind>) -> Result<Self, SourceError> {
        let failed = |error| disk(path)(io::Error::other(error));
        let database = open_to_read(path).map_err(failed)?;
        let llm = Llm::of(&database).map_err(failed)?;
        match (llm, kind) {
            (Some(llm), None | Some(Kind::Llm)) => Ok(Self {
                path: path.to_owned(),
                kind: Kind::Llm,
                input: Input::Database(database, llm),
            }),
            (_, Some(kind)) => Err(other_kind(path, kind)),
            (None, None) => Err(SourceError::UnknownDatabase {
                path: path.to_owned(),
            }),
        }
    }

    /// Its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which program wrote it.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Hands on all that is in it, one after the other.
    ///
    /// # Errors
    ///
    /// If it can't be read on; or whatever `take` says.
    pub fn each<E: From<SourceError>>(
        self,
        take: &mut dyn FnMut(Found) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = disk(&self.path);
        let place = self.path.display().to_string();
        let name = self.path.file_name().unwrap_or_default();
        match self.input {
            Input::Plain { layout, input } => {
                let mut reader = Reader::new(place, &name.to_string_lossy(), self.kind);
                reader.all(input, &layout, &failed, take)
            }
            Input::Database(database, llm) => {
                let mut reader = Reader::new(place, &name.to_string_lossy(), self.kind);
                let names = match llm.names(&database) {
                    Ok(names) => names,
                    Err(reason) => {
                        reader.number = 1;
                        return take(reader.found(Err(reason)));
                    }
                };
                for name in names {
                    reader.number += 1;
                    take(reader.found(Llm::read(&database, &name)))?;
                }
                Ok(())
            }
            Input::Zip(mut zipped) => {
                for member in zipped.members.clone() {
                    let place = format!("{place}/{member}");
                    let mut reader = Reader::new(place, &member, self.kind);
                    let read = |input: &mut dyn Read| reader.member(input, &failed, take);
                    zipped.with_member(&member, read).map_err(&failed)??;
                }
                Ok(())
            }
        }
    }
}

fn fits(layout: &Layout, kind: Option<Kind>) -> bool {
    kind.is_none_or(|kind| kind == layout.kind)
}

fn other_kind(path: &Path, kind: Kind) -> SourceError {
    SourceError::OtherKind {
        path: path.to_owned(),
        kind: kind.code(),
    }
}

fn disk(path: &Path) -> impl Fn(io::Error) -> SourceError {
    move |source| SourceError::Disk {
        path: path.to_owned(),
        source,
    }
}

fn beginning(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    input.take(BEGINNING as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// Reads records, and counts them.
struct Reader {
    place: String,
    /// The file's name alone.
    name: String,
    kind: Kind,
    number: usize,
}

impl Reader {
    fn new(place: String, name: &str, kind: Kind) -> Self {
        Self {
            place,
            name: name.to_owned(),
            kind,
            number: 0,
        }
    }

    fn all<E: From<SourceError>>(
        &mut self,
        input: impl BufRead,
        layout: &Layout,
        failed: &impl Fn(io::Error) -> SourceError,
        take: &mut dyn FnMut(Found) -> Result<(), E>,
    ) -> Result<(), E> {
        match layout.kind {
            Kind::Markdown => return self.text(input, failed, take),
            Kind::ClaudeCode => {
                return self.transcript(input, Box::<ClaudeCode>::default(), failed, take);
            }
            Kind::Codex => return self.transcript(input, Box::<Codex>::default(), failed, take),
            Kind::Plain | Kind::ChatGpt | Kind::Claude | Kind::Llm => {}
        }
        let mut pieces = Pieces::new(input, layout.shape.clone());
        if layout.is_by_message {
            return self.all_as_one(&mut pieces, failed, take);
        }
        while let Some(piece) = pieces.next_piece().map_err(failed)? {
            take(self.read(piece))?;
        }
        Ok(())
    }

    /// A file in a zip, which may be something else than the others.
    fn member<E: From<SourceError>>(
        &mut self,
        input: &mut dyn Read,
        failed: &impl Fn(io::Error) -> SourceError,
        take: &mut dyn FnMut(Found) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = beginning(input).map_err(failed)?;
        match sniff(&start).filter(|layout| layout.kind == self.kind) {
            None => {
                self.number = 1;
                take(self.found(Err(SkipReason::OtherForm)))
            }
            Some(layout) => {
                let input = BufReader::new(io::Cursor::new(start).chain(input));
                self.all(input, &layout, failed, take)
            }
        }
    }

    fn read(&mut self, piece: Piece) -> Found {
        self.number += 1;
        let conversation = parsed(piece).and_then(|value| self.conversation(&value));
        self.found(conversation)
    }

    fn conversation(&self, value: &Value) -> Result<Conversation, SkipReason> {
        match self.kind {
            Kind::ChatGpt => chatgpt::read(value),
            Kind::Claude => claude::read(value),
            Kind::Plain => plain::read(value, &format!("{}:{}", self.name, self.number)),
            // These are no records of their own.
            Kind::Markdown | Kind::ClaudeCode | Kind::Codex | Kind::Llm => {
                Err(SkipReason::OtherForm)
            }
        }
    }

    fn found(&self, conversation: Result<Conversation, SkipReason>) -> Found {
        let place = format!("{}:{}", self.place, self.number);
        match conversation {
            Ok(conversation) => Found::Conversation(place, Box::new(conversation)),
            Err(reason) => Found::Skipped(Skip { place, reason }),
        }
    }

    /// The whole file is one conversation.
    fn text<E: From<SourceError>>(
        &mut self,
        input: impl BufRead,
        failed: &impl Fn(io::Error) -> SourceError,
        take: &mut dyn FnMut(Found) -> Result<(), E>,
    ) -> Result<(), E> {
        self.number = 1;
        let mut bytes = Vec::new();
        let most = MOST_BYTES as u64;
        input
            .take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() > MOST_BYTES {
            let size = bytes.len() as u64;
            return take(self.found(Err(SkipReason::TooLarge(size))));
        }
        let text = String::from_utf8_lossy(&bytes);
        take(self.found(markdown::read(&text, &self.name)))
    }

    /// Each line is a record; together they are one conversation, or a few.
    fn transcript<E: From<SourceError>>(
        &mut self,
        input: impl BufRead,
        mut transcript: Box<dyn Transcript>,
        failed: &impl Fn(io::Error) -> SourceError,
        take: &mut dyn FnMut(Found) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next_line().map_err(failed)? {
            self.number = line.number;
            let taken = line
                .record
                .and_then(|record| transcript.take(line.number, &record));
            if let Err(reason) = taken {
                take(self.found(Err(reason)))?;
            }
        }
        self.number = 0;
        for conversation in transcript.end() {
            self.number += 1;
            take(self.found(conversation))?;
        }
        Ok(())
    }

    /// Each record is a message; together they are one conversation.
    fn all_as_one<E: From<SourceError>>(
        &mut self,
        pieces: &mut Pieces<impl BufRead>,
        failed: &impl Fn(io::Error) -> SourceError,
        take: &mut dyn FnMut(Found) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut messages, mut bytes) = (Vec::new(), 0);
        while let Some(piece) = pieces.next_piece().map_err(failed)? {
            self.number += 1;
            bytes += piece.size();
            if bytes > MOST_BYTES {
                return take(self.found(Err(SkipReason::TooLarge(bytes as u64))));
            }
            match parsed(piece) {
                Ok(value) => messages.push(value),
                Err(reason) => take(self.found(Err(reason)))?,
            }
        }
        self.number = 1;
        let conversation = self.conversation(&messages.into());
        take(self.found(conversation))
    }
}

fn parsed(piece: Piece) -> Result<Value, SkipReason> {
    match piece {
        Piece::Record(bytes) => json::read(&bytes),
        Piece::TooLarge(bytes) => Err(SkipReason::TooLarge(bytes)),
        Piece::TooManyValues => Err(SkipReason::TooManyValues),
        Piece::BrokenOff => Err(SkipReason::BrokenOff),
        Piece::AfterTheEnd => Err(SkipReason::AfterTheEnd),
    }
}
