//! Which `@tags` a message may have, for whoever writes one.

use super::drafts::open_drafts_of;
use super::tags::{as_name, name_of};
use super::{Scope, ServiceError, threads};
use crate::index::{Filter, Summary, fold};
use crate::model::{Embedder, Uuid};
use crate::workspace::{Reach, WorkError, Workspace};
use std::collections::BTreeSet;

/// So many of the last changed threads are looked at for their names, and so many names are given.
const MOST_LISTED: usize = 1_000;
const MOST_NAMES: usize = 20;

/// A name that a message may have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownName {
    /// What stands behind the `@`.
    pub name: String,
    /// `thread`, `tag`, `draft` or `project`.
    pub kind: &'static str,
    /// The thread's title, the tag, the draft's first line, or the project's name.
    pub title: String,
}

/// Names that a message may have.
#[derive(Debug, Default)]
pub struct KnownNames {
    /// The first ones.
    pub names: Vec<KnownName>,
    /// How many files can't be read, so that nobody knows what is called how in them.
    pub unreadable: usize,
}

/// The first names that begin so of what a message in a conversation may bring in: one of that
/// project, or of none.
///
/// # Errors
/// If there is no such project, or its user has no part in it; if they can't be read.
pub fn names_beginning_with(
    workspace: &Workspace,
    prefix: &str,
    project: Option<&Uuid>,
) -> Result<KnownNames, ServiceError> {
    let project = project.map(|name| super::project(workspace, name));
    let project = project.transpose()?;
    let within = project.as_ref().map(|project| project.id.to_string());
    let is_reached = |reach: &Reach| reach.is_of_project(within.as_deref());
    let threads = named_threads(workspace, within.as_deref(), None)?;
    let mut names = names_of(workspace, threads, prefix, &is_reached)?;
    let drafts = open_drafts_of(workspace, within.as_deref())?;
    for draft in &drafts.drafts {
        names.insert(known(name_of(draft), "draft", &draft.first_line()));
    }
    names.extend(project.map(|project| known(as_name(&project.name), "project", &project.name)));
    Ok(KnownNames {
        names: beginning_so(names, prefix),
        unreadable: drafts.unreadable,
    })
}

/// The same for a page of another site: of what it reaches, and nothing else.
///
/// # Errors
/// If its user has no part in its project any more; if that can't be read.
pub fn names_reached(
    workspace: &Workspace,
    embedder: &Embedder,
    prefix: &str,
) -> Result<KnownNames, ServiceError> {
    Scope::of_page(workspace, embedder.clone())?;
    let threads = named_threads(workspace, embedder.project.as_deref(), Some(embedder))?;
    let is_reached = |reach: &Reach| reach.is_reached_by(embedder);
    let names = names_of(workspace, threads, prefix, &is_reached)?;
    Ok(KnownNames {
        names: beginning_so(names, prefix),
        unreadable: workspace.threads().troubles_of(&workspace.owner()?)?.len(),
    })
}

/// The threads of a project, or of none, that may be named; those that a page reaches, if one asks.
fn named_threads(
    workspace: &Workspace,
    project: Option<&str>,
    embedder: Option<&Embedder>,
) -> Result<Vec<Summary>, ServiceError> {
    let filter = Filter {
        embedder: embedder.cloned(),
        limit: Some(MOST_LISTED),
        ..Filter::default()
    };
    threads::open_within(workspace, project, filter)
}

/// The first titles and tags that begin so, of the open threads that are reached.
fn names_of(
    workspace: &Workspace,
    threads: Vec<Summary>,
    prefix: &str,
    is_reached: &dyn Fn(&Reach) -> bool,
) -> Result<BTreeSet<KnownName>, WorkError> {
    let start = fold(prefix);
    let mut named: Vec<(KnownName, Summary)> = Vec::new();
    for thread in threads {
        let mut names = vec![known(as_name(&thread.title), "thread", &thread.title)];
        names.extend(thread.tags.iter().map(|tag| known(tag.clone(), "tag", tag)));
        names.retain(|one| begins_so(one, &start));
        named.extend(names.into_iter().map(|name| (name, thread.clone())));
    }
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut names = BTreeSet::new();
    for (name, thread) in named {
        if names.len() == MOST_NAMES {
            break;
        }
        if names.contains(&name) {
            continue;
        }
        let reach = workspace.threads().reach(&thread)?;
        if reach.as_ref().is_some_and(is_reached) {
            names.insert(name);
        }
    }
    Ok(names)
}

fn beginning_so(names: BTreeSet<KnownName>, prefix: &str) -> Vec<KnownName> {
    let start = fold(prefix);
    let mut fitting: Vec<KnownName> = names.into_iter().collect();
    fitting.retain(|one| begins_so(one, &start));
    fitting.truncate(MOST_NAMES);
    fitting
}

fn begins_so(name: &KnownName, start: &str) -> bool {
    !name.name.is_empty() && fold(&name.name).starts_with(start)
}

fn known(name: String, kind: &'static str, title: &str) -> KnownName {
    KnownName {
        name,
        kind,
        title: title.to_owned(),
    }
}
