//! `/api/login`, `/api/logout`, `/api/sessions`: a profile's passphrase becomes a session, and
//! sessions are listed and ended.

use super::asked::{Named, Sent};
use crate::server::app::App;
use crate::server::caller::{Caller, Peer, UserAgent};
use crate::server::fault::{Fault, FaultBody};
use crate::server::idempotency::NoKey;
use crate::server::logins::LoggedIn;
use crate::server::tokens::{NewSession, SessionId, SessionInfo};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;
use std::time::SystemTime;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(logout))
        .routes(routes!(sessions))
        .routes(routes!(end_session))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Login {
    /// The profile's name.
    username: String,
    /// What opens its identity.
    #[schema(value_type = String)]
    #[serde(deserialize_with = "secret")]
    passphrase: Zeroizing<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

#[derive(Serialize, ToSchema)]
struct LoginDone {
    /// For `Authorization: Bearer`.
    token: String,
    /// Who logged in.
    username: String,
    /// What they may do: `owner` or `user`.
    role: &'static str,
    /// When the session ends at the latest.
    expires: Option<String>,
    /// The run of the server with which the token ends.
    run: String,
}

#[derive(Serialize, ToSchema)]
struct Sessions {
    /// One's own.
    sessions: Vec<Session>,
}

/// A session. Its token is nowhere to be had.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    /// Names it.
    id: String,
    /// When it began.
    created: String,
    /// When it was used last.
    last_used: String,
    /// When it ends at the latest.
    expires: Option<String>,
    /// The beginning of what the browser calls itself.
    user_agent: Option<String>,
    /// The web origin of the page that embeds conversations by it; null for a browser that came in
    /// itself.
    origin: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Success {
    /// Always true.
    success: bool,
}

impl Success {
    /// That it was done.
    pub(super) fn told() -> Json<Self> {
        Json(Self { success: true })
    }
}

/// Log in: open a profile with its passphrase
#[utoipa::path(
    post,
    path = "/api/login",
    tag = "entry",
    security(()),
    request_body = Login,
    responses(
        (status = 200, description = "The session", body = LoginDone),
        (status = 400, description = "The body can't be meant", body = FaultBody),
        (status = 401, description = "Name or passphrase is wrong", body = FaultBody),
        (status = 429, description = "Too many attempts", body = FaultBody),
        (status = 503, description = "Too many log in at once", body = FaultBody)
    )
)]
async fn login(
    State(app): State<App>,
    Peer(address): Peer,
    user_agent: UserAgent,
    Sent(asked): Sent<Login>,
) -> Result<Json<LoginDone>, Fault> {
    let logins = app.logins().ok_or_else(no_profiles)?;
    let new = NewSession::of_login(&asked.username, user_agent, app.settings());
    let tokens = Arc::clone(app.tokens());
    let logged_in = logins
        .log_in(new, asked.passphrase, address, tokens)
        .await?;
    let LoggedIn {
        token,
        session,
        role,
    } = logged_in;
    Ok(Json(LoginDone {
        token: token.expose().to_owned(),
        username: session.profile,
        role: role.name(),
        expires: session.expires.map(time),
        run: app.run().to_owned(),
    }))
}

fn no_profiles() -> Fault {
    Fault::forbidden(
        "This server serves one home, and nobody logs in.",
        "Follow the link that it printed.",
    )
}

/// Log out: end the session that asks
#[utoipa::path(
    post,
    path = "/api/logout",
    tag = "entry",
    responses((status = 200, description = "It is ended", body = Success))
)]
async fn logout(State(app): State<App>, caller: Caller) -> Json<Success> {
    if let Some(session) = &caller.session {
        app.tokens().end(&caller.username, session);
    }
    Success::told()
}

/// List one's sessions
#[utoipa::path(
    get,
    path = "/api/sessions",
    tag = "entry",
    responses((status = 200, description = "They, newest first", body = Sessions))
)]
async fn sessions(State(app): State<App>, caller: Caller) -> Json<Sessions> {
    let mut own = app.tokens().sessions_of(&caller.username);
    own.sort_by_key(|session| std::cmp::Reverse(session.created));
    let current = caller.session.as_ref();
    let shown = own.into_iter().map(|session| Session::of(session, current));
    Json(Sessions {
        sessions: shown.collect(),
    })
}

/// End one of one's sessions
#[utoipa::path(
    delete,
    path = "/api/sessions/{id}",
    tag = "entry",
    params(("id" = String, Path, description = "Its id, as the list gives it")),
    responses(
        (status = 200, description = "It is ended", body = Success),
        (status = 400, description = "There is an Idempotency-Key", body = FaultBody),
        (status = 404, description = "There is none", body = FaultBody)
    )
)]
async fn end_session(
    State(app): State<App>,
    caller: Caller,
    _: NoKey,
    Named(id): Named<String>,
) -> Result<Json<Success>, Fault> {
    let is_ended = app.tokens().end(&caller.username, &SessionId::read(&id));
    is_ended.then(Success::told).ok_or_else(Fault::not_found)
}

impl Session {
    fn of(info: SessionInfo, current: Option<&SessionId>) -> Self {
        Self {
            current: current == Some(&info.id),
            id: info.id.as_str().to_owned(),
            created: time(info.created),
            last_used: time(info.last_used),
            expires: info.expires.map(time),
            user_agent: info.user_agent,
            origin: info.embedder.map(|embedder| embedder.origin),
        }
    }
}

fn time(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Millis, true)
}
