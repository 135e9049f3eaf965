//! The documented form of a buffer's file.

use super::{JsonText, role_named, shown_role};
use crate::model::{Mode, Role, Timestamp, json};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt::Write;

/// One message of a buffer, in the documented form.
#[derive(Debug, Clone, PartialEq)]
pub struct BufferMessage {
    /// Who speaks.
    pub role: Role,
    /// What.
    pub content: String,
    /// When, in milliseconds since 1970.
    pub timestamp: i64,
    /// What a program keeps with it.
    pub meta: Option<JsonText>,
}

impl BufferMessage {
    /// The message as it is written.
    pub fn to_json(&self) -> String {
        let quoted = |text: &str| serde_json::to_string(text).expect("a text is always writable");
        let mut written = format!(
            r#"{{"role":{},"content":{},"timestamp":{}"#,
            quoted(shown_role(self.role)),
            quoted(&self.content),
            self.timestamp
        );
        if let Some(meta) = &self.meta {
            write!(written, r#","meta":{meta}"#).expect("a text takes what is written");
        }
        written.push('}');
        written
    }
}

/// A buffer of messages that are written already.
pub fn written(
    mode: Mode,
    messages: impl Iterator<Item = impl AsRef<str>>,
    last_updated: Timestamp,
    message_limit: usize,
) -> String {
    let mut text = format!(r#"{{"mode":"{}","messages":["#, mode.as_str());
    for (place, message) in messages.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(message.as_ref());
    }
    let end = format!(r#"],"lastUpdated":"{last_updated}","messageLimit":{message_limit}}}"#);
    text.push_str(&end);
    text
}

/// What was read of a buffer's file that another program wrote.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadBuffer {
    /// The messages, oldest first.
    pub messages: Vec<BufferMessage>,
    /// How many entries are no messages.
    pub skipped: usize,
}

/// Why a file is no buffer of a mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotABuffer {
    /// It is not JSON, or has no list of messages.
    #[error("it is not a buffer: {0}")]
    Malformed(String),
    /// It is the other mode's.
    #[error("it is a buffer of another mode")]
    OtherMode,
}

#[derive(Deserialize)]
struct Written<'j> {
    mode: String,
    #[serde(borrow)]
    messages: Vec<&'j RawValue>,
}

#[derive(Deserialize)]
struct WrittenMessage<'j> {
    role: String,
    content: String,
    timestamp: Option<serde_json::Number>,
    #[serde(borrow)]
    meta: Option<&'j RawValue>,
}

impl ReadBuffer {
    /// Reads a file of the documented form.
    ///
    /// # Errors
    /// Why it is none.
    pub fn of(bytes: &[u8], mode: Mode) -> Result<Self, NotABuffer> {
        let malformed = |error: serde_json::Error| NotABuffer::Malformed(error.to_string());
        let written: Written<'_> = serde_json::from_slice(bytes).map_err(malformed)?;
        if written.mode != mode.as_str() {
            return Err(NotABuffer::OtherMode);
        }
        let mut read = Self::default();
        for message in written.messages {
            match message_of(message) {
                Some(message) => read.messages.push(message),
                None => read.skipped += 1,
            }
        }
        Ok(read)
    }
}

fn message_of(raw: &RawValue) -> Option<BufferMessage> {
    let written: WrittenMessage<'_> = serde_json::from_str(raw.get()).ok()?;
    let meta = match written.meta {
        Some(meta) => Some(JsonText::read(meta.get()).ok()?),
        None => None,
    };
    Some(BufferMessage {
        role: role_named(&written.role)?,
        content: written.content,
        timestamp: moment_of(&written.timestamp?)?,
        meta,
    })
}

/// Milliseconds, also where a program wrote a fraction of one.
fn moment_of(number: &serde_json::Number) -> Option<i64> {
    let most = i64::try_from(json::MAX_INTEGER).ok()?;
    let whole = match number.as_i64() {
        Some(whole) => whole,
        None => number.as_f64().filter(|float| float.is_finite())?.trunc() as i64,
    };
    (-most..=most).contains(&whole).then_some(whole)
}
