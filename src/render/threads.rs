//! Threads as a person reads them in a list, and what they are called.

use super::counted::counted;
use super::safe::{safe_line, shorten};
use crate::model::json::Value;
use crate::model::{Legacy, Role, Thread, Timestamp};
use crate::store::{Recovered, Trouble};
use crate::verify::{ThreadReport, Verdict};
use crate::workspace::{Summaries, Summary};
use serde_json::json;
use std::time::Duration;

/// Of words that another program wrote, so much is shown.
const MOST_OF_ORIGIN: usize = 300;
const NONE_YET: &str = "No threads found. Start a chat with 'mmogit chat'\n";

/// The list of threads; the header counts those that are not shown too.
pub fn list(summaries: &Summaries) -> String {
    if summaries.total == 0 {
        return NONE_YET.to_owned();
    }
    let mut text = format!("📚 Chat Threads ({} total)\n\n", summaries.total);
    for thread in &summaries.threads {
        let light = if thread.is_archived { "⚫" } else { "🟢" };
        let (title, id) = (safe_line(&thread.title), safe_line(&thread.id));
        text += &format!("{light} {title} - {id} ({})\n", counted(thread.messages, "message"));
        text += &format!("   Author: {}\n", short_key(&thread.author));
        text += &format!("   Updated: {}\n", seconds(&thread.updated_at));
        if !thread.tags.is_empty() {
            text += &format!("   Tags: {}\n", safe_line(&thread.tags.join(", ")));
        }
        if thread.is_legacy {
            text += "   ⚠️ Unverifiable (legacy)\n";
        }
        text.push('\n');
    }
    text
}

/// The list for programs.
pub fn list_json(summaries: &Summaries) -> String {
    let threads: Vec<Value> = summaries.threads.iter().map(summary_json).collect();
    let troubles: Vec<Value> = summaries
        .troubles
        .iter()
        .map(|trouble| json!({"place": trouble.place, "why": trouble.why}))
        .collect();
    format!("{:#}", json!({ "threads": threads, "total": summaries.total, "troubles": troubles }))
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
        "branch": format!("users/{}", thread.owner),
        "path": thread.path,
    })
}

/// Something in the store that could not be used.
pub fn trouble(trouble: &Trouble) -> String {
    format!("⚠️  {}: {}", safe_line(&trouble.place), safe_line(&trouble.why))
}

/// What was folded in from a session that died.
pub fn recovered(found: &Recovered) -> String {
    let title = safe_line(&found.title);
    format!(
        "♻️  Recovered {} of “{title}” ({}) from a session that broke off",
        counted(found.messages, "message"),
        found.id
    )
}

/// A replay for programs: the thread as it is stored, and every verdict.
pub fn replay_json(thread: &Thread, report: &ThreadReport) -> String {
    let verification = super::verification::thread_json(report);
    format!("{:#}", json!({ "thread": thread.to_value(), "verification": verification }))
}

/// The same for a thread of the older mmogit.
pub fn legacy_json(legacy: &Legacy) -> String {
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
    format!("{:#}", json!({ "thread": thread, "verification": { "verdict": Verdict::Legacy.as_str() } }))
}

/// How long ago something was, roughly.
pub fn age(ago: Duration) -> String {
    let (count, unit) = match ago.as_secs() {
        0..60 => return "just now".to_owned(),
        seconds @ 60..3600 => (seconds / 60, "minute"),
        seconds @ 3600..86_400 => (seconds / 3600, "hour"),
        seconds => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
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
pub fn derivation(thread: &Thread) -> Option<String> {
    let origin = thread.header().get("derived_from")?;
    let one = |origin: &Value| {
        let text = |name: &str| origin.get(name).and_then(Value::as_str);
        let mut words = text("thread")?.to_owned();
        words.extend(text("author").map(|author| format!(" of {}", short_key(author))));
        let place = |name: &str| text(name).map(|id| id.chars().take(8).collect::<String>());
        words.extend(place("after").map(|id| format!(", from after {id}... on")));
        words.extend(place("at").map(|id| format!(", up to {id}...")));
        Some(words)
    };
    let parts = origin.get("threads").and_then(Value::as_array);
    let words: Option<Vec<String>> = match parts {
        Some(parts) => parts.iter().map(one).collect(),
        None => one(origin).map(|words| vec![words]),
    };
    let words = words.map_or_else(|| origin.to_string(), |words| words.join("; "));
    Some(shorten(&safe_line(&words), MOST_OF_ORIGIN).into_owned())
}

pub(super) fn short_key(key: &str) -> String {
    let start: String = key.chars().take(8).collect();
    format!("{}...", safe_line(&start))
}

/// The sign before a speaker that is known by a text.
pub(super) fn icon_of(role: &str) -> &'static str {
    Role::read(role).map_or("❔", icon)
}

/// Whole seconds, where the text is a time of the record; an older file's own text otherwise.
pub(super) fn seconds(time: &str) -> String {
    Timestamp::read(time).map_or_else(|| safe_line(time).into_owned(), Timestamp::to_seconds_string)
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
