//! Reads the session that Crush kept of a run, from the database in its data directory.
//!
//! What Crush prints can lack its tail; what it stored doesn't. The database is Crush's, in a
//! private directory, and is opened as all those of other programs.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row};

use super::transcript::{Message, Tokens, Transcript};
use crate::sources::open_to_read;

/// The run's session, if the database has the shape that is known.
pub(super) fn read(data: &Path) -> Option<Transcript> {
    let database = open_to_read(&data.join("crush.db")).ok()?;
    session(&database).ok()?
}

fn session(database: &Connection) -> rusqlite::Result<Option<Transcript>> {
    // A title or a sub-agent has a session of its own, with a parent.
    let newest = "SELECT id, prompt_tokens, completion_tokens FROM sessions \
                  WHERE coalesce(parent_session_id, '') = '' ORDER BY created_at DESC, rowid DESC LIMIT 1";
    let found = database.query_row(newest, [], |row| {
        Ok((row.get::<_, String>(0)?, tokens(row)?))
    });
    let Some((id, tokens)) = found.optional()? else {
        return Ok(None);
    };
    let mut rows = database.prepare(
        "SELECT role, parts, model FROM messages WHERE session_id = ?1 ORDER BY created_at, rowid",
    )?;
    let messages = rows.query_map([id], |row| {
        Ok(Message::new(
            row.get(0)?,
            row.get(2)?,
            &row.get::<_, String>(1)?,
        ))
    })?;
    Ok(Some(Transcript {
        messages: messages.collect::<rusqlite::Result<_>>()?,
        tokens,
    }))
}

fn tokens(row: &Row<'_>) -> rusqlite::Result<Tokens> {
    let count = |column| {
        row.get::<_, i64>(column)
            .map(|tokens| tokens.try_into().unwrap_or(0))
    };
    Ok(Tokens {
        read: count(1)?,
        written: count(2)?,
    })
}
