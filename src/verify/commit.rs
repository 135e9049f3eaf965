//! The check of a commit, on its bytes alone.

use super::signature;
use crate::model::PublicKey;
use crate::sign::{Namespace, read_armour};
use std::fmt;

/// What can be wrong with a commit by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CommitFault {
    /// It has not the form of a commit.
    NoCommit,
    /// It has no signature.
    Unsigned,
    /// It has several signatures, or one of another kind than git's `gpgsig`.
    SeveralSignatures,
    /// Its signature is not one of git's by SSH.
    UnreadableSignature,
    /// Somebody else than the branch's owner signed it.
    Foreign(PublicKey),
    /// The signature is not its owner's over the rest of it.
    WrongSignature,
}

/// Checks a commit object: signed once, over all the rest of it, by the key that owns the branch.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn commit(owner: &PublicKey, object: &[u8]) -> Result<(), CommitFault> {
    let (armour, signed_bytes) = take_signature(object)?;
    let armour = std::str::from_utf8(&armour).map_err(|_| CommitFault::UnreadableSignature)?;
    let read = read_armour(armour, Namespace::Git);
    let (key, made) = read.ok_or(CommitFault::UnreadableSignature)?;
    if key != *owner {
        return Err(CommitFault::Foreign(key));
    }
    if signature(&key, Namespace::Git, &signed_bytes, &made) {
        Ok(())
    } else {
        Err(CommitFault::WrongSignature)
    }
}

/// The armour in the one `gpgsig` header, and the object without that header. With two of them,
/// programs differ in what they take for signed, so such a commit is refused; so is
/// `gpgsig-sha256`, which git leaves out as well.
fn take_signature(object: &[u8]) -> Result<(Vec<u8>, Vec<u8>), CommitFault> {
    let end_of_header = object.windows(2).position(|two| two == b"\n\n");
    let (header, text) = object.split_at(end_of_header.ok_or(CommitFault::NoCommit)? + 1);
    let mut armour: Option<Vec<u8>> = None;
    let mut rest = Vec::with_capacity(object.len());
    let mut in_armour = false;
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        if let (true, Some(armour), Some(more)) = (in_armour, &mut armour, line.strip_prefix(b" "))
        {
            armour.extend_from_slice(more);
            continue;
        }
        in_armour = line.starts_with(b"gpgsig");
        if !in_armour {
            rest.extend_from_slice(line);
            continue;
        }
        match line.strip_prefix(b"gpgsig ") {
            Some(first) if armour.is_none() => armour = Some(first.to_vec()),
            _ => return Err(CommitFault::SeveralSignatures),
        }
    }
    rest.extend_from_slice(text);
    Ok((armour.ok_or(CommitFault::Unsigned)?, rest))
}

impl CommitFault {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCommit => "commit-malformed",
            Self::Unsigned => "commit-unsigned",
            Self::SeveralSignatures => "commit-signatures-several",
            Self::UnreadableSignature => "commit-signature-unreadable",
            Self::Foreign(_) => "commit-signed-by-another",
            Self::WrongSignature => "commit-signature-wrong",
        }
    }
}

impl fmt::Display for CommitFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCommit => f.write_str("it is no commit"),
            Self::Unsigned => f.write_str("it is not signed"),
            Self::SeveralSignatures => {
                f.write_str("it has more than one signature, or another kind")
            }
            Self::UnreadableSignature => f.write_str("its signature is not one of git's by SSH"),
            Self::Foreign(key) => {
                write!(f, "signed by {}…, not by the branch's owner", key.short())
            }
            Self::WrongSignature => f.write_str("its signature is wrong"),
        }
    }
}
