//! The check of an erasure.

use super::signature;
use crate::model::{Erasure, Malformed, PublicKey};
use crate::sign::Namespace;
use std::fmt;

/// What can be wrong with the word of an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErasureFault {
    /// Its file can't be read.
    Unreadable {
        /// Why not.
        why: String,
    },
    /// Its file has not the form of an erasure.
    Malformed(Malformed),
    /// It stands under another name than its own.
    Misplaced,
    /// It names somebody else than the branch's owner.
    Foreign(PublicKey),
    /// It has no signature.
    Unsigned,
    /// The signature is not its owner's over the rest of it.
    WrongSignature,
}

/// Checks that the owner of a branch signed an erasure on it, which stands there under this name.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn erasure(owner: &PublicKey, erasure: &Erasure, file_name: &str) -> Result<(), ErasureFault> {
    if file_name != erasure.file_name() {
        return Err(ErasureFault::Misplaced);
    }
    if erasure.author() != *owner {
        return Err(ErasureFault::Foreign(erasure.author()));
    }
    let made = erasure.signature().ok_or(ErasureFault::Unsigned)?;
    if signature(owner, Namespace::Erasure, &erasure.signed_bytes(), made) {
        Ok(())
    } else {
        Err(ErasureFault::WrongSignature)
    }
}

impl ErasureFault {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "erasure-unreadable",
            Self::Malformed(_) => "erasure-malformed",
            Self::Misplaced => "erasure-out-of-place",
            Self::Foreign(_) => "erasure-by-another",
            Self::Unsigned => "erasure-unsigned",
            Self::WrongSignature => "erasure-signature-wrong",
        }
    }
}

impl fmt::Display for ErasureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { why } => f.write_str(why),
            Self::Malformed(why) => why.fmt(f),
            Self::Misplaced => f.write_str("it is not in its place"),
            Self::Foreign(key) => {
                write!(f, "it names {}…, not the branch's owner", key.short())
            }
            Self::Unsigned => f.write_str("it is not signed"),
            Self::WrongSignature => f.write_str("its signature is wrong"),
        }
    }
}
