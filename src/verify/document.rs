//! The check of a signed document, whatever its kind.

use super::signature;
use crate::model::{Document, DocumentKind, PublicKey};

/// What can be wrong with a document's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentFault {
    /// It is somebody else's word.
    #[error("it names {}…, not the branch's owner", .0.short())]
    Foreign(PublicKey),
    /// It has no signature.
    #[error("it is not signed")]
    Unsigned,
    /// The signature is not its author's over the rest of it.
    #[error("its signature is wrong")]
    WrongSignature,
}

/// Checks that a document is the word of a branch's owner.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn document<Kind: DocumentKind>(
    owner: &PublicKey,
    document: &Document<Kind>,
) -> Result<(), DocumentFault> {
    if document.author() != *owner {
        return Err(DocumentFault::Foreign(document.author()));
    }
    let made = document.signature().ok_or(DocumentFault::Unsigned)?;
    if signature(owner, Kind::NAMESPACE, &document.signed_bytes(), made) {
        Ok(())
    } else {
        Err(DocumentFault::WrongSignature)
    }
}
