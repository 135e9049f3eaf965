//! What is said of a message that came from elsewhere.

use super::safe::SafeText;
use super::taken_in::name_of;
use crate::model::json::Value;
use crate::model::{Message, Thread, Timestamp};
use crate::safe_format;
use crate::sources::Kind;

/// Who vouches for it, and for what: `5a5a5a5a… attests that it stood in ChatGPT`.
pub(super) fn attested(message: &Message) -> SafeText {
    let source = message.field("source").unwrap_or_default();
    let text = |name: &str| source.get(name).and_then(Value::as_str);
    let tool = match (text("tool_call"), text("tool_output")) {
        (Some(name), _) => safe_format!("a call of the tool {}, ", SafeText::line(name)),
        (None, Some(name)) => safe_format!("what the tool {} gave, ", SafeText::line(name)),
        (None, None) => SafeText::new(),
    };
    let from = match text("from") {
        Some(from) => {
            let name = Kind::read(from).map(name_of);
            let name = name.map_or_else(|| SafeText::line(from), SafeText::from);
            safe_format!("in {}", name)
        }
        None => "elsewhere".into(),
    };
    let key = message.author();
    safe_format!("{}{}... attests that it stood {}", tool, key.short(), from)
}

/// Whether somebody knows when it was said.
pub(in crate::render) fn is_of_known_time(message: &Message) -> bool {
    let source = message.field("source").filter(|_| message.is_imported());
    let time = source.as_ref().and_then(|source| source.get("time"));
    time.and_then(Value::as_str) != Some("unknown")
}

/// When a thread began.
pub(super) fn began(thread: &Thread) -> SafeText {
    match is_of_known_beginning(thread) {
        true => SafeText::line(&thread.created_at().to_seconds_string()),
        false => "not known".into(),
    }
}

/// A message's time. That of one that nobody dated is the message's before it, or else a second of the
/// first day of 1970.
pub(super) fn if_known(time: Timestamp) -> SafeText {
    match time.seconds() < 86_400 {
        true => "not known".into(),
        false => SafeText::line(&time.to_seconds_string()),
    }
}

/// Whether somebody knows when a thread began.
pub(in crate::render) fn is_of_known_beginning(thread: &Thread) -> bool {
    let origin = thread.header().get("derived_from");
    let origin =
        origin.filter(|origin| origin.get("how").and_then(Value::as_str) == Some("import"));
    let time = origin.and_then(|origin| origin.get("time"));
    time.and_then(Value::as_str) != Some("unknown")
}

/// When it was said.
pub(super) fn time_of(message: &Message) -> SafeText {
    if is_of_known_time(message) {
        SafeText::line(&message.timestamp().to_seconds_string())
    } else {
        "time not known".into()
    }
}
