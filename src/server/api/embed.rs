//! `/api/embed/…`: how another site's page comes to speak for somebody. They permit it in a window of
//! this server's own; the page trades the permit for a token that is good from its origin alone.

use super::asked::{Asked, Sent};
use super::v1::check_of_page;
use crate::model::{Embedder, Project, PublicKey, Uuid};
use crate::render::safe::safe_line;
use crate::server::app::App;
use crate::server::caller::{Caller, Peer, Speaker, UserAgent};
use crate::server::fault::{Fault, FaultBody};
use crate::server::tokens::{Grant, NewSession};
use crate::server::worker::told;
use crate::service::{self, Refusal};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(asking))
        .routes(routes!(permit))
        .routes(routes!(trade, end))
}

/// The page that asks, and what for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskingPage {
    /// The web origin of the page that embeds
    #[schema(example = "https://app.example")]
    origin: String,
    /// The project that it asks for; without one, what is in none
    #[serde(default)]
    #[schema(format = "uuid")]
    project: Option<String>,
}

/// The page that asks, what for, and what about.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asking {
    /// The web origin of the page that embeds
    #[param(example = "https://app.example")]
    origin: String,
    /// The project that it asks for; without one, what is in none
    #[param(format = "uuid")]
    project: Option<String>,
    /// The draft that it asks its user to decide on
    #[param(format = "uuid")]
    draft: Option<String>,
}

/// A page that may ask.
#[derive(Debug, Serialize, ToSchema)]
struct KnownPage {
    /// Its web origin.
    origin: String,
    /// The name of the project that it asks for, if it asks for one.
    project: Option<String>,
    /// The key of who began that project, if that is somebody else.
    project_owner: Option<String>,
}

/// Look at a page that asks to be let in, or to have a draft decided on
#[utoipa::path(
    get,
    path = "/api/embed/asking",
    tag = "entry",
    params(Asking),
    responses(
        (status = 200, description = "It may ask", body = KnownPage),
        (status = 400, description = "The query can't be meant", body = FaultBody),
        (status = 403, description = "The settings do not name its origin", body = FaultBody),
        (status = 404, description = "There is no such project or draft, or it is not the user's; or no page of this origin began what the draft came up in", body = FaultBody)
    )
)]
async fn asking(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Asked(asked): Asked<Asking>,
) -> Result<Json<KnownPage>, Fault> {
    check_origin(&app, &headers, &asked.origin)?;
    if let Some(draft) = &asked.draft {
        check_of_page(&caller.profile, draft, &asked.origin).await?;
    }
    let project = project_of(&caller, asked.project).await?;
    let own = own_key(&caller).await?;
    let owner = project.as_ref().map(Project::author);
    Ok(Json(KnownPage {
        origin: asked.origin,
        project_owner: owner
            .filter(|owner| *owner != own)
            .map(|key| key.to_string()),
        project: project.map(|project| safe_line(&project.name).into_owned()),
    }))
}

async fn own_key(caller: &Caller) -> Result<PublicKey, Fault> {
    let own = caller.profile.run(|profile| profile.home.keys.public());
    Ok(own.await?)
}

/// A permit, for the page alone.
#[derive(Serialize, ToSchema)]
struct Permit {
    /// Good once, for two minutes, from the page's origin.
    permit: String,
}

/// Let a page begin conversations
#[utoipa::path(
    post,
    path = "/api/embed/permits",
    tag = "entry",
    request_body = AskingPage,
    responses(
        (status = 200, description = "The permit", body = Permit),
        (status = 403, description = "The settings do not name its origin", body = FaultBody),
        (status = 404, description = "There is no such project, or it is not the user's", body = FaultBody)
    )
)]
async fn permit(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Sent(page): Sent<AskingPage>,
) -> Result<Json<Permit>, Fault> {
    check_origin(&app, &headers, &page.origin)?;
    let project = project_of(&caller, page.project).await?;
    let user = Uuid::of_key(&own_key(&caller).await?);
    let permit = app.tokens().new_permit(Grant {
        profile: caller.username,
        user,
        by: caller.session,
        embedder: Embedder {
            origin: page.origin,
            project: project.map(|project| project.id.to_string()),
        },
    });
    Ok(Json(Permit {
        permit: permit.expose().to_owned(),
    }))
}

/// A page that embeds is named in the settings, or is the server's own demonstration.
fn check_origin(app: &App, headers: &HeaderMap, origin: &str) -> Result<(), Fault> {
    let allowed = &app.settings().allowed_origins;
    let own = headers.get(header::ORIGIN);
    let is_own = own.is_some_and(|own| own == origin) || app.is_origin(origin);
    if is_own || allowed.iter().any(|one| one == origin) {
        return Ok(());
    }
    Err(Fault::forbidden(
        "Pages of this site are not allowed to ask.",
        "To allow it, add its origin to allowed-origins below [server] in the settings, and start the \
         server again.",
    ))
}

/// The project that a page asks for, if its user has a part in it.
async fn project_of(caller: &Caller, name: Option<String>) -> Result<Option<Project>, Fault> {
    let Some(name) = name else {
        return Ok(None);
    };
    let missing = || Fault::new(StatusCode::NOT_FOUND, Refusal::NoProject.to_string());
    let id = service::project_name(&name).ok_or_else(missing)?;
    let found = caller
        .profile
        .read(move |workspace| told(service::project(workspace, &id)));
    let found = found.await?.map_err(|refusal| match refusal {
        Some(_) => missing(),
        None => Fault::internal("The projects could not be read"),
    })?;
    Ok(Some(found))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Trade {
    /// What the user's window handed over.
    permit: String,
}

/// A page's token.
#[derive(Serialize, ToSchema)]
struct EmbedderToken {
    /// For `Authorization: Bearer`, from this origin alone, until the session that it was permitted
    /// in is ended, or the server.
    token: String,
    /// Whose conversations it opens.
    #[schema(format = "uuid")]
    user_id: String,
    /// The run of the server with which the token ends.
    run: String,
}

/// Trade a permit, once, for a page's token
#[utoipa::path(
    post,
    path = "/api/embed/token",
    tag = "entry",
    security(()),
    request_body = Trade,
    responses(
        (status = 200, description = "The token", body = EmbedderToken),
        (status = 401, description = "The permit was traded before, is too old, or another page's", body = FaultBody)
    )
)]
async fn trade(
    State(app): State<App>,
    Peer(address): Peer,
    user_agent: UserAgent,
    headers: HeaderMap,
    Sent(asked): Sent<Trade>,
) -> Result<Json<EmbedderToken>, Fault> {
    // The gate let it by, so it is one, and an allowed one.
    let origin = headers.get(header::ORIGIN);
    let origin = origin.and_then(|origin| origin.to_str().ok());
    let grant = origin.and_then(|origin| app.tokens().trade_permit(&asked.permit, origin));
    let Some(grant) = grant else {
        app.misses().note(address)?;
        let fault = Fault::new(StatusCode::UNAUTHORIZED, "This permit can't be used");
        return Err(fault.explained(
            "A permit is good once, for two minutes, on a page of the site it was given to.",
            "Ask for another one.",
        ));
    };
    let user_id = grant.user.to_string();
    let new = NewSession::of_permit(grant, user_agent, app.settings());
    let (token, _) = app.tokens().begin_session(new);
    Ok(Json(EmbedderToken {
        token: token.expose().to_owned(),
        user_id,
        run: app.run().to_owned(),
    }))
}

/// End a page's token
#[utoipa::path(
    delete,
    path = "/api/embed/token",
    tag = "entry",
    responses((status = 204, description = "It is ended"))
)]
async fn end(State(app): State<App>, speaker: Speaker) -> Result<StatusCode, Fault> {
    match (&speaker.embedder, &speaker.session) {
        (Some(_), Some(session)) => {
            app.tokens().end(&speaker.username, session);
            Ok(StatusCode::NO_CONTENT)
        }
        _ => Err(Fault::forbidden(
            "This token is not one of a page that embeds conversations.",
            "Log out in the server's own page.",
        )),
    }
}
