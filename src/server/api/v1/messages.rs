//! `/api/v1/conversations/{id}/messages`: what was said, and saying something. Nothing that was said
//! is ever changed or removed.

use super::conversation::named;
use super::conversations::read;
use super::refused::{of_append, of_content, of_intent};
use super::seen::look;
use super::shown::{Content as WireContent, Message};
use crate::model::Uuid;
use crate::server::api::asked::{Asked, Named, limit_of};
use crate::server::api::cursor;
use crate::server::app::App;
use crate::server::caller::Speaker;
use crate::server::fault::Fault;
use crate::server::idempotency::IdempotencyKey;
use crate::server::service_faults::ServiceFault;
use crate::service::{Content, NewMessage};
use axum::Json;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// So many messages come at once who asked for no number, and at the most.
const USUAL: usize = 50;
const MOST: usize = 200;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, say))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// How many at the most
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// Before the message with this id. Of one that is not there, the last page comes
    before: Option<String>,
    /// Where the page of later messages began: its `earlier`
    cursor: Option<String>,
}

/// Some of a conversation's messages.
#[derive(Debug, Serialize, ToSchema)]
struct MessagePage {
    /// The messages, oldest first.
    messages: Vec<Message>,
    /// How many there are in all.
    message_count: usize,
    /// The cursor of the page of earlier messages; none on the first.
    earlier: Option<String>,
}

/// List a conversation's messages, the last page first
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/messages",
    tag = "service",
    params(("id" = String, Path, description = "The conversation's id", format = "uuid"), PageQuery),
    responses(
        (status = 200, description = "A page of messages", body = MessagePage),
        (status = 400, description = "The query can't be meant", body = ServiceFault),
        (status = 404, description = "There is no such conversation, or no page at this cursor", body = ServiceFault)
    )
)]
async fn list(
    speaker: Speaker,
    Named(id): Named<String>,
    Asked(asked): Asked<PageQuery>,
) -> Result<Json<MessagePage>, Fault> {
    let id = named(&id)?;
    let limit = limit_of(asked.limit, USUAL, MOST)?;
    let before = Before::read(&asked)?;
    let page = look(&speaker, id, move |seen| {
        let names = seen.names();
        let end = before.place(&names);
        let start = seen.start_of_page(end, limit);
        let messages = seen.messages(start, end).into_iter();
        MessagePage {
            messages: messages.map(|message| Message::of(&id, message)).collect(),
            message_count: names.len(),
            earlier: (start > 0).then(|| cursor::of_message(&names[start], start)),
        }
    });
    Ok(Json(page.await?))
}

/// Before which message a page ends.
#[derive(Debug, Clone)]
struct Before {
    message: Option<Uuid>,
    /// Where that stood among all.
    place: Option<usize>,
}

impl Before {
    fn read(asked: &PageQuery) -> Result<Self, Fault> {
        if let Some(cursor) = &asked.cursor {
            let (message, place) = cursor::message_place(cursor)?;
            return Ok(Self {
                message: Some(message),
                place: Some(place),
            });
        }
        Ok(Self {
            // What is no id names no message that is there.
            message: asked.before.as_ref().and_then(|before| before.parse().ok()),
            place: None,
        })
    }

    /// Where a page ends among messages: at that one or, where it is not there, where it stood.
    fn place(&self, names: &[Uuid]) -> usize {
        let found = names.iter().position(|name| Some(*name) == self.message);
        let near = self.place.unwrap_or(names.len()).min(names.len());
        found.unwrap_or(near)
    }
}

/// A message of the user's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMessageBody {
    /// What is said: `{"text": …}` or `{"blocks": […]}`
    #[schema(value_type = WireContent)]
    content: Value,
    /// What is asked for, in `snake_case`. What begins with `draft_` makes the reply a draft
    #[serde(default)]
    #[schema(
        max_length = 64,
        pattern = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$",
        example = "draft_task_list"
    )]
    intent: Option<String>,
    /// Whether an AI is to answer
    #[serde(default)]
    reply: bool,
    /// Who speaks. Only `user` is accepted: what `ai` and `system` say is the server's to write
    #[serde(default)]
    #[schema(pattern = "^user$", example = "user")]
    sender_type: Option<String>,
}

/// A message that was said, and the reply to it.
#[derive(Debug, Serialize, ToSchema)]
struct SaidAnswer {
    #[serde(flatten)]
    message: Message,
    /// The name of the reply, if one was asked for: `…/replies/{reply_id}/events` follows it.
    reply_id: Option<String>,
}

/// Say something
///
/// It is signed and on disk when the answer comes, also where no AI ever replies. The last 10
/// messages are sent to the AI, and what its `@tags` bring in; nothing else.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/messages",
    tag = "service",
    params(("id" = String, Path, description = "The conversation's id", format = "uuid"), IdempotencyKey),
    request_body = NewMessageBody,
    responses(
        (status = 201, description = "It is on disk", body = SaidAnswer),
        (status = 400, description = "It is not accepted", body = ServiceFault),
        (status = 403, description = "Only the server says that", body = ServiceFault),
        (status = 404, description = "There is no such conversation, or it is not the user's", body = ServiceFault),
        (status = 409, description = "It is archived, or too many messages wait for an answer", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn say(
    speaker: Speaker,
    Named(name): Named<String>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Response, Fault> {
    let id = named(&name)?;
    let asked: NewMessageBody = read(&body)?;
    check_sender(asked.sender_type.as_deref())?;
    let intent = asked.intent.map(|intent| intent.parse());
    let path = format!("/api/v1/conversations/{id}/messages");
    let embedder = speaker.embedder.as_ref();
    let message = NewMessage {
        content: Content::read(&asked.content).map_err(of_content)?,
        intent: intent.transpose().map_err(of_intent)?,
        idempotency: key.map(|key| key.of(embedder).mark(&path, &body)),
        embedder: speaker.embedder.clone(),
    };
    let said = speaker.profile.say(id, message, asked.reply).await;
    let said = said.map_err(of_append)?;
    let answer = SaidAnswer {
        message: Message::of(&id, said.message),
        reply_id: said.reply.map(|reply| reply.name.to_string()),
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

fn check_sender(sender: Option<&str>) -> Result<(), Fault> {
    match sender {
        None | Some("user") => Ok(()),
        Some("ai" | "system") => {
            let error = "Only the server writes messages of ai and system";
            Err(Fault::new(StatusCode::FORBIDDEN, error).coded("sender_not_allowed"))
        }
        Some(_) => {
            let error = "Invalid sender_type. Must be user, ai or system";
            Err(Fault::bad_request(error).coded("invalid_sender"))
        }
    }
}
