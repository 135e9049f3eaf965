//! The texts of what was found: out of the index, or from where they are kept.

use super::schema::{first_key, is_title, thread_of};
use super::texts::unpack;
use super::{Index, IndexError};
use rusqlite::OptionalExtension;
use std::collections::HashMap;

/// Reads the texts of a thread's messages, in the order of its file, where [`kept_at`] says; or
/// tells why they can't be read.
///
/// [`kept_at`]: super::IndexedThread::kept_at
pub type TextReader<'r> = dyn Fn(&[u8]) -> Result<Vec<String>, String> + 'r;

/// So many threads' texts are held for the next hit in one of them.
const HELD: usize = 64;

/// Where a text was looked for.
pub(super) enum HitText {
    Text(String),
    /// It is known, and can't be read any more.
    Unreadable,
    /// There is none.
    Nothing,
}

/// A thread whose texts could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadText {
    /// The thread's path.
    pub place: String,
    /// Why.
    pub why: String,
}

pub(super) struct HitTexts<'s> {
    index: &'s Index,
    read: &'s TextReader<'s>,
    held: HashMap<i64, Option<Vec<String>>>,
    pub(super) unread: Vec<UnreadText>,
}

impl<'s> HitTexts<'s> {
    pub(super) fn new(index: &'s Index, read: &'s TextReader<'s>) -> Self {
        Self {
            index,
            read,
            held: HashMap::new(),
            unread: Vec::new(),
        }
    }

    /// What a message or a title says.
    pub(super) fn text(&mut self, key: i64) -> Result<HitText, IndexError> {
        let thread = thread_of(key);
        let mut find = self
            .index
            .db
            .prepare_cached("SELECT title, path, kept_at FROM thread WHERE key = ?1")?;
        let mut rows = find.query([thread])?;
        let Some(row) = rows.next()? else {
            return Ok(HitText::Nothing);
        };
        if is_title(key) {
            return Ok(HitText::Text(row.get(0)?));
        }
        let Some(kept_at) = row.get::<_, Option<Vec<u8>>>(2)? else {
            return self.in_index(key);
        };
        if !self.held.contains_key(&thread) {
            let texts = self.read_from(&kept_at, row.get(1)?);
            self.hold(thread, texts);
        }
        Ok(match &self.held[&thread] {
            // Place 0 is the title.
            Some(texts) => match texts.get((key - first_key(thread) - 1) as usize) {
                Some(text) => HitText::Text(text.clone()),
                None => HitText::Nothing,
            },
            None => HitText::Unreadable,
        })
    }

    fn in_index(&self, key: i64) -> Result<HitText, IndexError> {
        let mut find = self.index.db.prepare_cached(
            "SELECT key, packed FROM texts WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC LIMIT 1",
        )?;
        let group = find.query_row([first_key(thread_of(key)), key], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        });
        let Some((first, packed)) = group.optional()? else {
            return Ok(HitText::Nothing);
        };
        let place = usize::try_from(key - first).unwrap_or_default();
        Ok(HitText::Text(unpack(&packed, place)?))
    }

    fn read_from(&mut self, kept_at: &[u8], path: String) -> Option<Vec<String>> {
        match (self.read)(kept_at) {
            Ok(texts) => Some(texts),
            Err(why) => {
                self.unread.push(UnreadText { place: path, why });
                None
            }
        }
    }

    fn hold(&mut self, thread: i64, texts: Option<Vec<String>>) {
        if self.held.len() >= HELD {
            // What could not be read is told once.
            self.held.retain(|_, texts| texts.is_none());
        }
        self.held.insert(thread, texts);
    }
}
