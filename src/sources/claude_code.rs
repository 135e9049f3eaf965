//! Transcripts of Claude Code: a record a line, appended while it runs. One answer stands in several
//! lines, what tools gave stands in lines of the person, and a file may have lines of other sessions.

mod line;

use super::blocks::Parts;
use super::read::{list, text, time};
use super::transcript::{Held, Transcript};
use super::{Conversation, SkipReason, SourceMessage, Speaker, Unknown, Usage};
use line::{Line, Place};
use serde_json::Value;
use std::collections::HashMap;

/// So many letters of what an agent was asked are its conversation's title.
const MOST_OF_TITLE: usize = 60;

/// Records that are the program's own: what it shows, and where it left off.
const HOUSEKEEPING: [&str; 17] = [
    "agent-color",
    "agent-setting",
    "attachment",
    "attribution-snapshot",
    "content-replacement",
    "file-history-snapshot",
    "last-prompt",
    "marble-origami-commit",
    "marble-origami-snapshot",
    "mode",
    "permission-mode",
    "pr-link",
    "progress",
    "queue-operation",
    "system",
    "task-summary",
    "worktree-state",
];

/// What stands around a text that the program wrote in the person's place.
const NOT_SAID: [&str; 8] = [
    "bash-stderr",
    "bash-stdout",
    "command-message",
    "local-command-caveat",
    "local-command-stderr",
    "local-command-stdout",
    "system-reminder",
    "task-notification",
];

/// The sessions of one file.
#[derive(Default)]
pub struct ClaudeCode {
    /// In the order in which the file begins them.
    sessions: Vec<Session>,
    by_id: HashMap<String, usize>,
    /// Titles of what ends at a record, which may be another session's.
    summaries: Vec<(String, String)>,
}

#[derive(Default)]
struct Session {
    id: String,
    line: Line,
    /// The tools that were asked for, by the name of the call.
    tools: HashMap<String, String>,
    /// The first message of each answer, by the name of the answer.
    answers: HashMap<String, usize>,
    title: Title,
    hidden: usize,
    held: Held,
}

/// What a session is called; who says so counts more than when.
#[derive(Default)]
struct Title {
    by_person: Option<String>,
    of_agent: Option<String>,
    by_ai: Option<String>,
}

impl Transcript for ClaudeCode {
    fn take(&mut self, line: usize, record: &Value) -> Result<(), SkipReason> {
        let kind = text(record, "type").ok_or(SkipReason::OtherForm)?;
        if kind == "summary" {
            let summary = (text(record, "leafUuid"), text(record, "summary"));
            if let (Some(leaf), Some(summary)) = summary {
                self.summaries.push((leaf.to_owned(), summary.to_owned()));
            }
            return Ok(());
        }
        let Some(id) = session_id(record) else {
            let is_known = HOUSEKEEPING.contains(&kind);
            return if is_known {
                Ok(())
            } else {
                Err(SkipReason::OtherForm)
            };
        };
        let next = self.sessions.len();
        let place = *self.by_id.entry(id.clone()).or_insert(next);
        if place == next {
            self.sessions.push(Session {
                id,
                ..Session::default()
            });
        }
        self.sessions[place].take(line, kind, record);
        Ok(())
    }

    fn end(self: Box<Self>) -> Vec<Result<Conversation, SkipReason>> {
        let Self {
            sessions,
            summaries,
            ..
        } = *self;
        let with_words = sessions.into_iter().filter(|session| {
            // A file that only says how a session is called is none of it.
            !session.line.messages.is_empty() || session.hidden > 0
        });
        let ended = with_words.map(|session| session.end(&summaries));
        let ended: Vec<_> = ended.collect();
        match ended.is_empty() {
            true => vec![Err(SkipReason::Empty)],
            false => ended,
        }
    }
}

/// What an agent was given to do is a session of its own, in a file of its own.
fn session_id(record: &Value) -> Option<String> {
    let id = text(record, "sessionId")?;
    let agent = text(record, "agentId").filter(|_| is_true(record, "isSidechain"));
    Some(match agent {
        Some(agent) => format!("{id}/{agent}"),
        None => id.to_owned(),
    })
}

impl Session {
    fn take(&mut self, line: usize, kind: &str, record: &Value) {
        let uuid = text(record, "uuid");
        if uuid.is_some_and(|uuid| self.line.has(uuid)) {
            // Files of a session that was gone on with repeat what was said before.
            return;
        }
        let own_name = format!("#{line}");
        let name = uuid.unwrap_or(&own_name);
        match kind {
            "user" | "assistant" => {
                let said = self.said(name, kind, record);
                self.place(uuid, kind, record, said);
            }
            "custom-title" => self.title.by_person = owned(record, "customTitle"),
            "agent-name" => self.title.of_agent = owned(record, "agentName"),
            "ai-title" => self.title.by_ai = owned(record, "aiTitle"),
            kind if HOUSEKEEPING.contains(&kind) => self.place(uuid, kind, record, Vec::new()),
            other => {
                let speaker = Speaker::ToolOutput(other.to_owned());
                let mut message = SourceMessage::new(name.to_owned(), speaker, String::new());
                message.time = time(record.get("timestamp"));
                message.unknown.push(Unknown::of(other, record));
                self.place(uuid, kind, record, vec![message]);
            }
        }
    }

    /// What a line of somebody comes to.
    fn said(&mut self, name: &str, kind: &str, record: &Value) -> Vec<SourceMessage> {
        let message = record.get("message").unwrap_or(&Value::Null);
        let is_ai = kind == "assistant";
        if !is_ai && is_true(record, "isMeta") {
            self.hidden += 1;
            return Vec::new();
        }
        // What an agent is asked, and what a long talk came to, are no words of the person.
        let is_agents = is_true(record, "isSidechain");
        let is_persons = !is_ai && !is_agents && !is_true(record, "isCompactSummary");
        let speaker = match is_persons {
            true => Speaker::Human,
            false => Speaker::Ai,
        };
        let mut parts = Parts::new(name, speaker, &mut self.tools);
        let (plain, blocks) = match message.get("content") {
            Some(Value::String(plain)) => (Some(plain.as_str()), [].as_slice()),
            _ => (None, list(message, "content")),
        };
        if let Some(plain) = plain {
            match word_of(plain).filter(|_| !is_ai) {
                Some(Word::Break) => self.line.breaks_off(),
                Some(Word::None) => self.hidden += 1,
                Some(Word::Command(command)) => parts.texts.push(command),
                None => parts.texts.push(plain.to_owned()),
            }
        }
        for block in blocks {
            let plain = text(block, "text").filter(|_| !is_ai);
            match plain.and_then(word_of) {
                Some(Word::Break) => self.line.breaks_off(),
                Some(Word::None) => self.hidden += 1,
                Some(Word::Command(command)) => parts.texts.push(command),
                None => parts.take(block),
            }
        }
        let mut said = parts.end();
        let when = time(record.get("timestamp"));
        let model = text(message, "model").filter(|model| is_ai && *model != "<synthetic>");
        for one in &mut said {
            one.time = when;
            one.model = model.map(str::to_owned);
        }
        if let Some(last) = said.last_mut() {
            last.is_interrupted = is_ai && text(message, "stop_reason") == Some("max_tokens");
        }
        said
    }

    fn place(&mut self, uuid: Option<&str>, kind: &str, record: &Value, said: Vec<SourceMessage>) {
        if !self.held.has_room_for(&said) {
            return;
        }
        let first = self.line.messages.len();
        let is_new = !said.is_empty();
        let parent = match text(record, "parentUuid") {
            Some(parent) => Some(parent),
            // A talk that was made shorter goes on where it was.
            None => text(record, "logicalParentUuid"),
        };
        // What the program put there begins nothing, unless it names where.
        let is_own = said.is_empty() && parent.is_none();
        let is_own = is_own || is_true(record, "isCompactSummary") || is_of_tools(record);
        self.line.place(
            &Place {
                uuid,
                parent,
                is_aside: is_true(record, "isSidechain") && text(record, "agentId").is_none(),
                may_branch: kind == "user" && !is_own,
            },
            said,
        );
        if kind == "assistant" {
            let first = Some(first).filter(|_| is_new);
            self.count(first, record.get("message").unwrap_or(&Value::Null));
        }
    }

    /// One answer stands in several lines, each of which says what it took until then.
    fn count(&mut self, new: Option<usize>, message: &Value) {
        let answer = text(message, "id");
        let known = answer.and_then(|answer| self.answers.get(answer).copied());
        let Some(first) = known.or(new) else {
            return;
        };
        if let Some(answer) = answer {
            self.answers.insert(answer.to_owned(), first);
        }
        if let Some(usage) = message.get("usage") {
            self.line.messages[first].usage = usage_of(usage);
        }
    }

    fn end(self, summaries: &[(String, String)]) -> Result<Conversation, SkipReason> {
        self.held.check()?;
        let shown = self.line.shown().ok_or(SkipReason::Empty)?;
        let of_leaf = summaries.iter().rev();
        let mut of_leaf = of_leaf.filter(|(leaf, _)| self.line.has(leaf));
        let summary = of_leaf.next().map(|(_, summary)| summary.clone());
        let Title {
            by_person,
            of_agent,
            by_ai,
        } = self.title;
        let title = by_person.or(of_agent).or(by_ai).or(summary);
        let messages = self.line.messages;
        let asked = || {
            let is_agents = self.id.contains('/');
            let first = messages.first().filter(|_| is_agents)?;
            Some(first.text.chars().take(MOST_OF_TITLE).collect())
        };
        let title = title.or_else(asked);
        Ok(Conversation {
            native_id: self.id,
            title,
            began: messages.iter().filter_map(|said| said.time).min(),
            messages,
            shown,
            hidden: self.hidden,
        })
    }
}

fn is_true(record: &Value, name: &str) -> bool {
    record.get(name) == Some(&Value::Bool(true))
}

fn owned(record: &Value, name: &str) -> Option<String> {
    text(record, name).map(str::to_owned)
}

/// Whether a line holds what tools gave.
fn is_of_tools(record: &Value) -> bool {
    let blocks = record.pointer("/message/content").and_then(Value::as_array);
    blocks.is_some_and(|blocks| {
        let mut kinds = blocks.iter().map(|block| text(block, "type"));
        kinds.any(|kind| kind == Some("tool_result"))
    })
}

/// Something that stands in the person's place.
enum Word {
    /// The person broke the answer off.
    Break,
    /// The program's own.
    None,
    /// What was typed after the name of a command.
    Command(String),
}

/// What a text is, if it is not what somebody said.
fn word_of(text: &str) -> Option<Word> {
    let text = text.trim();
    if text.starts_with("[Request interrupted by user") && text.ends_with(']') {
        return Some(Word::Break);
    }
    if let Some(name) = within(text, "command-name") {
        let asked = within(text, "command-args").filter(|asked| !asked.is_empty());
        return Some(asked.map_or(Word::None, |asked| Word::Command(format!("{name} {asked}"))));
    }
    if let Some(typed) = text.strip_prefix("<bash-input>") {
        let typed = typed.strip_suffix("</bash-input>")?;
        return Some(Word::Command(format!("! {typed}")));
    }
    is_of_program(text).then_some(Word::None)
}

/// Whether a text consists of nothing but what the program put around its own words.
fn is_of_program(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let after = NOT_SAID.iter().find_map(|tag| {
            let inside = rest
                .strip_prefix('<')?
                .strip_prefix(tag)?
                .strip_prefix('>')?;
            Some(inside.split_once(&format!("</{tag}>"))?.1)
        });
        match after {
            Some(after) => rest = after.trim_start(),
            None => return false,
        }
    }
    !text.is_empty()
}

/// What stands in a tag, if the text consists of tags of commands.
fn within<'t>(text: &'t str, tag: &str) -> Option<&'t str> {
    if !text.starts_with("<command-") || !text.ends_with('>') {
        return None;
    }
    let (_, rest) = text.split_once(&format!("<{tag}>"))?;
    let (inside, _) = rest.rsplit_once(&format!("</{tag}>"))?;
    Some(inside.trim())
}

/// What a provider had kept, and what it keeps from now on, was read as well.
fn usage_of(usage: &Value) -> Usage {
    let count = |name: &str| usage.get(name).and_then(Value::as_u64);
    let read = [
        "input_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
    ];
    let all = read.into_iter().filter_map(count);
    Usage {
        prompt: count("input_tokens").map(|_| all.fold(0, u64::saturating_add)),
        cached: count("cache_read_input_tokens"),
        completion: count("output_tokens"),
        reasoning: None,
    }
}

#[cfg(test)]
mod tests;
