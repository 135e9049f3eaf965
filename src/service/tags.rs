//! The `@tags` in a message, and what each stands for when it is said.
//!
//! A name stands for a thread of the user's own by its title or id, for a tag of such threads, or for
//! a draft by its first line or id; all of them of the conversation's own project, or of none where
//! it has none; or for that project. What its user may not see, what is sealed and what there is not
//! are the same: unresolved.

use super::drafts::{SeenDraft, SeenDrafts, open_drafts_of};
use super::{Scope, ServiceError, threads};
use crate::index::{Filter, Summary, fold};
use crate::model::json::Value;
use crate::model::{Hash, Uuid};
use crate::workspace::{Reach, Workspace};
use serde_json::json;

/// So many names may stand in a message.
pub const MOST_TAGS: usize = 5;
/// So many threads are looked at for those that a tag, or a project, brings in.
const MOST_CANDIDATES: usize = 50;
/// So many threads a tag brings in, the last changed ones.
const MOST_OF_TAG: usize = 3;

/// A name, and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The name, as it was written.
    pub name: String,
    /// What it stands for.
    pub resolution: Resolution,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// One thread.
    Thread(Hash),
    /// A tag, and the threads that it brings in.
    Label(Vec<Hash>),
    /// One draft.
    Draft(Hash),
    /// The conversation's project, and the threads of it that it brings in.
    Project {
        /// Its id.
        id: Hash,
        /// The last changed ones.
        threads: Vec<Hash>,
    },
    /// It may be one of so many.
    Ambiguous(usize),
    /// Nothing that its user may see.
    Unresolved,
}

impl Tag {
    /// As the message is signed with it.
    pub fn to_value(&self) -> Value {
        let mut value = json!({ "name": self.name });
        let (status, kind) = match &self.resolution {
            Resolution::Thread(_) => ("resolved", Some("thread")),
            Resolution::Label(_) => ("resolved", Some("tag")),
            Resolution::Draft(_) => ("resolved", Some("draft")),
            Resolution::Project { .. } => ("resolved", Some("project")),
            Resolution::Ambiguous(_) => ("ambiguous", None),
            Resolution::Unresolved => ("unresolved", None),
        };
        value["status"] = status.into();
        if let Some(kind) = kind {
            value["kind"] = kind.into();
        }
        match &self.resolution {
            Resolution::Thread(root) => value["threads"] = json!([root.to_string()]),
            Resolution::Label(roots) => value["threads"] = texts(roots),
            Resolution::Draft(id) => value["draft"] = id.to_string().into(),
            Resolution::Project { id, threads } => {
                value["project"] = id.to_string().into();
                value["threads"] = texts(threads);
            }
            Resolution::Ambiguous(count) => value["candidates"] = (*count).into(),
            Resolution::Unresolved => {}
        }
        value
    }
}

fn texts(hashes: &[Hash]) -> Value {
    hashes.iter().map(Hash::to_string).collect()
}

/// What each name stands for, now.
pub(super) fn resolve(
    workspace: &Workspace,
    scope: &Scope,
    names: &[String],
) -> Result<Vec<Tag>, ServiceError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let is_page = scope.embedder.is_some();
    let drafts = match is_page {
        true => SeenDrafts::default(),
        false => open_drafts_of(workspace, scope.project())?,
    };
    let mut tags = Vec::with_capacity(names.len());
    for name in names {
        let mut candidates = candidates(workspace, scope, name)?;
        candidates.extend(drafts_called(&drafts.drafts, name));
        if !is_page {
            candidates.extend(project_called(workspace, scope, name)?);
        }
        tags.push(Tag {
            name: name.clone(),
            resolution: match candidates.len() {
                0 => Resolution::Unresolved,
                1 => candidates.remove(0),
                count => Resolution::Ambiguous(count),
            },
        });
    }
    Ok(tags)
}

fn drafts_called(drafts: &[SeenDraft], name: &str) -> Vec<Resolution> {
    let called_so = |draft: &&SeenDraft| {
        let id = draft.kept().id;
        id.to_string() == name
            || draft.id().to_string() == name
            || is_called(&draft.first_line(), name)
    };
    let called = drafts.iter().filter(called_so);
    called
        .map(|draft| Resolution::Draft(draft.kept().id))
        .collect()
}

/// The conversation's own project, if it is called so. Of another project nothing is brought in.
fn project_called(
    workspace: &Workspace,
    scope: &Scope,
    name: &str,
) -> Result<Option<Resolution>, ServiceError> {
    let Some(id) = scope.project_id() else {
        return Ok(None);
    };
    let owner = workspace.owner()?;
    let project = workspace.projects().with_id(&owner, &id)?;
    let called_so = |name_of: &str| {
        is_called(name_of, name) || id.to_string() == name || Uuid::of(&id).to_string() == name
    };
    if !project.is_some_and(|project| called_so(&project.name)) {
        return Ok(None);
    }
    let newest = Filter {
        project: Some(id.to_string()),
        limit: Some(MOST_CANDIDATES),
        ..Filter::default()
    };
    let threads = visible(workspace, scope, newest)?;
    Ok(Some(Resolution::Project {
        id,
        threads: reached(workspace, scope, threads, MOST_OF_TAG)?,
    }))
}

/// The threads and the tag that have a name.
fn candidates(
    workspace: &Workspace,
    scope: &Scope,
    name: &str,
) -> Result<Vec<Resolution>, ServiceError> {
    let words = name.split(['-', '_']).filter(|word| !word.is_empty());
    let on_page = Filter {
        embedder: scope.embedder.clone(),
        ..Filter::default()
    };
    // Any number may have the words in their titles, and only one be called so.
    let by_title = Filter {
        parts: words.map(str::to_owned).collect(),
        ..on_page.clone()
    };
    let by_label = Filter {
        tags: vec![name.to_owned()],
        limit: Some(MOST_CANDIDATES),
        ..on_page.clone()
    };
    let mut titled: Vec<Summary> = visible(workspace, scope, by_title)?;
    titled.retain(|thread| thread.id == name || is_called(&thread.title, name));
    if let Ok(id) = name.parse::<Uuid>() {
        let by_id = Filter {
            conversation: Some(id),
            ..on_page
        };
        titled.extend(visible(workspace, scope, by_id)?);
    }
    let titled = reached(workspace, scope, titled, MOST_CANDIDATES)?.into_iter();
    let mut candidates: Vec<Resolution> = titled.map(Resolution::Thread).collect();
    let labelled = visible(workspace, scope, by_label)?;
    let labelled = reached(workspace, scope, labelled, MOST_OF_TAG)?;
    if !labelled.is_empty() {
        candidates.push(Resolution::Label(labelled));
    }
    Ok(candidates)
}

/// The roots of the first of these threads that are as the index says: of the conversation's project
/// and, if a page asks, of those that it reaches.
fn reached(
    workspace: &Workspace,
    scope: &Scope,
    threads: Vec<Summary>,
    most: usize,
) -> Result<Vec<Hash>, ServiceError> {
    let mut roots = Vec::new();
    for thread in threads {
        if roots.len() == most {
            break;
        }
        let reach = workspace.threads().reach(&thread)?;
        let is_reached = |reach: &Reach| {
            let mut page = scope.embedder.iter();
            reach.is_of_project(scope.project()) && page.all(|page| reach.is_reached_by(page))
        };
        roots.extend(reach.filter(is_reached).map(|reach| reach.root));
    }
    Ok(roots)
}

/// The threads that fit, are the user's own, of the conversation's project, and open; and not the
/// conversation itself.
fn visible(
    workspace: &Workspace,
    scope: &Scope,
    filter: Filter,
) -> Result<Vec<Summary>, ServiceError> {
    let mut threads = threads::open_within(workspace, scope.project(), filter)?;
    threads.retain(|thread| thread.root.is_none() || thread.root != scope.itself);
    Ok(threads)
}

/// Whether a name is what a title, or the like, is called. Which of the two signs a name may have
/// stand in it makes no difference.
fn is_called(title: &str, name: &str) -> bool {
    let name = as_name(name);
    !name.is_empty() && as_name(title) == name
}

/// What a draft is called: as its first line says.
pub(super) fn name_of(draft: &SeenDraft) -> String {
    as_name(&draft.first_line())
}

/// A title as a name can be written: spaces and all other signs in it are `-`.
pub(super) fn as_name(title: &str) -> String {
    let folded = fold(title);
    let words = folded.split(|sign: char| !sign.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_written_with_hyphens() {
        assert_eq!(as_name("Marketing  Planning!"), "marketing-planning");
        assert_eq!(as_name("q3_plan"), "q3-plan");
    }

    #[test]
    fn both_signs_of_a_name_are_one() {
        for name in ["q3_plan", "Q3-Plan", "q3-plan"] {
            assert!(is_called("Q3 plan!", name), "{name}");
        }
        assert!(is_called("chat_20250825_1234", "chat_20250825_1234"));
        assert!(!is_called("Q3 plan", "q3plan"));
        assert!(!is_called("!!!", "_"));
    }
}
