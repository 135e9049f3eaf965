//! Which threads a list shows, and in what order.

use super::fold::fold;
use super::list::ListPlace;
use super::schema::LabelKind;
use super::succession::{KeySuccession, copied_threads};
use crate::model::{Embedder, Hash, PublicKey, Uuid};
use rusqlite::types::Value;

/// What is asked of the threads of a list; by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Each of these tags; case and accents make no difference.
    pub tags: Vec<String>,
    /// This project.
    pub project: Option<String>,
    /// Of just this project, or of none.
    pub just: Option<JustProject>,
    /// Of threads that belong to a project document, only those of these; no others are shut out.
    pub open_projects: Option<Vec<Hash>>,
    /// This mode.
    pub mode: Option<String>,
    /// Begun by this face.
    pub face: Option<String>,
    /// The conversation that programs call so.
    pub conversation: Option<Uuid>,
    /// Sealed or not.
    pub is_sealed: Option<bool>,
    /// Conversations that this page reaches.
    pub embedder: Option<Embedder>,
    /// Archived or not.
    pub is_archived: Option<bool>,
    /// On this owner's branch.
    pub owner: Option<PublicKey>,
    /// The beginning of the author's key.
    pub author: Option<String>,
    /// Changed at this time or later, in milliseconds since 1970.
    pub since: Option<i64>,
    /// Changed at this time or earlier.
    pub until: Option<i64>,
    /// A part of the name of a model that answered.
    pub model: Option<String>,
    /// A part of the title; case and accents make no difference.
    pub title: Option<String>,
    /// Each of these in the title, in the file's name, or as a tag; case and accents make no
    /// difference.
    pub parts: Vec<String>,
    /// The beginning of the name.
    pub name: Option<String>,
    /// Only those on this owner's branch that can be gone on with.
    pub continuable_by: Option<PublicKey>,
    /// Threads of these older keys give way to their copies.
    pub successions: Vec<KeySuccession>,
    /// The order.
    pub sort: Sort,
    /// After this place among the last changed; then they stand in that order.
    pub after: Option<ListPlace>,
    /// How many at the most.
    pub limit: Option<usize>,
}

/// What threads are of, and of nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JustProject(
    /// The project; without one, what is of none.
    pub Option<String>,
);

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The last changed first.
    #[default]
    Updated,
    /// The last begun first.
    Created,
    /// By title, from A.
    Title,
    /// The longest first.
    Messages,
}

impl Sort {
    pub(super) fn sql(self) -> &'static str {
        match self {
            Sort::Updated => NEWEST,
            Sort::Created => "created_at DESC, id DESC, path DESC, owner",
            Sort::Title => "folded, updated_at DESC, id DESC, path DESC, owner",
            Sort::Messages => "messages DESC, updated_at DESC, id DESC, path DESC, owner",
        }
    }

    /// The index that has the threads in this order.
    pub(super) fn index(self) -> &'static str {
        match self {
            Sort::Updated => "thread_newest",
            Sort::Created => "thread_created",
            Sort::Title => "thread_names",
            Sort::Messages => "thread_longest",
        }
    }
}

/// The newest first.
const NEWEST: &str = "updated_at DESC, id DESC, path DESC, owner";

/// Conditions of an SQL query, and the values in them.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    terms: Vec<String>,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    /// One of these threads.
    pub(super) fn keys(keys: &[i64]) -> Self {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let mut all = Self::default();
        all.add_plain(format!("thread.key IN ({})", keys.join(", ")));
        all
    }

    /// Adds a condition whose value is written `?`.
    pub(super) fn add(&mut self, sql: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.terms
            .push(sql.replace('?', &format!("?{}", self.values.len())));
    }

    /// Adds that what a column names is a thread that fits a filter.
    pub(super) fn add_thread_fits(&mut self, column: &str, filter: &Filter) {
        let mut of_thread = Self {
            terms: Vec::new(),
            values: std::mem::take(&mut self.values),
        };
        filter.add_to(&mut of_thread);
        let fitting = of_thread.sql();
        self.values = of_thread.values;
        let and = if fitting.is_empty() { "WHERE" } else { "AND" };
        // By its key, for each that is asked about: a set of all that fit takes longer to make than
        // most answers.
        self.add_plain(format!(
            "EXISTS (SELECT 1 FROM thread {fitting} {and} thread.key = {column})"
        ));
    }

    /// Adds a condition without a value.
    pub(super) fn add_plain(&mut self, sql: String) {
        self.terms.push(sql);
    }

    /// Puts in values, and gives what stands for them in a list.
    pub(super) fn bind_all(&mut self, values: &[String]) -> String {
        let mut marks = Vec::new();
        for value in values {
            self.values.push(value.clone().into());
            marks.push(format!("?{}", self.values.len()));
        }
        marks.join(", ")
    }

    pub(super) fn sql(&self) -> String {
        if self.terms.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", self.terms.join(" AND "))
        }
    }
}

impl Filter {
    /// Whether it lets every thread through.
    pub fn is_open(&self) -> bool {
        *self
            == Self {
                sort: self.sort,
                limit: self.limit,
                ..Self::default()
            }
    }

    /// Whether a thread fits of which there is nothing yet but a title and a name.
    pub fn fits_unsaved(&self, title: &str, name: &str) -> bool {
        let beside_words = Self {
            title: None,
            parts: Vec::new(),
            ..self.clone()
        };
        let title = fold(title);
        let has = |part: &String| title.contains(&fold(part)) || name.contains(part.as_str());
        beside_words.is_open() && self.title.iter().chain(&self.parts).all(has)
    }

    /// What is asked beside the label by which the threads are looked up, if they are.
    pub(super) fn conditions(&self, labels: &[Label]) -> Conditions {
        let mut all = Conditions::default();
        for label in labels {
            label.add_to(&mut all);
        }
        self.add_to(&mut all);
        all
    }

    /// What is asked beside labels.
    fn add_to(&self, all: &mut Conditions) {
        self.add_facets(all);
        for keys in &self.successions {
            let older = all.bind_all(&[keys.older.to_string()]);
            let newer = all.bind_all(&[keys.newer.to_string()]);
            let copied = copied_threads(&older, &newer);
            all.add_plain(format!("thread.key NOT IN ({copied})"));
        }
        if let Some(author) = &self.author {
            all.add("instr(thread.author, ?) = 1", author.to_lowercase());
        }
        if let Some(title) = &self.title {
            all.add("instr(thread.folded, ?)", fold(title));
        }
        for part in &self.parts {
            let sql = format!(
                "(instr(thread.folded, ?) OR instr(thread.name, ?) OR EXISTS
                     (SELECT 1 FROM label AS any WHERE any.thread = thread.key AND any.kind = {}
                      AND any.name = ?))",
                LabelKind::Tag as i64
            );
            all.add(&sql, fold(part));
        }
        if let Some(name) = &self.name {
            all.add("instr(thread.name, ?) = 1", name.clone());
        }
        if let Some(owner) = &self.continuable_by {
            all.add(
                "(thread.branch = (SELECT key FROM branch WHERE owner = ?)
                  OR instr(thread.people, ?))",
                owner.to_string(),
            );
            all.add_plain("thread.archived = 0 AND thread.legacy = 0".to_owned());
        }
    }

    fn add_facets(&self, all: &mut Conditions) {
        if let Some(project) = &self.project {
            all.add("thread.project = ?", project.clone());
        }
        if let Some(JustProject(project)) = &self.just {
            all.add("thread.project IS ?", project.clone());
        }
        if let Some(open) = &self.open_projects {
            let open: Vec<String> = open.iter().map(Hash::to_string).collect();
            let open = all.bind_all(&open);
            // Whatever is no id is a word of its owner's own.
            all.add_plain(format!(
                "(thread.project IS NULL OR length(thread.project) <> 64
                  OR thread.project GLOB '*[^0-9a-f]*' OR thread.project IN ({open}))"
            ));
        }
        if let Some(mode) = &self.mode {
            all.add("thread.mode = ?", mode.clone());
        }
        if let Some(face) = &self.face {
            all.add("thread.face = ?", face.clone());
        }
        if let Some(id) = &self.conversation {
            all.add(
                "thread.key IN (SELECT thread FROM conversation WHERE id = ?)",
                id.0.to_vec(),
            );
        }
        if let Some(is_sealed) = self.is_sealed {
            all.add("thread.sealed = ?", is_sealed);
        }
        if let Some(embedder) = &self.embedder {
            all.add(
                "thread.key IN (SELECT thread FROM conversation WHERE web_origin = ?)",
                embedder.origin.clone(),
            );
            all.add("thread.project IS ?", embedder.project.clone());
        }
        if let Some(owner) = &self.owner {
            all.add(
                "thread.branch = (SELECT key FROM branch WHERE owner = ?)",
                owner.to_string(),
            );
        }
        if let Some(is_archived) = self.is_archived {
            all.add("thread.archived = ?", is_archived);
        }
        if let Some(since) = self.since {
            all.add("thread.updated >= ?", since);
        }
        if let Some(until) = self.until {
            all.add("thread.updated <= ?", until);
        }
    }

    /// Whether nothing is asked beside labels.
    pub(super) fn is_labels_alone(&self) -> bool {
        let beside_labels = Self {
            tags: Vec::new(),
            model: None,
            ..self.clone()
        };
        beside_labels.is_open()
    }
}

/// A label that threads must have: one of several names of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) kind: LabelKind,
    pub(super) names: Vec<String>,
}

impl Label {
    fn add_to(&self, all: &mut Conditions) {
        let names = all.bind_all(&self.names);
        all.add_plain(format!(
            "EXISTS (SELECT 1 FROM label AS other WHERE other.thread = thread.key
                 AND other.kind = {} AND other.name IN ({names}))",
            self.kind as i64
        ));
    }
}
