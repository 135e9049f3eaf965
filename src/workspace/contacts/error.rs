//! What can go wrong with contacts.

use super::Contact;
use crate::model::{EncryptionKey, Malformed, PublicKey};
use crate::store::StoreError;
use crate::verify::{CardFault, DocumentFault};
use crate::workspace::BadName;
use std::io;
use std::path::PathBuf;

/// Something that was asked of the contacts and did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ContactError {
    /// The system refused a file.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file of the contacts is not what its owner wrote.
    #[error("{}, the file of your contacts, is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: BookDamage,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody is known by this.
    #[error("nobody is known as “{0}”")]
    Unknown(String),
    /// Several are known by this.
    #[error("“{who}” fits {} people", candidates.len())]
    Ambiguous {
        /// What was asked for.
        who: String,
        /// Whom it fits.
        candidates: Vec<Contact>,
    },
    /// A card is not its owner's word.
    #[error("the card of {}… is not theirs: {fault}", key.short())]
    CardUntrue {
        /// Whose it should be.
        key: PublicKey,
        /// What is wrong with it.
        fault: CardFault,
    },
    /// A file is no card, or one that nobody signed.
    #[error("{} is no good card: {fault}", path.display())]
    NoCard {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: CardFault,
    },
    /// A card names another encryption key than the one that is remembered.
    #[error(
        "the card of {} names another encryption key ({}…) than the one you know ({}…): \
         somebody may want to read what you seal for them",
        contact.called(), found.short(), known.short()
    )]
    EncryptionKeyChanged {
        /// Whose card it is.
        contact: Box<Contact>,
        /// The key that is remembered.
        known: EncryptionKey,
        /// The key that the card names.
        found: EncryptionKey,
    },
    /// Another contact has this name, or one that looks the same.
    #[error("the name “{name}” looks like that of another contact, {}", other.called())]
    NameTaken {
        /// The name.
        name: String,
        /// Who has it.
        other: Box<Contact>,
    },
    /// It can't be a name.
    #[error("“{name}” can't be a contact's name: {why}")]
    BadName {
        /// The name.
        name: String,
        /// Why not.
        why: BadName,
    },
    /// It is the owner's own key.
    #[error("that is your own key")]
    Yourself,
    /// There is nothing to compare yet.
    #[error("no card of {} was seen yet, so there is nothing to compare", .0.called())]
    NothingToCompare(Box<Contact>),
}

/// What can be wrong with the file of the contacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookDamage {
    /// It has not its form.
    #[error(transparent)]
    Malformed(Malformed),
    /// It is not its owner's word.
    #[error(transparent)]
    Untrue(DocumentFault),
}

impl ContactError {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Disk { .. } => "contacts-disk",
            Self::Damaged { .. } => "contacts-damaged",
            Self::Store(_) => "store",
            Self::Unknown(_) => "contact-unknown",
            Self::Ambiguous { .. } => "contact-ambiguous",
            Self::CardUntrue { .. } => "card-untrue",
            Self::NoCard { .. } => "no-card",
            Self::EncryptionKeyChanged { .. } => "encryption-key-changed",
            Self::NameTaken { .. } => "name-taken",
            Self::BadName { .. } => "name-bad",
            Self::Yourself => "contact-yourself",
            Self::NothingToCompare(_) => "nothing-to-compare",
        }
    }
}
