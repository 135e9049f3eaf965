//! From a file's bytes to a thread: the shape is checked here, once.

use super::header::Header;
use super::heads::Settled;
use super::json::{self, Apart, Map, NotStrict, Value};
use super::{Message, PublicKey, Signature, Thread};
use rayon::prelude::*;
use serde_json::value::RawValue;
use std::mem;

/// A larger thread file is refused unread.
pub const MAX_FILE_BYTES: usize = 64 << 20;

/// A title is at least one character long, and at most so many.
pub const MAX_TITLE_CHARACTERS: usize = 200;

/// So many bytes of messages are read together, on all cores. What they take as values is many
/// times that.
const TOGETHER: usize = 256 << 10;

/// Of so many bytes on, messages are worth reading on all cores.
const WORTH_SHARING: usize = 128 << 10;

/// How many arrays and objects are open around a message.
const AROUND: usize = 2;

const NO_LIST: &str = "messages is missing or not a list of objects";

/// What a thread file turned out to be.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every one is a thread; a box would be one more allocation for each"
)]
pub enum Reading {
    /// A thread of this format.
    Thread(Thread),
    /// A thread of the older mmogit: readable, never valid.
    Legacy(Legacy),
}

impl Reading {
    /// The thread's id.
    pub fn id(&self) -> String {
        match self {
            Reading::Thread(thread) => thread.id().to_string(),
            Reading::Legacy(legacy) => legacy.id.clone(),
        }
    }

    /// Whose it says it is; an older file may name somebody by no key.
    pub fn author(&self) -> Option<PublicKey> {
        match self {
            Reading::Thread(thread) => Some(thread.author()),
            Reading::Legacy(legacy) => legacy.author.parse().ok(),
        }
    }
}

/// Why a file is nothing of the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is larger than any of its kind.
    #[error("larger than {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge,
    /// It is not strict JSON.
    #[error(transparent)]
    NotStrict(#[from] NotStrict),
    /// It is another value than an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// It states no version.
    #[error("version is missing")]
    NoVersion,
    /// It is of another version than this one.
    #[error("version is not 1; a newer mmogit may read it")]
    OtherVersion,
    /// A field is missing, or not of its form.
    #[error("{why}")]
    Field {
        /// Which, and how.
        why: String,
    },
    /// One of its messages is malformed.
    #[error("message {number}: {why}")]
    Message {
        /// Its place in the file, counted from 1.
        number: usize,
        /// What is wrong with it.
        why: Box<Malformed>,
    },
}

impl Malformed {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::NotStrict(not_strict) => not_strict.rule.code(),
            Self::NotAnObject => "not-an-object",
            Self::NoVersion => "version-missing",
            Self::OtherVersion => "version-unknown",
            Self::Field { .. } => "field-malformed",
            Self::Message { why, .. } => why.code(),
        }
    }

    pub(super) fn field(why: impl Into<String>) -> Self {
        Self::Field { why: why.into() }
    }
}

/// A thread of the older mmogit. Its signatures cover a time that was not stored, so they prove
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Legacy {
    /// Its id, any text.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whose it says it is.
    pub author: String,
    /// When it says it began.
    pub created_at: String,
    /// When it says it last changed.
    pub updated_at: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// `active` or another word.
    pub state: String,
    /// Its messages, in file order.
    pub messages: Vec<LegacyMessage>,
}

/// A message of the older mmogit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyMessage {
    /// `human` or `ai`.
    pub role: String,
    /// What was said.
    pub content: String,
    /// When it says it was said.
    pub timestamp: String,
}

impl Thread {
    /// Reads a thread file. What it returns is well-formed, and not yet known to be true.
    ///
    /// # Errors
    /// Why it is no thread.
    pub fn read(bytes: &[u8]) -> Result<Reading, Malformed> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(Malformed::TooLarge);
        }
        let file = Apart::read(bytes, "messages")?.ok_or(Malformed::NotAnObject)?;
        if file.fields.contains_key("version") {
            return read_thread(file).map(Reading::Thread);
        }
        match read_legacy(&file)? {
            Some(legacy) => Ok(Reading::Legacy(legacy)),
            None => Err(Malformed::NoVersion),
        }
    }

    /// Builds a thread from its header and messages, as a journal keeps them. The shape is checked
    /// as in a file.
    ///
    /// # Errors
    /// Why they make no thread.
    pub fn from_parts(
        header: Map<String, Value>,
        messages: Vec<Message>,
    ) -> Result<Self, Malformed> {
        Ok(Self {
            header: Header::read(header)?,
            messages,
            signature: None,
            opened: None,
            settled: Settled::default(),
        })
    }
}

fn read_thread(mut file: Apart<'_>) -> Result<Thread, Malformed> {
    let signature = read_signature(file.fields.shift_remove("signature").as_ref())?;
    let header = Header::read(mem::take(&mut file.fields))?;
    let messages = read_messages(&file)?;
    Ok(Thread {
        header,
        messages,
        signature,
        opened: None,
        settled: Settled::default(),
    })
}

/// A signature that may be missing.
pub(super) fn read_signature(field: Option<&Value>) -> Result<Option<Signature>, Malformed> {
    match field {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(hex)) => match hex.parse() {
            Ok(signature) => Ok(Some(signature)),
            Err(why) => Err(Malformed::field(format!("signature: {why}"))),
        },
        Some(_) => Err(Malformed::field("signature is not a text")),
    }
}

/// Each is put into canonical form and hashed; a long thread's on all cores.
fn read_messages(file: &Apart<'_>) -> Result<Vec<Message>, Malformed> {
    let unread = file.unread.ok_or_else(|| Malformed::field(NO_LIST))?;
    let mut messages = Vec::new();
    let all_are_objects = json::each_object(unread, TOGETHER, |group| {
        let before = messages.len();
        let read = |(place, raw): (usize, &&RawValue)| {
            read_message(file, raw).map_err(|why| Malformed::Message {
                number: before + place + 1,
                why: Box::new(why),
            })
        };
        let size: usize = group.iter().map(|raw| raw.get().len()).sum();
        let read: Vec<Result<Message, Malformed>> = match size < WORTH_SHARING {
            true => group.iter().enumerate().map(read).collect(),
            false => group.par_iter().enumerate().map(read).collect(),
        };
        // Of several bad messages the first is named, whichever core saw its own first.
        for message in read {
            messages.push(message?);
        }
        Ok(())
    })?;
    if !all_are_objects {
        return Err(Malformed::field(NO_LIST));
    }
    messages.shrink_to_fit();
    Ok(messages)
}

fn read_message(file: &Apart<'_>, raw: &RawValue) -> Result<Message, Malformed> {
    match file.part(raw, AROUND)? {
        Value::Object(fields) => Message::from_fields(fields),
        _ => unreachable!("only objects are given"),
    }
}

/// `None` if it is none; the error is what keeps it from being read as anything.
fn read_legacy(file: &Apart<'_>) -> Result<Option<Legacy>, Malformed> {
    let mut messages = Some(Vec::new());
    let all_are_objects = file.unread.map_or(Ok(false), |unread| {
        json::each_object(unread, TOGETHER, |group| {
            for raw in group {
                let value = file.part(raw, AROUND)?;
                let read = read_legacy_message(&value);
                messages = messages.take().zip(read).map(|(mut messages, read)| {
                    messages.push(read);
                    messages
                });
            }
            Ok(())
        })
    })?;
    Ok(messages
        .filter(|_| all_are_objects)
        .and_then(|messages| legacy(&file.fields, messages)))
}

fn legacy(fields: &Map<String, Value>, messages: Vec<LegacyMessage>) -> Option<Legacy> {
    let text = |name: &str| fields.get(name)?.as_str().map(str::to_owned);
    let tags = fields
        .get("tags")?
        .as_array()?
        .iter()
        .map(|tag| tag.as_str().map(str::to_owned));
    Some(Legacy {
        id: text("id")?,
        title: text("title")?,
        author: text("author")?,
        created_at: text("created_at")?,
        updated_at: text("updated_at")?,
        tags: tags.collect::<Option<_>>()?,
        state: text("state")?,
        messages,
    })
}

fn read_legacy_message(value: &Value) -> Option<LegacyMessage> {
    let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    Some(LegacyMessage {
        role: text("role")?,
        content: text("content")?,
        timestamp: text("timestamp")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_thread_of_the_older_mmogit_no_message_is_passed_over() {
        let file = |messages: &str| {
            format!(
                r#"{{"id":"x","title":"x","author":"me","created_at":"then","updated_at":"then","state":"active",
                    "tags":[]{messages}}}"#
            )
        };
        let good = r#"{"role":"user","content":"x","timestamp":"then"}"#;
        assert!(matches!(
            Thread::read(file(&format!(r#","messages":[{good}]"#)).as_bytes()),
            Ok(Reading::Legacy(_))
        ));
        for messages in [
            format!(r#","messages":[{good},"x"]"#),
            r#","messages":{}"#.to_owned(),
            String::new(),
        ] {
            assert!(
                Thread::read(file(&messages).as_bytes()).is_err(),
                "{messages}"
            );
        }
    }

    #[test]
    fn a_message_may_nest_as_deep_as_the_file_that_it_stands_in() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let thread = include_str!("../../tests/vectors/threads/good-basic.json");
        let older = r#"{"id":"x","title":"x","author":"me","created_at":"then","updated_at":"then","state":"active",
            "tags":[],"messages":[{"role":"user","content":"x","timestamp":"then"}]}"#;
        for file in [thread, older] {
            // Open around it are the file, the list and the message.
            let with = |depth| {
                file.replacen(
                    "\"role\":",
                    &format!("\"x\":{},\"role\":", nested(depth)),
                    1,
                )
            };
            assert!(Thread::read(with(json::MAX_DEPTH - 3).as_bytes()).is_ok());
            assert!(Thread::read(with(json::MAX_DEPTH - 2).as_bytes()).is_err());
        }
    }

    #[test]
    fn a_file_of_the_largest_size_is_read_and_one_byte_more_is_refused() {
        let mut file = include_bytes!("../../tests/vectors/threads/good-basic.json").to_vec();
        file.resize(MAX_FILE_BYTES, b' ');
        assert!(matches!(Thread::read(&file), Ok(Reading::Thread(_))));
        file.push(b' ');
        assert_eq!(Thread::read(&file), Err(Malformed::TooLarge));
        assert_eq!(Malformed::TooLarge.to_string(), "larger than 64 MiB");
    }
}
