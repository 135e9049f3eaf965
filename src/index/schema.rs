//! The tables.

use rusqlite::Connection;

/// An index of another version is built anew.
pub(super) const VERSION: i32 = 2;

/// The number of a message within its thread, and the thread's own, make one key: so a hit of the
/// full-text table names both, and a thread's rows lie together. IndexFiles 0 is the title.
pub(super) const PLACE_BITS: u32 = 20;

pub(super) fn first_key(thread: i64) -> i64 {
    thread << PLACE_BITS
}

pub(super) fn last_key(thread: i64) -> i64 {
    first_key(thread) + (1 << PLACE_BITS) - 1
}

const TABLES: &str = "
CREATE TABLE branch (
    key INTEGER PRIMARY KEY,
    owner TEXT NOT NULL UNIQUE,
    tip TEXT NOT NULL
);
CREATE TABLE thread (
    key INTEGER PRIMARY KEY,
    branch INTEGER NOT NULL,
    path TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    folded TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    updated INTEGER,
    mode TEXT NOT NULL,
    project TEXT,
    tags TEXT NOT NULL,
    archived INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    legacy INTEGER NOT NULL,
    opening TEXT NOT NULL
);
CREATE UNIQUE INDEX thread_place ON thread(path, branch);
CREATE INDEX thread_newest ON thread(updated_at DESC, id DESC, path DESC);
CREATE INDEX thread_names ON thread(folded, name, id);
CREATE INDEX thread_archived ON thread(archived);
CREATE TABLE tag (
    folded TEXT NOT NULL,
    thread INTEGER NOT NULL,
    PRIMARY KEY (folded, thread)
) WITHOUT ROWID;
CREATE INDEX tag_thread ON tag(thread);
CREATE TABLE model (
    thread INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (thread, name)
) WITHOUT ROWID;
CREATE TABLE trouble (
    branch INTEGER NOT NULL,
    place TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (branch, place)
) WITHOUT ROWID;
CREATE TABLE message (
    key INTEGER PRIMARY KEY,
    role TEXT NOT NULL,
    model TEXT,
    time INTEGER,
    shown INTEGER
);
CREATE TABLE body (
    key INTEGER PRIMARY KEY,
    text TEXT NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, tokenize='ascii'
);
";

pub(super) fn create(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(TABLES)
}

/// Says that the tables are complete and filled. Comes last.
pub(super) fn mark_complete(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "user_version", VERSION)
}

pub(super) fn is_current(db: &Connection) -> rusqlite::Result<bool> {
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(version == VERSION)
}
