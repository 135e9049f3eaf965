//! Which texts may fit a query, and in what order they are looked at.

use super::filter::Conditions;
use super::fold::fold;
use super::query::Query;
use super::schema::{LabelKind, PLACE_BITS};
use rusqlite::Connection;
use rusqlite::types::Value;

/// How many hits of a frequent word are ranked: the latest. To rank them all would take as long as
/// there are many.
pub(super) const RANKED: i64 = 5_000;
/// A word in more texts than this says little of which one is meant: a hit must have it, and is not
/// ranked by it. To learn how rare such a word is, BM25 would go through all that have it.
const COMMON: i64 = 20_000;
const NEWEST: &str = "thread.updated_at DESC, thread.id DESC, thread.path DESC, message.key DESC";

/// The statement that tells the keys of what may fit: best first; without words that tell texts
/// apart, newest first.
pub(super) struct Candidates {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Candidates {
    pub(super) fn of(query: &Query, limit: usize, db: &Connection) -> rusqlite::Result<Self> {
        Self::with_common(COMMON, query, limit, db)
    }

    pub(super) fn with_common(
        common: i64,
        query: &Query,
        limit: usize,
        db: &Connection,
    ) -> rusqlite::Result<Self> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let terms = query.expressions();
        let has_literals = query.literals().next().is_some();
        if terms.is_empty() {
            // Signs are looked for in the text itself, so any number may have to be looked at.
            return Ok(newest(query, if has_literals { -1 } else { limit }));
        }
        if has_literals {
            return Ok(with_words(query, &terms, "rank"));
        }
        let mut rare = Vec::new();
        for term in &terms {
            if !is_common(term, common, db)? {
                rare.push(term.as_str());
            }
        }
        let latest = with_words(query, &terms, "words.rowid DESC");
        Ok(if rare.is_empty() {
            latest.limited(limit)
        } else {
            latest
                .limited(limit.max(RANKED))
                .ranked_by(&rare.join(" AND "), limit)
        })
    }

    fn limited(mut self, limit: i64) -> Self {
        self.sql += &format!(" LIMIT {limit}");
        self
    }

    /// Of these the best, by some of their words.
    fn ranked_by(mut self, expression: &str, limit: i64) -> Self {
        self.values.push(expression.to_owned().into());
        // The plus keeps the statement from looking each of them up by itself.
        self.sql = format!(
            "WITH latest(key) AS MATERIALIZED ({})
             SELECT rowid FROM words WHERE words MATCH ?{} AND +rowid IN (SELECT key FROM latest)
             ORDER BY bm25(words), rowid DESC LIMIT {limit}",
            self.sql,
            self.values.len()
        );
        self
    }
}

/// Whether more texts have it than that, without counting further.
fn is_common(expression: &str, most: i64, db: &Connection) -> rusqlite::Result<bool> {
    let mut count = db.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ?1 LIMIT ?2 + 1)",
    )?;
    let found: i64 = count.query_row((expression, most), |row| row.get(0))?;
    Ok(found > most)
}

/// What has all the words, in this order.
fn with_words(query: &Query, terms: &[String], order: &str) -> Candidates {
    let mut all = Conditions::default();
    all.add("words MATCH ?", terms.join(" AND "));
    filter(query, "words.rowid", &mut all);
    let mut from = "words".to_owned();
    let has_signs = query.signs().bits() != 0;
    if query.looks_at_messages() || has_signs {
        from += " CROSS JOIN message ON message.key = words.rowid";
    }
    if query.looks_at_messages() {
        filter_messages(query, &mut all);
    }
    filter_signs(query, &mut all);
    Candidates {
        sql: format!(
            "SELECT words.rowid FROM {from} {} ORDER BY {order}",
            all.sql()
        ),
        values: all.values,
    }
}

/// What fits where no words are looked for.
fn newest(query: &Query, limit: i64) -> Candidates {
    let mut all = Conditions::default();
    all.add_plain("NOT thread.sealed".to_owned());
    filter(query, "message.key", &mut all);
    if query.looks_at_messages() {
        filter_messages(query, &mut all);
    }
    filter_signs(query, &mut all);
    let span = format!("(thread.key << {PLACE_BITS})");
    let last = (1_i64 << PLACE_BITS) - 1;
    let from =
        format!("thread CROSS JOIN message ON message.key BETWEEN {span} AND {span} + {last}");
    Candidates {
        sql: format!(
            "SELECT message.key FROM {from} {} ORDER BY {NEWEST} LIMIT {limit}",
            all.sql()
        ),
        values: all.values,
    }
}

/// By the thread, and by whether a message is shown.
fn filter(query: &Query, key: &str, all: &mut Conditions) {
    for tag in &query.tags {
        all.add(
            &format!(
                "({key} >> {PLACE_BITS}) IN
                     (SELECT thread FROM label WHERE kind = {} AND name = ?)",
                LabelKind::Tag as i64
            ),
            fold(tag),
        );
    }
    let of_threads = query.of_threads();
    if !of_threads.is_open() {
        all.add_thread_fits(&format!("({key} >> {PLACE_BITS})"), &of_threads);
    }
    if query.is_shown {
        // A title is no message.
        all.add_plain(format!(
            "{key} NOT IN (SELECT aside.key FROM message AS aside
                 WHERE aside.key = {key} AND aside.shown IS NULL)"
        ));
    }
}

fn filter_signs(query: &Query, all: &mut Conditions) {
    let signs = query.signs().bits();
    if signs != 0 {
        all.add_plain(format!("message.signs & {signs} = {signs}"));
    }
}

fn filter_messages(query: &Query, all: &mut Conditions) {
    if !query.roles.is_empty() {
        let roles: Vec<String> = query
            .roles
            .iter()
            .map(|role| format!("'{}'", role.as_str()))
            .collect();
        all.add_plain(format!("message.role IN ({})", roles.join(", ")));
    }
    if !query.models.is_empty() {
        let mut any = Vec::new();
        for model in &query.models {
            all.values.push(model.to_ascii_lowercase().into());
            any.push(format!(
                "instr(lower(message.model), ?{})",
                all.values.len()
            ));
        }
        all.add_plain(format!("({})", any.join(" OR ")));
    }
    if let Some(before) = query.before {
        all.add("message.time < ?", before);
    }
    if let Some(after) = query.after {
        all.add("message.time >= ?", after);
    }
}
