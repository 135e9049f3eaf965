//! Claude.ai's export: `conversations.json`, a list of conversations with their messages. One message
//! of it may hold thoughts, calls of tools, what they gave, and text; here each is one of its own.

use super::blocks::Parts;
use super::read::{fenced, joined, list, placeholder, text, time};
use super::tree::{Node, flatten};
use super::{Conversation, SkipReason, SourceMessage, Speaker};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

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
    let speaker = match who {
        Some("human" | "user") => Speaker::Human,
        Some("assistant") => Speaker::Ai,
        _ => return vec![SourceMessage::of_nobody(id, who, message)],
    };
    let is_human = speaker == Speaker::Human;
    let mut tools = HashMap::new();
    let mut parts = Parts::new(id, speaker, &mut tools);
    let blocks = list(message, "content");
    blocks.iter().for_each(|block| parts.take(block));
    let has_text = blocks.iter().any(|block| text(block, "text").is_some());
    if !has_text {
        parts.texts.extend(text(message, "text").map(str::to_owned));
    }
    parts.texts.extend(files(message));

    let when = time(message.get("created_at"));
    let was_cut = message.get("truncated") == Some(&Value::Bool(true));
    let mut said = parts.end();
    for one in &mut said {
        one.time = when;
        one.model = model.filter(|_| !is_human).map(str::to_owned);
    }
    if let Some(last) = said.last_mut().filter(|_| !is_human) {
        last.is_interrupted = was_cut;
    }
    said
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
