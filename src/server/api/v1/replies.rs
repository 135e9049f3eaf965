//! `/api/v1/conversations/{id}/replies/{reply}`: following a reply, stopping it, asking again.

use super::conversation::named;
use super::refused::{not_found, of_told};
use crate::model::Uuid;
use crate::server::api::asked::Named;
use crate::server::api::persona_chat::{LastEventId, ReplyEvent, ask_again, events_of};
use crate::server::app::App;
use crate::server::caller::Speaker;
use crate::server::fault::Fault;
use crate::server::idempotency::{IdempotencyKey, NoKey};
use crate::server::replies::{ComingReply, ReplyName, ReplyState, Talk};
use crate::server::service_faults::ServiceFault;
use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(follow))
        .routes(routes!(stop))
        .routes(routes!(retry))
}

/// A reply that is asked for.
#[derive(Debug, Serialize, ToSchema)]
struct ReplyAnswer {
    /// The name of the reply.
    reply_id: String,
}

/// A reply that was stopped, or had ended.
#[derive(Debug, Serialize, ToSchema)]
struct StoppedReply {
    /// The name of the reply.
    reply_id: String,
    /// The message that was made of it, if anything had come.
    #[schema(format = "uuid")]
    message_id: Option<String>,
    /// Whether that is not whole.
    interrupted: bool,
}

/// The reply of a conversation that an address names.
pub(super) struct NamedReply {
    conversation: Uuid,
    name: ReplyName,
}

impl NamedReply {
    pub(super) fn read(conversation: &str, reply: &str) -> Result<Self, Fault> {
        Ok(Self {
            conversation: named(conversation)?,
            name: reply.parse().map_err(|_| no_reply())?,
        })
    }

    /// The reply, if it is one of that conversation.
    pub(super) async fn find(&self, speaker: &Speaker) -> Result<Arc<ComingReply>, Fault> {
        let name = self.name;
        let embedder = speaker.embedder.clone();
        let profile = &speaker.profile;
        let found = profile.with_conversation(self.conversation, embedder, move |profile, root| {
            let found = profile.find_reply(&name);
            let is_there = |reply: &Arc<ComingReply>| reply.talk == Talk::Conversation(root);
            Ok(found.map(|reply| reply.filter(is_there)))
        });
        found.await?.map_err(of_told)??.ok_or_else(no_reply)
    }
}

fn no_reply() -> Fault {
    not_found().hinted("It may be the reply's name that is wrong.")
}

/// Follow a reply
///
/// From the place that `Last-Event-ID` names, or from its beginning. A reply that has ended is given
/// as it is stored.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/replies/{reply_id}/events",
    tag = "service",
    params(
        ("id" = String, Path, description = "The conversation's id", format = "uuid"),
        ("reply_id" = String, Path, description = "The reply's name"),
        LastEventId
    ),
    responses(
        (status = 200, description = "The reply as it comes", body = ReplyEvent, content_type = "text/event-stream"),
        (status = 400, description = "Last-Event-ID is none", body = ServiceFault),
        (status = 404, description = "There is no such reply", body = ServiceFault)
    )
)]
async fn follow(
    speaker: Speaker,
    Named((id, reply)): Named<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let reply = NamedReply::read(&id, &reply)?.find(&speaker).await?;
    let known = LastEventId::of(&headers)?;
    Ok(events_of(&speaker.profile, reply, known))
}

/// Stop a reply
///
/// What came of it is kept, as an answer that is not whole. One that has ended stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/replies/{reply_id}/stop",
    tag = "service",
    params(
        ("id" = String, Path, description = "The conversation's id", format = "uuid"),
        ("reply_id" = String, Path, description = "The reply's name")
    ),
    responses(
        (status = 200, description = "It comes no longer", body = StoppedReply),
        (status = 400, description = "There is an Idempotency-Key", body = ServiceFault),
        (status = 404, description = "There is no such reply", body = ServiceFault)
    )
)]
async fn stop(
    speaker: Speaker,
    _: NoKey,
    Named((id, reply)): Named<(String, String)>,
    _: Bytes,
) -> Result<Json<StoppedReply>, Fault> {
    let named = NamedReply::read(&id, &reply)?;
    let known = named.find(&speaker).await?;
    let name = named.name;
    let stopped = speaker
        .profile
        .run(move |profile| profile.stop_reply(&name));
    let reply = stopped.await?.unwrap_or(known);
    let (message_id, interrupted) = match reply.state() {
        ReplyState::Answered(answer) => {
            let message = Uuid::of(&answer.message).to_string();
            (Some(message), answer.is_interrupted)
        }
        _ => (None, true),
    };
    Ok(Json(StoppedReply {
        reply_id: name.to_string(),
        message_id,
        interrupted,
    }))
}

/// Ask again
///
/// The newest question is asked again; its message is not stored twice. Its answer stays until there
/// is another, which takes its place.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/replies/{reply_id}/retry",
    tag = "service",
    params(
        ("id" = String, Path, description = "The conversation's id", format = "uuid"),
        ("reply_id" = String, Path, description = "The name of a reply to the question"),
        IdempotencyKey
    ),
    responses(
        (status = 201, description = "It is asked again", body = ReplyAnswer),
        (status = 400, description = "The key is none", body = ServiceFault),
        (status = 404, description = "There is no such reply", body = ServiceFault),
        (status = 409, description = "It is not the newest message, or the conversation is archived", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn retry(
    speaker: Speaker,
    Named((id, reply)): Named<(String, String)>,
    key: Option<IdempotencyKey>,
    _: Bytes,
) -> Result<Response, Fault> {
    let named = NamedReply::read(&id, &reply)?;
    named.find(&speaker).await?;
    let path = format!("/api/v1/conversations/{id}/replies/{reply}/retry");
    let mark = key.map(|key| key.of(speaker.embedder.as_ref()).mark(&path, &[]));
    let (profile, conversation, name) = (speaker.profile.clone(), named.conversation, named.name);
    let asking = async move {
        let open = profile.with_conversation(conversation, None, |profile, root| {
            profile.check_open(&root)
        });
        open.await?.map_err(of_told)?;
        let reply = ask_again(&profile, name).await?;
        Ok(reply.name.to_string())
    };
    let reply_id = super::once::named_once(&speaker.profile, mark, asking).await?;
    Ok((StatusCode::CREATED, Json(ReplyAnswer { reply_id })).into_response())
}
