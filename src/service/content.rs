//! What a message of a conversation holds: `{"text": …}`, or `{"blocks": […]}`.
//!
//! In the record a text is a string, and blocks are the record's own, which every face can draw.
//! Blocks came in another form, so the message keeps that form beside them and gives it back.

use crate::model::json::Value;
use crate::model::{Message, text_of};
use crate::workspace::is_unseen;
use serde_json::json;

/// The field of a message that has blocks as they came.
pub(super) const AS_GIVEN: &str = "content_as_given";

/// The longest name of a language.
const LONGEST_LANGUAGE: usize = 50;

/// What a message is to hold, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// As the record has it.
    stored: Value,
    /// Blocks as they came.
    given: Option<String>,
    text: String,
}

/// Why something is no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadContent {
    /// It is neither a text nor blocks.
    #[error("Invalid message content format")]
    Form,
    /// The text says nothing.
    #[error("Message text cannot be empty")]
    EmptyText,
    /// There are no blocks.
    #[error("Structured message must have at least one block")]
    NoBlocks,
    /// One of the blocks is none.
    #[error("Invalid message content format")]
    Block {
        /// Which, from 1.
        number: usize,
        /// Why.
        why: BadBlock,
    },
}

/// Why something is no block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBlock {
    /// It has no type that is known.
    #[error("its type must be heading, text, code or list")]
    Type,
    /// It has no content.
    #[error("its content must be a text that is not empty")]
    Content,
    /// A heading of no level.
    #[error("the level of a heading must be a whole number from 1 to 6")]
    Level,
    /// A heading of several lines.
    #[error("a heading must be one line")]
    Lines,
    /// The language of code is no name.
    #[error(
        "the language of code must be a text of up to {LONGEST_LANGUAGE} characters on one line"
    )]
    Language,
}

impl Content {
    /// A text.
    ///
    /// # Errors
    /// If it says nothing.
    pub fn text(text: &str) -> Result<Self, BadContent> {
        if is_unseen(text) {
            return Err(BadContent::EmptyText);
        }
        Ok(Self {
            stored: text.into(),
            given: None,
            text: text.to_owned(),
        })
    }

    /// Takes what a program sends.
    ///
    /// # Errors
    /// Why it is not accepted.
    pub fn read(value: &Value) -> Result<Self, BadContent> {
        let fields = value.as_object().ok_or(BadContent::Form)?;
        if fields.len() != 1 {
            return Err(BadContent::Form);
        }
        match (fields.get("text"), fields.get("blocks")) {
            (Some(Value::String(text)), None) => Self::text(text),
            (None, Some(Value::Array(blocks))) => Self::blocks(value, blocks),
            _ => Err(BadContent::Form),
        }
    }

    fn blocks(given: &Value, blocks: &[Value]) -> Result<Self, BadContent> {
        if blocks.is_empty() {
            return Err(BadContent::NoBlocks);
        }
        let mut stored = Vec::with_capacity(blocks.len());
        for (place, block) in blocks.iter().enumerate() {
            let number = place + 1;
            let block = recorded(block).map_err(|why| BadContent::Block { number, why })?;
            stored.push(block);
        }
        let stored = json!({ "blocks": stored });
        Ok(Self {
            text: text_of(&stored),
            stored,
            given: Some(given.to_string()),
        })
    }

    /// All of it as Markdown.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// As the record has it.
    pub(super) fn stored(&self) -> &Value {
        &self.stored
    }

    /// Blocks as they came; none of a text.
    pub(super) fn given(&self) -> Option<&str> {
        self.given.as_deref()
    }

    /// How many bytes of it are kept.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.given.as_ref().map_or(0, String::len)
    }

    /// What a message holds, as programs see it: as it came, or in the same form.
    pub fn of(message: &Message) -> Value {
        let given = message.text_field(AS_GIVEN);
        let given = given.and_then(|given| serde_json::from_str::<Value>(&given).ok());
        // Whoever writes the record may write there what they like.
        match given.filter(|given| Self::read(given).is_ok()) {
            Some(given) => given,
            None => match message.field("content") {
                Some(content) if message.is_open() => Self::of_stored(&content),
                _ => json!({ "text": message.text() }),
            },
        }
    }

    /// What the record has, as programs see it. Blocks that don't fit become one text.
    pub(super) fn of_stored(content: &Value) -> Value {
        let blocks = content.get("blocks").and_then(Value::as_array);
        let blocks: Option<Vec<Value>> =
            blocks.and_then(|blocks| blocks.iter().map(block_seen).collect());
        match blocks.filter(|blocks| !blocks.is_empty()) {
            Some(blocks) => json!({ "blocks": blocks }),
            None => json!({ "text": text_of(content) }),
        }
    }
}

/// A block as the record has it.
fn recorded(block: &Value) -> Result<Value, BadBlock> {
    let kind = block.get("type").and_then(Value::as_str);
    let kind = kind.ok_or(BadBlock::Type)?;
    if !["heading", "text", "code", "list"].contains(&kind) {
        return Err(BadBlock::Type);
    }
    let content = block.get("content").and_then(Value::as_str);
    let is_said = |content: &&str| !is_unseen(content);
    let content = content.filter(is_said).ok_or(BadBlock::Content)?;
    match kind {
        "heading" => heading(block, content),
        "code" => code(block, content),
        "list" => Ok(list(content)),
        _ => Ok(json!({ "type": "text", "text": content })),
    }
}

fn heading(block: &Value, content: &str) -> Result<Value, BadBlock> {
    // `2.0` is a whole number in JSON.
    let level = block.get("level").and_then(Value::as_f64);
    let level = [1, 2, 3, 4, 5, 6]
        .into_iter()
        .find(|known: &u8| level == Some(f64::from(*known)));
    let level = level.ok_or(BadBlock::Level)?;
    if content.contains(char::is_control) {
        return Err(BadBlock::Lines);
    }
    Ok(json!({ "type": "heading", "level": level, "text": content }))
}

fn code(block: &Value, content: &str) -> Result<Value, BadBlock> {
    let mut code = json!({ "type": "code", "code": content });
    match block.get("language") {
        None | Some(Value::Null) => {}
        Some(Value::String(language)) if is_language(language) => {
            code["language"] = language.as_str().into();
        }
        Some(_) => return Err(BadBlock::Language),
    }
    Ok(code)
}

fn is_language(name: &str) -> bool {
    name.chars().count() <= LONGEST_LANGUAGE && !name.contains(char::is_control)
}

/// A list of the record where each line is an item; anything else stays as it was written.
fn list(content: &str) -> Value {
    let item = |line: &str| {
        let item = line
            .strip_prefix("- ")
            .or_else(|| line.strip_prefix("* "))?;
        Some(item.to_owned())
    };
    let items: Option<Vec<String>> = content.lines().map(item).collect();
    match items {
        Some(items) => json!({ "type": "list", "items": items }),
        None => json!({ "type": "text", "text": content }),
    }
}

fn block_seen(block: &Value) -> Option<Value> {
    let text = |name: &str| block.get(name).and_then(Value::as_str);
    let seen = match text("type")? {
        "heading" => {
            json!({"type": "heading", "content": text("text")?, "level": block.get("level")?})
        }
        "text" => json!({"type": "text", "content": text("text")?}),
        "code" => {
            let mut code = json!({"type": "code", "content": text("code")?});
            if let Some(language) = text("language") {
                code["language"] = language.into();
            }
            code
        }
        "list" => {
            let items = block.get("items")?.as_array()?.iter();
            let lines: Option<Vec<String>> = items
                .map(|item| Some(format!("- {}", item.as_str()?)))
                .collect();
            json!({"type": "list", "content": lines?.join("\n")})
        }
        _ => return None,
    };
    recorded(&seen).is_ok().then_some(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<Content, BadContent> {
        Content::read(&value)
    }

    fn of_block(block: Value) -> Result<Content, BadBlock> {
        match read(json!({"blocks": [{"type": "text", "content": "x"}, block]})) {
            Err(BadContent::Block { number, why }) => {
                assert_eq!(number, 2);
                Err(why)
            }
            content => Ok(content.unwrap()),
        }
    }

    #[test]
    fn a_text_needs_a_character() {
        assert_eq!(read(json!({"text": "x"})).unwrap().as_text(), "x");
        for blank in ["", " ", "\n\t", "\u{1c}\u{85}"] {
            assert_eq!(read(json!({"text": blank})), Err(BadContent::EmptyText));
        }
    }

    #[test]
    fn what_is_neither_a_text_nor_blocks_is_refused() {
        for other in [
            json!("x"),
            json!(null),
            json!([]),
            json!({}),
            json!({"text": 1}),
            json!({"text": null}),
            json!({"blocks": {}}),
            json!({"text": "x", "blocks": []}),
            json!({"text": "x", "more": 1}),
        ] {
            assert_eq!(read(other.clone()), Err(BadContent::Form), "{other}");
        }
        assert_eq!(read(json!({"blocks": []})), Err(BadContent::NoBlocks));
    }

    #[test]
    fn each_block_is_looked_at() {
        for (block, why) in [
            (json!(1), BadBlock::Type),
            (json!({"content": "x"}), BadBlock::Type),
            (json!({"type": "table", "content": "x"}), BadBlock::Type),
            (json!({"type": "text"}), BadBlock::Content),
            (json!({"type": "text", "content": " "}), BadBlock::Content),
            (json!({"type": "code", "content": 1}), BadBlock::Content),
            (json!({"type": "heading", "content": "x"}), BadBlock::Level),
            (
                json!({"type": "heading", "content": "x", "level": 0}),
                BadBlock::Level,
            ),
            (
                json!({"type": "heading", "content": "x", "level": 7}),
                BadBlock::Level,
            ),
            (
                json!({"type": "heading", "content": "x", "level": 1.5}),
                BadBlock::Level,
            ),
            (
                json!({"type": "heading", "content": "x", "level": "1"}),
                BadBlock::Level,
            ),
            (
                json!({"type": "heading", "content": "x\ny", "level": 1}),
                BadBlock::Lines,
            ),
            (
                json!({"type": "code", "content": "x", "language": 1}),
                BadBlock::Language,
            ),
            (
                json!({"type": "code", "content": "x", "language": "a\nb"}),
                BadBlock::Language,
            ),
        ] {
            assert_eq!(of_block(block.clone()).unwrap_err(), why, "{block}");
        }
        for block in [
            json!({"type": "heading", "content": "x", "level": 1}),
            json!({"type": "heading", "content": "x", "level": 6.0}),
            json!({"type": "code", "content": "x"}),
            json!({"type": "code", "content": "x", "language": "rust", "more": 1.5}),
            json!({"type": "list", "content": "- a\n- b"}),
            json!({"type": "list", "content": "1. a\n2. b"}),
        ] {
            assert!(of_block(block.clone()).is_ok(), "{block}");
        }
    }

    #[test]
    fn blocks_become_markdown_and_stay_as_they_came() {
        let given = json!({"blocks": [
            {"type": "heading", "content": "Plan", "level": 2},
            {"type": "text", "content": "So:"},
            {"type": "code", "content": "let x;", "language": "rust", "mine": 0.5},
            {"type": "list", "content": "- a\n- b"},
            {"type": "list", "content": "1. a\n2. b"},
        ]});
        let content = read(given.clone()).unwrap();
        let text = "## Plan\n\nSo:\n\n```rust\nlet x;\n```\n\n- a\n- b\n\n1. a\n2. b";
        assert_eq!(content.as_text(), text);
        let back: Value = serde_json::from_str(content.given().unwrap()).unwrap();
        assert_eq!(back, given);
        assert!(crate::model::is_content(Some(content.stored())));
    }
}
