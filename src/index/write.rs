//! Writing: what a branch holds now takes the place of what it held when it was last seen.

use super::fold::fold;
use super::schema::{LabelKind, first_key, last_key};
use super::thread::{IndexedThread, Update};
use super::{IndexError, Summary, conversations, millis_of, name_of};
use crate::model::PublicKey;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeSet, HashMap};

mod messages;

// Plain inserts and updates of one row: what may touch several rows (`INSERT OR REPLACE`) is a
// transaction within the transaction to SQLite, and at each of those the full-text table writes out
// a piece of its own, which all have to be put together again.
const ADD_THREAD: &str = "INSERT INTO thread VALUES
     (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
      ?20, ?21, ?22, ?23, ?24, ?25)";
const CHANGE_THREAD: &str =
    "UPDATE thread SET branch = ?2, path = ?3, name = ?4, id = ?5, title = ?6, folded = ?7,
     author = ?8, created_at = ?9, updated_at = ?10, updated = ?11, mode = ?12, project = ?13, tags = ?14,
     archived = ?15, messages = ?16, legacy = ?17, opening = ?18, kept_at = ?19,
     people = ?20, root = ?21, sealed = ?22, shared = ?23, face = ?24, continues = ?25
     WHERE key = ?1";

/// Takes updates in, within the caller's transaction.
pub(super) struct Writer<'d> {
    db: &'d Connection,
    branches: HashMap<PublicKey, i64>,
    with_text: bool,
    /// It writes into an index that somebody may have kept.
    is_update: bool,
}

/// What the index has of a thread before it takes it in again.
struct KnownThread {
    key: i64,
    title: String,
    /// Whether its texts rest in the index.
    has_texts: bool,
    is_sealed: bool,
}

impl<'d> Writer<'d> {
    pub(super) fn new(db: &'d Connection, with_text: bool) -> Self {
        Self {
            db,
            branches: HashMap::new(),
            with_text,
            is_update: false,
        }
    }

    /// For an index that is there already.
    pub(super) fn of_update(db: &'d Connection) -> Self {
        Self {
            is_update: true,
            ..Self::new(db, true)
        }
    }

    pub(super) fn take(&mut self, update: Update) -> Result<(), IndexError> {
        match update {
            Update::Forget(owner) => self.forget(&owner),
            Update::Remove(owner, path) => self.remove(&owner, &path),
            Update::Thread(thread) => self.put(&thread),
            Update::Trouble { owner, place, why } => {
                self.remove(&owner, &place)?;
                let branch = self.branch(&owner)?;
                self.run(
                    "INSERT OR REPLACE INTO trouble VALUES (?1, ?2, ?3)",
                    params![branch, place, why],
                )
            }
            Update::Seen(owner, tip) => {
                let branch = self.branch(&owner)?;
                self.run(
                    "UPDATE branch SET tip = ?2 WHERE key = ?1",
                    params![branch, tip.unwrap_or_default()],
                )
            }
        }
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), IndexError> {
        self.db.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    fn branch(&mut self, owner: &PublicKey) -> Result<i64, IndexError> {
        if let Some(key) = self.branches.get(owner) {
            return Ok(*key);
        }
        let name = owner.to_string();
        self.run(
            "INSERT OR IGNORE INTO branch (owner, tip) VALUES (?1, '')",
            [&name],
        )?;
        let mut find = self
            .db
            .prepare_cached("SELECT key FROM branch WHERE owner = ?1")?;
        let key = find.query_row([&name], |row| row.get(0))?;
        self.branches.insert(*owner, key);
        Ok(key)
    }

    fn forget(&mut self, owner: &PublicKey) -> Result<(), IndexError> {
        let branch = self.branch(owner)?;
        let mut find = self
            .db
            .prepare_cached("SELECT key FROM thread WHERE branch = ?1")?;
        let threads: Vec<i64> = find
            .query_map([branch], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for thread in threads {
            self.delete(thread)?;
        }
        self.run("DELETE FROM trouble WHERE branch = ?1", [branch])?;
        self.run("DELETE FROM branch WHERE key = ?1", [branch])?;
        self.branches.remove(owner);
        Ok(())
    }

    fn remove(&mut self, owner: &PublicKey, path: &str) -> Result<(), IndexError> {
        let branch = self.branch(owner)?;
        if let Some(known) = self.thread_at(branch, path)? {
            self.delete(known.key)?;
        }
        self.run(
            "DELETE FROM trouble WHERE branch = ?1 AND place = ?2",
            params![branch, path],
        )
    }

    fn thread_at(&self, branch: i64, path: &str) -> Result<Option<KnownThread>, IndexError> {
        let mut find = self.db.prepare_cached(
            "SELECT key, title, kept_at IS NULL, sealed FROM thread WHERE path = ?1 AND branch = ?2",
        )?;
        let known = find.query_row(params![path, branch], |row| {
            Ok(KnownThread {
                key: row.get(0)?,
                title: row.get(1)?,
                has_texts: row.get(2)?,
                is_sealed: row.get(3)?,
            })
        });
        Ok(known.optional()?)
    }

    fn delete(&self, thread: i64) -> Result<(), IndexError> {
        self.delete_messages(first_key(thread), last_key(thread))?;
        self.delete_texts(first_key(thread), last_key(thread))?;
        self.delete_labels(thread)?;
        conversations::delete(self.db, thread)?;
        self.run("DELETE FROM thread WHERE key = ?1", [thread])
    }

    fn delete_labels(&self, thread: i64) -> Result<(), IndexError> {
        self.run("DELETE FROM label WHERE thread = ?1", [thread])
    }

    fn put(&mut self, thread: &IndexedThread) -> Result<(), IndexError> {
        let summary = &thread.summary;
        let branch = self.branch(&summary.owner)?;
        self.run(
            "DELETE FROM trouble WHERE branch = ?1 AND place = ?2",
            params![branch, summary.path],
        )?;
        let known = self.thread_at(branch, &summary.path)?;
        let was_open = known.as_ref().is_some_and(|known| !known.is_sealed);
        if self.is_update && summary.is_sealed && was_open {
            return Err(IndexError::HasSealedWords);
        }
        let sql = if known.is_some() {
            CHANGE_THREAD
        } else {
            ADD_THREAD
        };
        self.run(
            sql,
            params![
                known.as_ref().map(|known| known.key),
                branch,
                summary.path,
                name_of(&summary.path),
                summary.id,
                summary.title,
                fold(&summary.title),
                summary.author,
                summary.created_at,
                summary.updated_at,
                millis_of(&summary.updated_at),
                summary.mode,
                summary.project,
                serde_json::Value::from(summary.tags.clone()).to_string(),
                summary.is_archived,
                summary.messages as i64,
                summary.is_legacy,
                summary.opening,
                thread.kept_at,
                people_of(summary),
                summary.root.as_ref().map(|root| &root.0[..]),
                summary.is_sealed,
                summary.is_shared,
                summary.face,
                summary.continues.as_ref().map(|root| &root.0[..]),
            ],
        )?;
        let key = match known {
            Some(known) => {
                self.delete_labels(known.key)?;
                self.put_labels(known.key, thread)?;
                if self.with_text {
                    self.change_messages(&known, thread)?;
                }
                known.key
            }
            None => {
                let key = self.db.last_insert_rowid();
                self.put_labels(key, thread)?;
                if self.with_text {
                    self.add_messages(key, thread)?;
                }
                key
            }
        };
        conversations::put(self.db, key, thread.conversation.as_ref())?;
        if thread.is_of_all_copies {
            self.delete_other_copies(key, summary)?;
        }
        Ok(())
    }

    fn delete_other_copies(&self, key: i64, summary: &Summary) -> Result<(), IndexError> {
        let Some(root) = &summary.root else {
            return Ok(());
        };
        let mut find = self
            .db
            .prepare_cached("SELECT key FROM thread WHERE root = ?1 AND key <> ?2 AND shared")?;
        let others: Vec<i64> = find
            .query_map(params![&root.0[..], key], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        others.into_iter().try_for_each(|other| self.delete(other))
    }

    fn put_labels(&self, key: i64, thread: &IndexedThread) -> Result<(), IndexError> {
        let tags: BTreeSet<String> = thread.summary.tags.iter().map(|tag| fold(tag)).collect();
        for tag in &tags {
            self.put_label(LabelKind::Tag, tag, key, thread)?;
        }
        let models: BTreeSet<&str> = thread
            .messages
            .iter()
            .filter_map(|message| message.model.as_deref())
            .collect();
        for model in models {
            self.put_label(LabelKind::Model, model, key, thread)?;
        }
        Ok(())
    }

    fn put_label(
        &self,
        kind: LabelKind,
        name: &str,
        key: i64,
        thread: &IndexedThread,
    ) -> Result<(), IndexError> {
        let updated_at = &thread.summary.updated_at;
        self.run(
            "INSERT INTO label VALUES (?1, ?2, ?3, ?4)",
            params![kind as i64, name, updated_at, key],
        )
    }
}

/// Who has a part, one key after the other; empty if nobody has.
fn people_of(summary: &Summary) -> String {
    let keys: Vec<String> = summary
        .participants
        .iter()
        .map(ToString::to_string)
        .collect();
    keys.join(" ")
}
