//! What programs see of a conversation and of its messages.

use super::PREVIEW_CHARACTERS;
use super::content::Content;
use super::shown_names::{ShownSource, ShownTag, ThreadNames, sources_of, tags_of};
use crate::index::{ConversationFacts, Summary};
use crate::model::json::Value;
use crate::model::{Hash, Intent, Message, PublicKey, Role, Thread, Timestamp, Uuid, draft_id};
use crate::turn::default_title;
use crate::workspace::{facts_of, token_count};

/// A conversation, as programs see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownConversation {
    /// Its name.
    pub id: Uuid,
    /// Whose it is.
    pub owner: PublicKey,
    /// The project that it belongs to, as the record names it.
    pub project: Option<String>,
    /// Its title; none while it has the record's usual one.
    pub title: Option<String>,
    /// What it is for.
    pub intent_context: Option<String>,
    /// When it began.
    pub created_at: String,
    /// When it was archived, if it is.
    pub archived_at: Option<Timestamp>,
    /// How many messages it shows.
    pub message_count: usize,
    /// How many tokens these have.
    pub total_tokens: usize,
    /// When the last of them was said.
    pub last_activity: Option<Timestamp>,
    /// How the last of them begins.
    pub preview: Option<String>,
    /// How many of its answers are drafts.
    pub drafts: usize,
}

impl ShownConversation {
    /// That of a thread, opened where it is sealed.
    pub fn of(thread: &Thread) -> Self {
        Self::told(thread, facts_of(thread), thread.visible().len())
    }

    /// That of a thread of which this is told, and which shows so many messages.
    pub fn told(thread: &Thread, facts: ConversationFacts, message_count: usize) -> Self {
        let title = thread.title().to_owned();
        let created_at = thread.created_at().to_string();
        Self {
            title: own_title(title, &created_at),
            owner: thread.author(),
            project: thread.project().map(str::to_owned),
            message_count,
            created_at,
            ..Self::of_facts(thread.author(), facts)
        }
    }

    /// That of the index.
    pub fn of_indexed(summary: Summary, facts: ConversationFacts) -> Self {
        Self {
            title: own_title(summary.title, &summary.created_at),
            project: summary.project,
            message_count: summary.messages,
            created_at: summary.created_at,
            ..Self::of_facts(summary.owner, facts)
        }
    }

    fn of_facts(owner: PublicKey, facts: ConversationFacts) -> Self {
        Self {
            id: facts.id,
            owner,
            project: None,
            title: None,
            intent_context: facts.intent_context,
            created_at: String::new(),
            archived_at: facts.archived_at,
            message_count: 0,
            total_tokens: facts.tokens,
            last_activity: facts.last_activity,
            preview: facts.ending.map(|ending| preview(&ending)),
            drafts: facts.drafts,
        }
    }
}

/// The title, if somebody gave one.
fn own_title(title: String, created_at: &str) -> Option<String> {
    let begun = Timestamp::read(created_at);
    let is_usual = begun.is_some_and(|begun| default_title(begun) == title);
    (!is_usual).then_some(title)
}

/// How a text begins, and that it goes on.
fn preview(text: &str) -> String {
    match text.char_indices().nth(PREVIEW_CHARACTERS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Who speaks, as programs see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The conversation's user.
    User,
    /// An AI.
    Ai,
    /// The service, or the user's instructions.
    System,
}

impl Sender {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Ai => "ai",
            Self::System => "system",
        }
    }
}

impl From<Role> for Sender {
    fn from(role: Role) -> Self {
        match role {
            Role::Human => Self::User,
            Role::System => Self::System,
            Role::Ai | Role::Reflection | Role::Dream | Role::Reasoning => Self::Ai,
        }
    }
}

/// A message, as programs see it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownMessage {
    /// Its name.
    pub id: Uuid,
    /// Who speaks.
    pub sender: Sender,
    /// What it holds: `{"text": …}` or `{"blocks": […]}`.
    pub content: Value,
    /// What was asked for.
    pub intent: Option<String>,
    /// What kind of answer it is.
    pub response_type: Option<String>,
    /// The draft that it is, if it is one.
    pub draft: Option<Hash>,
    /// How many tokens it has.
    pub token_count: usize,
    /// When it was said.
    pub created_at: Timestamp,
    /// The `@tags` in it, and what each was resolved to.
    pub tags: Vec<ShownTag>,
    /// What was brought in from elsewhere.
    pub context: Vec<ShownSource>,
    /// Whether it is not whole.
    pub is_interrupted: bool,
    /// Whether its signature, and the thread's, were checked and are good.
    pub is_verified: bool,
}

impl ShownMessage {
    /// A message that was checked, or was not.
    pub fn of(message: &Message, is_verified: bool, names: &ThreadNames) -> Self {
        let name = |field: &str| {
            let name = message.text_field(field)?;
            name.parse::<Intent>().ok().map(|name| name.to_string())
        };
        Self {
            id: Uuid::of(&message.id()),
            sender: message.role().into(),
            content: Content::of(message),
            intent: name("intent"),
            response_type: name("response_type"),
            draft: message.proposes_draft().then(|| draft_id(&message.id(), 0)),
            token_count: token_count(message),
            created_at: message.timestamp(),
            tags: tags_of(message, names),
            context: sources_of(message, names),
            is_interrupted: message.is_interrupted(),
            is_verified,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_a_hundred_characters_and_says_that_more_follows() {
        for sign in ["x", "\u{e9}", "日", "🦀"] {
            let whole = sign.repeat(PREVIEW_CHARACTERS);
            assert_eq!(preview(&whole), whole);
            let longer = sign.repeat(PREVIEW_CHARACTERS + 1);
            assert_eq!(preview(&longer), format!("{whole}..."));
        }
        assert_eq!(preview(""), "");
    }

    #[test]
    fn the_usual_title_is_none() {
        let begun = "2025-01-21T10:00:00.000Z";
        assert_eq!(own_title("chat_20250121_100000".to_owned(), begun), None);
        let other = "chat_20250121_100001".to_owned();
        assert_eq!(own_title(other.clone(), begun), Some(other));
    }
}
