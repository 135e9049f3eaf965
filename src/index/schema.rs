//! The tables.

use rusqlite::Connection;

/// An index of another version is built anew.
pub(super) const VERSION: i32 = 10;

/// The number of a message within its thread, and the thread's own, make one key: so a hit of the
/// full-text table names both, and a thread's rows lie together. Place 0 is the title.
pub(super) const PLACE_BITS: u32 = 20;

/// A title takes the place of one.
pub(super) const MOST_MESSAGES: usize = (1 << PLACE_BITS) - 1;

pub(super) fn first_key(thread: i64) -> i64 {
    thread << PLACE_BITS
}

pub(super) fn last_key(thread: i64) -> i64 {
    first_key(thread) + (1 << PLACE_BITS) - 1
}

/// The key of the thread that a message, or a title, belongs to.
pub(super) fn thread_of(key: i64) -> i64 {
    key >> PLACE_BITS
}

pub(super) fn is_title(key: i64) -> bool {
    key.trailing_zeros() >= PLACE_BITS
}

/// What a thread is found by in its order among all that have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LabelKind {
    /// A tag, folded.
    Tag = 0,
    /// A model that answered in it.
    Model = 1,
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
    opening TEXT NOT NULL,
    kept_at BLOB,
    people TEXT NOT NULL,
    root BLOB,
    sealed INTEGER NOT NULL,
    shared INTEGER NOT NULL,
    face TEXT,
    continues BLOB
);
CREATE UNIQUE INDEX thread_place ON thread(path, branch);
CREATE INDEX thread_root ON thread(root) WHERE root IS NOT NULL;
CREATE INDEX thread_continues ON thread(continues) WHERE continues IS NOT NULL;
-- The threads with a label stand in the order of a list, newest first.
CREATE TABLE label (
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    thread INTEGER NOT NULL,
    PRIMARY KEY (kind, name, updated_at DESC, thread)
) WITHOUT ROWID;
CREATE INDEX label_thread ON label(thread, kind, name);
-- What lists tell of a conversation of the service; of a sealed one only its name and where it began.
CREATE TABLE conversation (
    thread INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    sent INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    last INTEGER,
    ending TEXT,
    intent_context TEXT,
    archived INTEGER,
    drafts INTEGER NOT NULL,
    web_origin TEXT
);
CREATE INDEX conversation_id ON conversation(id);
CREATE INDEX conversation_drafts ON conversation(thread) WHERE drafts > 0;
CREATE INDEX conversation_origin ON conversation(web_origin) WHERE web_origin IS NOT NULL;
CREATE TABLE intent (
    thread INTEGER NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
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
    id BLOB,
    role TEXT NOT NULL,
    model TEXT,
    time INTEGER,
    shown INTEGER,
    signs INTEGER NOT NULL
);
-- What was said in the threads whose texts are not kept elsewhere: deflated, several messages
-- together; the key is the first one's.
CREATE TABLE texts (
    key INTEGER PRIMARY KEY,
    packed BLOB NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, tokenize='ascii'
);
";

/// Made when a new index is filled: in order, which is quicker than one by one, and denser.
///
/// Each order of a list has its own, so that the first page is read and no more; `thread_facets` is
/// narrow, for counting, and `thread_faces` has all that decides whose a thread of a face is, so that
/// no row is read of those that are not shown. The beginning of an id is as good as all of it to find
/// the few that have it.
const INDEXES: &str = "
CREATE INDEX thread_newest ON thread(updated_at DESC, id DESC, path DESC);
CREATE INDEX thread_created ON thread(created_at DESC);
CREATE INDEX thread_longest ON thread(messages DESC, updated_at DESC);
CREATE INDEX thread_names ON thread(folded, name, id);
CREATE INDEX thread_facets ON thread(updated, archived, mode, project, face, branch, legacy);
CREATE INDEX thread_faces ON thread(face, branch, archived, mode, sealed, project, author)
    WHERE face IS NOT NULL;
CREATE INDEX thread_sealed ON thread(updated_at DESC) WHERE sealed;
CREATE INDEX message_aside ON message(key) WHERE shown IS NULL;
CREATE INDEX message_id ON message(substr(id, 1, 4)) WHERE id IS NOT NULL;
";

pub(super) fn create(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(TABLES)
}

/// Says that the tables are filled, and completes them. Comes last.
pub(super) fn complete(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(INDEXES)?;
    db.pragma_update(None, "user_version", VERSION)
}

pub(super) fn is_current(db: &Connection) -> rusqlite::Result<bool> {
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(version == VERSION)
}
