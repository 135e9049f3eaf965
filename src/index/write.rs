//! Writing: what a branch holds now takes the place of what it held when it was last seen.

use super::fold::{fold, words};
use super::schema::{PLACE_BITS, first_key, last_key};
use super::{IndexError, Summary, millis_of, name_of};
use crate::model::PublicKey;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeSet, HashMap};

/// A thread as the index takes it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedThread {
    /// What a list shows.
    pub summary: Summary,
    /// All its messages, in the file's order.
    pub messages: Vec<IndexedMessage>,
}

/// A message as the index takes it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedMessage {
    /// Who speaks: `human`, `ai`, …
    pub role: String,
    /// The model that is said to have written it.
    pub model: Option<String>,
    /// Its time in milliseconds since 1970, where that can be read.
    pub time: Option<i64>,
    /// Its number among the messages that are shown, from 1; `None` if it was set aside.
    pub shown: Option<usize>,
    /// What is said.
    pub text: String,
}

/// One step of an update.
#[derive(Debug)]
pub enum Update {
    /// All that is known of a branch is forgotten.
    Forget(PublicKey),
    /// A path holds nothing any more.
    Remove(PublicKey, String),
    /// A path holds a thread.
    Thread(Box<IndexedThread>),
    /// A path holds something that is no thread.
    Trouble {
        /// Whose branch it is on.
        owner: PublicKey,
        /// The path.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// The branch was read up to this commit; without one, it must be looked at again.
    Seen(PublicKey, Option<String>),
}

// Plain inserts and updates of one row: what may touch several rows (`INSERT OR REPLACE`) is a
// transaction within the transaction to SQLite, and at each of those the full-text table writes out
// a piece of its own, which all have to be put together again.
const ADD_THREAD: &str = "INSERT INTO thread VALUES
     (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
const CHANGE_THREAD: &str =
    "UPDATE thread SET branch = ?2, path = ?3, name = ?4, id = ?5, title = ?6, folded = ?7,
     author = ?8, created_at = ?9, updated_at = ?10, updated = ?11, mode = ?12, project = ?13, tags = ?14,
     archived = ?15, messages = ?16, legacy = ?17, opening = ?18 WHERE key = ?1";
const ADD_MESSAGE: &str = "INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5)";
const CHANGE_MESSAGE: &str =
    "UPDATE message SET role = ?2, model = ?3, time = ?4, shown = ?5 WHERE key = ?1";

/// Takes updates in, within the caller's transaction.
pub(super) struct Writer<'d> {
    db: &'d Connection,
    branches: HashMap<PublicKey, i64>,
    words: String,
    with_text: bool,
}

impl<'d> Writer<'d> {
    pub(super) fn new(db: &'d Connection, with_text: bool) -> Self {
        Self {
            db,
            branches: HashMap::new(),
            words: String::new(),
            with_text,
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
        if let Some(thread) = self.thread_at(branch, path)? {
            self.delete(thread)?;
        }
        self.run(
            "DELETE FROM trouble WHERE branch = ?1 AND place = ?2",
            params![branch, path],
        )
    }

    fn thread_at(&self, branch: i64, path: &str) -> Result<Option<i64>, IndexError> {
        let mut find = self
            .db
            .prepare_cached("SELECT key FROM thread WHERE path = ?1 AND branch = ?2")?;
        Ok(find
            .query_row(params![path, branch], |row| row.get(0))
            .optional()?)
    }

    fn delete(&self, thread: i64) -> Result<(), IndexError> {
        self.delete_messages(first_key(thread), last_key(thread))?;
        self.delete_labels(thread)?;
        self.run("DELETE FROM thread WHERE key = ?1", [thread])
    }

    fn delete_labels(&self, thread: i64) -> Result<(), IndexError> {
        self.run("DELETE FROM tag WHERE thread = ?1", [thread])?;
        self.run("DELETE FROM model WHERE thread = ?1", [thread])
    }

    fn delete_messages(&self, first: i64, last: i64) -> Result<(), IndexError> {
        self.run(
            "DELETE FROM words WHERE rowid BETWEEN ?1 AND ?2",
            [first, last],
        )?;
        self.run(
            "DELETE FROM body WHERE key BETWEEN ?1 AND ?2",
            [first, last],
        )?;
        self.run(
            "DELETE FROM message WHERE key BETWEEN ?1 AND ?2",
            [first, last],
        )
    }

    fn put(&mut self, thread: &IndexedThread) -> Result<(), IndexError> {
        let summary = &thread.summary;
        let branch = self.branch(&summary.owner)?;
        self.run(
            "DELETE FROM trouble WHERE branch = ?1 AND place = ?2",
            params![branch, summary.path],
        )?;
        let known = self.thread_at(branch, &summary.path)?;
        self.run(
            if known.is_some() {
                CHANGE_THREAD
            } else {
                ADD_THREAD
            },
            params![
                known,
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
            ],
        )?;
        let key = known.unwrap_or_else(|| self.db.last_insert_rowid());
        self.put_labels(key, thread, known.is_some())?;
        if self.with_text {
            self.put_messages(key, thread, known.is_some())?;
        }
        Ok(())
    }

    fn put_labels(
        &self,
        key: i64,
        thread: &IndexedThread,
        is_known: bool,
    ) -> Result<(), IndexError> {
        if is_known {
            self.delete_labels(key)?;
        }
        for tag in &thread.summary.tags {
            self.run(
                "INSERT OR IGNORE INTO tag VALUES (?1, ?2)",
                params![fold(tag), key],
            )?;
        }
        let models: BTreeSet<&str> = thread
            .messages
            .iter()
            .filter_map(|message| message.model.as_deref())
            .collect();
        for model in models {
            self.run(
                "INSERT OR IGNORE INTO model VALUES (?1, ?2)",
                params![key, model],
            )?;
        }
        Ok(())
    }

    /// Writes where something differs: of a long thread that grew, just what is new.
    fn put_messages(
        &mut self,
        thread_key: i64,
        thread: &IndexedThread,
        is_known: bool,
    ) -> Result<(), IndexError> {
        let mut known = if is_known {
            self.messages_of(thread_key)?
        } else {
            HashMap::new()
        };
        let title = IndexedMessage {
            role: String::new(),
            model: None,
            time: millis_of(&thread.summary.updated_at),
            shown: Some(0),
            text: thread.summary.title.clone(),
        };
        let most = (1 << PLACE_BITS) - 1;
        for (place, message) in std::iter::once(&title)
            .chain(&thread.messages)
            .take(most)
            .enumerate()
        {
            let key = first_key(thread_key) + place as i64;
            let before = known.remove(&key);
            if before.as_ref() == Some(message) {
                continue;
            }
            self.run(
                if before.is_some() {
                    CHANGE_MESSAGE
                } else {
                    ADD_MESSAGE
                },
                params![
                    key,
                    message.role,
                    message.model,
                    message.time,
                    message.shown.map(|shown| shown as i64)
                ],
            )?;
            if before
                .as_ref()
                .is_some_and(|before| before.text == message.text)
            {
                continue;
            }
            if before.is_some() {
                self.run("DELETE FROM words WHERE rowid = ?1", [key])?;
                self.run("DELETE FROM body WHERE key = ?1", [key])?;
            }
            self.run(
                "INSERT INTO body VALUES (?1, ?2)",
                params![key, message.text],
            )?;
            self.put_words(key, &message.text)?;
        }
        for key in known.into_keys() {
            self.delete_messages(key, key)?;
        }
        Ok(())
    }

    fn put_words(&mut self, key: i64, text: &str) -> Result<(), IndexError> {
        self.words.clear();
        let line = &mut self.words;
        words(text, |_, word| {
            line.push_str(word);
            line.push(' ');
        });
        self.run(
            "INSERT INTO words (rowid, text) VALUES (?1, ?2)",
            params![key, self.words],
        )
    }

    fn messages_of(&self, thread: i64) -> Result<HashMap<i64, IndexedMessage>, IndexError> {
        let mut find = self.db.prepare_cached(
            "SELECT key, role, model, time, shown, text FROM message JOIN body USING (key)
             WHERE key BETWEEN ?1 AND ?2",
        )?;
        let rows = find.query_map([first_key(thread), last_key(thread)], |row| {
            let shown: Option<i64> = row.get(4)?;
            let message = IndexedMessage {
                role: row.get(1)?,
                model: row.get(2)?,
                time: row.get(3)?,
                shown: shown.and_then(|shown| usize::try_from(shown).ok()),
                text: row.get(5)?,
            };
            Ok((row.get(0)?, message))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
