//! All there is to know about one thread, in words and for programs.

use super::roles;
use super::safe::safe_line;
use super::threads::derivation;
use super::verification::thread_json;
use crate::context::role_in_force;
use crate::model::json::Value;
use crate::model::{Hash, Message, State, Thread, Timestamp};
use crate::verify::Verdict;
use crate::workspace::{Counts, Info};
use serde_json::json;

/// The report in words.
pub fn text(info: &Info) -> String {
    let mut lines = Lines(String::new());
    if let Some((thread, _)) = &info.file.thread {
        lines.0 += &format!("📖 {}\n", safe_line(thread.title()));
        about(thread, &mut lines);
        counted(&Counts::of(thread), &mut lines);
        speakers(thread, &mut lines);
        lines.put("Heads", &ids(&thread.heads()));
        lines.put("Set aside", &ids(&thread.aside()));
    } else {
        lines.0 += &format!("📖 {}\n", safe_line(&info.file.path));
    }
    let mark = match info.file.verdict {
        Verdict::Valid => "✅",
        Verdict::Legacy => "⚠️ ",
        Verdict::Invalid | Verdict::Malformed => "❌",
    };
    lines.put("Verification", &format!("{mark} {}", info.file.verdict.as_str()));
    for problem in &info.file.problems {
        lines.0 += &format!("   → {}\n", safe_line(problem));
    }
    lines.put("File size", &format!("{} bytes", info.file_bytes));
    if let Some(newest) = info.commits.first() {
        let count = info.commits.len();
        let number = if count == 1 { "1".to_owned() } else { format!("{count}, the newest") };
        lines.put("Commits", &format!("{number} {} of {}", newest.commit, newest.time.to_seconds_string()));
    }
    lines.put("File", &info.file.path);
    lines.put("Branch", &format!("users/{}", info.owner));
    lines.0
}

fn about(thread: &Thread, lines: &mut Lines) {
    lines.put("ID", &thread.id().to_string());
    lines.put("Author", &thread.author().to_string());
    lines.put("Kept by", &thread.kept_by().map(|keeper| keeper.to_string()).unwrap_or_default());
    lines.put("State", if thread.state() == State::Archived { "⚫ archived" } else { "🟢 active" });
    lines.put("Mode", thread.mode());
    lines.put("Project", thread.project().unwrap_or_default());
    lines.put("Tags", &thread.tags().join(", "));
    lines.put("Role", role_in_force(thread).and_then(roles::of_message).as_deref().unwrap_or_default());
    lines.put("Derived from", &derivation(thread).unwrap_or_default());
    lines.put("Created", &thread.created_at().to_seconds_string());
    lines.put("Updated", &thread.updated_at().to_seconds_string());
}

fn counted(counts: &Counts, lines: &mut Lines) {
    let roles = list(counts.roles.iter().map(|(role, count)| format!("{count} {}", role.as_str())));
    let aside = if counts.aside > 0 { format!(", {} set aside", counts.aside) } else { String::new() };
    let by_role = if roles.is_empty() { roles } else { format!(" ({roles})") };
    lines.put("Messages", &format!("{} shown{aside}{by_role}", counts.shown));
    if let (Some(first), Some(last)) = (counts.first, counts.last) {
        lines.put("Said", &format!("{} to {}", first.to_seconds_string(), last.to_seconds_string()));
    }
    lines.put("Text", &format!("{} bytes", counts.text_bytes));
    if counts.prompt_tokens + counts.completion_tokens > 0 {
        let (read, written) = (counts.prompt_tokens, counts.completion_tokens);
        lines.put("Tokens", &format!("{read} read, {written} written, as far as the AIs said"));
    }
    lines.put("Models", &list(counts.models.iter().map(|(model, count)| format!("{model} ({count})"))));
}

fn speakers(thread: &Thread, lines: &mut Lines) {
    let agents = thread.agents();
    lines.put("Agents", &list(agents.iter().map(|agent| format!("{} {}...", agent.name, agent.key.short()))));
    let people = thread.participants();
    lines.put("Participants", &list(people.iter().map(|key| format!("{}...", key.short()))));
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

fn ids(ids: &[Hash]) -> String {
    list(ids.iter().map(|id| format!("{}...", id.short())))
}

/// Lines with a name each; what has nothing to say gets none.
struct Lines(String);

impl Lines {
    fn put(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.0 += &format!("   {name}: {}\n", safe_line(value));
        }
    }
}

/// The report for programs.
pub fn json(info: &Info) -> String {
    let mut value = match &info.file.thread {
        Some((thread, report)) => {
            let mut value = thread_value(thread);
            value["verification"] = thread_json(report);
            value
        }
        None => json!({ "verification": {} }),
    };
    value["verification"]["verdict"] = info.file.verdict.as_str().into();
    value["verification"]["problems"] = info.file.problems.clone().into();
    value["branch"] = format!("users/{}", info.owner).into();
    value["path"] = info.file.path.as_str().into();
    value["file_bytes"] = info.file_bytes.into();
    let commits = info.commits.iter();
    value["commits"] = commits
        .map(|touch| json!({"id": touch.commit.to_string(), "time": touch.time.to_seconds_string()}))
        .collect();
    format!("{value:#}")
}

fn thread_value(thread: &Thread) -> Value {
    let counts = Counts::of(thread);
    let roles = counts.roles.iter().map(|(role, count)| (role.as_str().to_owned(), Value::from(*count)));
    let agents: Vec<Value> = thread
        .agents()
        .iter()
        .map(|agent| json!({"name": agent.name, "key": agent.key.to_string()}))
        .collect();
    let hashes = |ids: Vec<Hash>| ids.iter().map(Hash::to_string).collect::<Vec<_>>();
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    json!({
        "id": thread.id().to_string(),
        "title": thread.title(),
        "author": thread.author().to_string(),
        "kept_by": thread.kept_by().map(|keeper| keeper.to_string()),
        "state": thread.state().as_str(),
        "mode": thread.mode(),
        "project": thread.project(),
        "tags": thread.tags(),
        "role_name": role_in_force(thread).and_then(Message::role_name),
        "derived_from": thread.header().get("derived_from"),
        "created_at": thread.created_at().to_string(),
        "updated_at": thread.updated_at().to_string(),
        "messages": {
            "shown": counts.shown,
            "aside": counts.aside,
            "roles": roles.collect::<serde_json::Map<_, _>>(),
            "first": time(counts.first),
            "last": time(counts.last),
        },
        "text_bytes": counts.text_bytes,
        "tokens": {"prompt": counts.prompt_tokens, "completion": counts.completion_tokens},
        "models": counts.models,
        "agents": agents,
        "participants": thread.participants().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "root": thread.root().to_string(),
        "heads": hashes(thread.heads()),
        "aside": hashes(thread.aside()),
    })
}
