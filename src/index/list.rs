//! Lists of threads, and the search for one by its name.

use super::filter::{Conditions, Filter, Label, Sort};
use super::fold::fold;
use super::schema::LabelKind;
use super::{Index, IndexError, Summary};
use crate::model::{Hash, PublicKey};
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Row, params_from_iter};
use std::collections::BTreeSet;

/// Threads that fit a filter.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ListedThreads {
    /// As many as were asked for, in order.
    pub threads: Vec<Summary>,
    /// How many fit.
    pub total: usize,
}

/// The paths of a branch that the index knows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct KnownPaths {
    /// Of the threads that it lists.
    pub threads: BTreeSet<String>,
    /// Of what could not be read as one.
    pub troubles: BTreeSet<String>,
}

/// Where a thread lies, by its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootPlace {
    /// The root.
    pub root: Hash,
    /// Whose branch it is on.
    pub owner: PublicKey,
    /// Its path there.
    pub path: String,
}

/// A place in the list of the last changed: that of one thread, whether it still is there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPlace {
    /// When the thread last changed, as its file writes it.
    pub updated_at: String,
    /// Its id.
    pub id: String,
    /// Its path.
    pub path: String,
    /// Whose branch it is on.
    pub owner: PublicKey,
}

impl ListPlace {
    /// Where a thread stands.
    pub fn of(thread: &Summary) -> Self {
        Self {
            updated_at: thread.updated_at.clone(),
            id: thread.id.clone(),
            path: thread.path.clone(),
            owner: thread.owner,
        }
    }

    /// Whether a thread comes after it, the last changed first.
    pub fn is_before(&self, thread: &Summary) -> bool {
        let place = (&self.updated_at, &self.id, &self.path);
        let its = (&thread.updated_at, &thread.id, &thread.path);
        its < place || (its == place && thread.owner > self.owner)
    }

    /// What comes after it.
    fn add_to(&self, all: &mut Conditions) {
        let Self {
            updated_at,
            id,
            path,
            owner,
        } = self;
        let place = all.bind_all(&[updated_at.clone(), id.clone(), path.clone()]);
        let owner = all.bind_all(&[owner.to_string()]);
        let row = "(thread.updated_at, thread.id, thread.path)";
        all.add_plain(format!("{row} <= ({place})"));
        all.add_plain(format!(
            "NOT ({row} = ({place}) AND
                  (SELECT owner FROM branch WHERE branch.key = thread.branch) <= {owner})"
        ));
    }
}

/// The columns that [`summary`] reads.
pub(super) const COLUMNS: &str = "thread.id, thread.title, thread.author, thread.created_at, \
     thread.updated_at, thread.mode, thread.project, thread.tags, thread.archived, \
     thread.messages, thread.legacy, \
     (SELECT owner FROM branch WHERE branch.key = thread.branch) AS owner, \
     thread.path, thread.opening, thread.people, thread.root, thread.sealed, thread.shared, \
     thread.face, thread.continues";

/// So many threads are looked up one by one and put in order; of more, the order is gone through
/// until there are enough.
const FEW: usize = 1_000;

impl Index {
    /// The threads that fit.
    ///
    /// # Errors
    /// The index can't be read.
    pub fn list(&self, filter: &Filter) -> Result<ListedThreads, IndexError> {
        let labels = self.labels_of(filter)?;
        if labels.iter().any(|label| label.names.is_empty()) {
            return Ok(ListedThreads::default());
        }
        if let Some(place) = &filter.after {
            return self.after(filter, &labels, place);
        }
        let Some(limit) = filter.limit else {
            let threads = self.sorted(filter.sort, &filter.conditions(&labels), None)?;
            let total = threads.len();
            return Ok(ListedThreads { threads, total });
        };
        if filter.is_open() {
            let threads = self.first_in_order(filter.sort, &Conditions::default(), limit)?;
            let total = self.count_all()?;
            return Ok(ListedThreads { threads, total });
        }
        if filter.sort == Sort::Updated
            && let Some(label) = labels.iter().position(|label| label.names.len() == 1)
        {
            return self.with_label(filter, labels, label, limit);
        }
        let keys = self.keys(&filter.conditions(&labels))?;
        let total = keys.len();
        let threads = if total <= FEW {
            self.sorted(filter.sort, &Conditions::keys(&keys), Some(limit))?
        } else {
            self.first_in_order(filter.sort, &filter.conditions(&labels), limit)?
        };
        Ok(ListedThreads { threads, total })
    }

    /// Those that come after a place, the last changed first; the total is of all that fit.
    fn after(
        &self,
        filter: &Filter,
        labels: &[Label],
        place: &ListPlace,
    ) -> Result<ListedThreads, IndexError> {
        let mut conditions = filter.conditions(labels);
        let total = self.count_in("thread", &conditions)?;
        place.add_to(&mut conditions);
        let limit = filter.limit.unwrap_or(usize::MAX);
        let threads = self.first_in_order(Sort::Updated, &conditions, limit)?;
        Ok(ListedThreads { threads, total })
    }

    /// What must be among a thread's labels: each of the tags, and one of the models' names.
    fn labels_of(&self, filter: &Filter) -> Result<Vec<Label>, IndexError> {
        let mut labels = Vec::new();
        for tag in &filter.tags {
            labels.push(Label {
                kind: LabelKind::Tag,
                names: vec![fold(tag)],
            });
        }
        if let Some(part) = &filter.model {
            labels.push(Label {
                kind: LabelKind::Model,
                names: self.models_with(part)?,
            });
        }
        Ok(labels)
    }

    /// The names of models that have a part: a few among the labels of all threads, so they are
    /// found by leaping from one to the next.
    fn models_with(&self, part: &str) -> Result<Vec<String>, IndexError> {
        let kind = LabelKind::Model as i64;
        let mut find = self.db.prepare(&format!(
            "WITH RECURSIVE model(name) AS (
                 SELECT min(name) FROM label WHERE kind = {kind}
                 UNION ALL
                 SELECT (SELECT min(name) FROM label WHERE kind = {kind} AND name > model.name)
                 FROM model WHERE model.name IS NOT NULL
             )
             SELECT name FROM model WHERE instr(lower(name), ?1)"
        ))?;
        let names = find.query_map([part.to_ascii_lowercase()], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// Those with one name of a label stand together and in order.
    fn with_label(
        &self,
        filter: &Filter,
        mut labels: Vec<Label>,
        label: usize,
        limit: usize,
    ) -> Result<ListedThreads, IndexError> {
        let label = labels.remove(label);
        let is_label_alone = labels.is_empty() && filter.is_labels_alone();
        let mut conditions = filter.conditions(&labels);
        let name = conditions.bind_all(&label.names);
        conditions.add_plain(format!(
            "label.kind = {} AND label.name = {name}",
            label.kind as i64
        ));
        let joined = "label CROSS JOIN thread ON thread.key = label.thread";
        let from = format!(
            "FROM {joined} {} ORDER BY label.updated_at DESC, thread.id DESC, thread.path DESC, owner
             LIMIT {}",
            conditions.sql(),
            sql_limit(limit)
        );
        let threads = self.summaries(&from, &conditions)?;
        let total = if threads.len() < limit {
            threads.len()
        } else {
            let from = if is_label_alone { "label" } else { joined };
            self.count_in(from, &conditions)?
        };
        Ok(ListedThreads { threads, total })
    }

    /// Looks all up that fit, and sorts them.
    fn sorted(
        &self,
        sort: Sort,
        conditions: &Conditions,
        limit: Option<usize>,
    ) -> Result<Vec<Summary>, IndexError> {
        let order = sort.sql();
        let limit = limit.map_or(-1, sql_limit);
        let rest = format!("{} ORDER BY {order} LIMIT {limit}", conditions.sql());
        self.summaries(&format!("FROM thread {rest}"), conditions)
    }

    /// Goes through the threads in their order until enough were found that fit.
    fn first_in_order(
        &self,
        sort: Sort,
        conditions: &Conditions,
        limit: usize,
    ) -> Result<Vec<Summary>, IndexError> {
        let (order, index, limit) = (sort.sql(), sort.index(), sql_limit(limit));
        let rest = format!("{} ORDER BY {order} LIMIT {limit}", conditions.sql());
        self.summaries(
            &format!("FROM thread INDEXED BY {index} {rest}"),
            conditions,
        )
    }

    fn summaries(&self, from: &str, conditions: &Conditions) -> Result<Vec<Summary>, IndexError> {
        let sql = format!("SELECT {COLUMNS} {from}");
        let mut find = self.db.prepare_cached(&sql)?;
        let rows = find.query_map(params_from_iter(&conditions.values), summary)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn keys(&self, conditions: &Conditions) -> Result<Vec<i64>, IndexError> {
        let sql = format!("SELECT thread.key FROM thread {}", conditions.sql());
        let mut find = self.db.prepare_cached(&sql)?;
        let keys = find.query_map(params_from_iter(&conditions.values), |row| row.get(0))?;
        Ok(keys.collect::<Result<_, _>>()?)
    }

    fn count_in(&self, from: &str, conditions: &Conditions) -> Result<usize, IndexError> {
        let sql = format!("SELECT count(*) FROM {from} {}", conditions.sql());
        let mut count = self.db.prepare_cached(&sql)?;
        let count: i64 = count.query_row(params_from_iter(&conditions.values), |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// How many threads it knows.
    ///
    /// # Errors
    /// The index can't be read.
    pub fn count_all(&self) -> Result<usize, IndexError> {
        self.count_in("thread", &Conditions::default())
    }

    /// What it knows of a branch, by the paths.
    ///
    /// # Errors
    /// The index can't be read.
    pub fn known_of(&self, owner: &PublicKey) -> Result<KnownPaths, IndexError> {
        let of_branch = "branch = (SELECT key FROM branch WHERE owner = ?1)";
        let paths = |column: &str| -> Result<BTreeSet<String>, IndexError> {
            let mut find = self.db.prepare(&format!("{column} WHERE {of_branch}"))?;
            let paths = find.query_map([owner.to_string()], |row| row.get(0))?;
            Ok(paths.collect::<Result<_, _>>()?)
        };
        Ok(KnownPaths {
            threads: paths("SELECT path FROM thread")?,
            troubles: paths("SELECT place FROM trouble")?,
        })
    }

    /// The threads of which a text is the id, or a part of the file's name or of the title, newest
    /// first.
    ///
    /// # Errors
    /// If the index can't be read.
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

    /// The threads with this root: one, or the copies of several people, or strays.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn with_root(&self, root: &Hash) -> Result<Vec<Summary>, IndexError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM thread WHERE thread.root = ?1
             ORDER BY updated_at DESC, id DESC, path DESC, owner"
        );
        let mut find = self.db.prepare_cached(&sql)?;
        let rows = find.query_map([&root.0[..]], summary)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Where the threads with these roots lie, the last changed first.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn places_of(&self, roots: &[Hash]) -> Result<Vec<RootPlace>, IndexError> {
        let roots: Vec<String> = roots.iter().map(Hash::to_string).collect();
        let mut find = self.db.prepare_cached(
            "SELECT thread.root, branch.owner, thread.path FROM thread
             JOIN branch ON branch.key = thread.branch
             WHERE thread.root IN (SELECT unhex(value) FROM json_each(?1))
             ORDER BY updated_at DESC, id DESC, path DESC, owner",
        )?;
        let rows = find.query_map([serde_json::json!(roots).to_string()], |row| {
            Ok(RootPlace {
                root: Hash(row.get(0)?),
                owner: key(row, 1)?,
                path: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Name and title of the newest threads whose name begins so.
    ///
    /// # Errors
    /// If the index can't be read.
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
    ///
    /// # Errors
    /// If the index can't be read.
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
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn troubles(&self) -> Result<Vec<(String, String)>, IndexError> {
        let mut find = self
            .db
            .prepare_cached("SELECT place, why FROM trouble ORDER BY branch, place")?;
        let rows = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What is on the branch of one owner and is no thread: place and reason.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn troubles_of(&self, owner: &PublicKey) -> Result<Vec<(String, String)>, IndexError> {
        let mut find = self.db.prepare_cached(
            "SELECT place, why FROM trouble JOIN branch ON branch.key = trouble.branch
             WHERE owner = ?1 ORDER BY place",
        )?;
        let rows = find.query_map([owner.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whose branch, and where on it, something is that is no thread and has a text in its path.
    ///
    /// # Errors
    /// If the index can't be read.
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
        is_sealed: row.get(16)?,
        owner: key(row, 11)?,
        path: row.get(12)?,
        opening: row.get(13)?,
        participants: people(row, 14)?,
        root: root(row, 15)?,
        is_shared: row.get(17)?,
        face: row.get(18)?,
        continues: root(row, 19)?,
    })
}

fn people(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<PublicKey>> {
    let keys: String = row.get(column)?;
    keys.split_whitespace()
        .map(|key| key.parse().map_err(|error| conversion(column, error)))
        .collect()
}

fn root(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Hash>> {
    let bytes: Option<[u8; 32]> = row.get(column)?;
    Ok(bytes.map(Hash))
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

fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
