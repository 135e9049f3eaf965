//! Threads of an owner's older key that they went on with under a newer one: there is a copy now,
//! and a list shows only that.

use super::list::{COLUMNS, summary};
use super::{Index, IndexError, Summary};
use crate::model::PublicKey;

/// A key of an owner's, and one that later took its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySuccession {
    /// The key that was.
    pub older: PublicKey,
    /// The key that came after it, at once or by others between.
    pub newer: PublicKey,
}

/// The threads `:older` wrote of which a thread of `:newer` on its own branch has all that they show. A
/// message's id names its thread's root and all before it, so these are copies. One of which a
/// part was copied stays listed: what else it says is nowhere else.
///
/// The low 20 bits of a message's key are its place in the thread.
const COPIED_THREADS: &str = "
    SELECT older.key FROM thread AS older
    JOIN message AS first ON first.key = (
        SELECT min(key) FROM message
        WHERE key > older.key << 20 AND key < (older.key + 1) << 20 AND shown IS NOT NULL)
    JOIN message AS copied ON copied.id IS NOT NULL
        AND substr(copied.id, 1, 4) = substr(first.id, 1, 4) AND copied.id = first.id
    JOIN thread AS newer ON newer.key = copied.key >> 20
    JOIN branch ON branch.key = newer.branch
    WHERE older.author = :older AND newer.author = :newer AND branch.owner = :newer
      AND NOT EXISTS (
        SELECT id FROM message
        WHERE key > older.key << 20 AND key < (older.key + 1) << 20 AND shown IS NOT NULL
        EXCEPT
        SELECT id FROM message
        WHERE key > newer.key << 20 AND key < (newer.key + 1) << 20)";

/// The same with the marks of the two keys in place.
pub(super) fn copied_threads(older: &str, newer: &str) -> String {
    COPIED_THREADS
        .replace(":older", older)
        .replace(":newer", newer)
}

impl Index {
    /// The threads of older keys that gave way to a copy.
    ///
    /// # Errors
    /// The index can't be read.
    pub fn copied_threads(&self, keys: &[KeySuccession]) -> Result<Vec<Summary>, IndexError> {
        let these = copied_threads("?1", "?2");
        let sql = format!("SELECT {COLUMNS} FROM thread WHERE thread.key IN ({these})");
        let mut copied = Vec::new();
        for one in keys {
            let mut find = self.db.prepare_cached(&sql)?;
            let rows = find.query_map([one.older.to_string(), one.newer.to_string()], summary)?;
            for thread in rows {
                copied.push(thread?);
            }
        }
        Ok(copied)
    }
}
