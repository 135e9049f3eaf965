//! What programs see: the wire forms of conversations and messages.

use crate::model::{Hash, Uuid};
use crate::service::{ShownConversation, ShownMessage, ShownSource, ShownTag};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Conversation {
    /// Its id, for ever.
    #[schema(format = "uuid", example = "0011aabb-4455-8677-8899-aabbccddeeff")]
    id: String,
    /// Whose it is.
    #[schema(format = "uuid")]
    user_id: String,
    /// The project that it belongs to, if any.
    #[schema(format = "uuid")]
    master_project_id: Option<String>,
    /// Its title, if its user gave it one.
    title: Option<String>,
    /// What it is for, if its user said.
    intent_context: Option<String>,
    /// When it began.
    #[schema(format = "date-time")]
    created_at: String,
    /// When it was archived, if it is: then it can only be read.
    #[schema(format = "date-time")]
    archived_at: Option<String>,
    /// How many messages it has.
    message_count: usize,
    /// How many tokens these have: as recorded, or else a quarter of their bytes.
    total_tokens: usize,
    /// When the last one was said.
    #[schema(format = "date-time")]
    last_activity: Option<String>,
    /// The first 100 characters of the last one, then `...` if there are more.
    #[schema(max_length = 103)]
    preview: Option<String>,
}

impl Conversation {
    pub fn of(shown: ShownConversation) -> Self {
        Self {
            id: shown.id.to_string(),
            user_id: Uuid::of_key(&shown.owner).to_string(),
            master_project_id: shown.project.as_deref().and_then(project_id),
            title: shown.title,
            intent_context: shown.intent_context,
            created_at: shown.created_at,
            archived_at: shown.archived_at.map(|time| time.to_string()),
            message_count: shown.message_count,
            total_tokens: shown.total_tokens,
            last_activity: shown.last_activity.map(|time| time.to_string()),
            preview: shown.preview,
        }
    }
}

/// What programs call a project that a thread names; one that a person named in words has no id.
fn project_id(project: &str) -> Option<String> {
    let id: Hash = project.parse().ok()?;
    Some(Uuid::of(&id).to_string())
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Message {
    /// Its id, for ever.
    #[schema(format = "uuid")]
    id: String,
    /// The conversation that it stands in.
    #[schema(format = "uuid")]
    conversation_id: String,
    /// `user`, `ai` or `system`.
    #[schema(example = "user")]
    sender_type: &'static str,
    /// `{"text": …}` or `{"blocks": […]}`, as it came.
    #[schema(value_type = Content)]
    content: Value,
    /// What was asked for.
    intent: Option<String>,
    /// What kind of answer it is.
    response_type: Option<String>,
    /// The draft that it is, to be read, edited, accepted or discarded.
    #[schema(format = "uuid")]
    linked_draft_id: Option<String>,
    /// How many tokens it has: as recorded, or else a quarter of its bytes.
    token_count: usize,
    /// When it was said.
    #[schema(format = "date-time")]
    created_at: String,
    /// The `@tags` in it, and what each was resolved to.
    tags: Vec<Tag>,
    /// What its AI got to read from elsewhere.
    context: Vec<Source>,
    /// Whether it is an answer that is not whole.
    interrupted: bool,
    /// Whether its signature, and the conversation's, were checked and are good.
    verified: bool,
}

impl Message {
    pub fn of(conversation: &Uuid, shown: ShownMessage) -> Self {
        Self {
            id: shown.id.to_string(),
            conversation_id: conversation.to_string(),
            sender_type: shown.sender.as_str(),
            content: shown.content,
            intent: shown.intent,
            response_type: shown.response_type,
            linked_draft_id: shown.draft.map(|draft| Uuid::of(&draft).to_string()),
            token_count: shown.token_count,
            created_at: shown.created_at.to_string(),
            tags: shown.tags.into_iter().map(Tag::of).collect(),
            context: shown.context.into_iter().map(Source::of).collect(),
            interrupted: shown.is_interrupted,
            verified: shown.is_verified,
        }
    }
}

/// An `@tag` in a message, and what it stood for when that was said.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Tag {
    /// What stands behind the `@`.
    #[schema(example = "marketing-planning")]
    name: String,
    /// `resolved`, `ambiguous` or `unresolved`.
    #[schema(example = "resolved")]
    status: &'static str,
    /// What it stands for: `thread`, `tag`, `draft` or `project`; none of what is not resolved.
    #[schema(example = "thread")]
    kind: Option<&'static str>,
    /// How many threads it brings messages of.
    thread_count: usize,
    /// Those of them that are conversations; others were begun at the command line, say.
    #[schema(format = "uuid")]
    conversation_ids: Vec<String>,
    /// The draft.
    #[schema(format = "uuid")]
    draft_id: Option<String>,
    /// The project.
    #[schema(format = "uuid")]
    project_id: Option<String>,
    /// Of how many things it may be one, if it is ambiguous.
    candidates: Option<usize>,
}

impl Tag {
    pub fn of(shown: ShownTag) -> Self {
        Self {
            name: shown.name,
            status: shown.status,
            kind: shown.kind,
            thread_count: shown.thread_count,
            conversation_ids: shown.conversations.iter().map(Uuid::to_string).collect(),
            draft_id: written(shown.draft),
            project_id: written(shown.project),
            candidates: shown.candidates,
        }
    }
}

/// Something that an AI got to read from elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Source {
    /// `messages`, `draft`, `project`, `file` or `other`.
    #[schema(example = "messages")]
    r#type: &'static str,
    /// The conversation that has the messages, or in which the draft came up; none of another thread.
    #[schema(format = "uuid")]
    conversation_id: Option<String>,
    /// The first of the messages.
    #[schema(format = "uuid")]
    first_message_id: Option<String>,
    /// The last of the messages.
    #[schema(format = "uuid")]
    last_message_id: Option<String>,
    /// How many messages.
    count: Option<usize>,
    /// The draft.
    #[schema(format = "uuid")]
    draft_id: Option<String>,
    /// The project.
    #[schema(format = "uuid")]
    project_id: Option<String>,
    /// What a file is called.
    file_name: Option<String>,
}

impl Source {
    fn of(shown: ShownSource) -> Self {
        Self {
            r#type: shown.kind,
            conversation_id: written(shown.conversation),
            first_message_id: written(shown.first_message),
            last_message_id: written(shown.last_message),
            count: shown.count,
            draft_id: written(shown.draft),
            project_id: written(shown.project),
            file_name: shown.file,
        }
    }
}

pub(super) fn written(id: Option<Uuid>) -> Option<String> {
    id.map(|id| id.to_string())
}

/// What a message holds.
#[derive(Serialize, ToSchema)]
#[expect(
    dead_code,
    reason = "for the API's description; it is read by the domain"
)]
#[serde(untagged)]
pub(super) enum Content {
    /// A text.
    Text(TextContent),
    /// Blocks.
    Blocks(BlocksContent),
}

/// A text.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TextContent {
    /// The text: not all of it blank.
    #[schema(min_length = 1, pattern = r"[^\s\u0000-\u001f\u007f-\u009f]")]
    text: String,
}

/// Blocks.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BlocksContent {
    /// The blocks, in order.
    #[schema(min_items = 1)]
    blocks: Vec<Block>,
}

/// One block.
#[derive(Serialize, ToSchema)]
#[expect(
    dead_code,
    reason = "for the API's description; it is read by the domain"
)]
#[serde(untagged)]
pub(super) enum Block {
    /// A heading.
    Heading(HeadingBlock),
    /// A text or a list: a list has its items on lines of their own.
    Text(TextBlock),
    /// Code.
    Code(CodeBlock),
}

/// A heading.
#[derive(Serialize, ToSchema)]
pub(super) struct HeadingBlock {
    /// `heading`.
    #[schema(pattern = "^heading$")]
    r#type: String,
    /// What it says, on one line.
    #[schema(
        min_length = 1,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    content: String,
    /// How deep it stands.
    #[schema(minimum = 1, maximum = 6)]
    level: u8,
}

/// A text, or a list.
#[derive(Serialize, ToSchema)]
pub(super) struct TextBlock {
    /// `text` or `list`.
    #[schema(pattern = "^(text|list)$")]
    r#type: String,
    /// What it says.
    #[schema(min_length = 1, pattern = r"[^\s\u0000-\u001f\u007f-\u009f]")]
    content: String,
}

/// Code.
#[derive(Serialize, ToSchema)]
pub(super) struct CodeBlock {
    /// `code`.
    #[schema(pattern = "^code$")]
    r#type: String,
    /// The code.
    #[schema(min_length = 1, pattern = r"[^\s\u0000-\u001f\u007f-\u009f]")]
    content: String,
    /// In which language.
    #[schema(max_length = 50, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$")]
    language: Option<String>,
}
