//! What a request about threads gets that isn't done.

use super::shown::ShownThread;
use crate::server::fault::Fault;
use crate::server::worker::Refused;
use crate::workspace::WorkError;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request about threads isn't done.
#[derive(Debug)]
pub(in crate::server) enum ThreadFault {
    /// As everywhere.
    Fault(Fault),
    /// Several threads have the id.
    Ambiguous(Vec<ShownThread>),
}

/// Why not; and where several threads have the id, which.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct Ambiguous {
    /// What is wrong.
    #[schema(example = "Several threads have this id")]
    error: &'static str,
    /// What to do.
    #[schema(required = false)]
    hint: &'static str,
    /// Where several threads have the id, they: each has a root of its own.
    #[schema(required = false)]
    candidates: Vec<ShownThread>,
}

impl From<Fault> for ThreadFault {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refused> for ThreadFault {
    fn from(refused: Refused) -> Self {
        Self::Fault(refused.into())
    }
}

impl From<WorkError> for ThreadFault {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Ambiguous { candidates, .. } => {
                let shown = candidates
                    .iter()
                    .map(|thread| ShownThread::of(thread, None));
                Self::Ambiguous(shown.collect())
            }
            error => Self::Fault(of_work(error)),
        }
    }
}

/// What other faces call work that wasn't done, with its status.
pub(in crate::server) fn of_work(error: WorkError) -> Fault {
    match error {
        WorkError::NotFound(_) | WorkError::NotFoundInOpen { .. } | WorkError::ErasedByYou(_) => {
            Fault::not_found()
        }
        WorkError::BadTitle(why) => Fault::bad_request(why.to_string()),
        WorkError::Unreadable { why, .. } => conflict("This thread can't be read", why.clone()),
        WorkError::Malformed { why, .. } => conflict("This thread can't be read", why.to_string()),
        WorkError::Unfit { why, .. } => conflict("This thread can't be changed", why.to_string()),
        WorkError::Index(_) => Fault::internal("The threads can't be looked through"),
        error => Fault::internal("The threads can't be read or saved").explained(
            error.to_string(),
            "Nothing was lost. Try again when that is mended.",
        ),
    }
}

fn conflict(error: &str, reason: String) -> Fault {
    Fault::new(StatusCode::CONFLICT, error).explained(reason, "It stays as it is.")
}

impl IntoResponse for ThreadFault {
    fn into_response(self) -> Response {
        match self {
            Self::Fault(fault) => fault.into_response(),
            Self::Ambiguous(candidates) => {
                let body = Ambiguous {
                    error: "Several threads have this id",
                    hint: "Ask by one of their roots.",
                    candidates,
                };
                (StatusCode::CONFLICT, Json(body)).into_response()
            }
        }
    }
}
