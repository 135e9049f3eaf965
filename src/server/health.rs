//! `/healthz`: that the server runs, and which run it is. Open, so it tells nothing else.

use super::app::App;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What anybody may know.
#[derive(Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Names this run of the server; session tokens end with it.
    run: String,
    /// Whether one logs in here, instead of following a link.
    profiles: bool,
}

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(health))
}

/// Whether the server runs
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "server",
    security(()),
    responses((status = 200, description = "It runs", body = Health))
)]
async fn health(State(app): State<App>) -> Json<Health> {
    Json(Health {
        status: "ok",
        run: app.run().to_owned(),
        profiles: app.has_profiles(),
    })
}
