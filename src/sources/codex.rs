//! Rollouts of Codex: a record a line, appended while it runs. What was said stands in `response_item`;
//! the `event_msg` beside it tells what it took, what was broken off and what was gone back from.

mod item;
mod line;

use super::read::{text, time};
use super::transcript::{Held, Transcript};
use super::{Conversation, SkipReason, SourceMessage, Speaker, Unknown, Usage};
use item::{Item, is_put_there};
use line::Line;
use serde_json::Value;
use std::collections::HashMap;

/// One session: a file has one.
#[derive(Default)]
pub struct Codex {
    id: Option<String>,
    began: Option<crate::model::Timestamp>,
    title: Option<String>,
    model: Option<String>,
    /// What was said.
    items: Line,
    /// What was shown of it: some versions keep nothing else.
    events: Line,
    /// Somebody speaks in the items.
    has_items: bool,
    /// The tools that were asked for, by the name of the call.
    tools: HashMap<String, String>,
    /// What all answers took so far; it is told more often than it changes.
    counted: Option<Value>,
    hidden: usize,
    held: Held,
}

impl Transcript for Codex {
    fn take(&mut self, line: usize, record: &Value) -> Result<(), SkipReason> {
        let Some(payload) = record.get("payload") else {
            return self.take_bare(line, record);
        };
        let when = time(record.get("timestamp"));
        let kind = text(record, "type").ok_or(SkipReason::OtherForm)?;
        let name = format!("#{line}");
        match kind {
            "session_meta" => self.begin(payload),
            "turn_context" => {
                let model = text(payload, "model").map(str::to_owned);
                self.model = model.or(self.model.take());
            }
            "response_item" => self.item(&name, when, payload),
            "event_msg" => self.event(&name, when, payload),
            "compacted" => {
                // What the talk came to, where it was made shorter.
                if let Some(summary) = text(payload, "message") {
                    let said = SourceMessage::new(name, Speaker::Ai, summary.to_owned());
                    self.say(SourceMessage { time: when, ..said });
                }
            }
            "world_state" => {}
            other => self.unknown(name, when, other, record),
        }
        Ok(())
    }

    fn end(self: Box<Self>) -> Vec<Result<Conversation, SkipReason>> {
        vec![self.conversation()]
    }
}

impl Codex {
    /// The first versions have no envelope.
    fn take_bare(&mut self, line: usize, record: &Value) -> Result<(), SkipReason> {
        if text(record, "type").is_some() {
            self.item(&format!("#{line}"), None, record);
        } else if text(record, "id").is_some() {
            self.begin(record);
        } else if text(record, "record_type").is_none() {
            return Err(SkipReason::OtherForm);
        }
        Ok(())
    }

    /// A session that was forked off has those of the others after its own.
    fn begin(&mut self, about: &Value) {
        if self.id.is_none() {
            self.id = text(about, "id").map(str::to_owned);
            self.began = time(about.get("timestamp"));
        }
    }

    fn item(&mut self, name: &str, when: Option<crate::model::Timestamp>, payload: &Value) {
        let said = match Item::of(payload, &mut self.tools) {
            Item::Hidden => {
                self.hidden += 1;
                return;
            }
            Item::Nothing => return,
            Item::Said { speaker, texts } => SourceMessage {
                unknown: texts.unknown,
                ..SourceMessage::new(name.to_owned(), speaker, super::read::joined(&texts.texts))
            },
            Item::Unknown(kind) => return self.unknown(name.to_owned(), when, &kind, payload),
        };
        let is_talk = matches!(said.speaker, Speaker::Human | Speaker::Ai);
        let is_tool = matches!(said.speaker, Speaker::ToolCall(_) | Speaker::ToolOutput(_));
        if said.is_empty() && !is_tool {
            return;
        }
        if is_talk && !self.has_items {
            self.has_items = true;
            self.events = Line::default();
        }
        let said = SourceMessage { time: when, ..said };
        match is_talk {
            true => self.say_in_items(said),
            false => self.say(said),
        }
    }

    fn event(&mut self, name: &str, when: Option<crate::model::Timestamp>, payload: &Value) {
        let said = |speaker, field: &str| {
            let said = text(payload, field).map(str::to_owned);
            let said = said.map(|said| SourceMessage::new(name.to_owned(), speaker, said));
            said.map(|said| SourceMessage { time: when, ..said })
        };
        let shown = match text(payload, "type").unwrap_or("without a type") {
            "user_message" => {
                let asked = said(Speaker::Human, "message");
                asked.filter(|asked| !is_put_there(&asked.text))
            }
            "agent_message" => said(Speaker::Ai, "message"),
            "agent_reasoning" => said(Speaker::Reasoning, "text"),
            "token_count" => return self.count(payload),
            "turn_aborted" => {
                self.items.breaks_off();
                return self.events.breaks_off();
            }
            "thread_rolled_back" => {
                let turns = payload.get("num_turns").and_then(Value::as_u64);
                let turns = turns.and_then(|turns| turns.try_into().ok()).unwrap_or(0);
                self.items.go_back(turns);
                return self.events.go_back(turns);
            }
            "thread_name_updated" => {
                let name = text(payload, "thread_name").map(str::to_owned);
                self.title = name.or(self.title.take());
                return;
            }
            kind if item::is_known_event(kind) => return,
            other => return self.unknown(name.to_owned(), when, other, payload),
        };
        if let Some(shown) = shown.filter(|_| !self.has_items) {
            let shown = self.with_model(shown);
            if self.held.has_room_for(std::slice::from_ref(&shown)) {
                self.events.push(shown);
            }
        }
    }

    /// What the last answer took. What was kept by the provider is counted in what was read.
    fn count(&mut self, payload: &Value) {
        let Some(info) = payload.get("info").filter(|info| info.is_object()) else {
            return;
        };
        let total = info.get("total_token_usage");
        if total.is_some() && total == self.counted.as_ref() {
            return;
        }
        self.counted = total.cloned();
        let Some(last) = info.get("last_token_usage") else {
            return;
        };
        let count = |name: &str| last.get(name).and_then(Value::as_u64);
        let usage = Usage {
            prompt: count("input_tokens"),
            cached: count("cached_input_tokens"),
            completion: count("output_tokens"),
            reasoning: count("reasoning_output_tokens"),
        };
        self.items.took(&usage);
        self.events.took(&usage);
    }

    fn unknown(
        &mut self,
        name: String,
        when: Option<crate::model::Timestamp>,
        kind: &str,
        part: &Value,
    ) {
        let speaker = Speaker::ToolOutput(kind.to_owned());
        let mut said = SourceMessage::new(name, speaker, String::new());
        said.time = when;
        said.unknown.push(Unknown::of(kind, part));
        self.say(said);
    }

    /// What stands in the items alone, whichever they are.
    fn say(&mut self, said: SourceMessage) {
        if !self.has_items {
            self.events.push(self.with_model(said.clone()));
        }
        self.say_in_items(said);
    }

    fn say_in_items(&mut self, said: SourceMessage) {
        let said = self.with_model(said);
        if self.held.has_room_for(std::slice::from_ref(&said)) {
            self.items.push(said);
        }
    }

    fn with_model(&self, said: SourceMessage) -> SourceMessage {
        let model = self.model.clone().filter(|_| said.speaker.is_model());
        SourceMessage { model, ..said }
    }

    fn conversation(self) -> Result<Conversation, SkipReason> {
        self.held.check()?;
        let id = self.id.ok_or(SkipReason::OtherForm)?;
        let line = match self.has_items {
            true => self.items,
            false => self.events,
        };
        let shown = line.shown().ok_or(SkipReason::Empty)?;
        let earliest = || line.messages.iter().filter_map(|said| said.time).min();
        Ok(Conversation {
            native_id: id,
            title: self.title,
            began: self.began.or_else(earliest),
            messages: line.messages,
            shown,
            hidden: self.hidden,
        })
    }
}

#[cfg(test)]
mod tests;
