//! What the page tells of the server before anything is said.

use crate::render::safe::safe_line;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::Fault;
use crate::server::gate::MAX_BODY_BYTES;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

/// Who answers, and how much may be said at once.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About {
    /// In words; none where nobody does.
    answers: Option<String>,
    /// The most bytes of a request.
    most_bytes: usize,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/page/about", get(about))
}

async fn about(caller: Caller) -> Result<Json<About>, Fault> {
    let answers = caller.profile.run(|work| work.who_answers()).await?;
    Ok(Json(About {
        answers: answers.map(|name| safe_line(&name).into_owned()),
        most_bytes: MAX_BODY_BYTES,
    }))
}
