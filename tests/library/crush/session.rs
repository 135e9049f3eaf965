//! Records a run where, and as, Crush does.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, title TEXT, prompt_tokens INTEGER,
        completion_tokens INTEGER, cost REAL, created_at INTEGER);
    CREATE TABLE messages (id TEXT PRIMARY KEY, session_id TEXT, role TEXT, parts TEXT, model TEXT, created_at INTEGER);
    INSERT INTO sessions VALUES ('s', NULL, 'A title', 10, 2, 0.0, 1), ('t', 's', 'A child', 1, 1, 0.0, 2);
    INSERT INTO messages VALUES ('u', 's', 'user', '[{\"type\":\"text\",\"data\":{\"text\":\"hi\"}}]', '', 1);";

/// Steps of text and how each ended, in the database that is known.
pub fn keep(data: &Path, model: &str, steps: &[(&str, &str)]) {
    let database = Connection::open(data.join("crush.db")).unwrap();
    database.execute_batch(SCHEMA).unwrap();
    for (text, finish) in steps {
        let parts = json!([{"type": "text", "data": {"text": text}},
            {"type": "finish", "data": {"reason": finish, "time": 1}}]);
        let insert =
            "INSERT INTO messages VALUES (hex(randomblob(8)), 's', 'assistant', ?1, ?2, 2)";
        database
            .execute(insert, (parts.to_string(), model))
            .unwrap();
    }
}

/// The same by a version to come, whose database is unknown but whose `session last --json` is not.
pub fn keep_elsewhere(data: &Path, model: &str, steps: &[(&str, &str)]) {
    let database = Connection::open(data.join("crush.db")).unwrap();
    database
        .execute_batch("CREATE TABLE talks (id TEXT)")
        .unwrap();
    let message = |(text, finish): &(&str, &str)| {
        let parts = json!([{"type": "text", "text": text}, {"type": "finish", "reason": finish}]);
        json!({"role": "assistant", "model": model, "parts": parts})
    };
    let messages: Vec<Value> = steps.iter().map(message).collect();
    let meta = json!({"id": "s", "prompt_tokens": 10, "completion_tokens": 2});
    let session = json!({"meta": meta, "messages": messages});
    fs::write(data.join("session.json"), format!("{session}\n")).unwrap();
}
