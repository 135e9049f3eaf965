//! What a record says, whoever wrote it.

use super::read::placeholder;
use crate::model::Timestamp;
use serde_json::Value;

/// Of a part that nobody knows, so many bytes are kept at the most.
const MOST_RAW: usize = 1 << 20;

/// One conversation of another program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// By what it is known there. It stays, however much is said.
    pub native_id: String,
    /// What it is called there.
    pub title: Option<String>,
    /// When it began, if that is known.
    pub began: Option<Timestamp>,
    /// What was said, each after the message that it follows.
    pub messages: Vec<SourceMessage>,
    /// The last message of the branch that is shown there.
    pub shown: usize,
    /// How many messages that program never shows were left out.
    pub hidden: usize,
}

/// One thing that was said, or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMessage {
    /// By what it is known within its conversation.
    pub native_id: String,
    /// Which message it follows; none begins a conversation.
    pub parent: Option<usize>,
    /// Who speaks.
    pub speaker: Speaker,
    /// What is said, as Markdown.
    pub text: String,
    /// When, if that is known.
    pub time: Option<Timestamp>,
    /// Which model spoke.
    pub model: Option<String>,
    /// What it took.
    pub usage: Usage,
    /// It broke off.
    pub is_interrupted: bool,
    /// What of it nobody knows.
    pub unknown: Vec<Unknown>,
}

/// Who speaks in another program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// The person.
    Human,
    /// An AI.
    Ai,
    /// What an AI was told to keep to.
    Instructions,
    /// An AI's working.
    Reasoning,
    /// An AI asks for a tool of this name.
    ToolCall(String),
    /// What a tool of this name gave.
    ToolOutput(String),
}

impl Speaker {
    /// Whether a model, or a tool of it, speaks.
    pub fn is_model(&self) -> bool {
        !matches!(self, Self::Human | Self::Instructions)
    }
}

/// Tokens, each where it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// What was read.
    pub prompt: Option<u64>,
    /// Of which the provider had kept.
    pub cached: Option<u64>,
    /// What was written.
    pub completion: Option<u64>,
    /// Of which was reasoning.
    pub reasoning: Option<u64>,
}

/// A part of a message that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What it calls itself.
    pub kind: String,
    /// The whole part as JSON; none where it is too large.
    pub raw: Option<String>,
}

impl Unknown {
    /// Keeps a part as it is.
    pub(super) fn of(kind: &str, part: &Value) -> Self {
        let raw = part.to_string();
        Self {
            kind: kind.chars().take(100).collect(),
            raw: (raw.len() <= MOST_RAW).then_some(raw),
        }
    }
}

impl SourceMessage {
    /// A text of somebody, of which nothing else is known.
    pub(super) fn new(native_id: String, speaker: Speaker, text: String) -> Self {
        Self {
            native_id,
            parent: None,
            speaker,
            text,
            time: None,
            model: None,
            usage: Usage::default(),
            is_interrupted: false,
            unknown: Vec::new(),
        }
    }

    /// What somebody said of whom nobody knows who that is. It is kept as it is, and nobody's words
    /// are made of it.
    pub(super) fn of_nobody(id: &str, who: Option<&str>, message: &Value) -> Self {
        let who = who.unwrap_or("unknown");
        let what = placeholder("said by somebody unknown", &[Some(who.to_owned())]);
        let mut said = Self::new(id.to_owned(), Speaker::ToolOutput(who.to_owned()), what);
        said.unknown.push(Unknown::of("speaker", message));
        said
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.unknown.is_empty()
    }
}
