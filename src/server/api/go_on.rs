//! `/api/threads/{id}/continue`: an older thread is what a buffer shows, and goes on.

use super::asked::Named;
use super::steps::{saved_thread, step_once};
use super::threads::{Ambiguous, ThreadFault};
use crate::buffer::{BufferError, Mode};
use crate::model::Face;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::{Fault, FaultBody};
use crate::server::idempotency::IdempotencyKey;
use crate::server::worker::{ProfileWork, tell_trouble};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(go_on))
}

/// Which thread a buffer shows now.
#[derive(Debug, Serialize, ToSchema)]
struct GoneOn {
    /// That it was done.
    #[schema(example = true)]
    success: bool,
    /// The thread's id.
    #[schema(example = "thread_1756140749")]
    id: String,
    /// Whose buffer shows it: `conversation` or `inner`.
    mode: &'static str,
    /// Whether anything had to be changed.
    changed: bool,
}

/// Go on with an older thread
///
/// It is taken up again and is what its mode's buffer shows; the thread that was open there is
/// archived, and stays as it is. A reply that comes there is stopped, and what came of it is kept.
/// Only threads that a buffer began can be gone on with.
#[utoipa::path(
    post,
    path = "/api/threads/{id}/continue",
    tag = "threads",
    params(("id" = String, Path, description = "The thread's id, name or root"), IdempotencyKey),
    responses(
        (status = 200, description = "The buffer shows it", body = GoneOn),
        (status = 400, description = "The key is none", body = FaultBody),
        (status = 404, description = "There is no such thread", body = FaultBody),
        (status = 409, description = "It is no buffer's, several threads have the id, or it can't be changed", body = Ambiguous),
        (status = 422, description = "The key stands for another request", body = FaultBody),
        (status = 500, description = "It can't be saved", body = FaultBody)
    )
)]
async fn go_on(
    caller: Caller,
    key: Option<IdempotencyKey>,
    Named(id): Named<String>,
) -> Result<Response, ThreadFault> {
    let path = format!("/api/threads/{id}/continue");
    let mark = key.map(|key| key.mark(&path, &[]));
    step_once(&caller, mark, move |work| go_on_with(work, &id)).await
}

fn go_on_with(work: &mut ProfileWork, id: &str) -> Result<GoneOn, ThreadFault> {
    let found = saved_thread(work, id)?;
    let name = found.reading.id();
    let own = work.home.keys.public();
    let thread = found.own_of(Face::Buffer, &own).ok_or_else(no_buffers)?;
    let mode = Mode::read(thread.mode()).ok_or_else(no_buffers)?;
    let changed = work.go_on(mode, &thread.root()).map_err(of_buffer)?;
    Ok(GoneOn {
        success: true,
        id: name,
        mode: mode.as_str(),
        changed,
    })
}

fn no_buffers() -> Fault {
    let fault = Fault::new(
        StatusCode::CONFLICT,
        "This thread can't be gone on with here",
    );
    fault.explained(
        "It was not begun in a buffer, or not all of it is true.",
        "It stays as it is. The command line goes on with threads that were begun there.",
    )
}

fn of_buffer(error: BufferError) -> ThreadFault {
    match error {
        BufferError::Work(error) => error.into(),
        BufferError::ThreadLeftOut { .. } => no_buffers().into(),
        error => {
            tell_trouble("a thread could not be gone on with", &error);
            Fault::internal("Failed to go on with this thread").into()
        }
    }
}
