//! Threads as a person reads them: the list, and the replay with its proofs.

use super::counted::counted;
use super::markdown::{Markdown, Style};
use super::roles;
use super::safe::{safe, safe_line, shorten};
use crate::model::json::Value;
use crate::model::{Legacy, Message, Role, Thread, Timestamp};
use crate::store::{Recovered, Trouble};
use crate::verify::{Check, ThreadReport, Verdict};
use crate::workspace::{Summaries, Summary};
use serde_json::json;
use std::collections::{HashMap, HashSet};
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

/// Where a replay is read.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Width and style of a terminal; without it, messages are shown as they were written.
    terminal: Option<(usize, Style)>,
    /// The number of the first message that is shown.
    start: usize,
}

impl Page {
    /// A terminal: Markdown is rendered.
    pub fn terminal(width: usize, colour: bool) -> Self {
        Self { terminal: Some((width, if colour { Style::colour() } else { Style::plain() })), start: 1 }
    }

    /// A file or a pipe: Markdown stays as it was written.
    pub fn plain() -> Self {
        Self { terminal: None, start: 1 }
    }

    /// Leaves out what stands before the message of this number, counted from 1.
    pub fn starting_at(self, start: usize) -> Self {
        Self { start, ..self }
    }

    fn place_of_first(&self, messages: usize) -> String {
        if self.start <= 1 {
            return String::new();
        }
        format!("⏩ From message {} of {messages}; without --at you see all\n", self.start)
    }

    /// The replay of a thread.
    pub fn thread(&self, thread: &Thread, report: &ThreadReport) -> String {
        // Where the links are broken, nobody can say what is meant to be shown: then it is all there is.
        let is_whole = report.chain.is_ok() && report.tail.is_ok();
        let visible = if is_whole { thread.visible() } else { thread.messages().iter().collect() };
        let tags = thread.tags().join(", ");
        let mut text = head(
            thread.title(),
            &thread.author().to_string(),
            &thread.created_at().to_string(),
            visible.len(),
            &tags,
        );
        if let Some(keeper) = Some(thread.signer()).filter(|signer| *signer != thread.author()) {
            text += &format!("📌 Kept by: {}...\n", keeper.short());
        }
        if let Some(origin) = derivation(thread) {
            text += &format!("🌱 Derived from: {origin}\n");
        }
        for (part, check) in [("chain", &report.chain), ("tail", &report.tail), ("signature", &report.header)]
        {
            if let Err(why) = check {
                text += &format!("❌ Its {part} does not verify: {}\n", safe_line(why));
            }
        }
        text += &self.place_of_first(visible.len());
        text += "\n--- Conversation ---\n";
        let checks: HashMap<_, _> =
            report.messages.iter().map(|message| (message.id, &message.check)).collect();
        for message in visible.iter().skip(self.start - 1) {
            let check = checks.get(&message.id()).copied();
            text += &format!("\n{}{}", self.said(message), proof(message, check));
        }
        text + &foot(thread, &visible)
    }

    /// The replay of a thread of the older mmogit.
    pub fn legacy(&self, legacy: &Legacy) -> String {
        let tags = legacy.tags.join(", ");
        let mut text = head(&legacy.title, &legacy.author, &legacy.created_at, legacy.messages.len(), &tags);
        text += "⚠️  Written by the older mmogit: readable, but nothing proves it\n";
        text += &self.place_of_first(legacy.messages.len());
        text += "\n--- Conversation ---\n";
        for message in legacy.messages.iter().skip(self.start - 1) {
            let icon = icon_of(&message.role);
            let body = self.body(&format!("{icon} {}: ", safe_line(&message.role)), &message.content);
            text += &format!("\n{body}   ⚠️ Unverifiable (legacy)\n");
        }
        text
    }

    fn said(&self, message: &Message) -> String {
        let role = roles::of_message(message).map(|name| format!(" (role {name})")).unwrap_or_default();
        let label = format!("{} {}{role}: ", icon(message.role()), message.role().as_str());
        self.body(&label, &message.text())
    }

    fn body(&self, label: &str, content: &str) -> String {
        let mut text = label.to_owned();
        match self.terminal {
            Some((width, style)) => {
                let column = unicode_width::UnicodeWidthStr::width(label);
                let mut markdown = Markdown::new(width, style).after(column);
                text += &markdown.push(content);
                text += &markdown.finish();
            }
            None => text += &safe(content),
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }
}

fn head(title: &str, author: &str, created_at: &str, messages: usize, tags: &str) -> String {
    let mut text = format!("📖 Thread: {}\n", safe_line(title));
    text += &format!("🔑 Author: {}\n", short_key(author));
    text += &format!("📅 Created: {}\n", seconds(created_at));
    text += &format!("💬 Messages: {messages}\n");
    if !tags.is_empty() {
        text += &format!("🏷️  Tags: {}\n", safe_line(tags));
    }
    text
}

/// ✅ only for what was checked and is right.
fn proof(message: &Message, check: Option<&Check>) -> String {
    let mut text = String::new();
    if message.is_interrupted() {
        text += "   ✂️  Interrupted: the answer is not whole\n";
    }
    match (check, message.signature()) {
        (Some(Ok(())), Some(signature)) => text += &format!("   ✅ Signed: {}...\n", signature.short()),
        (Some(Err(why)), _) => text += &format!("   ❌ Not proven: {}\n", safe_line(why)),
        _ => text += "   ❌ Not proven: it is not signed\n",
    }
    text
}

fn foot(thread: &Thread, visible: &[&Message]) -> String {
    let mut text = String::new();
    if visible.last().is_some_and(|last| last.role() == Role::Human) {
        text += &format!("\n⏳ Not answered yet: mmogit chat --continue {}\n", thread.id());
    }
    if thread.heads().len() > 1 {
        text += "\n🔀 It has more than one open end: all of it is shown, in order of time\n";
    }
    let shown: HashSet<_> = visible.iter().map(|message| message.id()).collect();
    let aside = thread.messages().iter().filter(|message| !shown.contains(&message.id())).count();
    if aside > 0 {
        text += &format!("\n📎 {} set aside, kept and signed\n", counted(aside, "message"));
    }
    text
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

fn short_key(key: &str) -> String {
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
