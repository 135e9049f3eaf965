//! All there is to know about one thread, in words and for programs.

use super::imported::{began, if_known};
use super::personas;
use super::safe::SafeText;
use super::shared::Together;
use super::threads::derivation;
use super::verification::{put_findings, thread_json};
use crate::model::json::Value;
use crate::model::{Hash, Message, State, Thread, Timestamp};
use crate::safe_format;
use crate::verify::Verdict;
use crate::workspace::{Acquaintances, Counts, ThreadInfo, persona_in_force};
use serde_json::json;

/// The report in words.
pub fn text(info: &ThreadInfo, people: &Acquaintances) -> SafeText {
    let mut lines = Lines(SafeText::new());
    if let Some(thread) = &info.thread {
        lines.0 += safe_format!("📖 {}\n", SafeText::line(thread.title()));
        about(thread, info.project_name.as_deref(), &mut lines);
        counted(&Counts::of(thread), &mut lines);
        speakers(thread, &mut lines);
        lines.put("Heads", ids(&thread.heads()));
        lines.put("Set aside", ids(&thread.aside()));
    } else {
        lines.0 += safe_format!("📖 {}\n", SafeText::line(&info.file.path));
    }
    let mark = match info.file.verdict {
        Verdict::Valid => "✅",
        Verdict::Legacy => "⚠️ ",
        Verdict::Invalid | Verdict::Malformed => "❌",
    };
    lines.put(
        "Verification",
        safe_format!("{} {}", mark, info.file.verdict.as_str()),
    );
    for finding in &info.file.findings {
        lines.0 += safe_format!("   → {}\n", SafeText::shown(finding));
    }
    if let Some(copies) = &info.shared {
        let together = Together { copies, people };
        lines.put("People", together.everybody());
        for copy in copies.thread.copies() {
            lines.put("Copy", together.copy(&copy));
        }
        for warning in together.warnings() {
            lines.0 += safe_format!("   ⚠️  {}\n", warning);
        }
    }
    lines.put("File size", safe_format!("{} bytes", info.file_bytes));
    if let Some(newest) = info.commits.first() {
        let count = info.commits.len();
        let number = if count == 1 {
            "1".into()
        } else {
            safe_format!("{}, the newest", count)
        };
        lines.put(
            "Commits",
            safe_format!(
                "{} {} of {}",
                number,
                SafeText::shown(newest.commit),
                SafeText::shown(newest.time.to_seconds_string())
            ),
        );
    }
    lines.put("File", SafeText::line(&info.file.path));
    lines.put("Branch", safe_format!("users/{}", info.owner));
    lines.0
}

/// The project's name with its id, or the label.
fn project(thread: &Thread, name: Option<&str>) -> SafeText {
    let project = SafeText::line(thread.project().unwrap_or_default());
    match name {
        Some(name) => safe_format!("{} ({})", SafeText::line(name), project),
        None => project,
    }
}

fn about(thread: &Thread, project_name: Option<&str>, lines: &mut Lines) {
    lines.put("ID", safe_format!("{}", thread.id()));
    lines.put("Author", safe_format!("{}", thread.author()));
    lines.put(
        "Kept by",
        thread
            .kept_by()
            .map(|keeper| safe_format!("{}", keeper))
            .unwrap_or_default(),
    );
    lines.put(
        "State",
        if thread.state() == State::Archived {
            "⚫ archived"
        } else {
            "🟢 active"
        },
    );
    lines.put("Mode", SafeText::line(thread.mode()));
    lines.put("Project", project(thread, project_name));
    lines.put("Tags", SafeText::line(&thread.tags().join(", ")));
    lines.put(
        "Persona",
        persona_in_force(thread)
            .and_then(personas::of_message)
            .unwrap_or_default(),
    );
    lines.put("Derived from", derivation(thread).unwrap_or_default());
    lines.put("Created", began(thread));
    lines.put(
        "Updated",
        SafeText::shown(thread.updated_at().to_seconds_string()),
    );
}

fn counted(counts: &Counts, lines: &mut Lines) {
    let roles = list(
        counts
            .roles
            .iter()
            .map(|(role, count)| safe_format!("{} {}", count, role.as_str())),
    );
    let aside = if counts.aside > 0 {
        safe_format!(", {} set aside", counts.aside)
    } else {
        SafeText::new()
    };
    let by_role = if roles.is_empty() {
        roles
    } else {
        safe_format!(" ({})", roles)
    };
    lines.put(
        "Messages",
        safe_format!("{} shown{}{}", counts.shown, aside, by_role),
    );
    if let (Some(first), Some(last)) = (counts.first, counts.last) {
        lines.put(
            "Said",
            safe_format!("{} to {}", if_known(first), if_known(last)),
        );
    }
    lines.put("Text", safe_format!("{} bytes", counts.text_bytes));
    if counts.prompt_tokens + counts.completion_tokens > 0 {
        let (read, written) = (counts.prompt_tokens, counts.completion_tokens);
        lines.put(
            "Tokens",
            safe_format!("{} read, {} written, as far as the AIs said", read, written),
        );
    }
    lines.put(
        "Models",
        list(
            counts
                .models
                .iter()
                .map(|(model, count)| safe_format!("{} ({})", SafeText::line(model), count)),
        ),
    );
}

fn speakers(thread: &Thread, lines: &mut Lines) {
    let agents = thread.agents();
    lines.put(
        "Agents",
        list(
            agents.iter().map(|agent| {
                safe_format!("{} {}...", SafeText::line(&agent.name), agent.key.short())
            }),
        ),
    );
    let people = thread.participants();
    lines.put(
        "Participants",
        list(people.iter().map(|key| safe_format!("{}...", key.short()))),
    );
}

fn list(items: impl Iterator<Item = SafeText>) -> SafeText {
    SafeText::joined(items, ", ")
}

fn ids(ids: &[Hash]) -> SafeText {
    list(ids.iter().map(|id| safe_format!("{}...", id.short())))
}

/// Lines with a name each; what has nothing to say gets none.
struct Lines(SafeText);

impl Lines {
    fn put(&mut self, name: &'static str, value: impl Into<SafeText>) {
        let value = value.into();
        if !value.is_empty() {
            self.0 += safe_format!("   {}: {}\n", name, value);
        }
    }
}

/// The report for programs.
pub fn json(info: &ThreadInfo, people: &Acquaintances) -> Value {
    let mut value = match info.thread.as_ref().zip(info.file.thread.as_ref()) {
        Some((thread, (_, report))) => {
            let mut value = thread_value(thread);
            value["verification"] = thread_json(report);
            value
        }
        None => json!({ "verification": {} }),
    };
    value["verification"]["verdict"] = info.file.verdict.as_str().into();
    put_findings(&mut value["verification"], &info.file.findings);
    if let Some(copies) = &info.shared {
        value["shared"] = Together { copies, people }.json();
    }
    value["branch"] = format!("users/{}", info.owner).into();
    value["path"] = info.file.path.as_str().into();
    value["file_bytes"] = info.file_bytes.into();
    let commits = info.commits.iter();
    value["commits"] = commits
        .map(
            |touch| json!({"id": touch.commit.to_string(), "time": touch.time.to_seconds_string()}),
        )
        .collect();
    value
}

fn thread_value(thread: &Thread) -> Value {
    let counts = Counts::of(thread);
    let roles = counts
        .roles
        .iter()
        .map(|(role, count)| (role.as_str().to_owned(), Value::from(*count)));
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
        "persona": persona_in_force(thread).and_then(Message::persona_name),
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
        "tokens": {
            "prompt": counts.prompt_tokens,
            "cached": counts.cached_tokens,
            "completion": counts.completion_tokens,
            "reasoning": counts.reasoning_tokens,
        },
        "models": counts.models,
        "agents": agents,
        "participants": thread.participants().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "root": thread.root().to_string(),
        "face": thread.header().get("face"),
        "continues": thread.header().get("continues"),
        "heads": hashes(thread.heads()),
        "aside": hashes(thread.aside()),
    })
}
