//! The messages of a thread: of one that is known, what differs and no more.

use super::{KnownThread, Writer};
use crate::index::schema::{MOST_MESSAGES, first_key, last_key};
use crate::index::signs::SignSet;
use crate::index::texts::{TextGroup, pack};
use crate::index::thread::{IndexedMessage, IndexedThread, SearchedText};
use crate::index::{IndexError, millis_of};
use crate::model::Hash;
use rusqlite::{Params, Row, params};
use std::borrow::Cow;
use std::collections::HashMap;

const ADD_MESSAGE: &str = "INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const CHANGE_MESSAGE: &str =
    "UPDATE message SET id = ?2, role = ?3, model = ?4, time = ?5, shown = ?6, signs = ?7
     WHERE key = ?1";

/// What the index knows of a message besides its text. The id stands for the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MessageRow {
    id: Option<[u8; 32]>,
    role: String,
    model: Option<String>,
    time: Option<i64>,
    shown: Option<i64>,
    signs: SignSet,
}

impl MessageRow {
    fn of(message: &IndexedMessage, signs: SignSet) -> Self {
        Self {
            id: message.id.map(|Hash(bytes)| bytes),
            role: message.role.clone(),
            model: message.model.clone(),
            time: message.time,
            shown: message.shown.map(|shown| shown as i64),
            signs,
        }
    }

    fn of_title(thread: &IndexedThread, signs: SignSet) -> Self {
        Self {
            id: None,
            role: String::new(),
            model: None,
            time: millis_of(&thread.summary.updated_at),
            shown: Some(0),
            signs,
        }
    }

    fn has_text_of(&self, message: &IndexedMessage) -> bool {
        self.id.is_some() && self.id == message.id.map(|Hash(bytes)| bytes)
    }

    fn values(&self, key: i64) -> impl Params {
        (
            key,
            self.id,
            self.role.clone(),
            self.model.clone(),
            self.time,
            self.shown,
            self.signs.bits(),
        )
    }
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<(i64, MessageRow)> {
    let message = MessageRow {
        id: row.get(1)?,
        role: row.get(2)?,
        model: row.get(3)?,
        time: row.get(4)?,
        shown: row.get(5)?,
        signs: SignSet::from_bits(row.get(6)?),
    };
    Ok((row.get(0)?, message))
}

impl Writer<'_> {
    /// Of a thread that is new to the index.
    pub(super) fn add_messages(
        &mut self,
        thread_key: i64,
        thread: &IndexedThread,
    ) -> Result<(), IndexError> {
        let first = first_key(thread_key);
        let title = SearchedText::of(&thread.summary.title);
        self.run(
            ADD_MESSAGE,
            MessageRow::of_title(thread, title.signs).values(first),
        )?;
        self.put_words(first, &title.words)?;
        for (place, message) in thread.messages.iter().take(MOST_MESSAGES).enumerate() {
            let key = first + 1 + place as i64;
            let searched = searched_text(thread, place);
            self.run(
                ADD_MESSAGE,
                MessageRow::of(message, searched.signs).values(key),
            )?;
            self.put_words(key, &searched.words)?;
        }
        match &thread.prepared {
            _ if thread.kept_at.is_some() => Ok(()),
            Some(prepared) => self.put_texts(first + 1, &prepared.groups),
            None => self.put_texts(first + 1, &pack(texts_from(thread, 0))),
        }
    }

    /// Of a thread that grew or was changed: just what is new.
    pub(super) fn change_messages(
        &mut self,
        known: &KnownThread,
        thread: &IndexedThread,
    ) -> Result<(), IndexError> {
        let first = first_key(known.key);
        let mut rows = self.rows_of(known.key)?;
        rows.remove(&first);
        let title = SearchedText::of(&thread.summary.title);
        self.run(
            CHANGE_MESSAGE,
            MessageRow::of_title(thread, title.signs).values(first),
        )?;
        if known.title != thread.summary.title {
            self.run("DELETE FROM words WHERE rowid = ?1", [first])?;
            self.put_words(first, &title.words)?;
        }
        let had = rows.len();
        let mut changed_from = None;
        for (place, message) in thread.messages.iter().take(MOST_MESSAGES).enumerate() {
            let key = first + 1 + place as i64;
            let before = rows.remove(&key);
            if let Some(before) = &before
                && before.has_text_of(message)
            {
                let row = MessageRow::of(message, before.signs);
                if row != *before {
                    self.run(CHANGE_MESSAGE, row.values(key))?;
                }
                continue;
            }
            changed_from = changed_from.or(Some(place));
            let sql = if before.is_some() {
                self.run("DELETE FROM words WHERE rowid = ?1", [key])?;
                CHANGE_MESSAGE
            } else {
                ADD_MESSAGE
            };
            let searched = searched_text(thread, place);
            self.run(sql, MessageRow::of(message, searched.signs).values(key))?;
            self.put_words(key, &searched.words)?;
        }
        for key in rows.keys() {
            self.delete_messages(*key, *key)?;
        }
        let is_same = rows.is_empty() && changed_from.is_none();
        match (known.has_texts, thread.kept_at.is_none()) {
            (true, true) if is_same => Ok(()),
            (true, true) => {
                let kept = changed_from.unwrap_or(had - rows.len());
                self.change_texts(known.key, thread, kept)
            }
            (false, true) => self.put_texts(first + 1, &pack(texts_from(thread, 0))),
            (true, false) => self.delete_texts(first, last_key(known.key)),
            (false, false) => Ok(()),
        }
    }

    /// Packs the texts again from the group on in which the first of them stands that is not kept.
    fn change_texts(
        &mut self,
        thread_key: i64,
        thread: &IndexedThread,
        kept: usize,
    ) -> Result<(), IndexError> {
        let first = first_key(thread_key) + 1;
        let mut find = self
            .db
            .prepare_cached("SELECT max(key) FROM texts WHERE key BETWEEN ?1 AND ?2")?;
        let group: Option<i64> = find.query_row([first, first + kept as i64], |row| row.get(0))?;
        let from = group.unwrap_or(first);
        self.delete_texts(from, last_key(thread_key))?;
        let place = usize::try_from(from - first).unwrap_or_default();
        self.put_texts(from, &pack(texts_from(thread, place)))
    }

    fn put_texts(&mut self, first: i64, groups: &[TextGroup]) -> Result<(), IndexError> {
        for group in groups {
            let key = first + group.first as i64;
            self.run(
                "INSERT INTO texts VALUES (?1, ?2)",
                params![key, group.packed],
            )?;
        }
        Ok(())
    }

    fn put_words(&mut self, key: i64, words: &str) -> Result<(), IndexError> {
        self.run(
            "INSERT INTO words (rowid, text) VALUES (?1, ?2)",
            params![key, words],
        )
    }

    pub(super) fn delete_messages(&self, first: i64, last: i64) -> Result<(), IndexError> {
        self.run(
            "DELETE FROM words WHERE rowid BETWEEN ?1 AND ?2",
            [first, last],
        )?;
        self.run(
            "DELETE FROM message WHERE key BETWEEN ?1 AND ?2",
            [first, last],
        )
    }

    pub(super) fn delete_texts(&self, first: i64, last: i64) -> Result<(), IndexError> {
        self.run(
            "DELETE FROM texts WHERE key BETWEEN ?1 AND ?2",
            [first, last],
        )
    }

    fn rows_of(&self, thread_key: i64) -> Result<HashMap<i64, MessageRow>, IndexError> {
        let mut find = self.db.prepare_cached(
            "SELECT key, id, role, model, time, shown, signs FROM message WHERE key BETWEEN ?1 AND ?2",
        )?;
        let rows = find.query_map([first_key(thread_key), last_key(thread_key)], read_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn searched_text(thread: &IndexedThread, place: usize) -> Cow<'_, SearchedText> {
    match &thread.prepared {
        Some(prepared) => Cow::Borrowed(&prepared.messages[place]),
        None => Cow::Owned(SearchedText::of(&thread.messages[place].text)),
    }
}

fn texts_from(thread: &IndexedThread, place: usize) -> impl Iterator<Item = &str> {
    let messages = thread.messages.iter().take(MOST_MESSAGES).skip(place);
    messages.map(|message| message.text.as_str())
}
