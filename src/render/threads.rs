//! Threads as a person reads them in a list, and what they are called.

use super::counted::counted;
use super::safe::SafeText;
use super::shared;
use super::taken_in::name_of;
use crate::model::json::{Map, Value};
use crate::model::{Hash, Legacy, Role, SEALED_MARK, Thread, Timestamp};
use crate::safe_format;
use crate::sources::Kind;
use crate::store::{OpenSession, Recovered, Trouble};
use crate::verify::{ThreadReport, Verdict};
use crate::workspace::{ProjectNames, Summary, ThreadList};
use serde_json::json;
use std::time::Duration;

/// Of words that another program wrote, so much is shown.
const MOST_OF_ORIGIN: usize = 300;
pub(super) const LEGACY: &str = "⚠️ Unverifiable (legacy)";
pub(super) const OPEN: &str = "🟡 Open in another session";
pub(super) const OPEN_UNSAVED: &str = "🟡 Open in another session, not saved yet";

/// The list of threads; the header counts those that are not shown too. Where there is none,
/// `if_none` stands instead.
pub fn list(summaries: &ThreadList, if_none: &'static str) -> SafeText {
    let total = summaries.total + summaries.unsaved().count();
    if total == 0 {
        return if_none.into();
    }
    let mut text = safe_format!("📚 Chat Threads ({} total)\n\n", total);
    for open in summaries.unsaved() {
        let (title, counted) = (
            SafeText::line(&open.title),
            counted(open.messages, "message"),
        );
        text += safe_format!("🟡 {} - {} ({})\n", title, open.id, counted);
        text += safe_format!("   Author: {}...\n", open.author.short());
        text += safe_format!("   Updated: {}\n", seconds(&open.updated_at.to_string()));
        text += safe_format!("   {}\n\n", OPEN_UNSAVED);
    }
    for thread in &summaries.threads {
        let light = if thread.is_archived { "⚫" } else { "🟢" };
        let title = titled(&thread.title, thread.is_sealed);
        let id = SafeText::line(&thread.id);
        text += safe_format!(
            "{} {} - {} ({})\n",
            light,
            title,
            id,
            counted(thread.messages, "message")
        );
        text += safe_format!("   Author: {}\n", short_key(&thread.author));
        text += safe_format!("   Updated: {}\n", seconds(&thread.updated_at));
        if !thread.tags.is_empty() {
            text += safe_format!("   Tags: {}\n", SafeText::line(&thread.tags.join(", ")));
        }
        if let Some(belonging) = belonging(thread, &summaries.projects) {
            text += safe_format!("   {}\n", belonging);
        }
        if let Some(with) = shared::with(thread, &summaries.people) {
            text += safe_format!("   {}\n", with);
        }
        if thread.is_legacy {
            text += safe_format!("   {}\n", LEGACY);
        }
        if summaries.is_open(thread) {
            text += safe_format!("   {}\n", OPEN);
        }
        text.push("\n");
    }
    text
}

/// What a thread belongs to: its project by name or else the beginning of its id, or its label.
pub(super) fn belonging(thread: &Summary, names: &ProjectNames) -> Option<SafeText> {
    let project = thread.project.as_deref()?;
    let Ok(id) = project.parse::<Hash>() else {
        return Some(safe_format!("Label: {}", SafeText::line(project)));
    };
    let name = match names.of(&id) {
        Some(name) => SafeText::line(name),
        None => safe_format!("{}…", SafeText::shown(id.short())),
    };
    Some(safe_format!("Project: {}", name))
}

/// A title as it is shown: that of a sealed thread after its sign, which stands alone where the
/// title can't be read.
pub fn titled(title: &str, is_sealed: bool) -> SafeText {
    if is_sealed && title != SEALED_MARK {
        return safe_format!("{} {}", SEALED_MARK, SafeText::line(title));
    }
    SafeText::line(title)
}

/// The list for programs.
pub fn list_json(summaries: &ThreadList) -> Value {
    let threads: Vec<Value> = summaries.threads.iter().map(summary_json).collect();
    let open: Vec<Value> = summaries.open.iter().map(open_json).collect();
    json!({
        "threads": threads,
        "total": summaries.total,
        "open": open,
        "troubles": troubles_json(&summaries.troubles),
    })
}

/// What could not be read, for programs.
pub(super) fn troubles_json(troubles: &[Trouble]) -> Vec<Value> {
    let trouble = |trouble: &Trouble| json!({"place": trouble.place, "why": trouble.why});
    troubles.iter().map(trouble).collect()
}

fn open_json(open: &OpenSession) -> Value {
    json!({
        "id": open.id.to_string(),
        "title": open.title,
        "author": open.author.to_string(),
        "updated_at": open.updated_at.to_string(),
        "message_count": open.messages,
        "saved": open.is_saved,
    })
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
        "sealed": thread.is_sealed,
        "branch": safe_format!("users/{}", thread.owner),
        "path": thread.path,
        "participants": thread.participants.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "root": thread.root.map(|root| root.to_string()),
        "face": thread.face,
        "continues": thread.continues.map(|root| root.to_string()),
    })
}

/// So much of the first question tells one thread from another.
const OPENING: usize = 40;

/// A thread among others that were meant as well: `thread_7  the title (2025-01-21T10:30:00Z, 4
/// messages) “how it begins”`.
pub fn candidate(thread: &Summary) -> SafeText {
    let name = SafeText::line(thread.name());
    let title = titled(&thread.title, thread.is_sealed);
    let (updated, counted) = (
        seconds(&thread.updated_at),
        counted(thread.messages, "message"),
    );
    let line = safe_format!("{}  {} ({}, {})", name, title, updated, counted);
    if thread.opening.is_empty() {
        return line;
    }
    let opening = SafeText::line(&thread.opening).shortened(OPENING);
    safe_format!("{} “{}”", line, opening)
}

/// Something in the store that could not be used.
pub fn trouble(trouble: &Trouble) -> SafeText {
    safe_format!(
        "⚠️  {}: {}",
        SafeText::line(&trouble.place),
        SafeText::line(&trouble.why)
    )
}

/// What was recovered from a session that died.
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
    let mut value = json!({ "thread": thread.to_value(), "verification": verification });
    if let Some(opened) = opened_json(thread) {
        value["opened"] = opened;
    }
    value
}

/// What a reader sees of a sealed thread; none if nothing of it was opened.
fn opened_json(thread: &Thread) -> Option<Value> {
    let mut messages = Map::new();
    for message in thread.messages() {
        if let Some(inside) = message.inside() {
            messages.insert(message.id().to_string(), inside.into());
        }
    }
    let header = thread.inside();
    let is_anything = header.is_some() || !messages.is_empty();
    is_anything.then(|| json!({ "header": header, "messages": messages }))
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

const MONTH: u64 = 30 * 86_400;
const TWO_MONTHS: u64 = 2 * MONTH;
const YEAR: u64 = 365 * 86_400;
const TWO_YEARS: u64 = 2 * YEAR;

/// How long ago something was, roughly.
pub fn age(ago: Duration) -> SafeText {
    let (count, unit) = match ago.as_secs() {
        0..60 => return "just now".into(),
        seconds @ 60..3600 => (seconds / 60, "minute"),
        seconds @ 3600..86_400 => (seconds / 3600, "hour"),
        seconds @ 86_400..TWO_MONTHS => (seconds / 86_400, "day"),
        seconds @ TWO_MONTHS..TWO_YEARS => (seconds / MONTH, "month"),
        seconds => (seconds / YEAR, "year"),
    };
    safe_format!(
        "{} {}{} ago",
        count,
        unit,
        if count == 1 { "" } else { "s" }
    )
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

/// Where a thread's messages were copied from. The words are the thread's own; what proves it are
/// its anchors.
pub fn derivation(thread: &Thread) -> Option<SafeText> {
    let origin = thread.header().get("derived_from")?;
    if let Some(words) = elsewhere(origin) {
        return Some(words.shortened(MOST_OF_ORIGIN));
    }
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
    let words = words.map_or_else(
        || SafeText::shown(origin),
        |words| SafeText::joined(words, "; "),
    );
    Some(words.shortened(MOST_OF_ORIGIN))
}

/// Of a conversation that was taken in from another program: which one.
fn elsewhere(origin: &Value) -> Option<SafeText> {
    let text = |name: &str| origin.get(name).and_then(Value::as_str);
    let how = text("how").filter(|how| *how == "import");
    let from = text("from").filter(|_| how.is_some())?;
    let from = Kind::read(from).map_or_else(|| SafeText::line(from), |kind| name_of(kind).into());
    let time = match text("time") {
        Some("unknown") => "; when it began is not known",
        _ => "",
    };
    Some(safe_format!("{}, imported{}", from, time))
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
pub fn seconds(time: &str) -> SafeText {
    Timestamp::read(time).map_or_else(
        || SafeText::line(time),
        |time| SafeText::shown(time.to_seconds_string()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_largest_whole_unit() {
        let told = [0, 59, 60, 119, 120, 3600, 86_399, 86_400, 900_000]
            .map(|s| age(Duration::from_secs(s)));
        let expected = [
            "just now",
            "just now",
            "1 minute ago",
            "1 minute ago",
            "2 minutes ago",
            "1 hour ago",
        ];
        assert_eq!(told[..6], expected);
        assert_eq!(told[6..], ["23 hours ago", "1 day ago", "10 days ago"]);
        let told = [59, 60, 729, 730, 4000].map(|days| age(Duration::from_secs(days * 86_400)));
        assert_eq!(
            told,
            [
                "59 days ago",
                "2 months ago",
                "24 months ago",
                "2 years ago",
                "10 years ago"
            ]
        );
    }
}
