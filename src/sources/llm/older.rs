//! A conversation as older versions keep it: a question and its answer in each row.

use super::super::blocks::Parts;
use super::super::database::rows;
use super::super::read::{joined, placeholder, text, time};
use super::super::transcript::Held;
use super::super::{Conversation, SkipReason, SourceMessage, Speaker};
use super::{model, rows_of, usage};
use crate::model::Timestamp;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Reads one conversation.
///
/// # Errors
///
/// If it can't be read, or nothing is said in it.
pub fn read(database: &Connection, id: &str) -> Result<Conversation, SkipReason> {
    let about = "SELECT * FROM conversations WHERE id = ?1 LIMIT 1";
    let about = rows(database, about, [id], &["name"])?;
    let columns = [
        "id",
        "prompt",
        "system",
        "response",
        "reasoning",
        "model",
        "resolved_model",
        "datetime_utc",
        "duration_ms",
        "input_tokens",
        "output_tokens",
        "token_details",
    ];
    let turns = "SELECT * FROM responses WHERE conversation_id = ?1 ORDER BY id";
    let turns = rows(database, turns, [id], &columns)?;
    let mut messages: Vec<SourceMessage> = Vec::new();
    let (mut system, mut held) = (None, Held::default());
    for turn in &turns {
        let mut said = turn_messages(database, turn, &mut system)?;
        for one in &mut said {
            one.parent = messages.len().checked_sub(1);
            held.has_room_for(std::slice::from_ref(one));
            messages.push(one.clone());
        }
        held.check()?;
    }
    let shown = messages.len().checked_sub(1).ok_or(SkipReason::Empty)?;
    Ok(Conversation {
        native_id: id.to_owned(),
        title: about
            .first()
            .and_then(|about| text(about, "name"))
            .map(str::to_owned),
        began: messages.iter().filter_map(|said| said.time).min(),
        messages,
        shown,
        hidden: 0,
    })
}

/// What one row comes to. What the AI is to keep to is told where it changes.
fn turn_messages(
    database: &Connection,
    turn: &Value,
    system: &mut Option<String>,
) -> Result<Vec<SourceMessage>, SkipReason> {
    let id = text(turn, "id").unwrap_or("without an id");
    let began = time(turn.get("datetime_utc"));
    let mut tools = HashMap::new();
    let mut said = Vec::new();

    let kept_to = with_fragments(database, "system_fragments", id, text(turn, "system"))?;
    if !kept_to.is_empty() && system.as_ref() != Some(&kept_to) {
        *system = Some(kept_to.clone());
        let name = format!("{id}/system");
        said.push(SourceMessage::new(name, Speaker::Instructions, kept_to));
    }
    let name = format!("{id}/prompt");
    let mut asked = Parts::new(&name, Speaker::Human, &mut tools);
    for result in rows_of(
        database,
        "tool_results",
        "SELECT * FROM tool_results WHERE response_id = ?1 ORDER BY id",
        [id],
        &["name", "output", "exception"],
    )? {
        let failed = text(&result, "exception").is_some();
        let output = text(&result, "output").or(text(&result, "exception"));
        asked.take(&json!({
            "type": "tool_result", "name": text(&result, "name"), "content": output,
            "is_error": failed,
        }));
    }
    let prompt = with_fragments(database, "prompt_fragments", id, text(turn, "prompt"))?;
    asked.texts.push(prompt);
    for file in rows_of(
        database,
        "prompt_attachments",
        "SELECT type, path, url FROM attachments JOIN prompt_attachments \
         ON attachment_id = attachments.id WHERE response_id = ?1 ORDER BY \"order\"",
        [id],
        &["type", "path", "url"],
    )? {
        asked.texts.push(attachment(&file));
    }
    said.extend(asked.end());
    for one in &mut said {
        one.time = began;
    }
    said.extend(answer(database, turn, id, &mut tools)?);
    Ok(said)
}

/// What the AI said and asked for.
fn answer(
    database: &Connection,
    turn: &Value,
    id: &str,
    tools: &mut HashMap<String, String>,
) -> Result<Vec<SourceMessage>, SkipReason> {
    let mut answered = Parts::new(id, Speaker::Ai, tools);
    if let Some(thought) = text(turn, "reasoning") {
        answered.take(&json!({"type": "thinking", "thinking": thought}));
    }
    answered
        .texts
        .extend(text(turn, "response").map(str::to_owned));
    for call in rows_of(
        database,
        "tool_calls",
        "SELECT * FROM tool_calls WHERE response_id = ?1 ORDER BY id",
        [id],
        &["name", "arguments", "tool_call_id"],
    )? {
        let asked = text(&call, "arguments").and_then(|asked| serde_json::from_str(asked).ok());
        let asked: Value = asked.unwrap_or_else(|| call["arguments"].clone());
        answered.take(&json!({
            "type": "tool_use", "name": text(&call, "name"), "input": asked,
            "id": text(&call, "tool_call_id"),
        }));
    }
    let mut said = answered.end();
    let lasted = turn.get("duration_ms").and_then(Value::as_i64).unwrap_or(0);
    let ended = time(turn.get("datetime_utc"))
        .map(|began| Timestamp::from_millis(began.millis().saturating_add(lasted.max(0))));
    for one in &mut said {
        one.time = ended;
        one.model = model(turn);
    }
    if let Some(last) = said.last_mut() {
        last.usage = usage(turn);
    }
    Ok(said)
}

/// What was put before a text from elsewhere, and the text.
fn with_fragments(
    database: &Connection,
    table: &str,
    id: &str,
    own: Option<&str>,
) -> Result<String, SkipReason> {
    let sql = format!(
        "SELECT content FROM fragments JOIN {table} ON fragment_id = fragments.id \
         WHERE response_id = ?1 ORDER BY \"order\""
    );
    let found = rows_of(database, table, &sql, [id], &["content"])?;
    let fragments = found.iter().filter_map(|row| text(row, "content"));
    Ok(joined(
        &fragments.chain(own).map(str::to_owned).collect::<Vec<_>>(),
    ))
}

/// What stands for a file.
pub fn attachment(file: &Value) -> String {
    let fact = |name: &str| text(file, name).map(str::to_owned);
    placeholder("attached", &[fact("path").or(fact("url")), fact("type")])
}
