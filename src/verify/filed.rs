//! The check of a document that is filed under its id: a project, a draft.

use super::{DocumentFault, document};
use crate::model::{Document, Filed, Malformed, PublicKey};

/// What can be wrong with such a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FiledFault {
    /// Its file can't be read.
    #[error("{why}")]
    Unreadable {
        /// Why not.
        why: String,
    },
    /// Its file is a link or can be run.
    #[error("it is not a plain file")]
    NotPlain,
    /// Its file is larger than any of its kind.
    #[error("it is larger than any of its kind")]
    TooLarge,
    /// Its file has not the form of its kind.
    #[error(transparent)]
    Malformed(Malformed),
    /// It stands under another name than its own.
    #[error("it is not in its place")]
    Misplaced,
    /// Its id does not follow from what it says.
    #[error("its id does not follow from what it says")]
    WrongId,
    /// It is not its owner's word.
    #[error(transparent)]
    Untrue(#[from] DocumentFault),
}

impl FiledFault {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "document-unreadable",
            Self::NotPlain => "document-not-plain",
            Self::TooLarge => "document-too-large",
            Self::Malformed(_) => "document-malformed",
            Self::Misplaced => "document-out-of-place",
            Self::WrongId => "document-id-wrong",
            Self::Untrue(DocumentFault::Foreign(_)) => "document-by-another",
            Self::Untrue(DocumentFault::Unsigned) => "document-unsigned",
            Self::Untrue(DocumentFault::WrongSignature) => "document-signature-wrong",
        }
    }
}

/// Checks that the owner of a branch signed a document on it, which stands there under this name.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn filed<Kind: Filed>(
    owner: &PublicKey,
    filed: &Document<Kind>,
    file_name: &str,
) -> Result<(), FiledFault> {
    if filed.true_id(&filed.author()) != filed.id() {
        return Err(FiledFault::WrongId);
    }
    if file_name != filed.file_name() {
        return Err(FiledFault::Misplaced);
    }
    Ok(document(owner, filed)?)
}
