//! Full text: from a query to ranked hits.

use super::filter::Conditions;
use super::fold::fold;
use super::list::{COLUMNS, summary};
use super::query::Query;
use super::schema::PLACE_BITS;
use super::snippet::Snippet;
use super::{Index, IndexError, Summary};
use crate::model::Timestamp;
use rusqlite::{OptionalExtension, params_from_iter};

/// What was found, best first.
#[derive(Debug, Default)]
pub struct Hits {
    /// As many as were asked for.
    pub hits: Vec<Hit>,
    /// Whether there is more.
    pub has_more: bool,
}

/// A message, or a title, that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The thread it is in.
    pub thread: Summary,
    /// The message; `None` if the title fits.
    pub message: Option<Spot>,
    /// The part of the text that fits best.
    pub snippet: Snippet,
}

/// Which message it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Its number among the messages that are shown, from 1; `None` if it was set aside.
    pub number: Option<usize>,
    /// Who speaks.
    pub role: String,
    /// The model that is said to have written it.
    pub model: Option<String>,
    /// Its time.
    pub time: Option<Timestamp>,
}

impl Index {
    /// Titles and messages that have all that is asked for.
    pub fn search(&self, query: &Query, limit: usize) -> Result<Hits, IndexError> {
        let mut found = Hits::default();
        if query.is_empty() {
            return Ok(found);
        }
        let (sql, conditions) = candidates(query, limit);
        let mut find = self.db.prepare(&sql)?;
        let mut rows = find.query(params_from_iter(&conditions.values))?;
        while let Some(row) = rows.next()? {
            let key: i64 = row.get(0)?;
            let Some(hit) = self.hit(key, query)? else { continue };
            if found.hits.len() == limit {
                found.has_more = true;
                break;
            }
            found.hits.push(hit);
        }
        Ok(found)
    }

    fn hit(&self, key: i64, query: &Query) -> Result<Option<Hit>, IndexError> {
        let mut find = self.db.prepare_cached("SELECT text FROM body WHERE key = ?1")?;
        let text: Option<String> = find.query_row([key], |row| row.get(0)).optional()?;
        let Some(text) = text.filter(|text| query.has_literals(text)) else { return Ok(None) };
        let sql = format!("SELECT {COLUMNS} FROM thread WHERE key = ?1");
        let thread = self.db.prepare_cached(&sql)?.query_row([key >> PLACE_BITS], summary)?;
        let is_title = key.trailing_zeros() >= PLACE_BITS;
        let message = if is_title { None } else { Some(self.spot(key)?) };
        Ok(Some(Hit { thread, message, snippet: Snippet::of(&text, query) }))
    }

    fn spot(&self, key: i64) -> Result<Spot, IndexError> {
        let mut find =
            self.db.prepare_cached("SELECT shown, role, model, time FROM message WHERE key = ?1")?;
        Ok(find.query_row([key], |row| {
            let number: Option<i64> = row.get(0)?;
            let time: Option<i64> = row.get(3)?;
            Ok(Spot {
                number: number.and_then(|number| usize::try_from(number).ok()),
                role: row.get(1)?,
                model: row.get(2)?,
                time: time.map(Timestamp::from_millis),
            })
        })?)
    }
}

/// The keys of what may fit, best first; without words, newest first.
fn candidates(query: &Query, limit: usize) -> (String, Conditions) {
    let mut all = Conditions::default();
    let expression = query.expression();
    let (key, mut from, order) = match expression {
        Some(expression) => {
            all.add("words MATCH ?", expression);
            ("words.rowid", "words".to_owned(), "rank")
        }
        None => {
            let span = format!("(thread.key << {PLACE_BITS})");
            let from = format!(
                "thread CROSS JOIN message ON message.key BETWEEN {span} AND {span} + {}",
                (1_i64 << PLACE_BITS) - 1
            );
            (
                "message.key",
                from,
                "thread.updated_at DESC, thread.id DESC, thread.path DESC, message.key DESC",
            )
        }
    };
    for tag in &query.tags {
        all.add(&format!("({key} >> {PLACE_BITS}) IN (SELECT thread FROM tag WHERE folded = ?)"), fold(tag));
    }
    if query.looks_at_messages() {
        if key == "words.rowid" {
            from += " CROSS JOIN message ON message.key = words.rowid";
        }
        filter_messages(query, &mut all);
    }
    // With signs to be looked for in the text itself, more than these may have to be looked at.
    let limit = if query.literals().next().is_some() { -1 } else { limit as i64 + 1 };
    (format!("SELECT {key} FROM {from} {} ORDER BY {order} LIMIT {limit}", all.sql()), all)
}

fn filter_messages(query: &Query, all: &mut Conditions) {
    if !query.roles.is_empty() {
        let roles: Vec<String> = query.roles.iter().map(|role| format!("'{}'", role.as_str())).collect();
        all.add_plain(format!("message.role IN ({})", roles.join(", ")));
    }
    if !query.models.is_empty() {
        let mut any = Vec::new();
        for model in &query.models {
            all.values.push(model.to_ascii_lowercase().into());
            any.push(format!("instr(lower(message.model), ?{})", all.values.len()));
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
