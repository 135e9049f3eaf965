//! Which threads a list shows, and in what order.

use super::fold::fold;
use rusqlite::types::Value;

/// What is asked of the threads of a list; by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Each of these tags; case and accents make no difference.
    pub tags: Vec<String>,
    /// This project.
    pub project: Option<String>,
    /// This mode.
    pub mode: Option<String>,
    /// Archived or not.
    pub is_archived: Option<bool>,
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
    pub continuable_by: Option<crate::model::PublicKey>,
    /// The order.
    pub sort: Sort,
    /// How many at the most.
    pub limit: Option<usize>,
}

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
            Sort::Updated => "updated_at DESC, id DESC, path DESC, owner",
            Sort::Created => "created_at DESC, id DESC, path DESC, owner",
            Sort::Title => "folded, updated_at DESC, id DESC, path DESC, owner",
            Sort::Messages => "messages DESC, updated_at DESC, id DESC, path DESC, owner",
        }
    }
}

/// Conditions of an SQL query, and the values in them.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    terms: Vec<String>,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition whose value is written `?`.
    pub(super) fn add(&mut self, sql: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.terms
            .push(sql.replace('?', &format!("?{}", self.values.len())));
    }

    /// Adds a condition without a value.
    pub(super) fn add_plain(&mut self, sql: String) {
        self.terms.push(sql);
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

    pub(super) fn conditions(&self) -> Conditions {
        let mut all = Conditions::default();
        for tag in &self.tags {
            all.add(
                "thread.key IN (SELECT thread FROM tag WHERE folded = ?)",
                fold(tag),
            );
        }
        if let Some(project) = &self.project {
            all.add("project = ?", project.clone());
        }
        if let Some(mode) = &self.mode {
            all.add("mode = ?", mode.clone());
        }
        if let Some(is_archived) = self.is_archived {
            all.add("archived = ?", is_archived);
        }
        if let Some(author) = &self.author {
            all.add("instr(author, ?) = 1", author.to_lowercase());
        }
        if let Some(since) = self.since {
            all.add("updated >= ?", since);
        }
        if let Some(until) = self.until {
            all.add("updated <= ?", until);
        }
        if let Some(model) = &self.model {
            let sql = "EXISTS (SELECT 1 FROM model WHERE model.thread = thread.key AND instr(lower(name), ?))";
            all.add(sql, model.to_ascii_lowercase());
        }
        if let Some(title) = &self.title {
            // An index holds all titles, close together; the threads themselves are far apart.
            all.add(
                "thread.key IN (SELECT key FROM thread WHERE instr(folded, ?))",
                fold(title),
            );
        }
        for part in &self.parts {
            let sql =
                "thread.key IN (SELECT key FROM thread WHERE instr(folded, ?) OR instr(name, ?)
                       UNION SELECT thread FROM tag WHERE folded = ?)";
            all.add(sql, fold(part));
        }
        if let Some(name) = &self.name {
            all.add("instr(name, ?) = 1", name.clone());
        }
        if let Some(owner) = &self.continuable_by {
            all.add(
                "branch = (SELECT key FROM branch WHERE owner = ?)",
                owner.to_string(),
            );
            all.add_plain("archived = 0 AND legacy = 0".to_owned());
        }
        all
    }
}
