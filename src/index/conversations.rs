//! What lists tell of conversations of the service, besides what they tell of every thread. Of a
//! sealed one only its name, and the site on whose page it began, is here.

use super::list::{COLUMNS, summary};
use super::{Filter, Index, IndexError, Summary};
use crate::model::{Embedder, Face, PublicKey, Timestamp, Uuid};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

/// What is told of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationFacts {
    /// What programs call it.
    pub id: Uuid,
    /// How many messages its user sent.
    pub sent: usize,
    /// How many tokens all its messages have.
    pub tokens: usize,
    /// When the last one was said.
    pub last_activity: Option<Timestamp>,
    /// How the last one begins.
    pub ending: Option<String>,
    /// What it is for.
    pub intent_context: Option<String>,
    /// When it was archived, if it is.
    pub archived_at: Option<Timestamp>,
    /// How many answers in it are drafts.
    pub drafts: usize,
    /// The web origin of the page that began it, if it was another site's.
    pub web_origin: Option<String>,
    /// What its user asked for, and how often; by name.
    pub intents: Vec<(String, usize)>,
}

/// What was said in conversations, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationTotals {
    /// How many conversations there are.
    pub conversations: usize,
    /// How many messages they sent.
    pub sent: usize,
    /// How many tokens all messages have.
    pub tokens: usize,
    /// What they asked for, the most frequent first.
    pub intents: Vec<(String, usize)>,
}

impl ConversationFacts {
    /// Of a conversation that is sealed: nothing but its name, and where it began.
    #[must_use]
    pub fn without_words(&self) -> Self {
        Self {
            id: self.id,
            sent: 0,
            tokens: 0,
            last_activity: None,
            ending: None,
            intent_context: None,
            archived_at: None,
            drafts: 0,
            web_origin: self.web_origin.clone(),
            intents: Vec::new(),
        }
    }
}

/// Puts in what is told of a thread, in the place of what was; nothing where it is no conversation.
pub(super) fn put(
    db: &Connection,
    thread: i64,
    facts: Option<&ConversationFacts>,
) -> Result<(), IndexError> {
    delete(db, thread)?;
    let Some(facts) = facts else {
        return Ok(());
    };
    db.prepare_cached("INSERT INTO conversation VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
        .execute(params![
            thread,
            &facts.id.0[..],
            facts.sent as i64,
            facts.tokens as i64,
            facts.last_activity.map(Timestamp::millis),
            facts.ending,
            facts.intent_context,
            facts.archived_at.map(Timestamp::millis),
            facts.drafts as i64,
            facts.web_origin,
        ])?;
    for (intent, count) in &facts.intents {
        db.prepare_cached("INSERT INTO intent VALUES (?1, ?2, ?3)")?
            .execute(params![thread, intent, *count as i64])?;
    }
    Ok(())
}

/// Takes out what is told of a thread.
pub(super) fn delete(db: &Connection, thread: i64) -> Result<(), IndexError> {
    for sql in [
        "DELETE FROM conversation WHERE thread = ?1",
        "DELETE FROM intent WHERE thread = ?1",
    ] {
        db.prepare_cached(sql)?.execute([thread])?;
    }
    Ok(())
}

impl Index {
    /// The threads that programs know as conversations by a name, the last changed first; only those
    /// that began on the pages of a site, if such asks.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn conversations_with(
        &self,
        id: &Uuid,
        embedder: Option<&Embedder>,
    ) -> Result<Vec<Summary>, IndexError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM thread
             WHERE thread.key IN (SELECT thread FROM conversation
                 WHERE id = ?1 AND (?2 IS NULL OR web_origin = ?2))
             AND (?2 IS NULL OR thread.sealed OR thread.project IS ?3)
             ORDER BY updated_at DESC, id DESC, path DESC, owner"
        );
        let mut find = self.db.prepare_cached(&sql)?;
        let origin = embedder.map(|page| &page.origin);
        let project = embedder.and_then(|page| page.project.as_ref());
        let rows = find.query_map(params![&id.0[..], origin, project], summary)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The conversations on an owner's branch that have answers which are drafts, or are sealed, so
    /// that it is not known here.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn conversations_with_drafts(&self, owner: &PublicKey) -> Result<Vec<Summary>, IndexError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM thread
             WHERE thread.key IN (SELECT thread FROM conversation WHERE drafts > 0
                 UNION ALL SELECT key FROM thread WHERE sealed AND face = 'service')"
        );
        let mut find = self.db.prepare_cached(&sql)?;
        let rows = find.query_map([], summary)?;
        let mut found: Vec<Summary> = rows.collect::<Result<_, _>>()?;
        found.retain(|thread| thread.owner == *owner);
        Ok(found)
    }

    /// Whether there are sealed conversations, of which it is not known here to what they belong.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn has_sealed_conversations(&self) -> Result<bool, IndexError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM thread WHERE sealed AND face = 'service')";
        Ok(self.db.query_row(sql, [], |row| row.get(0))?)
    }

    /// What is told of a thread, if it is a conversation.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn facts_of(&self, thread: &Summary) -> Result<Option<ConversationFacts>, IndexError> {
        let mut find = self.db.prepare_cached(
            "SELECT id, sent, tokens, last, ending, intent_context, archived, drafts, web_origin
             FROM conversation WHERE thread = (SELECT thread.key FROM thread
                 JOIN branch ON branch.key = thread.branch
                 WHERE thread.path = ?1 AND branch.owner = ?2)",
        )?;
        let owner = thread.owner.to_string();
        let found = find.query_row(params![thread.path, owner], facts);
        Ok(found.optional()?)
    }

    /// What was said in all conversations that fit, and are not sealed, counted.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn conversation_totals(&self, filter: &Filter) -> Result<ConversationTotals, IndexError> {
        let open = Filter {
            face: Some(Face::Service.as_str().to_owned()),
            is_sealed: Some(false),
            ..filter.clone()
        };
        let fitting = open.conditions(&[]);
        // The row without a name counts the conversations, each other one an intent.
        let mut count = self.db.prepare_cached(&format!(
            "WITH fitting(key) AS MATERIALIZED (SELECT thread.key FROM thread {})
             SELECT NULL, count(*), total(sent), total(tokens) FROM fitting
             CROSS JOIN conversation ON conversation.thread = fitting.key
             UNION ALL
             SELECT name, sum(count), 0, 0 FROM fitting
             CROSS JOIN intent ON intent.thread = fitting.key GROUP BY name",
            fitting.sql()
        ))?;
        let mut totals = ConversationTotals::default();
        let mut rows = count.query(params_from_iter(&fitting.values))?;
        while let Some(row) = rows.next()? {
            match row.get(0)? {
                Some(intent) => totals.intents.push((intent, number(row, 1)?)),
                None => {
                    totals.conversations = number(row, 1)?;
                    totals.sent = row.get::<_, f64>(2)? as usize;
                    totals.tokens = row.get::<_, f64>(3)? as usize;
                }
            }
        }
        totals
            .intents
            .sort_by(|(one, often), (other, rarer)| rarer.cmp(often).then(one.cmp(other)));
        Ok(totals)
    }
}

fn facts(row: &Row<'_>) -> rusqlite::Result<ConversationFacts> {
    Ok(ConversationFacts {
        id: Uuid(row.get(0)?),
        sent: number(row, 1)?,
        tokens: number(row, 2)?,
        last_activity: time(row, 3)?,
        ending: row.get(4)?,
        intent_context: row.get(5)?,
        archived_at: time(row, 6)?,
        drafts: number(row, 7)?,
        web_origin: row.get(8)?,
        intents: Vec::new(),
    })
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<usize> {
    let number: i64 = row.get(column)?;
    Ok(usize::try_from(number).unwrap_or_default())
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let millis: Option<i64> = row.get(column)?;
    Ok(millis.map(Timestamp::from_millis))
}
