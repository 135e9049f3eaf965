//! What the `@tags` of a message stood for, and what its AI got to read, as programs see them: in the
//! record both name roots and hashes, here stand the ids that programs have for these.

use crate::model::json::Value;
use crate::model::{Hash, Message, Uuid};
use crate::workspace::Workspace;
use std::collections::HashMap;

const STATUSES: [&str; 3] = ["resolved", "ambiguous", "unresolved"];
const KINDS: [&str; 4] = ["thread", "tag", "draft", "project"];
const SOURCES: [&str; 4] = ["messages", "draft", "project", "file"];

/// What programs call the threads that messages name.
#[derive(Debug, Default)]
pub struct ThreadNames(HashMap<Hash, Option<Uuid>>);

impl ThreadNames {
    /// Those that these messages name.
    pub fn of<'m>(workspace: &Workspace, messages: impl IntoIterator<Item = &'m Message>) -> Self {
        let mut signed = Vec::new();
        for message in messages {
            for field in ["tags", "context"] {
                signed.extend(items(message.field(field)));
            }
        }
        Self::of_signed(workspace, &signed)
    }

    /// Those that stand in what a message is signed with.
    pub(super) fn of_signed<'s>(
        workspace: &Workspace,
        signed: impl IntoIterator<Item = &'s Value>,
    ) -> Self {
        let mut roots: Vec<Hash> = signed.into_iter().flat_map(roots_in).collect();
        roots.sort_unstable();
        roots.dedup();
        if roots.is_empty() {
            return Self::default();
        }
        let known = workspace.threads().conversations_named(&roots);
        Self(known.unwrap_or_default())
    }

    /// What the thread with a root is called; none that is no conversation, or is not here.
    pub(super) fn name(&self, root: &Hash) -> Option<Uuid> {
        self.0.get(root).copied().flatten()
    }
}

/// A name, and what it stood for when it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownTag {
    /// The name, as it was written.
    pub name: String,
    /// `resolved`, `ambiguous` or `unresolved`.
    pub status: &'static str,
    /// `thread`, `tag`, `draft` or `project`, of what is resolved.
    pub kind: Option<&'static str>,
    /// How many threads it brings in.
    pub thread_count: usize,
    /// Those of them that are conversations.
    pub conversations: Vec<Uuid>,
    /// The draft.
    pub draft: Option<Uuid>,
    /// The project.
    pub project: Option<Uuid>,
    /// How many things it may be one of, if it is ambiguous.
    pub candidates: Option<usize>,
}

impl ShownTag {
    /// As a message is signed with it.
    pub(super) fn of(signed: &Value, names: &ThreadNames) -> Self {
        let roots = roots_in(signed);
        let status = word(signed, "status", &STATUSES);
        Self {
            name: text(signed, "name").unwrap_or_default().to_owned(),
            status: status.unwrap_or("unresolved"),
            kind: word(signed, "kind", &KINDS),
            thread_count: roots.len(),
            conversations: roots.iter().filter_map(|root| names.name(root)).collect(),
            draft: id(signed, "draft"),
            project: id(signed, "project"),
            candidates: number(signed, "candidates"),
        }
    }
}

/// Something that an AI got to read from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSource {
    /// `messages`, `draft`, `project`, `file` or `other`.
    pub kind: &'static str,
    /// The conversation whose messages they are, or in which the draft came up; none of a thread that
    /// is no conversation.
    pub conversation: Option<Uuid>,
    /// The first of the messages.
    pub first_message: Option<Uuid>,
    /// The last of the messages.
    pub last_message: Option<Uuid>,
    /// How many messages.
    pub count: Option<usize>,
    /// The draft.
    pub draft: Option<Uuid>,
    /// The project.
    pub project: Option<Uuid>,
    /// What the file is called.
    pub file: Option<String>,
}

impl ShownSource {
    /// As an answer is signed with it.
    pub(super) fn of(signed: &Value, names: &ThreadNames) -> Self {
        let root = text(signed, "thread").and_then(|root| root.parse::<Hash>().ok());
        Self {
            kind: word(signed, "type", &SOURCES).unwrap_or("other"),
            conversation: root.and_then(|root| names.name(&root)),
            first_message: id(signed, "first"),
            last_message: id(signed, "last"),
            count: number(signed, "count"),
            draft: id(signed, "draft"),
            project: id(signed, "project"),
            file: text(signed, "name").map(str::to_owned),
        }
    }
}

/// What the names in a message stood for.
pub(super) fn tags_of(message: &Message, names: &ThreadNames) -> Vec<ShownTag> {
    let signed = items(message.field("tags"));
    signed.iter().map(|tag| ShownTag::of(tag, names)).collect()
}

/// What an answer's AI got to read from elsewhere.
pub(super) fn sources_of(message: &Message, names: &ThreadNames) -> Vec<ShownSource> {
    let signed = items(message.field("context"));
    let sources = signed.iter();
    sources.map(|one| ShownSource::of(one, names)).collect()
}

pub(super) fn items(field: Option<Value>) -> Vec<Value> {
    match field {
        Some(Value::Array(items)) => items,
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    }
}

fn roots_in(signed: &Value) -> Vec<Hash> {
    let threads = signed.get("threads").and_then(Value::as_array);
    let threads = threads.into_iter().flatten().chain(signed.get("thread"));
    let roots = threads.filter_map(|root| root.as_str()?.parse().ok());
    roots.collect()
}

fn text<'v>(signed: &'v Value, field: &str) -> Option<&'v str> {
    signed.get(field).and_then(Value::as_str)
}

/// One of the words that are known.
fn word(signed: &Value, field: &str, known: &[&'static str]) -> Option<&'static str> {
    let word = text(signed, field)?;
    known.iter().find(|known| **known == word).copied()
}

fn id(signed: &Value, field: &str) -> Option<Uuid> {
    let hash = text(signed, field)?.parse::<Hash>().ok()?;
    Some(Uuid::of(&hash))
}

fn number(signed: &Value, field: &str) -> Option<usize> {
    let number = signed.get(field)?.as_u64()?;
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_signed_is_read_as_it_may_be_and_never_as_more() {
        let (root, draft) = (Hash([1; 32]), Hash([2; 32]));
        let names = ThreadNames(HashMap::from([(root, None)]));
        let tag = json!({
            "name": "plan", "status": "bold", "kind": "spell", "candidates": -1,
            "threads": [root.to_string(), draft.to_string(), "x", 7], "draft": draft.to_string(),
        });
        let shown = ShownTag::of(&tag, &names);
        assert_eq!((shown.status, shown.kind), ("unresolved", None));
        assert_eq!((shown.candidates, shown.thread_count), (None, 2));
        // One is no conversation, and the other is not here.
        assert_eq!(shown.conversations, []);
        assert_eq!(shown.draft, Some(Uuid::of(&draft)));
        let source = json!({"type": "dream", "thread": root.to_string(), "count": 2});
        let shown = ShownSource::of(&source, &names);
        assert_eq!((shown.kind, shown.conversation), ("other", None));
        assert_eq!(shown.count, Some(2));
        for none in [json!(null), json!("x"), json!(7)] {
            assert_eq!(items(Some(none)), Vec::<Value>::new());
        }
        assert_eq!(items(Some(json!({"type": "file"}))).len(), 1);
    }
}
