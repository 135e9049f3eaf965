//! Lists of threads, and the search for one by its name.

use super::filter::Filter;
use super::fold::fold;
use super::{Index, IndexError, Summary};
use crate::model::PublicKey;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Row, params_from_iter};

/// Threads that fit a filter.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ListedThreads {
    /// As many as were asked for, in order.
    pub threads: Vec<Summary>,
    /// How many fit.
    pub total: usize,
}

/// The columns that [`summary`] reads.
pub(super) const COLUMNS: &str = "thread.id, title, author, created_at, updated_at, mode, project, tags, archived, \
     messages, legacy, \
     (SELECT owner FROM branch WHERE branch.key = thread.branch) AS owner, path, opening";

impl Index {
    /// The threads that fit.
    pub fn list(&self, filter: &Filter) -> Result<ListedThreads, IndexError> {
        let conditions = filter.conditions();
        let limit = filter
            .limit
            .map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT {COLUMNS} FROM thread {} ORDER BY {} LIMIT {limit}",
            conditions.sql(),
            filter.sort.sql()
        );
        let mut find = self.db.prepare(&sql)?;
        let rows = find.query_map(params_from_iter(&conditions.values), summary)?;
        let threads = rows.collect::<Result<Vec<_>, _>>()?;
        let all_are_here = filter.limit.is_none_or(|limit| threads.len() < limit);
        let total = if all_are_here {
            threads.len()
        } else {
            self.count(filter)?
        };
        Ok(ListedThreads { threads, total })
    }

    fn count(&self, filter: &Filter) -> Result<usize, IndexError> {
        let conditions = filter.conditions();
        let sql = format!("SELECT count(*) FROM thread {}", conditions.sql());
        let count: i64 = self
            .db
            .query_row(&sql, params_from_iter(&conditions.values), |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// How many threads it knows.
    pub fn count_all(&self) -> Result<usize, IndexError> {
        self.count(&Filter::default())
    }

    /// The threads of which a text is the id, or a part of the file's name or of the title, newest
    /// first.
    pub fn named(&self, part: &str) -> Result<Vec<Summary>, IndexError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM thread
             WHERE key IN (SELECT key FROM thread WHERE instr(folded, ?1) OR instr(name, ?2) OR id = ?2)
             ORDER BY updated_at DESC, id DESC, path DESC, owner"
        );
        let mut find = self.db.prepare_cached(&sql)?;
        let rows = find.query_map([fold(part).as_str(), part], summary)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Name and title of the newest threads whose name begins so.
    pub fn beginning_with(
        &self,
        start: &str,
        limit: usize,
    ) -> Result<Vec<(String, String)>, IndexError> {
        let mut find = self.db.prepare_cached(
            "SELECT name, title FROM thread WHERE instr(name, ?1) = 1 OR ?1 = ''
             ORDER BY updated_at DESC, id DESC, path DESC LIMIT ?2",
        )?;
        let rows = find.query_map((start, limit as i64), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every tag and how many threads have it: the most used first.
    pub fn tags(&self) -> Result<Vec<(String, usize)>, IndexError> {
        let mut find = self.db.prepare_cached(
            "SELECT value, count(DISTINCT thread.key) FROM thread, json_each(thread.tags)
             GROUP BY value ORDER BY 2 DESC, value",
        )?;
        let count = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?));
        let rows = find
            .query_map([], count)?
            .collect::<Result<Vec<(String, i64)>, _>>()?;
        Ok(rows
            .into_iter()
            .map(|(tag, count)| (tag, usize::try_from(count).unwrap_or_default()))
            .collect())
    }

    /// What is on the branches and is no thread: place and reason.
    pub fn troubles(&self) -> Result<Vec<(String, String)>, IndexError> {
        let mut find = self
            .db
            .prepare_cached("SELECT place, why FROM trouble ORDER BY branch, place")?;
        let rows = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whose branch, and where on it, something is that is no thread and has a text in its path.
    pub fn troubles_at(&self, part: &str) -> Result<Vec<(PublicKey, String)>, IndexError> {
        let mut find = self.db.prepare_cached(
            "SELECT owner, place FROM trouble JOIN branch ON branch.key = trouble.branch
             WHERE instr(place, ?1) ORDER BY place, owner",
        )?;
        let rows = find.query_map([part], |row| Ok((key(row, 0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Reads [`COLUMNS`].
pub(super) fn summary(row: &Row<'_>) -> rusqlite::Result<Summary> {
    let tags: String = row.get(7)?;
    let messages: i64 = row.get(9)?;
    Ok(Summary {
        id: row.get(0)?,
        title: row.get(1)?,
        author: row.get(2)?,
        created_at: row.get(3)?,
        updated_at: row.get(4)?,
        mode: row.get(5)?,
        project: row.get(6)?,
        tags: serde_json::from_str(&tags).map_err(|error| conversion(7, error))?,
        is_archived: row.get(8)?,
        messages: usize::try_from(messages).map_err(|error| conversion(9, error))?,
        is_legacy: row.get(10)?,
        owner: key(row, 11)?,
        path: row.get(12)?,
        opening: row.get(13)?,
    })
}

/// A column that holds a public key.
pub(super) fn key(row: &Row<'_>, column: usize) -> rusqlite::Result<PublicKey> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| conversion(column, error))
}

fn conversion(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    let error = FromSqlError::Other(Box::new(error));
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
