//! Sealed threads: the index knows where they are, and has none of their words. Who may read them
//! opens them for a search, and what is found is looked for by the same rules.

use super::list::{COLUMNS, summary};
use super::thread::{IndexedMessage, IndexedThread};
use super::{Hits, Index, IndexError, Query, Summary};
use crate::model::PublicKey;

/// Where a sealed thread is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPlace {
    /// Whose branch it is on.
    pub owner: PublicKey,
    /// Its path there.
    pub path: String,
    /// What names its file's content; `None` where several copies make it.
    pub kept_at: Option<Vec<u8>>,
}

impl Index {
    /// The sealed threads, newest first.
    ///
    /// # Errors
    /// The index can't be read.
    pub fn sealed_threads(&self) -> Result<Vec<SealedPlace>, IndexError> {
        let mut find = self.db.prepare_cached(
            "SELECT branch.owner, thread.path, thread.kept_at FROM thread
             JOIN branch ON branch.key = thread.branch
             WHERE thread.sealed ORDER BY thread.updated_at DESC",
        )?;
        let places = find.query_map([], |row| {
            Ok(SealedPlace {
                owner: super::list::key(row, 0)?,
                path: row.get(1)?,
                kept_at: row.get(2)?,
            })
        })?;
        Ok(places.collect::<Result<_, _>>()?)
    }

    /// What lists show of the sealed threads, newest first.
    ///
    /// # Errors
    /// The index can't be read.
    pub fn sealed_summaries(&self) -> Result<Vec<Summary>, IndexError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM thread WHERE thread.sealed ORDER BY thread.updated_at DESC"
        );
        let mut find = self.db.prepare_cached(&sql)?;
        let found = find.query_map([], summary)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// What of threads fits that rest nowhere but in this process.
    ///
    /// # Errors
    /// SQLite fails, as where there is no memory left.
    pub fn search_in(
        threads: Vec<IndexedThread>,
        query: &Query,
        limit: usize,
    ) -> Result<Hits, IndexError> {
        let index = Self::in_memory(true, |give| {
            threads
                .into_iter()
                .try_for_each(|thread| give(super::Update::Thread(Box::new(thread))))
        })?;
        let nowhere = |_: &[u8]| Err("it rests in the index".to_owned());
        index.search(query, limit, &nowhere)
    }
}

impl Query {
    /// Whether a search may find anything in a thread: quicker than to search, and never too strict.
    pub fn may_find(&self, thread: &IndexedThread) -> bool {
        let messages = thread.messages.iter().map(IndexedMessage::words);
        let mut texts = messages.chain([thread.summary.title_words()]);
        texts.any(|words| self.has_words(&words))
    }
}

impl Summary {
    fn title_words(&self) -> String {
        super::thread::words_of(&self.title)
    }
}

impl IndexedMessage {
    fn words(&self) -> String {
        super::thread::words_of(&self.text)
    }
}

impl Hits {
    /// These and others, as many as were asked for. By words each is in an order of its own, so the
    /// best of one comes after the best of the other; else the newest comes first.
    pub fn joined(self, others: Hits, query: &Query, limit: usize) -> Hits {
        let mut ranked: Vec<_> = self.hits.into_iter().enumerate().collect();
        ranked.extend(others.hits.into_iter().enumerate());
        if query.has_terms() {
            ranked.sort_by_key(|(rank, _)| *rank);
        } else {
            ranked.sort_by(|(_, one), (_, other)| {
                other.thread.updated_at.cmp(&one.thread.updated_at)
            });
        }
        let has_more = self.has_more || others.has_more || ranked.len() > limit;
        ranked.truncate(limit);
        let mut unread = self.unread;
        unread.extend(others.unread);
        Hits {
            hits: ranked.into_iter().map(|(_, hit)| hit).collect(),
            has_more,
            unread,
        }
    }
}

#[cfg(test)]
mod tests;
