//! `/api/profiles`: who is logged in, for whom the server is. Nothing of a profile's home is told.

use super::asked::{Named, Sent};
use super::login::Success;
use super::settings::ChatConfig;
use crate::server::app::App;
use crate::server::caller::Operator;
use crate::server::fault::{Fault, FaultBody};
use crate::server::idempotency::NoKey;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(profiles))
        .routes(routes!(end_sessions))
        .routes(routes!(lock))
        .routes(routes!(set_limit))
}

#[derive(Serialize, ToSchema)]
struct ProfileList {
    /// All that the register has.
    profiles: Vec<Profile>,
}

#[derive(Serialize, ToSchema)]
struct Profile {
    /// Its name.
    name: String,
    /// `owner` or `user`.
    role: &'static str,
    /// Whether they may log in.
    login: bool,
    /// How many sessions are logged in.
    sessions: usize,
    /// Whether the identity is closed.
    locked: bool,
}

/// List who may log in, and who is
#[utoipa::path(
    get,
    path = "/api/profiles",
    tag = "entry",
    responses(
        (status = 200, description = "They, by name", body = ProfileList),
        (status = 403, description = "Only for whom the server is", body = FaultBody),
        (status = 404, description = "This server has no profiles", body = FaultBody)
    )
)]
async fn profiles(State(app): State<App>, operator: Operator) -> Result<Json<ProfileList>, Fault> {
    let register = operator.register().await?;
    let logins = operator.logins;
    let shown = register.entries().map(|(name, entry)| Profile {
        name: name.to_string(),
        role: entry.role.name(),
        login: entry.may_log_in,
        sessions: app.tokens().sessions_of(name.as_str()).len(),
        locked: !logins.is_open(name),
    });
    Ok(Json(ProfileList {
        profiles: shown.collect(),
    }))
}

/// End all sessions of somebody
#[utoipa::path(
    delete,
    path = "/api/profiles/{name}/sessions",
    tag = "entry",
    params(("name" = String, Path, description = "Whose")),
    responses(
        (status = 200, description = "They are ended", body = Success),
        (status = 400, description = "A key was sent, which is not taken here", body = FaultBody),
        (status = 403, description = "Only for whom the server is", body = FaultBody),
        (status = 404, description = "There is no such profile", body = FaultBody)
    )
)]
async fn end_sessions(
    State(app): State<App>,
    operator: Operator,
    _: NoKey,
    Named(name): Named<String>,
) -> Result<Json<Success>, Fault> {
    let name = operator.profile_named(&name).await?;
    app.tokens().end_all_of(name.as_str());
    Ok(Success::told())
}

/// Lock somebody's profile: its sessions end, its replies stop, and its keys are let go of
#[utoipa::path(
    post,
    path = "/api/profiles/{name}/lock",
    tag = "entry",
    params(("name" = String, Path, description = "Whose")),
    responses(
        (status = 200, description = "It is locked", body = Success),
        (status = 400, description = "A key was sent, which is not taken here", body = FaultBody),
        (status = 403, description = "Only for whom the server is", body = FaultBody),
        (status = 404, description = "There is no such profile", body = FaultBody),
        (status = 503, description = "It is at work still; it locks when that ends", body = FaultBody)
    )
)]
async fn lock(
    State(app): State<App>,
    operator: Operator,
    _: NoKey,
    Named(name): Named<String>,
) -> Result<Json<Success>, Fault> {
    let name = operator.profile_named(&name).await?;
    let locking = tokio::spawn(async move { operator.logins.lock(&name, app.tokens()).await });
    match locking.await {
        Ok(Ok(())) => Ok(Success::told()),
        Ok(Err(why)) if !why.is_at_work() => Err(Fault::internal(
            "The profile is locked, and not all of it could be saved",
        )),
        _ => Err(Fault::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The profile is at work still",
        )),
    }
}

/// Set how many messages somebody's buffers show
#[utoipa::path(
    put,
    path = "/api/profiles/{name}/limit",
    tag = "entry",
    params(("name" = String, Path, description = "Whose")),
    request_body = ChatConfig,
    responses(
        (status = 200, description = "It is set", body = Success),
        (status = 400, description = "It is no limit", body = FaultBody),
        (status = 403, description = "Only for whom the server is", body = FaultBody),
        (status = 404, description = "There is no such profile", body = FaultBody)
    )
)]
async fn set_limit(
    operator: Operator,
    _: NoKey,
    Named(name): Named<String>,
    Sent(asked): Sent<ChatConfig>,
) -> Result<Json<Success>, Fault> {
    let name = operator.profile_named(&name).await?;
    operator.logins.set_limit(&name, asked.limit()?).await?;
    Ok(Success::told())
}
