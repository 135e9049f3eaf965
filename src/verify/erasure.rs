//! The check of an erasure.

use super::{DocumentFault, document};
use crate::model::{Erasure, Malformed, PublicKey};

/// What can be wrong with the word of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErasureFault {
    /// Its file can't be read.
    #[error("{why}")]
    Unreadable {
        /// Why not.
        why: String,
    },
    /// Its file has not the form of an erasure.
    #[error(transparent)]
    Malformed(Malformed),
    /// It stands under another name than its own.
    #[error("it is not in its place")]
    Misplaced,
    /// It is not its owner's word.
    #[error(transparent)]
    Untrue(#[from] DocumentFault),
}

impl ErasureFault {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "erasure-unreadable",
            Self::Malformed(_) => "erasure-malformed",
            Self::Misplaced => "erasure-out-of-place",
            Self::Untrue(DocumentFault::Foreign(_)) => "erasure-by-another",
            Self::Untrue(DocumentFault::Unsigned) => "erasure-unsigned",
            Self::Untrue(DocumentFault::WrongSignature) => "erasure-signature-wrong",
        }
    }
}

/// Checks that the owner of a branch signed an erasure on it, which stands there under this name.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn erasure(owner: &PublicKey, erasure: &Erasure, file_name: &str) -> Result<(), ErasureFault> {
    if file_name != erasure.file_name() {
        return Err(ErasureFault::Misplaced);
    }
    Ok(document(owner, erasure)?)
}
