//! The log of `llm`: a database, in which newer versions keep threads of messages by their hashes, and
//! older ones conversations of questions with their answers. After an upgrade both are there.

mod older;
mod thread;

use super::database::{has_table, rows};
use super::read::text;
use super::{Conversation, SkipReason};
use rusqlite::{Connection, Params};
use serde_json::Value;

/// The tables that are there.
pub struct Llm {
    has_threads: bool,
    has_conversations: bool,
}

impl Llm {
    /// Looks at what there is. `None` if it is another program's.
    ///
    /// # Errors
    ///
    /// If the database can't be read.
    pub fn of(database: &Connection) -> rusqlite::Result<Option<Self>> {
        let all = |names: &[&str]| -> rusqlite::Result<bool> {
            for name in names {
                if !has_table(database, name)? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        let found = Self {
            has_threads: all(&["threads", "turns", "messages", "parts"])?,
            has_conversations: all(&["conversations", "responses"])?,
        };
        Ok(Some(found).filter(|found| found.has_threads || found.has_conversations))
    }

    /// The names of all conversations, the oldest first. Each is good for [`Llm::read`].
    ///
    /// # Errors
    ///
    /// If the database can't be read.
    pub fn names(&self, database: &Connection) -> Result<Vec<Name>, SkipReason> {
        let mut names = Vec::new();
        if self.has_conversations {
            // What was upgraded is a thread of the same name.
            let sql = match self.has_threads {
                true => {
                    "SELECT id FROM conversations WHERE NOT EXISTS \
                     (SELECT 1 FROM threads WHERE threads.id = conversations.id)"
                }
                false => "SELECT id FROM conversations",
            };
            names.extend(all_names(database, sql, Name::Older)?);
        }
        if self.has_threads {
            let sql = "SELECT id FROM threads";
            names.extend(all_names(database, sql, Name::Thread)?);
        }
        names.sort_by(|one, other| one.id().cmp(other.id()));
        Ok(names)
    }

    /// Reads one conversation.
    ///
    /// # Errors
    ///
    /// If it can't be read, or nothing is said in it.
    pub fn read(database: &Connection, name: &Name) -> Result<Conversation, SkipReason> {
        match name {
            Name::Older(id) => older::read(database, id),
            Name::Thread(id) => thread::read(database, id),
        }
    }
}

/// What a conversation is called in the database, and how it is kept there.
pub enum Name {
    /// As questions with their answers.
    Older(String),
    /// As messages.
    Thread(String),
}

impl Name {
    fn id(&self) -> &str {
        match self {
            Self::Older(id) | Self::Thread(id) => id,
        }
    }
}

fn all_names(
    database: &Connection,
    sql: &str,
    name: fn(String) -> Name,
) -> Result<Vec<Name>, SkipReason> {
    let found = rows(database, sql, [], &["id"])?;
    let ids = found.iter().filter_map(|row| text(row, "id"));
    Ok(ids.map(|id| name(id.to_owned())).collect())
}

/// The rows of a table that older or newer versions may not have.
fn rows_of(
    database: &Connection,
    table: &str,
    sql: &str,
    named: impl Params,
    columns: &[&str],
) -> Result<Vec<Value>, SkipReason> {
    match has_table(database, table) {
        Ok(true) => rows(database, sql, named, columns),
        Ok(false) => Ok(Vec::new()),
        Err(error) => Err(SkipReason::Unreadable(error.to_string())),
    }
}

/// What a turn took.
fn usage(turn: &Value) -> super::Usage {
    let count = |name: &str| turn.get(name).and_then(Value::as_u64);
    let details: Value = text(turn, "token_details")
        .and_then(|details| serde_json::from_str(details).ok())
        .unwrap_or_default();
    let detail = |path: &str| details.pointer(path).and_then(Value::as_u64);
    super::Usage {
        prompt: count("input_tokens"),
        cached: detail("/prompt_tokens_details/cached_tokens")
            .or_else(|| detail("/cache_read_input_tokens")),
        completion: count("output_tokens"),
        reasoning: detail("/completion_tokens_details/reasoning_tokens"),
    }
}

/// Which model answered.
fn model(turn: &Value) -> Option<String> {
    let model = text(turn, "resolved_model").or_else(|| text(turn, "model"));
    model.map(str::to_owned)
}

#[cfg(test)]
mod tests;
