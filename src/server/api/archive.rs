//! `/api/threads/{id}/archive` and `/restore`: a thread is put away, or taken up again.

use super::asked::Named;
use super::steps::{saved_thread, step_once};
use super::threads::{Ambiguous, Changed, ThreadFault};
use crate::audit::Event;
use crate::buffer::Mode;
use crate::model::{Face, Hash, Reading, State, Thread};
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::{Fault, FaultBody};
use crate::server::idempotency::IdempotencyKey;
use crate::server::worker::{ProfileWork, told};
use axum::http::StatusCode;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(archive))
        .routes(routes!(restore))
}

/// Put a thread away
///
/// It stays as it is and is read-only until it is restored. A reply that runs in it is stopped, and
/// what came of it is kept.
#[utoipa::path(
    post,
    path = "/api/threads/{id}/archive",
    tag = "threads",
    params(("id" = String, Path, description = "The thread's id, name or root"), IdempotencyKey),
    responses(
        (status = 200, description = "It is archived", body = Changed),
        (status = 400, description = "The key is none", body = FaultBody),
        (status = 404, description = "There is no such thread", body = FaultBody),
        (status = 422, description = "The key stands for another request", body = FaultBody),
        (status = 409, description = "Several threads have the id, or it can't be changed", body = Ambiguous),
        (status = 500, description = "It can't be saved", body = FaultBody)
    )
)]
async fn archive(
    caller: Caller,
    key: Option<IdempotencyKey>,
    Named(id): Named<String>,
) -> Result<Response, ThreadFault> {
    set_state(caller, key, id, State::Archived).await
}

/// Take an archived thread up again
///
/// A thread of a buffer becomes what the buffer shows. Where that shows something newer it is
/// refused: clear the buffer first.
#[utoipa::path(
    post,
    path = "/api/threads/{id}/restore",
    tag = "threads",
    params(("id" = String, Path, description = "The thread's id, name or root"), IdempotencyKey),
    responses(
        (status = 200, description = "It is in use", body = Changed),
        (status = 400, description = "The key is none", body = FaultBody),
        (status = 404, description = "There is no such thread", body = FaultBody),
        (status = 422, description = "The key stands for another request", body = FaultBody),
        (status = 409, description = "Several threads have the id, or it can't be changed, or something newer is in its buffer", body = Ambiguous),
        (status = 500, description = "It can't be saved", body = FaultBody)
    )
)]
async fn restore(
    caller: Caller,
    key: Option<IdempotencyKey>,
    Named(id): Named<String>,
) -> Result<Response, ThreadFault> {
    set_state(caller, key, id, State::Active).await
}

async fn set_state(
    caller: Caller,
    key: Option<IdempotencyKey>,
    id: String,
    state: State,
) -> Result<Response, ThreadFault> {
    let path = format!("/api/threads/{id}/{}", state.as_str());
    let mark = key.map(|key| key.mark(&path, &[]));
    step_once(&caller, mark, move |work| set_state_of(work, &id, state)).await
}

fn set_state_of(work: &mut ProfileWork, id: &str, state: State) -> Result<Changed, ThreadFault> {
    let mut found = saved_thread(work, id)?;
    if let Reading::Thread(thread) = &found.reading {
        match state {
            State::Archived if work.stop_replies_in(&thread.root()) => {
                found = saved_thread(work, id)?;
            }
            State::Archived => {}
            State::Active => check_place(work, thread)?,
        }
    }
    let name = found.reading.id();
    let root = archived_conversation(&found.reading).filter(|_| state == State::Active);
    let changed = match root {
        Some(root) => Some(take_up(work, id, &root)?),
        None => {
            let home = &work.home;
            let organiser = home.workspace.organiser();
            organiser.set_state(&home.keys, found, state)?
        }
    };
    if let Some(thread) = &changed {
        work.note_done(&match state {
            State::Archived => Event::thread_archived(thread.root()),
            State::Active => Event::thread_restored(thread.root()),
        });
    }
    Ok(Changed::of(name, changed.as_ref()))
}

/// The root of a conversation of the service that is archived.
fn archived_conversation(reading: &Reading) -> Option<Hash> {
    let Reading::Thread(thread) = reading else {
        return None;
    };
    let is_archived = thread.state() == State::Archived;
    (is_archived && thread.face() == Some(Face::Service)).then(|| thread.root())
}

/// Takes up a conversation of the service, which counts against those that may be in use.
fn take_up(work: &mut ProfileWork, id: &str, root: &Hash) -> Result<Thread, ThreadFault> {
    let taken_up = told(work.restore_conversation(root));
    taken_up.map_err(|refusal| match refusal {
        Some(refusal) => Fault::new(StatusCode::CONFLICT, refusal.to_string()),
        None => Fault::internal("The thread could not be saved"),
    })?;
    match saved_thread(work, id)?.reading {
        Reading::Thread(thread) => Ok(thread),
        Reading::Legacy(_) => Err(Fault::internal("The thread could not be read again").into()),
    }
}

/// A buffer shows one thread: another one that is open beside it is shown nowhere.
fn check_place(work: &ProfileWork, thread: &Thread) -> Result<(), Fault> {
    let is_open = thread.state() == State::Active;
    let mode = Mode::read(thread.mode()).filter(|_| thread.face() == Some(Face::Buffer));
    let Some(mode) = mode.filter(|_| !is_open) else {
        return Ok(());
    };
    if !work.buffers.shows_another(mode, &thread.root()) {
        return Ok(());
    }
    let fault = Fault::new(StatusCode::CONFLICT, "Something newer is in this buffer");
    Err(fault.explained(
        "A buffer shows one thread at a time.",
        "Go on with it, or clear the buffer first: what is in it is archived, and nothing is lost.",
    ))
}
