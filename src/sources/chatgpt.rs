//! ChatGPT's export: `conversations.json`, a list of conversations, each a tree of messages.

use super::read::{fenced, joined, list, placeholder, text, time};
use super::tree::{Node, flatten};
use super::{Conversation, SkipReason, SourceMessage, Speaker, Unknown};
use crate::model::Timestamp;
use serde_json::Value;

/// Reads one conversation.
///
/// # Errors
///
/// If it has another form, or nothing is said in it.
pub fn read(value: &Value) -> Result<Conversation, SkipReason> {
    let mapping = value.get("mapping").and_then(Value::as_object);
    let mapping = mapping.ok_or(SkipReason::OtherForm)?;
    let first = || mapping.keys().next().map(String::as_str);
    let id = text(value, "conversation_id").or_else(|| text(value, "id"));
    let native_id = id.or_else(first).ok_or(SkipReason::Empty)?.to_owned();

    let mut hidden = 0;
    let nodes = mapping.iter().map(|(id, node)| {
        let message = node.get("message").filter(|message| message.is_object());
        let message = message.and_then(|message| match is_hidden(message) {
            true => {
                hidden += usize::from(!content(message).text.trim().is_empty());
                None
            }
            false => Some(said(id, message)),
        });
        Node {
            id: id.clone(),
            parent: text(node, "parent").map(str::to_owned),
            messages: message
                .into_iter()
                .filter(|said| !said.is_empty())
                .collect(),
        }
    });
    let flat = flatten(nodes.collect());
    let current = text(value, "current_node").and_then(|id| flat.ending_at(id));
    let shown = current.or_else(|| flat.newest()).ok_or(SkipReason::Empty)?;
    Ok(Conversation {
        native_id,
        title: text(value, "title").map(str::to_owned),
        began: time(value.get("create_time")).or_else(|| earliest(&flat.messages)),
        messages: flat.messages,
        shown,
        hidden,
    })
}

fn earliest(messages: &[SourceMessage]) -> Option<Timestamp> {
    messages.iter().filter_map(|message| message.time).min()
}

/// Whether that program shows it to nobody.
fn is_hidden(message: &Value) -> bool {
    let said =
        |name: &str| message.pointer(&format!("/metadata/{name}")) == Some(&Value::Bool(true));
    let is_users = said("is_user_system_message");
    let is_system = message.pointer("/author/role").and_then(Value::as_str) == Some("system");
    let kind = message.pointer("/content/content_type");
    let is_recap = kind.and_then(Value::as_str) == Some("reasoning_recap");
    is_recap || !is_users && (is_system || said("is_visually_hidden_from_conversation"))
}

fn said(id: &str, message: &Value) -> SourceMessage {
    let content = content(message);
    let attached = list(
        message.get("metadata").unwrap_or(&Value::Null),
        "attachments",
    );
    let attached = attached.iter().map(|file| {
        let fact = |name: &str| text(file, name).map(str::to_owned);
        placeholder("attached", &[fact("name"), fact("mime_type")])
    });
    let mut parts = vec![content.text];
    parts.extend(attached);
    let state = text(message, "status");
    let ended = message.pointer("/metadata/finish_details/type");
    let ended = ended.and_then(Value::as_str);
    let model = message.pointer("/metadata/model_slug");
    let Some(speaker) = speaker(message) else {
        let who = message.pointer("/author/role").and_then(Value::as_str);
        return SourceMessage {
            time: time(message.get("create_time")),
            ..SourceMessage::of_nobody(id, who, message)
        };
    };
    let is_models = speaker.is_model();
    SourceMessage {
        time: time(message.get("create_time")),
        model: model
            .and_then(Value::as_str)
            .filter(|_| is_models)
            .map(str::to_owned),
        is_interrupted: is_models && (state == Some("in_progress") || ended == Some("interrupted")),
        unknown: content.unknown,
        ..SourceMessage::new(id.to_owned(), speaker, joined(&parts))
    }
}

/// `None` if nobody knows who that is.
fn speaker(message: &Value) -> Option<Speaker> {
    let author = message.get("author").unwrap_or(&Value::Null);
    let recipient = text(message, "recipient").filter(|name| *name != "all");
    let kind = message.pointer("/content/content_type");
    Some(match (text(author, "role"), recipient) {
        (Some("user"), _) => Speaker::Human,
        (Some("system"), _) => Speaker::Instructions,
        (Some("tool"), _) => Speaker::ToolOutput(text(author, "name").unwrap_or("tool").to_owned()),
        (Some("assistant"), Some(name)) => Speaker::ToolCall(name.to_owned()),
        (Some("assistant"), None) if kind.and_then(Value::as_str) == Some("thoughts") => {
            Speaker::Reasoning
        }
        (Some("assistant"), None) => Speaker::Ai,
        _ => return None,
    })
}

/// The text of a message, and what of it nobody knows.
struct Content {
    text: String,
    unknown: Vec<Unknown>,
}

impl Content {
    fn of(text: String) -> Self {
        Self {
            text,
            unknown: Vec::new(),
        }
    }

    fn unknown(kind: &str, part: &Value) -> Self {
        Self {
            text: String::new(),
            unknown: vec![Unknown::of(kind, part)],
        }
    }
}

fn content(message: &Value) -> Content {
    let Some(content) = message.get("content").filter(|content| !content.is_null()) else {
        return Content::of(String::new());
    };
    let plain = |name: &str| text(content, name).unwrap_or_default().to_owned();
    let titled = || joined(&[plain("title"), plain("url"), plain("text")]);
    let kind = text(content, "content_type").unwrap_or("without a type");
    match kind {
        "text" | "multimodal_text" => parts(list(content, "parts")),
        "code" => Content::of(code(content)),
        "execution_output" | "system_error" => Content::of(output(&plain("text"))),
        "tether_quote" | "sonic_webpage" => Content::of(titled()),
        "tether_browsing_display" => Content::of(joined(&[plain("result"), plain("summary")])),
        "thoughts" => Content::of(thoughts(content)),
        "reasoning_recap" => Content::of(plain("content")),
        "user_editable_context" => {
            Content::of(joined(&[plain("user_profile"), plain("user_instructions")]))
        }
        "model_editable_context" => Content::of(plain("model_set_context")),
        other => Content::unknown(other, content),
    }
}

fn code(content: &Value) -> String {
    let language = text(content, "language").filter(|name| *name != "unknown");
    match text(content, "text") {
        Some(code) => fenced(language.unwrap_or_default(), code),
        None => String::new(),
    }
}

fn output(text: &str) -> String {
    match text.trim().is_empty() {
        true => String::new(),
        false => fenced("", text),
    }
}

fn thoughts(content: &Value) -> String {
    let thoughts = list(content, "thoughts").iter().map(|thought| {
        let part = |name: &str| text(thought, name).unwrap_or_default().to_owned();
        joined(&[part("summary"), part("content")])
    });
    joined(&thoughts.collect::<Vec<_>>())
}

fn parts(parts: &[Value]) -> Content {
    let (mut texts, mut unknown) = (Vec::new(), Vec::new());
    for part in parts {
        let one = part_content(part);
        texts.push(one.text);
        unknown.extend(one.unknown);
    }
    Content {
        text: joined(&texts),
        unknown,
    }
}

fn part_content(part: &Value) -> Content {
    if let Some(text) = part.as_str() {
        return Content::of(text.to_owned());
    }
    let fact = |name: &str| text(part, name).map(str::to_owned);
    let kind = text(part, "content_type").unwrap_or("without a type");
    match kind {
        "audio_transcription" => Content::of(fact("text").unwrap_or_default()),
        "image_asset_pointer" => {
            let prompt = part
                .pointer("/metadata/dalle/prompt")
                .and_then(Value::as_str);
            let facts = [fact("asset_pointer"), prompt.map(str::to_owned)];
            Content::of(placeholder("image", &facts))
        }
        "audio_asset_pointer" => Content::of(placeholder("audio", &[fact("asset_pointer")])),
        "real_time_user_audio_video_asset_pointer" => {
            let pointer = part.pointer("/audio_asset_pointer/asset_pointer");
            let pointer = pointer.and_then(Value::as_str).map(str::to_owned);
            Content::of(placeholder("audio and video", &[pointer]))
        }
        other => Content::unknown(other, part),
    }
}

#[cfg(test)]
mod tests;
