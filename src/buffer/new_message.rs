//! A message that is to be appended.

use crate::mirror::JsonText;
use crate::model::json::{MAX_INTEGER, Map, Value};
use crate::model::{Hash, Role};
use crate::turn::Saying;

/// A message for a buffer, as a program gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Who speaks.
    pub role: Role,
    /// What.
    pub content: String,
    /// When, in milliseconds since 1970, as the program has it.
    pub timestamp: Option<i64>,
    /// What the program keeps with it.
    pub meta: Option<JsonText>,
    /// Whose key signs what is not a person's; without a name `api`.
    pub agent: Option<String>,
    /// By what a repeated request is known.
    pub idempotency: Option<IdempotencyMark>,
}

/// By what a repeated request is known: the key that it came with, and what it asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencyMark {
    /// The key's hash.
    pub key: Hash,
    /// The body's hash.
    pub body: Hash,
}

/// Why a message is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// It says nothing.
    #[error("the message is empty")]
    Empty,
    /// Its time is no moment.
    #[error("the timestamp is out of range")]
    Timestamp,
    /// What is to sign it has no name of an agent.
    #[error("the agent's name may have up to 64 small letters, digits, `-`, `_` and `.`")]
    Agent,
}

/// Whose key signs what a program puts in, if it names nobody.
const DEFAULT_AGENT: &str = "api";

impl NewMessage {
    /// A message of somebody, and nothing more.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self {
            role,
            content: content.into(),
            timestamp: None,
            meta: None,
            agent: None,
            idempotency: None,
        }
    }

    /// Whether it is accepted.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), BadMessage> {
        if self.content.is_empty() {
            return Err(BadMessage::Empty);
        }
        let is_moment = |time: i64| time.unsigned_abs() <= MAX_INTEGER;
        if !self.timestamp.is_none_or(is_moment) {
            return Err(BadMessage::Timestamp);
        }
        if self.agent.as_deref().is_some_and(|name| !is_agent(name)) {
            return Err(BadMessage::Agent);
        }
        Ok(())
    }

    /// The message as it is said in its thread.
    pub(super) fn into_saying(self) -> Saying {
        let fields = self.fields();
        let agent = self.agent.unwrap_or_else(|| DEFAULT_AGENT.to_owned());
        Saying {
            agent: (!self.role.is_persons()).then_some(agent),
            role: self.role,
            content: self.content,
            structured: None,
            fields,
        }
    }

    /// What is signed besides.
    fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        if let Some(time) = self.timestamp {
            fields.insert("client_timestamp".to_owned(), time.into());
        }
        if let Some(meta) = &self.meta {
            fields.insert("meta".to_owned(), meta.as_str().into());
        }
        if let Some(mark) = &self.idempotency {
            let mut both = Map::new();
            both.insert("key".to_owned(), mark.key.to_string().into());
            both.insert("body".to_owned(), mark.body.to_string().into());
            fields.insert("idempotency".to_owned(), both.into());
        }
        fields
    }
}

fn is_agent(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    !name.is_empty() && name.len() <= 64 && name.chars().all(fits)
}
