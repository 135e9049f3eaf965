//! Who is let in, before any handler sees the request. What lies below `/api` needs a token unless
//! it is named here; a new route is closed until somebody opens it.

mod addressed;
mod body;
mod cross_origin;
mod ended;
mod misses;

pub(super) use cross_origin::RefusedOrigins;
pub use misses::Misses;

use super::app::App;
use super::caller::{Local, Peer};
use super::fault::Fault;
use super::tokens::Admitted;
use super::{faults, headers, log, service_faults};
use addressed::OwnHost;
use axum::Router;
use axum::body::HttpBody;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use cross_origin::Origin;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

/// What is open although it lies below `/api`: the ways to a token. What fails there is counted by
/// them; what is good is let by, whatever others tried from the same address.
const OPEN: &[&str] = &["/api/launch", "/api/login"];
/// Where another site's page trades its permit for a token.
const OPEN_TO_EMBEDDERS: &str = "/api/embed/token";
/// All that such a token opens lies below one of these.
const EMBEDDERS: [&str; 2] = ["/api/v1/", "/api/embed/"];
/// Where files come in, which are large and in several forms.
const IMPORT: &str = "/api/import";
/// What is no import is a few fields, or one message.
pub(super) const MAX_BODY_BYTES: usize = 64 << 10;
const MAX_URI_BYTES: usize = 8 << 10;
/// How long an answer may take to begin.
const ANSWER_TIME: Duration = Duration::from_secs(60);
const IMPORT_TIME: Duration = Duration::from_secs(600);

/// The routes, with the gate before them.
pub(super) fn before(routes: Router<App>, app: &App) -> Router<App> {
    routes
        .fallback(missing)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(app.clone(), pass))
}

/// All that is done around a route. One layer does it: each layer of axum's costs a copy of all that
/// lies below it, at every request.
async fn pass(State(app): State<App>, request: Request, next: Next) -> Response {
    let asked = log::Asked::of(&app, &request);
    let has_body = !request.body().is_end_stream();
    let is_of_service = request.uri().path().starts_with(service_faults::BELOW);
    let answered = AssertUnwindSafe(let_in(&app, request, next)).catch_unwind();
    let mut response = match answered.await {
        Ok(response) => faults::in_our_words(response).await,
        // What breaks costs its own answer.
        Err(_) => faults::of_panic(),
    };
    if is_of_service {
        response = service_faults::in_their_form(response);
    }
    headers::add(response.headers_mut());
    // Who is refused before all of it was read can't be asked anything else on this connection.
    if has_body && !response.status().is_success() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    asked.answered(&response);
    response
}

async fn missing() -> Fault {
    Fault::not_found()
}

async fn let_in(app: &App, mut request: Request, next: Next) -> Response {
    let Addressed { host, origin } = match addressed(app, &request) {
        Ok(addressed) => addressed,
        Err(fault) => return fault.into_response(),
    };
    if let Some(answer) = origin.preflight(&request) {
        return answer;
    }
    let mut response = match admit(app, &host, &origin, &mut request) {
        Ok(()) => {
            let session = ended::session_of(&request);
            let response = in_time(body::bounded_in_time(request), next).await;
            ended::with_session(response, session)
        }
        Err(fault) => fault.into_response(),
    };
    origin.allow(response.headers_mut());
    response
}

/// To what a request was addressed, and by whose page.
struct Addressed {
    host: OwnHost,
    origin: Origin,
}

/// Whether the request is meant for this server, and by whose page it was sent, if by any.
fn addressed(app: &App, request: &Request) -> Result<Addressed, Fault> {
    let host = OwnHost::of(request, local(request)?, app.settings())?;
    if request
        .uri()
        .path_and_query()
        .is_some_and(|path| path.as_str().len() > MAX_URI_BYTES)
    {
        return Err(Fault::uri_too_long());
    }
    let headers = request.headers();
    let origin = Origin::of(headers, &host, app.settings());
    let origin = origin.inspect_err(|_| app.refused_origins().note(headers))?;
    Ok(Addressed { host, origin })
}

/// Whether whoever sent the request may, in the form in which it came.
fn admit(app: &App, host: &OwnHost, origin: &Origin, request: &mut Request) -> Result<(), Fault> {
    let path = request.uri().path();
    if !is_of_api(path) {
        return Ok(());
    }
    let is_trade = path == OPEN_TO_EMBEDDERS && *request.method() == Method::POST;
    if !is_trade {
        let admitted = bearer(request.headers()).and_then(|token| app.tokens().admit(token));
        match &admitted {
            Some(Admitted::Embedder(_, embedder)) => {
                cross_origin::refuse_other_embedder(request.headers(), host, embedder)?;
                refuse_beyond_embedders(path)?;
            }
            // A page whose token ended is to know it. Such a page takes no tries from those who are here,
            // and neither does what another sends.
            None if origin.is_allowed_page() => return Err(unauthenticated(request)),
            _ => cross_origin::refuse_foreign_fetch(request.headers())?,
        }
        if !OPEN.contains(&path) {
            let Some(admitted) = admitted else {
                app.misses().note(peer(request)?.0)?;
                return Err(unauthenticated(request));
            };
            request.extensions_mut().insert(admitted);
        }
    }
    body::check_form(request)?;
    Ok(())
}

/// Refuses an embedder's token where no embedder has anything to ask, whatever the route says itself.
fn refuse_beyond_embedders(path: &str) -> Result<(), Fault> {
    match EMBEDDERS.iter().any(|below| path.starts_with(below)) {
        true => Ok(()),
        false => Err(Fault::not_for_embedders()),
    }
}

fn peer(request: &Request) -> Result<Peer, Fault> {
    let peer = request.extensions().get::<Peer>();
    peer.copied()
        .ok_or_else(|| Fault::internal("Unknown address"))
}

fn is_of_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Whoever says something and isn't known is told that it was not kept.
fn unauthenticated(request: &Request) -> Fault {
    let is_message = *request.method() == Method::POST
        && matches!(
            request.uri().path(),
            "/api/conversation-buffer" | "/api/persona_chat"
        );
    if is_message {
        Fault::unauthenticated_to_save()
    } else {
        Fault::unauthenticated()
    }
}

/// The token of `Authorization: Bearer`, if there is one such header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn local(request: &Request) -> Result<Local, Fault> {
    let local = request.extensions().get::<Local>();
    local
        .copied()
        .ok_or_else(|| Fault::internal("Unknown address"))
}

/// What is asked of a home is done in any case; whoever waits for it is told when it takes too long.
async fn in_time(request: Request, next: Next) -> Response {
    let time = match request.uri().path() {
        IMPORT => IMPORT_TIME,
        _ => ANSWER_TIME,
    };
    let mut answering = pin!(next.run(request));
    // Most answers are there at once, and a timer costs as much as they do.
    if let Some(response) = answering.as_mut().now_or_never() {
        return response;
    }
    match tokio::time::timeout(time, answering).await {
        Ok(response) => response,
        Err(_) => Fault::too_slow().into_response(),
    }
}
