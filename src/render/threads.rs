//! Threads as a person reads them in a list, and what they are called.

use super::counted::counted;
use super::safe::SafeText;
use crate::model::json::Value;
use crate::model::{Legacy, Role, Thread, Timestamp};
use crate::safe_format;
use crate::store::{Recovered, Trouble};
use crate::verify::{ThreadReport, Verdict};
use crate::workspace::{Summaries, Summary};
use serde_json::json;
use std::time::Duration;

/// Of words that another program wrote, so much is shown.
const MOST_OF_ORIGIN: usize = 300;
const NONE_YET: &str = "No threads found. Start a chat with 'mmogit chat'\n";

/// The list of threads; the header counts those that are not shown too.
pub fn list(summaries: &Summaries) -> SafeText {
    if summaries.total == 0 {
        return NONE_YET.into();
    }
    let mut text = safe_format!("📚 Chat Threads ({} total)\n\n", summaries.total);
    for thread in &summaries.threads {
        let light = if thread.is_archived { "⚫" } else { "🟢" };
        let (title, id) = (SafeText::line(&thread.title), SafeText::line(&thread.id));
        text += safe_format!("{} {} - {} ({})\n", light, title, id, counted(thread.messages, "message"));
        text += safe_format!("   Author: {}\n", short_key(&thread.author));
        text += safe_format!("   Updated: {}\n", seconds(&thread.updated_at));
        if !thread.tags.is_empty() {
            text += safe_format!("   Tags: {}\n", SafeText::line(&thread.tags.join(", ")));
        }
        if thread.is_legacy {
            text += "   ⚠️ Unverifiable (legacy)\n";
        }
        text.push("\n");
    }
    text
}

/// The list for programs.
pub fn list_json(summaries: &Summaries) -> Value {
    let threads: Vec<Value> = summaries.threads.iter().map(summary_json).collect();
    let troubles: Vec<Value> = summaries
        .troubles
        .iter()
        .map(|trouble| json!({"place": trouble.place, "why": trouble.why}))
        .collect();
    json!({ "threads": threads, "total": summaries.total, "troubles": troubles })
}

pub(super) fn summary_json(thread: &Summary) -> Value {
    json!({
        "id": thread.id,
        "title": thread.title,
        "author": thread.author,
        "created_at": thread.created_at,
        "updated_at": thread.updated_at,
        "mode": thread.mode,
        "project": thread.project,
        "tags": thread.tags,
        "state": if thread.is_archived { "archived" } else { "active" },
        "message_count": thread.messages,
        "legacy": thread.is_legacy,
        "branch": safe_format!("users/{}", thread.owner),
        "path": thread.path,
    })
}

/// Something in the store that could not be used.
pub fn trouble(trouble: &Trouble) -> SafeText {
    safe_format!("⚠️  {}: {}", SafeText::line(&trouble.place), SafeText::line(&trouble.why))
}

/// What was folded in from a session that died.
pub fn recovered(found: &Recovered) -> SafeText {
    let title = SafeText::line(&found.title);
    safe_format!(
        "♻️  Recovered {} of “{}” ({}) from a session that broke off",
        counted(found.messages, "message"),
        title,
        found.id
    )
}

/// A replay for programs: the thread as it is stored, and every verdict.
pub fn replay_json(thread: &Thread, report: &ThreadReport) -> Value {
    let verification = super::verification::thread_json(report);
    json!({ "thread": thread.to_value(), "verification": verification })
}

/// The same for a thread of the older mmogit.
pub fn legacy_json(legacy: &Legacy) -> Value {
    let messages: Vec<Value> = legacy
        .messages
        .iter()
        .map(|message| {
            json!({"role": message.role, "content": message.content, "timestamp": message.timestamp})
        })
        .collect();
    let thread = json!({
        "id": legacy.id,
        "title": legacy.title,
        "author": legacy.author,
        "created_at": legacy.created_at,
        "updated_at": legacy.updated_at,
        "tags": legacy.tags,
        "state": legacy.state,
        "messages": messages,
    });
    json!({ "thread": thread, "verification": { "verdict": Verdict::Legacy.as_str() } })
}

/// How long ago something was, roughly.
pub fn age(ago: Duration) -> SafeText {
    let (count, unit) = match ago.as_secs() {
        0..60 => return "just now".into(),
        seconds @ 60..3600 => (seconds / 60, "minute"),
        seconds @ 3600..86_400 => (seconds / 3600, "hour"),
        seconds => (seconds / 86_400, "day"),
    };
    safe_format!("{} {}{} ago", count, unit, if count == 1 { "" } else { "s" })
}

/// The sign before a speaker.
pub fn icon(role: Role) -> &'static str {
    match role {
        Role::Human => "👤",
        Role::Ai => "🤖",
        Role::System => "📋",
        Role::Reflection => "🪞",
        Role::Dream => "💭",
        Role::Reasoning => "🧠",
    }
}

/// Where a thread's messages were copied from. The words are the thread's own; what proves it are its anchors.
pub fn derivation(thread: &Thread) -> Option<SafeText> {
    let origin = thread.header().get("derived_from")?;
    let one = |origin: &Value| {
        let text = |name: &str| origin.get(name).and_then(Value::as_str);
        let mut words = SafeText::line(text("thread")?);
        words.extend(text("author").map(|author| safe_format!(" of {}", short_key(author))));
        let start = |id: &str| SafeText::line(&id.chars().take(8).collect::<String>());
        let place = |name: &str| text(name).map(start);
        words.extend(place("after").map(|id| safe_format!(", from after {}... on", id)));
        words.extend(place("at").map(|id| safe_format!(", up to {}...", id)));
        Some(words)
    };
    let parts = origin.get("threads").and_then(Value::as_array);
    let words: Option<Vec<SafeText>> = match parts {
        Some(parts) => parts.iter().map(one).collect(),
        None => one(origin).map(|words| vec![words]),
    };
    let words = words.map_or_else(|| SafeText::shown(origin), |words| SafeText::joined(words, "; "));
    Some(words.shortened(MOST_OF_ORIGIN))
}

pub(super) fn short_key(key: &str) -> SafeText {
    let start: String = key.chars().take(8).collect();
    safe_format!("{}...", SafeText::line(&start))
}

/// The sign before a speaker that is known by a text.
pub(super) fn icon_of(role: &str) -> &'static str {
    Role::read(role).map_or("❔", icon)
}

/// Whole seconds, where the text is a time of the record; an older file's own text otherwise.
pub(super) fn seconds(time: &str) -> SafeText {
    Timestamp::read(time)
        .map_or_else(|| SafeText::line(time), |time| SafeText::shown(time.to_seconds_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_largest_whole_unit() {
        let told = [0, 59, 60, 119, 120, 3600, 86_399, 86_400, 900_000].map(|s| age(Duration::from_secs(s)));
        let expected =
            ["just now", "just now", "1 minute ago", "1 minute ago", "2 minutes ago", "1 hour ago"];
        assert_eq!(told[..6], expected);
        assert_eq!(told[6..], ["23 hours ago", "1 day ago", "10 days ago"]);
    }
}
