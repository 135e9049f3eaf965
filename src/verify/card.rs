//! The check of a card.

use super::{DocumentFault, document};
use crate::model::{Card, Malformed, PublicKey};
use crate::seal;

/// What can be wrong with a card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardFault {
    /// Its file can't be read.
    #[error("{why}")]
    Unreadable {
        /// Why not.
        why: String,
    },
    /// Its file is a link or can be run.
    #[error("it is not a plain file")]
    NotPlain,
    /// Its file is larger than any card.
    #[error("it is larger than any card")]
    TooLarge,
    /// Its file has not the form of a card.
    #[error(transparent)]
    Malformed(Malformed),
    /// It is not its owner's word.
    #[error(transparent)]
    Untrue(#[from] DocumentFault),
    /// What is sealed for its encryption key anybody could open.
    #[error("its encryption key protects nothing")]
    WeakEncryptionKey,
}

impl CardFault {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "card-unreadable",
            Self::NotPlain => "card-not-plain",
            Self::TooLarge => "card-too-large",
            Self::Malformed(_) => "card-malformed",
            Self::Untrue(DocumentFault::Foreign(_)) => "card-by-another",
            Self::Untrue(DocumentFault::Unsigned) => "card-unsigned",
            Self::Untrue(DocumentFault::WrongSignature) => "card-signature-wrong",
            Self::WeakEncryptionKey => "card-encryption-key-weak",
        }
    }
}

/// Checks that a card is the word of the owner of a branch, and that its encryption key is one.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn card(owner: &PublicKey, card: &Card) -> Result<(), CardFault> {
    document(owner, card)?;
    if seal::is_weak(&card.encryption) {
        return Err(CardFault::WeakEncryptionKey);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Keys, Words};
    use crate::model::{EncryptionKey, OwnerCard};

    #[test]
    fn a_key_for_which_sealing_hides_nothing_is_none() {
        let keys = Keys::from_words(&Words::from_entropy(&[1; 32]).unwrap());
        let check = |encryption: EncryptionKey| {
            let mut made = Card::new(keys.public(), OwnerCard::unnamed(encryption));
            keys.owner().sign_document(&mut made);
            card(&keys.public(), &made)
        };
        let mut one = [0; 32];
        one[0] = 1;
        for weak in [[0; 32], one] {
            assert_eq!(
                check(EncryptionKey(weak)),
                Err(CardFault::WeakEncryptionKey)
            );
        }
        assert_eq!(check(EncryptionKey([9; 32])), Ok(()));
    }
}
