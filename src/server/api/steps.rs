//! What several routes do on a profile's thread in the same way.

use crate::buffer::IdempotencyMark;
use crate::server::caller::Caller;
use crate::server::fault::Fault;
use crate::server::idempotency::once;
use crate::server::worker::ProfileWork;
use crate::workspace::{FoundThread, WorkError};
use axum::response::Response;
use serde::Serialize;

/// Does a step on the profile's thread, once for a key.
///
/// # Errors
/// What the step fails with; when the key stands for another request.
pub(super) async fn step_once<A, E>(
    caller: &Caller,
    mark: Option<IdempotencyMark>,
    step: impl FnOnce(&mut ProfileWork) -> Result<A, E> + Send + 'static,
) -> Result<Response, E>
where
    A: Serialize + Send + 'static,
    E: From<Fault> + Send + 'static,
{
    let profile = caller.profile.clone();
    let doing = async move { profile.run(step).await.map_err(Fault::from)? };
    once(&caller.profile, mark, doing).await
}

/// The thread of an id, with what was said in it a moment ago, which may be in a journal alone.
///
/// # Errors
/// If there is none, if there are several, or if the threads can't be read.
pub(super) fn saved_thread(work: &mut ProfileWork, id: &str) -> Result<FoundThread, WorkError> {
    work.save();
    work.home.workspace.threads().identified(id)
}
