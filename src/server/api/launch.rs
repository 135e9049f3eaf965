//! `/api/launch` and `/api/link`: a link's token becomes a session, and a script gets a new link.

use super::asked::Sent;
use crate::server::app::{App, LOCAL};
use crate::server::caller::{Caller, Peer, UserAgent};
use crate::server::fault::{Fault, FaultBody};
use crate::server::tokens::NewSession;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(launch))
        .routes(routes!(link))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Launch {
    /// What stands behind `#launch=` in the link.
    token: String,
}

#[derive(Serialize, ToSchema)]
struct Launched {
    /// For `Authorization: Bearer`, until the server ends.
    token: String,
    /// Whose home it is.
    username: String,
    /// The run of the server with which the token ends.
    run: String,
}

/// Trade a link's token, once, for a session's
#[utoipa::path(
    post,
    path = "/api/launch",
    tag = "entry",
    security(()),
    request_body = Launch,
    responses(
        (status = 200, description = "The session", body = Launched),
        (status = 400, description = "The body can't be meant", body = FaultBody),
        (status = 401, description = "The link was followed before, or is too old", body = FaultBody)
    )
)]
async fn launch(
    State(app): State<App>,
    Peer(address): Peer,
    user_agent: UserAgent,
    Sent(asked): Sent<Launch>,
) -> Result<Json<Launched>, Fault> {
    if app.has_profiles() || !app.tokens().trade_launch(&asked.token) {
        // A good link is no try, and is traded however often others tried from there.
        app.misses().note(address)?;
        let fault = Fault::new(StatusCode::UNAUTHORIZED, "This link can't be used");
        return Err(fault.explained(
            "A link is good once, and not for long.",
            "Ask for another one where the server was started.",
        ));
    }
    let new = NewSession::of_link(LOCAL, user_agent);
    let (token, session) = app.tokens().begin_session(new);
    Ok(Json(Launched {
        token: token.expose().to_owned(),
        username: session.profile,
        run: app.run().to_owned(),
    }))
}

#[derive(Serialize, ToSchema)]
struct Link {
    /// The page, with a token in its fragment that is good once.
    url: String,
}

/// A fresh link to the page
#[utoipa::path(
    post,
    path = "/api/link",
    tag = "entry",
    responses((status = 200, description = "The link", body = Link))
)]
async fn link(State(app): State<App>, _caller: Caller) -> Json<Link> {
    Json(Link {
        url: app.link().expose().to_owned(),
    })
}
