//! The words for the server.

use crate::cli::{Exit, Failure};
use crate::server::worker::StartError;
use crate::server::{RunningError, ServerError};

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        Failure::of(error, Exit::Failed, None)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Work(error) => error.into(),
            StartError::Store(error) => error.into(),
            served @ StartError::Served { .. } => {
                let hint = "`mmogit serve --open` opens a page of the one that runs.";
                Failure::of(served, Exit::Failed, Some(hint.into()))
            }
            other => Failure::of(other, Exit::Failed, None),
        }
    }
}

impl From<RunningError> for Failure {
    fn from(error: RunningError) -> Self {
        let hint = match &error {
            RunningError::Served(_) => "Ask that one; or end it first, with Ctrl-C where it runs.",
            RunningError::NoNote(_) | RunningError::NoAnswer(_) => {
                "Try again in a moment; if it stays so, end the server and start it again."
            }
            RunningError::Disk { .. } => {
                "Check that it can be read and written and that there is room."
            }
        };
        Failure::of(error, Exit::Failed, Some(hint.into()))
    }
}
