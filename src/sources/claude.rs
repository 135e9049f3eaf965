//! Claude.ai's export: `conversations.json`, a list of conversations with their messages. One message
//! of it may hold thoughts, calls of tools, what they gave, and text; here each is one of its own.

use super::read::{fenced, joined, list, placeholder, shown, text, time};
use super::tree::{Node, flatten};
use super::{Conversation, SkipReason, SourceMessage, Speaker, Unknown};
use serde_json::Value;
use std::collections::HashSet;

/// Reads one conversation.
///
/// # Errors
///
/// If it has another form, or nothing is said in it.
pub fn read(value: &Value) -> Result<Conversation, SkipReason> {
    let messages = value.get("chat_messages").and_then(Value::as_array);
    let messages = messages.ok_or(SkipReason::OtherForm)?;
    let native_id = text(value, "uuid").ok_or(SkipReason::OtherForm)?;
    let model = text(value, "model");
    let flat = flatten(nodes(messages, model));
    let current = text(value, "current_leaf_message_uuid");
    let current = current.and_then(|id| flat.ending_at(id));
    let last = || match has_links(messages) {
        true => flat.newest(),
        false => flat.messages.len().checked_sub(1),
    };
    let shown = current.or_else(last).ok_or(SkipReason::Empty)?;
    let earliest = || flat.messages.iter().filter_map(|said| said.time).min();
    Ok(Conversation {
        native_id: native_id.to_owned(),
        title: text(value, "name").map(str::to_owned),
        began: time(value.get("created_at")).or_else(earliest),
        messages: flat.messages,
        shown,
        hidden: 0,
    })
}

fn has_links(messages: &[Value]) -> bool {
    let mut messages = messages.iter();
    messages.any(|message| text(message, "parent_message_uuid").is_some())
}

/// Where no message names the one before, they follow one another.
fn nodes(messages: &[Value], model: Option<&str>) -> Vec<Node> {
    let has_links = has_links(messages);
    let ids = messages.iter().filter_map(|message| text(message, "uuid"));
    let ids: HashSet<&str> = ids.collect();
    let mut before: Option<String> = None;
    let mut nodes = Vec::with_capacity(messages.len());
    for (message, number) in messages.iter().zip(0..) {
        let id = text(message, "uuid").map_or_else(|| format!("#{number}"), str::to_owned);
        let named = text(message, "parent_message_uuid");
        let parent = match named {
            // A name that leads nowhere is that of the beginning, or the file is broken there.
            Some(named) if has_links && ids.contains(named) => Some(named.to_owned()),
            Some(named) if has_links && is_beginning(named) => None,
            _ => before.clone(),
        };
        nodes.push(Node {
            messages: said(&id, message, model),
            parent,
            id: id.clone(),
        });
        before = Some(id);
    }
    nodes
}

/// `00000000-0000-4000-8000-000000000000`: what the first message names.
fn is_beginning(id: &str) -> bool {
    id.starts_with("00000000-0000-")
}

/// What one message of it comes to.
fn said(id: &str, message: &Value, model: Option<&str>) -> Vec<SourceMessage> {
    let who = text(message, "sender").or_else(|| text(message, "role"));
    let is_human = matches!(who, Some("human" | "user"));
    let speaker = if is_human {
        Speaker::Human
    } else {
        Speaker::Ai
    };
    let mut parts = Parts {
        id,
        speaker,
        said: Vec::new(),
        texts: Vec::new(),
        unknown: Vec::new(),
    };
    let blocks = list(message, "content");
    blocks.iter().for_each(|block| parts.take(block));
    let has_text = blocks.iter().any(|block| text(block, "text").is_some());
    if !has_text {
        parts.texts.extend(text(message, "text").map(str::to_owned));
    }
    parts.texts.extend(files(message));
    parts.end_text();

    let when = time(message.get("created_at"));
    let was_cut = message.get("truncated") == Some(&Value::Bool(true));
    let mut said = parts.said;
    for one in &mut said {
        one.time = when;
        one.model = model.filter(|_| !is_human).map(str::to_owned);
    }
    if let Some(last) = said.last_mut().filter(|_| !is_human) {
        last.is_interrupted = was_cut;
    }
    said
}

/// The blocks of one message, while they become messages.
struct Parts<'m> {
    id: &'m str,
    speaker: Speaker,
    said: Vec<SourceMessage>,
    /// Texts that follow one another are one message.
    texts: Vec<String>,
    unknown: Vec<Unknown>,
}

impl Parts<'_> {
    fn take(&mut self, block: &Value) {
        let name = || text(block, "name").unwrap_or("tool").to_owned();
        let kind = text(block, "type").unwrap_or("without a type");
        match kind {
            "text" => self.texts.extend(text(block, "text").map(str::to_owned)),
            "thinking" => {
                let thought = text(block, "thinking").unwrap_or_default().to_owned();
                self.apart(Speaker::Reasoning, thought);
            }
            "tool_use" => {
                let input = block.get("input").map(shown).unwrap_or_default();
                self.apart(Speaker::ToolCall(name()), input);
            }
            "tool_result" => self.tool_output(name(), block),
            "image" | "document" => self.texts.push(placeholder(kind, &[])),
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
                (None, Some("image")) => texts.push(placeholder("image", &[])),
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

    fn end_text(&mut self) {
        let text = joined(&std::mem::take(&mut self.texts));
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

/// What was attached: with its text, where the export has it.
fn files(message: &Value) -> Vec<String> {
    let attachments = list(message, "attachments").iter().map(|file| {
        let fact = |name: &str| text(file, name).map(str::to_owned);
        let head = placeholder("attached", &[fact("file_name"), fact("file_type")]);
        let body = text(file, "extracted_content").map(|body| fenced("", body));
        joined(&[head, body.unwrap_or_default()])
    });
    let mut seen = HashSet::new();
    let files = ["files", "files_v2"]
        .into_iter()
        .flat_map(|name| list(message, name));
    let new = files.filter(|file| match text(file, "file_uuid") {
        Some(id) => seen.insert(id),
        None => true,
    });
    let files = new.map(|file| placeholder("file", &[text(file, "file_name").map(str::to_owned)]));
    attachments.chain(files).collect()
}

#[cfg(test)]
mod tests;
