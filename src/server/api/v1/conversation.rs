//! `/api/v1/conversations/{id}`: one conversation, what it is called, its context and its figures.

use super::conversations::read;
use super::once::named_once;
use super::refused::{not_found, of_told};
use super::seen::look;
use super::shown::{Conversation, Message};
use crate::buffer::IdempotencyMark;
use crate::model::{Hash, Uuid};
use crate::server::api::asked::Named;
use crate::server::app::App;
use crate::server::caller::{Caller, Speaker};
use crate::server::fault::Fault;
use crate::server::idempotency::IdempotencyKey;
use crate::server::service_faults::ServiceFault;
use crate::server::worker::ProfileWork;
use crate::service::{CONTEXT_MESSAGES, Changes, ServiceError};
use axum::Json;
use axum::body::Bytes;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show, change))
        .routes(routes!(context))
        .routes(routes!(analytics))
}

/// The conversation that an address names.
///
/// # Errors
/// It names none.
pub(super) fn named(id: &str) -> Result<Uuid, Fault> {
    id.parse().map_err(|_| not_found())
}

/// The conversation as it is now.
///
/// # Errors
/// If there is none, or it can't be read.
pub(super) async fn shown_now(speaker: &Speaker, id: Uuid) -> Result<Json<Conversation>, Fault> {
    let shown = look(speaker, id, |seen| seen.conversation()).await?;
    Ok(Json(Conversation::of(shown)))
}

/// Changes a conversation, once for a key. A repeat, too, shows it as it is now.
///
/// # Errors
/// If there is none, if the change is refused, or the key stands for another request.
pub(super) async fn changed_once(
    speaker: &Speaker,
    id: Uuid,
    mark: Option<IdempotencyMark>,
    change: impl FnOnce(&mut ProfileWork, Hash) -> Result<(), ServiceError> + Send + 'static,
) -> Result<Json<Conversation>, Fault> {
    let (changer, embedder) = (speaker.profile.clone(), speaker.embedder.clone());
    let changing = async move {
        let changed = changer.with_conversation(id, embedder, change).await?;
        changed.map_err(of_told)?;
        Ok(id.to_string())
    };
    named_once(&speaker.profile, mark, changing).await?;
    shown_now(speaker, id).await
}

/// Show a conversation
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}",
    tag = "service",
    params(("id" = String, Path, description = "The conversation's id", format = "uuid")),
    responses(
        (status = 200, description = "The conversation", body = Conversation),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault)
    )
)]
async fn show(speaker: Speaker, Named(id): Named<String>) -> Result<Json<Conversation>, Fault> {
    shown_now(&speaker, named(&id)?).await
}

/// What is to be changed of a conversation. What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConversationChanges {
    /// Its title; null takes it away
    #[serde(default, deserialize_with = "given")]
    #[schema(
        value_type = Option<String>,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    title: Option<Option<String>>,
    /// What it is for; null takes it away
    #[serde(default, deserialize_with = "given")]
    #[schema(
        value_type = Option<String>,
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*$"
    )]
    intent_context: Option<Option<String>>,
}

/// Null is told from what is left out.
fn given<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// Change what a conversation is called, or what it is for
///
/// Nothing of what was said changes. An archived one is restored first.
#[utoipa::path(
    patch,
    path = "/api/v1/conversations/{id}",
    tag = "service",
    params(("id" = String, Path, description = "The conversation's id", format = "uuid"), IdempotencyKey),
    request_body = ConversationChanges,
    responses(
        (status = 200, description = "The conversation as it is now", body = Conversation),
        (status = 400, description = "It is not accepted", body = ServiceFault),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault),
        (status = 409, description = "It is archived", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn change(
    speaker: Speaker,
    Named(name): Named<String>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Json<Conversation>, Fault> {
    let id = named(&name)?;
    let asked: ConversationChanges = read(&body)?;
    let path = format!("PATCH /api/v1/conversations/{id}");
    let mark = key.map(|key| key.of(speaker.embedder.as_ref()).mark(&path, &body));
    let changes = Changes {
        title: asked.title,
        intent_context: asked.intent_context,
    };
    let change =
        move |profile: &mut ProfileWork, root: Hash| profile.change_conversation(&root, &changes);
    changed_once(&speaker, id, mark, change).await
}

/// What an AI would get to read now.
#[derive(Debug, Serialize, ToSchema)]
struct Context {
    conversation: Conversation,
    /// The last 10 messages, oldest first.
    #[schema(max_items = 10)]
    recent_messages: Vec<Message>,
    /// How many messages there are in all.
    message_count: usize,
    /// How many tokens these have.
    total_tokens: usize,
}

/// Show a conversation with its last messages
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/context",
    tag = "service",
    params(("id" = String, Path, description = "The conversation's id", format = "uuid")),
    responses(
        (status = 200, description = "The conversation and its last messages", body = Context),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault)
    )
)]
async fn context(speaker: Speaker, Named(id): Named<String>) -> Result<Json<Context>, Fault> {
    let id = named(&id)?;
    let context = look(&speaker, id, move |seen| {
        let conversation = seen.conversation();
        let (message_count, total_tokens) = (conversation.message_count, conversation.total_tokens);
        let first = message_count.saturating_sub(CONTEXT_MESSAGES);
        let recent = seen.messages(first, message_count).into_iter();
        Context {
            recent_messages: recent.map(|message| Message::of(&id, message)).collect(),
            conversation: Conversation::of(conversation),
            message_count,
            total_tokens,
        }
    });
    Ok(Json(context.await?))
}

/// The figures of a conversation. Nothing else is counted.
#[derive(Debug, Serialize, ToSchema)]
struct ConversationAnalytics {
    /// The conversation.
    #[schema(format = "uuid")]
    conversation_id: String,
    /// How many messages it has.
    message_count: usize,
    /// How many tokens these have.
    total_tokens: usize,
    /// When the last one was said.
    #[schema(format = "date-time")]
    last_activity: Option<String>,
    /// How many of its answers are drafts.
    linked_drafts: usize,
}

/// Count what is in a conversation
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/analytics",
    tag = "service",
    params(("id" = String, Path, description = "The conversation's id", format = "uuid")),
    responses(
        (status = 200, description = "Its figures", body = ConversationAnalytics),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault)
    )
)]
async fn analytics(
    caller: Caller,
    Named(id): Named<String>,
) -> Result<Json<ConversationAnalytics>, Fault> {
    let id = named(&id)?;
    let shown = look(&caller.into(), id, |seen| seen.conversation()).await?;
    Ok(Json(ConversationAnalytics {
        conversation_id: id.to_string(),
        message_count: shown.message_count,
        total_tokens: shown.total_tokens,
        last_activity: shown.last_activity.map(|time| time.to_string()),
        linked_drafts: shown.drafts,
    }))
}
