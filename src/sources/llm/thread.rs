//! A thread as newer versions keep it: messages that name the one before by its hash. Threads share
//! what they have in common, and each call of a model says from where to where it went.

use super::super::blocks::Parts;
use super::super::database::rows;
use super::super::read::{text, time};
use super::super::transcript::Held;
use super::super::tree::{Node, flatten};
use super::super::{Conversation, SkipReason, SourceMessage, Speaker, Unknown};
use super::older::attachment;
use super::{model, rows_of, usage};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// Reads one thread.
///
/// # Errors
///
/// If it can't be read, or nothing is said in it.
pub fn read(database: &Connection, id: &str) -> Result<Conversation, SkipReason> {
    let about = "SELECT * FROM threads WHERE id = ?1 LIMIT 1";
    let about = rows(
        database,
        about,
        [id],
        &["name", "tip_message_hash", "datetime_utc"],
    )?;
    let about = about.first().ok_or(SkipReason::Empty)?;
    let columns = [
        "parent_message_hash",
        "tip_message_hash",
        "model",
        "resolved_model",
        "datetime_utc",
        "input_tokens",
        "output_tokens",
        "token_details",
    ];
    let turns = "SELECT * FROM turns WHERE thread_id = ?1 ORDER BY id";
    let turns = rows(database, turns, [id], &columns)?;
    let mut reading = Reading {
        database,
        seen: HashSet::new(),
        nodes: Vec::new(),
        tools: HashMap::new(),
        held: Held::default(),
    };
    for turn in &turns {
        reading.turn(turn)?;
    }
    let tip = text(about, "tip_message_hash");
    if let Some(tip) = tip {
        // What no call of a model led to.
        reading.go_up(tip, &Value::Null)?;
    }
    let flat = flatten(reading.nodes);
    let shown = tip.and_then(|tip| flat.ending_at(tip));
    let shown = shown.or_else(|| flat.newest()).ok_or(SkipReason::Empty)?;
    let times = flat.messages.iter().filter_map(|said| said.time);
    Ok(Conversation {
        native_id: id.to_owned(),
        title: text(about, "name").map(str::to_owned),
        began: times.chain(time(about.get("datetime_utc"))).min(),
        messages: flat.messages,
        shown,
        hidden: 0,
    })
}

struct Reading<'d> {
    database: &'d Connection,
    /// The messages that were read.
    seen: HashSet<String>,
    nodes: Vec<Node>,
    tools: HashMap<String, String>,
    held: Held,
}

impl Reading<'_> {
    fn turn(&mut self, turn: &Value) -> Result<(), SkipReason> {
        match text(turn, "tip_message_hash") {
            Some(tip) => self.go_up(tip, turn),
            None => Ok(()),
        }
    }

    /// Reads what leads to a message and was not read yet.
    fn go_up(&mut self, tip: &str, turn: &Value) -> Result<(), SkipReason> {
        let asked = text(turn, "parent_message_hash");
        let (mut next, mut chain) = (Some(tip.to_owned()), Vec::new());
        // What stands before the question was there before this turn: nobody says since when.
        let (mut is_of_turn, mut is_answer) = (true, true);
        while let Some(hash) = next.filter(|hash| !self.seen.contains(hash)) {
            let found = "SELECT * FROM messages WHERE hash = ?1 LIMIT 1";
            let found = rows(self.database, found, [&hash], &["parent_hash", "role"])?;
            let Some(message) = found.first() else {
                break;
            };
            self.seen.insert(hash.clone());
            is_answer &= asked != Some(hash.as_str());
            let role = text(message, "role").unwrap_or_default();
            is_of_turn &= is_answer || role != "assistant";
            let mut said = self.message(&hash, role)?;
            for one in said.iter_mut().filter(|_| is_of_turn) {
                one.time = time(turn.get("datetime_utc"));
                one.model = model(turn).filter(|_| one.speaker.is_model() && is_answer);
            }
            if let Some(last) = said.last_mut().filter(|_| hash == tip) {
                last.usage = usage(turn);
            }
            self.held.has_room_for(&said);
            self.held.check()?;
            let parent = text(message, "parent_hash").map(str::to_owned);
            next = parent.clone();
            chain.push(Node {
                id: hash,
                parent,
                messages: said,
            });
        }
        // The calls of tools stand before what these gave.
        self.nodes.extend(chain.into_iter().rev());
        Ok(())
    }

    fn message(&mut self, hash: &str, role: &str) -> Result<Vec<SourceMessage>, SkipReason> {
        let columns = ["type", "tool_name", "text", "payload"];
        let parts = "SELECT * FROM parts WHERE message_hash = ?1 ORDER BY position";
        let parts = rows(self.database, parts, [hash], &columns)?;
        let speaker = match role {
            "user" => Speaker::Human,
            "system" => Speaker::Instructions,
            "tool" => Speaker::ToolOutput("tool".to_owned()),
            "assistant" => Speaker::Ai,
            _ => return Err(SkipReason::OtherForm),
        };
        let (mut tools, mut unknown) = (std::mem::take(&mut self.tools), Vec::new());
        let mut said = Parts::new(hash, speaker, &mut tools);
        for part in &parts {
            let payload = text(part, "payload");
            let payload = payload.and_then(|payload| serde_json::from_str(payload).ok());
            let payload: Value = payload.unwrap_or_default();
            let kind = text(part, "type").unwrap_or("without a type");
            let name = text(&payload, "name").or(text(part, "tool_name"));
            match kind {
                "text" => said.texts.extend(self.text(part, &payload)?),
                "reasoning" => {
                    let thought = self.text(part, &payload)?;
                    said.take(&json!({"type": "thinking", "thinking": thought}));
                }
                "tool_call" => said.take(&json!({
                    "type": "tool_use", "name": name, "input": payload.get("arguments"),
                    "id": payload.get("tool_call_id"),
                })),
                "tool_result" => said.take(&json!({
                    "type": "tool_result", "name": name, "content": payload.get("output"),
                    "tool_use_id": payload.get("tool_call_id"),
                    "is_error": text(&payload, "exception").is_some(),
                })),
                "attachment" => said.texts.push(self.attached(&payload)?),
                other => unknown.push(Unknown::of(other, &payload)),
            }
        }
        let mut said = said.end();
        self.tools = tools;
        if !unknown.is_empty() && said.is_empty() {
            let whose = Speaker::ToolOutput("unknown".to_owned());
            said.push(SourceMessage::new(hash.to_owned(), whose, String::new()));
        }
        if let Some(last) = said.last_mut() {
            last.unknown.extend(unknown);
        }
        Ok(said)
    }

    /// A text of its own, or one that is put together from what several share.
    fn text(&self, part: &Value, payload: &Value) -> Result<Option<String>, SkipReason> {
        if let Some(own) = text(part, "text").or(text(payload, "text")) {
            return Ok(Some(own.to_owned()));
        }
        let Some(pieces) = payload.get("text_ref").and_then(Value::as_array) else {
            return Ok(None);
        };
        let mut whole = String::new();
        for piece in pieces {
            if let Some(literal) = piece.get("literal").and_then(Value::as_str) {
                whole.push_str(literal);
            } else if let Some(fragment) = piece.get("fragment").and_then(Value::as_i64) {
                let sql = "SELECT content FROM fragments WHERE id = ?1 LIMIT 1";
                let found = rows_of(self.database, "fragments", sql, [fragment], &["content"])?;
                let content = found.first().and_then(|row| text(row, "content"));
                whole.push_str(content.unwrap_or("[a text that is not there]"));
            }
            // A short list may name one long text many times.
            if whole.len() > super::super::pieces::MOST_BYTES {
                return Err(SkipReason::TooLarge(whole.len() as u64));
            }
        }
        Ok(Some(whole))
    }

    fn attached(&self, payload: &Value) -> Result<String, SkipReason> {
        let id = text(payload, "attachment").unwrap_or_default();
        let sql = "SELECT type, path, url FROM attachments WHERE id = ?1 LIMIT 1";
        let columns = ["type", "path", "url"];
        let found = rows_of(self.database, "attachments", sql, [id], &columns)?;
        Ok(attachment(found.first().unwrap_or(&Value::Null)))
    }
}
