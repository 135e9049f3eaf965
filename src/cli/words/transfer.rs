//! What writing to files and folders outside the home can fail with.

use crate::cli::{Exit, Failure};
use crate::transfer::TransferError;

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        let hint = next_step(&error);
        Failure::of(error, Exit::Failed, Some(hint.into()))
    }
}

fn next_step(error: &TransferError) -> &'static str {
    match error {
        TransferError::Exists(_) => "Name another place, or say --force to replace it.",
        TransferError::NotAFile(_) => {
            "Name a new file, or leave --output out to write to standard output."
        }
        TransferError::NotAFolder(_) => {
            "Name a folder, new or not, or take --format bundle for a single file."
        }
        TransferError::Disk { .. } => "Check that the folder exists, can be written and has room.",
    }
}
