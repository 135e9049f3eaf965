//! What the `@tags` of a message bring into the prompt: the end of each thread that they stand for,
//! the text of each draft, and what a project is called; bounded.

use super::drafts::{SeenDraft, open_drafts_of};
use super::{Scope, ServiceError, threads};
use crate::buffer::Work;
use crate::model::json::Value;
use crate::model::{Hash, Message, Thread};
use crate::prompt::{BroughtIn, BroughtSource, BroughtText};
use crate::workspace::{WorkError, Workspace};

/// So many messages of a thread are brought in at the most.
const MOST_MESSAGES: usize = 10;
/// All that is brought in with a message has so many bytes at the most.
const MOST_BYTES: usize = 32 << 10;

/// Something that a name brings in.
pub(super) struct Brought {
    /// The name.
    pub name: String,
    /// What it brings in is called so.
    pub title: String,
    /// How many messages the thread shows of which it brings some.
    pub count_of_all: Option<usize>,
    /// Whether a text is not all there.
    pub is_cut: bool,
    /// As it stands in the prompt.
    pub text: BroughtText,
}

/// What a message brings in, as its signed `tags` say. What its user may not see any more is left
/// out.
pub(super) fn brought_in(
    work: Work<'_>,
    conversation: &Thread,
    question: &Hash,
) -> Result<Vec<BroughtText>, ServiceError> {
    let mut newest_first = conversation.messages().iter().rev();
    let asked = newest_first.find(|message| message.id() == *question);
    let tags = asked.and_then(|asked| asked.field("tags"));
    let Some(tags) = tags else {
        return Ok(Vec::new());
    };
    let scope = Scope::of(conversation, None);
    let brought = brought_by(work.workspace, &scope, &tags)?;
    Ok(brought.into_iter().map(|one| one.text).collect())
}

/// The same, as tags say it that are not signed yet.
pub(super) fn brought_by(
    workspace: &Workspace,
    scope: &Scope,
    tags: &Value,
) -> Result<Vec<Brought>, ServiceError> {
    let (named, drafts) = (threads_named(tags), named_by(tags, "draft"));
    let share = MOST_BYTES / (named.len() + drafts.len()).max(1);
    let mut brought = projects_brought(workspace, scope, tags)?;
    for (name, root) in named {
        if let Some(thread) = visible(workspace, scope, &root)? {
            brought.extend(ending(name, &thread, share));
        }
    }
    if !drafts.is_empty() {
        let known = open_drafts_of(workspace, scope.project())?;
        for (name, id) in drafts {
            let draft = known.drafts.iter().find(|draft| draft.kept().id == id);
            brought.extend(draft.map(|draft| text_of(name, draft, share)));
        }
    }
    Ok(brought)
}

/// The conversation's project, where a message names it.
fn projects_brought(
    workspace: &Workspace,
    scope: &Scope,
    tags: &Value,
) -> Result<Vec<Brought>, ServiceError> {
    let mut brought = Vec::new();
    for (name, id) in named_by(tags, "project") {
        if scope.project_id() != Some(id) {
            continue;
        }
        let project = workspace.projects().with_id(&workspace.owner()?, &id)?;
        brought.extend(project.map(|project| Brought {
            text: BroughtText {
                text: format!(
                    "@{name} stands for the project \u{201c}{}\u{201d}.",
                    project.name
                ),
                source: BroughtSource::Project(id),
            },
            name,
            title: project.name.clone(),
            count_of_all: None,
            is_cut: false,
        }));
    }
    Ok(brought)
}

/// What signed tags name in a field, each once, and under which name.
fn named_by(tags: &Value, field: &str) -> Vec<(String, Hash)> {
    let mut named: Vec<(String, Hash)> = Vec::new();
    for tag in tags.as_array().into_iter().flatten() {
        let name = tag.get("name").and_then(Value::as_str).unwrap_or_default();
        let id = tag.get(field).and_then(Value::as_str);
        let id = id.and_then(|id| id.parse::<Hash>().ok());
        let id = id.filter(|id| named.iter().all(|(_, known)| known != id));
        named.extend(id.map(|id| (name.to_owned(), id)));
    }
    named
}

/// The beginning of a draft, within so many bytes.
fn text_of(name: String, draft: &SeenDraft, bytes: usize) -> Brought {
    let whole = draft.text();
    let (text, cut) = (beginning(&whole, bytes), note_of_cut(&whole, bytes));
    let state = draft.kept().state;
    Brought {
        title: draft.first_line(),
        count_of_all: None,
        is_cut: whole.len() > bytes,
        text: BroughtText {
            text: format!("@{name} stands for a draft, {state}{cut}:\n\n{text}\n"),
            source: BroughtSource::Draft {
                draft: draft.kept().id,
                thread: draft.thread(),
                message: draft.kept().message,
            },
        },
        name,
    }
}

/// How a text begins, within so many bytes.
fn beginning(text: &str, bytes: usize) -> &str {
    let mut ends = (0..=bytes.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

/// Says of a text that it is not all there.
fn note_of_cut(text: &str, bytes: usize) -> &'static str {
    match text.len() > bytes {
        true => " (only how it begins)",
        false => "",
    }
}

/// The threads that signed tags name, each once, and under which name.
fn threads_named(tags: &Value) -> Vec<(String, Hash)> {
    let mut named: Vec<(String, Hash)> = Vec::new();
    for tag in tags.as_array().into_iter().flatten() {
        let name = tag.get("name").and_then(Value::as_str).unwrap_or_default();
        let threads = tag.get("threads").and_then(Value::as_array);
        for root in threads.into_iter().flatten() {
            let root = root.as_str().and_then(|root| root.parse::<Hash>().ok());
            let root = root.filter(|root| named.iter().all(|(_, known)| known != root));
            named.extend(root.map(|root| (name.to_owned(), root)));
        }
    }
    named
}

/// A thread of the user's own, open, true, and of the conversation's project.
fn visible(
    workspace: &Workspace,
    scope: &Scope,
    root: &Hash,
) -> Result<Option<Thread>, ServiceError> {
    let thread = match threads::own(workspace, root) {
        Ok(thread) => thread,
        Err(ServiceError::Refused(_)) => return Ok(None),
        Err(ServiceError::Work(WorkError::Ambiguous { .. })) => return Ok(None),
        Err(error) => return Err(error),
    };
    let is_visible = !thread.is_sealed() && thread.project() == scope.project();
    Ok(is_visible.then_some(thread))
}

/// The last messages of a thread, within so many bytes; of the very last at least how it begins.
fn ending(name: String, thread: &Thread, bytes: usize) -> Option<Brought> {
    let visible = thread.visible();
    let mut kept: Vec<&Message> = Vec::new();
    let mut room = bytes;
    for message in visible.iter().rev().take(MOST_MESSAGES) {
        let length = message.text().len();
        if length > room && !kept.is_empty() {
            break;
        }
        room = room.saturating_sub(length);
        kept.push(message);
    }
    kept.reverse();
    let (first, last) = (kept.first()?, kept.last()?);
    let title = thread.title().replace(char::is_control, " ");
    let mut text = format!(
        "@{name} stands for the conversation \u{201c}{title}\u{201d}. Its last {} of {} messages:\n",
        kept.len(),
        visible.len()
    );
    for message in &kept {
        let (role, whole) = (message.role().as_str(), message.text());
        let (said, cut) = (beginning(&whole, bytes), note_of_cut(&whole, bytes));
        text.push_str(&format!("\n{role}{cut}: {said}\n"));
    }
    let source = BroughtSource::Messages(BroughtIn {
        thread: thread.root(),
        first: first.id(),
        last: last.id(),
        count: kept.len(),
    });
    Some(Brought {
        name,
        title,
        count_of_all: Some(visible.len()),
        is_cut: kept.iter().any(|message| message.text().len() > bytes),
        text: BroughtText { text, source },
    })
}
