//! `/api/v1/conversations/{id}/archive` and `/restore`. What is archived is never lost.
//!
//! A body says nothing here, and is read all the same: else the connection would end with it.

use super::conversation::{changed_once, named};
use super::shown::Conversation;
use crate::model::{Hash, State};
use crate::server::api::asked::Named;
use crate::server::app::App;
use crate::server::caller::Speaker;
use crate::server::fault::Fault;
use crate::server::idempotency::IdempotencyKey;
use crate::server::service_faults::ServiceFault;
use crate::server::worker::ProfileWork;
use axum::Json;
use axum::body::Bytes;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(archive))
        .routes(routes!(restore))
}

/// Put a conversation away
///
/// It can only be read until it is restored. A reply that is coming is stopped, and what came of it
/// is kept in it.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/archive",
    tag = "service",
    params(("id" = String, Path, description = "The conversation's id", format = "uuid"), IdempotencyKey),
    responses(
        (status = 200, description = "It is archived", body = Conversation),
        (status = 400, description = "The key is none", body = ServiceFault),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault),
        (status = 409, description = "It can't be changed", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn archive(
    speaker: Speaker,
    Named(id): Named<String>,
    key: Option<IdempotencyKey>,
    _: Bytes,
) -> Result<Json<Conversation>, Fault> {
    set(speaker, &id, key, State::Archived).await
}

/// Take an archived conversation up again
///
/// It counts among the 50 that may be in use.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/restore",
    tag = "service",
    params(("id" = String, Path, description = "The conversation's id", format = "uuid"), IdempotencyKey),
    responses(
        (status = 200, description = "It is in use", body = Conversation),
        (status = 400, description = "The key is none", body = ServiceFault),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault),
        (status = 409, description = "As many are in use as there may be", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn restore(
    speaker: Speaker,
    Named(id): Named<String>,
    key: Option<IdempotencyKey>,
    _: Bytes,
) -> Result<Json<Conversation>, Fault> {
    set(speaker, &id, key, State::Active).await
}

async fn set(
    speaker: Speaker,
    name: &str,
    key: Option<IdempotencyKey>,
    state: State,
) -> Result<Json<Conversation>, Fault> {
    let id = named(name)?;
    let path = format!("/api/v1/conversations/{id}/{}", state.as_str());
    let mark = key.map(|key| key.of(speaker.embedder.as_ref()).mark(&path, &[]));
    let set = move |profile: &mut ProfileWork, root: Hash| match state {
        State::Archived => profile.archive_conversation(&root),
        State::Active => profile.restore_conversation(&root),
    };
    changed_once(&speaker, id, mark, set).await
}
