//! Threads at a glance.

use super::indexing::{Needs, read_texts};
use super::{Acquaintances, ProjectNames, Threads, WorkError, sealed_search};
use crate::index::{Filter, Hits, MessagePlace, Query, Summary, UnreadText};
use crate::model::{Hash, PublicKey};
use crate::seal::Opener;
use crate::store::{OpenSession, Trouble};
use std::collections::BTreeSet;
use std::mem;

/// A list of threads, and what could not be read.
#[derive(Debug, Default)]
pub struct ThreadList {
    /// The threads, as many as were asked for.
    pub threads: Vec<Summary>,
    /// How many fit what was asked for.
    pub total: usize,
    /// What is there and is no thread.
    pub troubles: Vec<Trouble>,
    /// What their projects are called, where that was asked for.
    pub projects: ProjectNames,
    /// What the people are called who share one of them.
    pub people: Acquaintances,
    /// Sessions that go on in other processes. One whose thread is not saved yet is here and
    /// nowhere else.
    pub open: Vec<OpenSession>,
}

/// What a search found, and what could not be read.
#[derive(Debug, Default)]
pub struct SearchResult {
    /// The hits, as many as were asked for.
    pub hits: Hits,
    /// What is there and is no thread.
    pub troubles: Vec<Trouble>,
    /// How many sealed threads were not searched, since they were not opened.
    pub not_opened: usize,
}

impl ThreadList {
    /// The sessions whose threads are not saved yet.
    pub fn unsaved(&self) -> impl Iterator<Item = &OpenSession> {
        self.open.iter().filter(|open| !open.is_saved)
    }

    /// Whether another process holds a session of a thread open.
    pub fn is_open(&self, thread: &Summary) -> bool {
        self.open
            .iter()
            .any(|open| open.author == thread.owner && open.id.to_string() == thread.id)
    }
}

impl Threads<'_> {
    /// The threads that fit, newest first. One that can't be read is named among the troubles whatever
    /// the filter, and hides no other.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn list(&self, filter: &Filter) -> Result<ThreadList, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(ThreadList::default());
        };
        let successions = self.workspace.own_successions(&store)?;
        // What copies have is told by their messages.
        let needs = if successions.is_empty() {
            Needs::Lists
        } else {
            Needs::Text
        };
        let of_newest = Filter {
            successions,
            ..filter.clone()
        };
        let (listed, troubles) = self.workspace.with_index(&store, needs, &|index| {
            Ok((index.list(&of_newest)?, index.troubles()?))
        })?;
        let mut troubles = as_troubles(troubles);
        let others = store.open_sessions()?;
        let mut open = others.sessions;
        open.retain(|open| open.is_saved || filter.fits_unsaved(&open.title, &open.id.to_string()));
        troubles.extend(others.troubles);
        let sharing = listed.threads.iter().filter_map(Summary::people);
        let sharing: BTreeSet<PublicKey> = sharing.flatten().collect();
        let people = if sharing.is_empty() {
            Acquaintances::default()
        } else {
            self.workspace.acquaintances(sharing)
        };
        Ok(ThreadList {
            projects: ProjectNames::default(),
            people,
            threads: listed.threads,
            total: listed.total,
            troubles,
            open,
        })
    }

    /// What is on the branch of one owner and is no thread.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn troubles_of(&self, owner: &PublicKey) -> Result<Vec<Trouble>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(Vec::new());
        };
        let needs = Needs::Lists;
        let troubles = self
            .workspace
            .with_index(&store, needs, &|index| index.troubles_of(owner));
        Ok(as_troubles(troubles?))
    }

    /// Searches all titles and messages but those that are sealed, best first. What could not be
    /// read is named whatever the query: something may stand there that would have been found.
    ///
    /// # Errors
    /// The repository or the index can't be read.
    pub fn search(&self, query: &Query, limit: usize) -> Result<SearchResult, WorkError> {
        self.search_as(None, query, limit)
    }

    /// The same, and in what this reader can open of the sealed threads.
    ///
    /// # Errors
    /// Those of [`Threads::search`].
    pub fn search_as(
        &self,
        reader: Option<&Opener>,
        query: &Query,
        limit: usize,
    ) -> Result<SearchResult, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(SearchResult::default());
        };
        let read = |kept_at: &[u8]| read_texts(&store, kept_at);
        let (mut hits, troubles, sealed) =
            self.workspace.with_index(&store, Needs::Text, &|index| {
                let hits = index.search(query, limit, &read)?;
                let troubles = match &query.owner {
                    Some(owner) => index.troubles_of(owner)?,
                    None => index.troubles()?,
                };
                Ok((hits, troubles, index.sealed_threads()?))
            })?;
        let mut sealed = sealed;
        sealed.retain(|place| query.owner.is_none_or(|owner| place.owner == owner));
        let mut troubles = as_troubles(troubles);
        let mut not_opened = sealed.len();
        if let Some(reader) = reader {
            not_opened = 0;
            let found = sealed_search::search(self, &store, &sealed, reader, query, limit)?;
            troubles.extend(found.troubles);
            hits = hits.joined(found.hits, query, limit);
        }
        for UnreadText { place, why } in mem::take(&mut hits.unread) {
            troubles.push(Trouble { place, why });
        }
        troubles.extend(store.open_sessions()?.troubles);
        Ok(SearchResult {
            hits,
            troubles,
            not_opened,
        })
    }

    /// The threads that have a message, and where in them it stands; newest first. They are told
    /// from the index, unverified, as lists are.
    ///
    /// # Errors
    /// The repository or the index can't be read.
    pub fn threads_with_message(&self, id: &Hash) -> Result<Vec<MessagePlace>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(Vec::new());
        };
        self.workspace
            .with_index(&store, Needs::Text, &|index| index.threads_with(id))
    }

    /// Names and titles of threads for completion in a shell: the newest whose name begins so. It
    /// must not take long, so what was never indexed comes without a title.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn names(&self, start: &str, limit: usize) -> Result<Vec<(String, String)>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(Vec::new());
        };
        let question = |index: &crate::index::Index| index.beginning_with(start, limit);
        if let Ok(Some(names)) = self.workspace.with_index_in_passing(&store, &question) {
            return Ok(names);
        }
        let entries = store.list()?.entries;
        let names = entries
            .iter()
            .map(|entry| crate::index::name_of(&entry.path));
        let names = names.filter(|name| name.starts_with(start)).take(limit);
        Ok(names.map(|name| (name.to_owned(), String::new())).collect())
    }

    /// Names and titles of the threads that an owner can go on with and that have a part in either,
    /// newest first, as far as they are known at once; for completion.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn continuable_in_passing(
        &self,
        owner: &PublicKey,
        part: &str,
        limit: usize,
    ) -> Result<Vec<(String, String)>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(Vec::new());
        };
        let named = |name: Option<String>, title: Option<String>| Filter {
            name,
            title,
            continuable_by: Some(*owner),
            limit: Some(limit),
            ..Filter::default()
        };
        let found = self.workspace.with_index_in_passing(&store, &|index| {
            let mut found = index.list(&named(None, Some(part.to_owned())))?.threads;
            if found.is_empty() {
                found = index.list(&named(Some(part.to_owned()), None))?.threads;
            }
            Ok(found)
        })?;
        let pair = |thread: Summary| (thread.name().to_owned(), thread.title);
        Ok(found.unwrap_or_default().into_iter().map(pair).collect())
    }
}

fn as_troubles(troubles: Vec<(String, String)>) -> Vec<Trouble> {
    let trouble = |(place, why)| Trouble { place, why };
    troubles.into_iter().map(trouble).collect()
}
