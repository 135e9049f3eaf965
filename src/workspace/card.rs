//! The owner's own card.

use super::{WorkError, Workspace};
use crate::identity::Keys;
use crate::model::{Card, MAX_NAME_CHARACTERS, OwnerCard, PublicKey};
use crate::store::CardVerdict;
use unicode_normalization::UnicodeNormalization;

/// Why a name can't stand on a card, or be a contact's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// There is nothing in it.
    #[error("a name cannot be empty")]
    Empty,
    /// It has too many characters.
    #[error("a name has at most {MAX_NAME_CHARACTERS} characters")]
    TooLong,
    /// It has a control character, or one that can't be seen or turns text around.
    #[error("a name has no characters that can't be seen")]
    Unseen,
    /// It could be taken for a key.
    #[error("a name is not like a key")]
    LikeAKey,
}

/// A name as it is kept: without white space around it, in composed form.
///
/// # Errors
/// Why it can't be one.
pub fn checked_name(name: &str) -> Result<String, BadName> {
    let name: String = name.trim().nfc().collect();
    if name.is_empty() {
        return Err(BadName::Empty);
    }
    if name.chars().count() > MAX_NAME_CHARACTERS {
        return Err(BadName::TooLong);
    }
    if name.chars().any(is_unseen) {
        return Err(BadName::Unseen);
    }
    if super::contacts::is_like_a_key(&name) {
        return Err(BadName::LikeAKey);
    }
    Ok(name)
}

/// What makes two names that look the same differ.
fn is_unseen(c: char) -> bool {
    let is_other_space = c.is_whitespace() && c != ' ';
    c.is_control()
        || is_other_space
        || unicode_security::GeneralSecurityProfile::identifier_type(c)
            == Some(unicode_security::general_security_profile::IdentifierType::Default_Ignorable)
}

impl Workspace {
    /// The card on an owner's branch; `None` if there is none.
    ///
    /// # Errors
    /// If the store can't be opened, or the branch's newest commit can't be read.
    pub fn card_of(&self, owner: &PublicKey) -> Result<Option<CardVerdict>, WorkError> {
        match self.store()? {
            Some(store) => Ok(store.card_of(owner)?),
            None => Ok(None),
        }
    }

    /// Puts the card that is made by itself on the owner's branch, if there is none. One that is
    /// there must be theirs, with the key for which others seal that follows from their words.
    ///
    /// # Errors
    /// If the card that is there is not its owner's word, names another encryption key or a
    /// successor, or if the store can't be read or written.
    pub fn ensure_card(&self, keys: &Keys) -> Result<Card, WorkError> {
        match self.own_card(keys)? {
            Some(card) => {
                has_no_successor(&card)?;
                self.follow_identity(&card)?;
                Ok(card)
            }
            None => self.put_card(
                keys,
                Card::new(keys.public(), OwnerCard::unnamed(keys.encryption())),
            ),
        }
    }

    /// Whether the owner's key has no successor: else nothing more is to be said with it. A card
    /// that is not good, or can't be read, says nothing here.
    ///
    /// # Errors
    /// If it has one.
    pub fn check_in_use(&self, keys: &Keys) -> Result<(), WorkError> {
        let card = self.card_of(&keys.public()).ok().flatten();
        match card.map(CardVerdict::good) {
            Some(Ok(card)) => has_no_successor(&card),
            _ => Ok(()),
        }
    }

    /// Changes the owner's card; it is made if there is none.
    ///
    /// # Errors
    /// As [`Workspace::ensure_card`].
    pub fn change_card(
        &self,
        keys: &Keys,
        change: impl FnOnce(&mut OwnerCard),
    ) -> Result<Card, WorkError> {
        let before = self
            .own_card(keys)?
            .unwrap_or_else(|| Card::new(keys.public(), OwnerCard::unnamed(keys.encryption())));
        let mut changed = OwnerCard::clone(&before);
        change(&mut changed);
        if changed == *before && before.signature().is_some() {
            return Ok(before);
        }
        let next = before.updated_at.next().unwrap_or(before.updated_at);
        changed.updated_at = self.now().max(next);
        self.put_card(keys, before.with(changed))
    }

    /// Gives the owner a name on their card.
    ///
    /// # Errors
    /// If it can't be a name; else as [`Workspace::change_card`].
    pub fn set_own_name(&self, keys: &Keys, name: &str) -> Result<Card, WorkError> {
        let name = checked_name(name).map_err(WorkError::BadName)?;
        self.check_in_use(keys)?;
        self.change_card(keys, |card| card.name = name)
    }

    /// After a rotation that was broken off at the end, `HEAD` still names the older branch.
    fn follow_identity(&self, card: &Card) -> Result<(), WorkError> {
        let Some(store) = self.store()? else {
            return Ok(());
        };
        let named = store.made_for();
        if card.succeeds.iter().any(|older| named == Some(older.key)) {
            store.make_for(&card.author())?;
        }
        Ok(())
    }

    /// The owner's card, checked: sealing for another key than the words give would lock them out.
    fn own_card(&self, keys: &Keys) -> Result<Option<Card>, WorkError> {
        let owner = keys.public();
        let Some(found) = self.card_of(&owner)? else {
            return Ok(None);
        };
        let card = found
            .good()
            .map_err(|fault| WorkError::Card { owner, fault })?;
        if card.encryption != keys.encryption() {
            return Err(WorkError::OtherEncryptionKey {
                named: card.encryption,
            });
        }
        Ok(Some(card))
    }

    fn put_card(&self, keys: &Keys, card: Card) -> Result<Card, WorkError> {
        let store = self.store_of(&keys.public())?;
        Ok(store.put_card(keys.owner(), &card, self.now())?)
    }
}

fn has_no_successor(card: &Card) -> Result<(), WorkError> {
    match card.succeeded_by.first() {
        Some(newer) => Err(WorkError::Succeeded { by: newer.key }),
        None => Ok(()),
    }
}
