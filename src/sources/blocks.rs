//! The blocks of which messages of Claude consist, in its export and in the transcripts of Claude Code:
//! thoughts, calls of tools, what they gave, and text. Here each is a message of its own.

use super::read::{fenced, joined, placeholder, shown, text};
use super::{SourceMessage, Speaker, Unknown};
use serde_json::Value;
use std::collections::HashMap;

/// The blocks of one message, while they become messages.
pub struct Parts<'m> {
    id: &'m str,
    speaker: Speaker,
    /// The tools that were asked for, by the name of the call.
    tools: &'m mut HashMap<String, String>,
    said: Vec<SourceMessage>,
    /// Texts that follow one another are one message.
    pub texts: Vec<String>,
    unknown: Vec<Unknown>,
}

impl<'m> Parts<'m> {
    /// Begins with nothing. What is neither thought nor tool is said by `speaker`.
    pub fn new(id: &'m str, speaker: Speaker, tools: &'m mut HashMap<String, String>) -> Self {
        Self {
            id,
            speaker,
            tools,
            said: Vec::new(),
            texts: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Takes the next block.
    pub fn take(&mut self, block: &Value) {
        let kind = text(block, "type").unwrap_or("without a type");
        match kind {
            "text" => self.texts.extend(text(block, "text").map(str::to_owned)),
            "thinking" => {
                let thought = text(block, "thinking").unwrap_or_default().to_owned();
                self.apart(Speaker::Reasoning, thought);
            }
            "tool_use" | "server_tool_use" | "mcp_tool_use" => {
                let name = text(block, "name").unwrap_or("tool").to_owned();
                if let Some(call) = text(block, "id") {
                    self.tools.insert(call.to_owned(), name.clone());
                }
                let input = block.get("input").map(shown).unwrap_or_default();
                self.apart(Speaker::ToolCall(name), input);
            }
            "tool_result" | "mcp_tool_result" => {
                let called = text(block, "tool_use_id").and_then(|call| self.tools.get(call));
                let name = text(block, "name").or(called.map(String::as_str));
                self.tool_output(name.unwrap_or("tool").to_owned(), block);
            }
            "image" | "document" => self.texts.push(attached(kind, block)),
            // It counts what is left, and says nothing.
            "token_budget" => {}
            other => self.unknown.push(Unknown::of(other, block)),
        }
    }

    fn tool_output(&mut self, name: String, block: &Value) {
        // What is unknown in it is no part of the text before.
        self.end_text();
        let items = match block.get("content") {
            Some(Value::Array(items)) => items.as_slice(),
            Some(one) if !one.is_null() => std::slice::from_ref(one),
            _ => &[],
        };
        let mut texts = Vec::new();
        for item in items {
            let plain = item.as_str().or_else(|| text(item, "text"));
            match (plain, text(item, "type")) {
                (Some(plain), _) => texts.push(fenced("", plain)),
                (None, Some(kind @ ("image" | "document"))) => texts.push(attached(kind, item)),
                (None, Some("tool_reference")) => {
                    let name = text(item, "tool_name").map(str::to_owned);
                    texts.push(placeholder("tool", &[name]));
                }
                (None, kind) => {
                    let kind = kind.unwrap_or("without a type");
                    self.unknown.push(Unknown::of(kind, item));
                }
            }
        }
        if block.get("is_error") == Some(&Value::Bool(true)) {
            texts.insert(0, "[it failed]".to_owned());
        }
        self.apart(Speaker::ToolOutput(name), joined(&texts));
    }

    /// Something that is no part of the text stands by itself.
    fn apart(&mut self, speaker: Speaker, text: String) {
        self.end_text();
        self.push(speaker, text);
    }

    /// All messages that came of the blocks.
    pub fn end(mut self) -> Vec<SourceMessage> {
        self.end_text();
        self.said
    }

    fn end_text(&mut self) {
        let text = joined(&std::mem::take(&mut self.texts));
        if text.is_empty() && self.unknown.is_empty() {
            return;
        }
        self.push(self.speaker.clone(), text);
    }

    fn push(&mut self, speaker: Speaker, text: String) {
        // Numbered by its place, whatever else came of the message.
        let number = self.said.len();
        let id = match number {
            0 => self.id.to_owned(),
            number => format!("{}#{number}", self.id),
        };
        let mut message = SourceMessage::new(id, speaker, text);
        message.unknown = std::mem::take(&mut self.unknown);
        let is_call = matches!(
            message.speaker,
            Speaker::ToolCall(_) | Speaker::ToolOutput(_)
        );
        if is_call || !message.is_empty() {
            self.said.push(message);
        }
    }
}

/// What stands for a picture or a document.
fn attached(kind: &str, block: &Value) -> String {
    let media_type = block.pointer("/source/media_type").and_then(Value::as_str);
    let title = text(block, "title").map(str::to_owned);
    placeholder(kind, &[title, media_type.map(str::to_owned)])
}
