//! Lists of messages as the programming interfaces of models have them: `[{"role", "content"}]`, or
//! `{"messages": […]}` with whatever stands around.

use super::read::{joined, list, placeholder, shown, text, time};
use super::{Conversation, SkipReason, SourceMessage, Speaker, Unknown, Usage};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What a thread of ours has, a damaged one and one of the older mmogit too: that is checked, and
/// never taken on anybody's word.
pub(super) const OURS: [&str; 4] = ["author", "signature", "heads", "mmogit_bundle"];

fn is_ours(around: &Value) -> bool {
    OURS.iter().any(|name| around.get(name).is_some())
}

/// Reads one conversation. `place` is what it is known by where it has no id of its own: its file's
/// name, and its number there.
///
/// # Errors
///
/// If it has another form, or nothing is said in it.
pub fn read(value: &Value, place: &str) -> Result<Conversation, SkipReason> {
    let around = value.get("messages").map(|_| value).unwrap_or(&Value::Null);
    let messages = value.get("messages").unwrap_or(value).as_array();
    let messages = messages.ok_or(SkipReason::OtherForm)?;
    if !messages.iter().all(Value::is_object) || is_ours(around) {
        return Err(SkipReason::OtherForm);
    }
    let mut said: Vec<SourceMessage> = Vec::new();
    for (message, number) in messages.iter().zip(0..) {
        said.extend(message_parts(message, number).ok_or(SkipReason::OtherForm)?);
    }
    let model = text(around, "model");
    for (place, one) in said.iter_mut().enumerate() {
        one.parent = place.checked_sub(1);
        if one.model.is_none() && one.speaker.is_model() {
            one.model = model.map(str::to_owned);
        }
    }
    let shown = said.len().checked_sub(1).ok_or(SkipReason::Empty)?;
    let first = said.iter().find_map(|message| message.time);
    let own_id = text(around, "id").map(str::to_owned);
    Ok(Conversation {
        native_id: own_id.unwrap_or_else(|| id_of(place, &said[0])),
        title: text(around, "title")
            .or_else(|| text(around, "name"))
            .map(str::to_owned),
        began: when(around).or(first),
        messages: said,
        shown,
        hidden: 0,
    })
}

/// What a conversation without an id is known by: two files of one name are told apart by how they begin.
pub(super) fn id_of(place: &str, first: &SourceMessage) -> String {
    let mut hash = Sha256::new();
    for part in [place, &format!("{:?}", first.speaker), &first.text] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    format!("sha256:{}", hex::encode(&hash.finalize()[..16]))
}

fn when(value: &Value) -> Option<crate::model::Timestamp> {
    const NAMES: [&str; 6] = [
        "created_at",
        "create_time",
        "timestamp",
        "createdAt",
        "time",
        "date",
    ];
    NAMES.iter().find_map(|name| time(value.get(*name)))
}

/// What one message comes to; `None` if nobody can say who speaks.
fn message_parts(message: &Value, number: usize) -> Option<Vec<SourceMessage>> {
    let role = text(message, "role").or_else(|| text(message, "author"))?;
    let name = || text(message, "name").unwrap_or("tool").to_owned();
    let speaker = match role.to_ascii_lowercase().as_str() {
        "user" | "human" => Speaker::Human,
        "assistant" | "ai" | "model" | "bot" => Speaker::Ai,
        "system" | "developer" => Speaker::Instructions,
        "tool" | "function" => Speaker::ToolOutput(name()),
        "reasoning" => Speaker::Reasoning,
        _ => return None,
    };
    let id = text(message, "id").map_or_else(|| format!("#{number}"), str::to_owned);
    let mut parts = vec![Part::reasoning(message)];
    let content = content(message.get("content").unwrap_or(&Value::Null));
    parts.push(Some(Part {
        speaker,
        text: joined(&content.texts),
        unknown: content.unknown,
    }));
    parts.extend(calls(message).map(Some));
    let parts = parts.into_iter().flatten().filter(Part::says_something);
    Some(
        parts
            .zip(0..)
            .map(|(part, place)| part.of(message, &id, place))
            .collect(),
    )
}

/// One of the things that a message holds.
struct Part {
    speaker: Speaker,
    text: String,
    unknown: Vec<Unknown>,
}

impl Part {
    fn reasoning(message: &Value) -> Option<Self> {
        let names = ["reasoning_content", "reasoning"];
        let thought = names.iter().find_map(|name| text(message, name))?;
        Some(Self {
            speaker: Speaker::Reasoning,
            text: thought.to_owned(),
            unknown: Vec::new(),
        })
    }

    /// A call without arguments is one all the same.
    fn says_something(&self) -> bool {
        let is_tools = matches!(self.speaker, Speaker::ToolCall(_) | Speaker::ToolOutput(_));
        is_tools || !self.text.trim().is_empty() || !self.unknown.is_empty()
    }

    fn of(self, message: &Value, id: &str, place: usize) -> SourceMessage {
        let id = match place {
            0 => id.to_owned(),
            place => format!("{id}#{place}"),
        };
        let model = text(message, "model").filter(|_| self.speaker.is_model());
        SourceMessage {
            time: when(message),
            model: model.map(str::to_owned),
            // It is counted once.
            usage: if place == 0 {
                usage(message)
            } else {
                Usage::default()
            },
            unknown: self.unknown,
            ..SourceMessage::new(id, self.speaker, self.text)
        }
    }
}

/// What a message's content comes to.
#[derive(Default)]
pub(super) struct Content {
    pub texts: Vec<String>,
    pub unknown: Vec<Unknown>,
}

/// Reads a text, or a list of parts.
pub(super) fn content(content: &Value) -> Content {
    let mut found = Content::default();
    let items = match content {
        Value::Null => &[],
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    for item in items {
        let kind = text(item, "type").unwrap_or("without a type");
        match (item.as_str().or_else(|| text(item, "text")), kind) {
            (Some(plain), _) => found.texts.push(plain.to_owned()),
            (None, "image_url" | "image" | "input_image") => {
                found.texts.push(placeholder("image", &[address(item)]));
            }
            (None, "file" | "input_file") => {
                let name = item.pointer("/file/filename").and_then(Value::as_str);
                found
                    .texts
                    .push(placeholder("file", &[name.map(str::to_owned)]));
            }
            (None, kind) => found.unknown.push(Unknown::of(kind, item)),
        }
    }
    found
}

/// Where an image is; not the image itself.
fn address(item: &Value) -> Option<String> {
    let url = item
        .pointer("/image_url/url")
        .or_else(|| item.get("image_url"));
    let url = url.and_then(Value::as_str)?;
    match url.strip_prefix("data:") {
        Some(data) => data.split([';', ',']).next().map(str::to_owned),
        None => Some(url.to_owned()),
    }
}

fn calls(message: &Value) -> impl Iterator<Item = Part> {
    let calls = list(message, "tool_calls").iter();
    calls.map(|call| {
        let called = call.get("function").unwrap_or(call);
        let arguments = called.get("arguments").or_else(|| called.get("input"));
        Part {
            speaker: Speaker::ToolCall(text(called, "name").unwrap_or("tool").to_owned()),
            text: arguments.map(arguments_text).unwrap_or_default(),
            unknown: Vec::new(),
        }
    })
}

/// They come as a text that is JSON.
pub(super) fn arguments_text(arguments: &Value) -> String {
    let parsed = arguments
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok());
    shown(parsed.as_ref().unwrap_or(arguments))
}

fn usage(message: &Value) -> Usage {
    let count = |names: [&str; 2]| {
        let counts = message.get("usage")?;
        names.iter().find_map(|name| counts.get(*name)?.as_u64())
    };
    Usage {
        prompt: count(["prompt_tokens", "input_tokens"]),
        cached: count(["cached_tokens", "cache_read_input_tokens"]),
        completion: count(["completion_tokens", "output_tokens"]),
        reasoning: count(["reasoning_tokens", "reasoning_output_tokens"]),
    }
}

#[cfg(test)]
mod tests;
