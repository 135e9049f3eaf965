//! A message that is to be said in a conversation.

use super::Content;
use super::content::AS_GIVEN;
use super::tags::Tag;
use crate::buffer::IdempotencyMark;
use crate::model::json::{Map, Value};
use crate::model::{Embedder, Intent, Role};
use crate::turn::Saying;
use serde_json::json;

/// A message of a conversation's user, as a program gives it. What an AI or the service itself says
/// never comes this way.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMessage {
    /// What is said.
    pub content: Content,
    /// What it is meant for.
    pub intent: Option<Intent>,
    /// The page that says it for its user, if one does. It is signed with it.
    pub embedder: Option<Embedder>,
    /// By what a repeated request is known.
    pub idempotency: Option<IdempotencyMark>,
}

impl NewMessage {
    /// How many bytes are kept of it.
    pub fn bytes(&self) -> usize {
        self.content.bytes()
    }

    /// The message as it is said in its thread.
    pub(super) fn into_saying(self, tags: &[Tag]) -> Saying {
        let content = self.content.stored();
        Saying {
            role: Role::Human,
            content: self.content.as_text().to_owned(),
            structured: (!content.is_string()).then(|| content.clone()),
            agent: None,
            fields: self.fields(tags),
        }
    }

    /// What is signed besides.
    fn fields(&self, tags: &[Tag]) -> Map<String, Value> {
        let mut fields = Map::new();
        if !tags.is_empty() {
            fields.insert("tags".to_owned(), tags.iter().map(Tag::to_value).collect());
        }
        if let Some(intent) = &self.intent {
            fields.insert("intent".to_owned(), intent.as_str().into());
        }
        if let Some(embedder) = &self.embedder {
            fields.insert("web_origin".to_owned(), embedder.origin.as_str().into());
        }
        if let Some(given) = self.content.given() {
            fields.insert(AS_GIVEN.to_owned(), given.into());
        }
        if let Some(mark) = &self.idempotency {
            let (key, body) = (mark.key.to_string(), mark.body.to_string());
            fields.insert("idempotency".to_owned(), json!({"key": key, "body": body}));
        }
        fields
    }
}
