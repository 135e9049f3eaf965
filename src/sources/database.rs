//! Databases of other programs: read, never written, and never believed. A file may be made to do more
//! than hold rows: with views and triggers that stand in a table's place, functions in its schema, or
//! values that fill the memory.

use super::SkipReason;
use super::pieces::MOST_BYTES;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Params, Result, Row};
use serde_json::{Map, Value};
use std::path::Path;

/// What a database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Whether a file that begins so is a database.
pub fn is_database(start: &[u8]) -> bool {
    start.starts_with(MAGIC)
}

/// Opens another program's database, to be read alone.
///
/// # Errors
///
/// If it is none, or can't be read.
pub fn open_to_read(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags)?;
    for (setting, is_on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        database.set_db_config(setting, is_on)?;
    }
    let most = i32::try_from(MOST_BYTES).unwrap_or(i32::MAX);
    database.set_limit(Limit::SQLITE_LIMIT_LENGTH, most)?;
    database.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    database.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA cell_size_check = ON;",
    )?;
    Ok(database)
}

/// Whether there is a table of this name: neither a view nor one that a module makes up.
///
/// # Errors
///
/// If the database can't be read.
pub fn has_table(database: &Connection, name: &str) -> Result<bool> {
    let made = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    let made: Option<Option<String>> = database
        .query_row(made, [name], |row| row.get(0))
        .optional()?;
    let made = made.flatten().unwrap_or_default().to_ascii_uppercase();
    let mut words = made.split_whitespace();
    Ok(words.next() == Some("CREATE") && words.next() == Some("TABLE"))
}

/// The rows of an answer, each by the names of its columns; bytes are left out. Columns that are not
/// asked for are not read, however large they are.
///
/// # Errors
///
/// If it can't be read, or is more than any conversation.
pub fn rows(
    database: &Connection,
    sql: &str,
    named: impl Params,
    columns: &[&str],
) -> std::result::Result<Vec<Value>, SkipReason> {
    let unreadable = |error: rusqlite::Error| SkipReason::Unreadable(error.to_string());
    let mut statement = database.prepare_cached(sql).map_err(unreadable)?;
    let mut answer = statement.query(named).map_err(unreadable)?;
    let (mut found, mut size) = (Vec::new(), 0);
    while let Some(row) = answer.next().map_err(unreadable)? {
        let row = object(row, columns).map_err(unreadable)?;
        size += ROW + size_of_texts(&row);
        if size > MOST_BYTES {
            return Err(SkipReason::TooLarge(size as u64));
        }
        found.push(row);
    }
    Ok(found)
}

/// What a row takes beside its texts, at the least.
const ROW: usize = 20;

fn size_of_texts(row: &Value) -> usize {
    let fields = row.as_object().into_iter().flat_map(Map::values);
    fields.filter_map(Value::as_str).map(str::len).sum()
}

fn object(row: &Row<'_>, columns: &[&str]) -> Result<Value> {
    let mut fields = Map::new();
    for column in 0..row.as_ref().column_count() {
        let name = row.as_ref().column_name(column)?;
        if !columns.contains(&name) {
            continue;
        }
        let value = match row.get_ref(column)? {
            ValueRef::Null | ValueRef::Blob(_) => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        };
        fields.insert(name.to_owned(), value);
    }
    Ok(fields.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(sql: &str) -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db?mode=rw");
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let opened = open_to_read(&path).unwrap();
        (folder, opened)
    }

    #[test]
    fn nothing_is_written_and_no_view_stands_in_a_tables_place() {
        let (_folder, database) = database(
            "CREATE TABLE a (x); INSERT INTO a VALUES (1);
             CREATE VIEW b AS SELECT 2 AS x;
             CREATE VIRTUAL TABLE c USING fts5(x);",
        );
        let has = |name: &str| has_table(&database, name).unwrap();
        assert_eq!(
            [has("a"), has("b"), has("c"), has("d")],
            [true, false, false, false]
        );
        assert!(database.execute("INSERT INTO a VALUES (2)", []).is_err());
        let view = database.query_row("SELECT x FROM b", [], |row| row.get::<_, i64>(0));
        assert!(view.is_err());
        assert!(database.execute("ATTACH ':memory:' AS other", []).is_err());
    }

    #[test]
    fn no_value_fills_the_memory() {
        let (_folder, database) = database(
            "CREATE TABLE a (x, y AS (zeroblob(900000000)));
             INSERT INTO a (x) VALUES ('t'), (x'ff'), (1.5);",
        );
        let all = |sql: &str, columns: &[&str]| rows(&database, sql, [], columns);
        let bomb = all("SELECT y FROM a", &["y"]);
        assert!(matches!(bomb, Err(SkipReason::Unreadable(_))), "{bomb:?}");
        let read = all("SELECT x FROM a", &["x"]).unwrap();
        let read: Vec<String> = read.iter().map(Value::to_string).collect();
        assert_eq!(read, ["{\"x\":\"t\"}", "{\"x\":null}", "{\"x\":1.5}"]);
        let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                    SELECT printf('%.1000c', 'x') AS x FROM n";
        assert!(matches!(all(many, &["x"]), Err(SkipReason::TooLarge(_))));
    }
}
