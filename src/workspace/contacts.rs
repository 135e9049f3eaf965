//! Whom the owner knows: people by their keys, with the encryption keys of their cards.
//!
//! The first card of somebody is believed and remembered; another encryption key for the same
//! person is refused from then on. Whether it was theirs is known only once both compared.

mod book;
mod error;
mod names;

pub use error::{BookDamage, ContactError};
pub use names::ShownNames;

use super::card::checked_name;
use super::{WorkError, Workspace};
use crate::bounded;
use crate::home::Home;
use crate::identity::Keys;
use crate::model::{Card, EncryptionKey, MAX_NAME_CHARACTERS, PublicKey, Timestamp};
use crate::store::Store;
use crate::verify::{self, CardFault, DocumentFault};
use book::{Book, ContactList, Entry};
pub(super) use names::look_alike;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A card's file is never larger.
const MOST_CARD_BYTES: u64 = 1 << 20;
/// The fewest digits by which a key is found.
const FEWEST_DIGITS: usize = 4;
/// So many digits and more could be taken for a key.
const LIKE_A_KEY: usize = 8;

/// Somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// What the owner calls them; if they are no contact, what their card says; empty, if neither
    /// does.
    pub name: String,
    /// Their key.
    pub key: PublicKey,
    /// The key for which is sealed what they may read; none, as long as no card of theirs was seen.
    pub encryption: Option<EncryptionKey>,
    /// Whether the owner compared the keys with them.
    pub verified: bool,
    /// When the owner took them up; none, if they did not.
    pub added_at: Option<Timestamp>,
}

impl Contact {
    /// How they are called in a sentence: by their name and the beginning of their key.
    pub fn called(&self) -> String {
        let mut called = self.name.clone();
        let key = self.key.short();
        let written = if called.is_empty() {
            write!(called, "{key}…")
        } else {
            write!(called, " ({key}…)")
        };
        written.expect("a text can be written to");
        called
    }

    fn nameless(key: PublicKey) -> Self {
        Self {
            name: String::new(),
            key,
            encryption: None,
            verified: false,
            added_at: None,
        }
    }

    fn of(entry: &Entry) -> Self {
        Self {
            name: entry.name.clone(),
            key: entry.key,
            encryption: entry.encryption,
            verified: entry.verified_at.is_some(),
            added_at: Some(entry.added_at),
        }
    }
}

/// Whether a text could be taken for a key or the beginning of one.
pub(super) fn is_like_a_key(text: &str) -> bool {
    text.len() >= LIKE_A_KEY && is_hex(text)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The contacts of a home, as they were when they were read.
pub struct Contacts<'w> {
    workspace: &'w Workspace,
    owner: PublicKey,
    path: PathBuf,
    book: Book,
    store: Option<Store>,
}

impl Workspace {
    /// The contacts of an owner, whose home this is.
    ///
    /// # Errors
    /// If their file can't be read or is not what the owner wrote, or if the store can't be opened.
    pub fn contacts(&self, owner: PublicKey) -> Result<Contacts<'_>, WorkError> {
        let path = Home::at(self.home()).contacts();
        let book = match book::read(&path, &owner) {
            // A rotation that was broken off at its end left it signed by the key before.
            Err(ContactError::Damaged {
                why: BookDamage::Untrue(DocumentFault::Foreign(older)),
                ..
            }) if self.own_older(&owner)?.contains_key(&older) => book::read(&path, &older)?,
            read => read?,
        };
        Ok(Contacts {
            workspace: self,
            owner,
            book,
            path,
            store: self.store()?,
        })
    }
}

impl Contacts<'_> {
    /// All contacts, by name and key.
    pub fn list(&self) -> Vec<Contact> {
        let mut all: Vec<Contact> = self.book.entries.iter().map(Contact::of).collect();
        all.sort_by(|one, other| (&one.name, one.key).cmp(&(&other.name, other.key)));
        all
    }

    /// The contact with this key, if the owner has them.
    pub fn with_key(&self, key: &PublicKey) -> Option<Contact> {
        self.entry(key).map(Contact::of)
    }

    /// Whom the owner means: by a contact's name, a key, its unique beginning, or the file of a
    /// card. A key that nobody knows yet is somebody without a name.
    ///
    /// # Errors
    /// If it is nobody or several, or if their card is not theirs or names another encryption key
    /// than before.
    pub fn find(&self, who: &str) -> Result<Contact, ContactError> {
        let named = self.named(who);
        if !named.is_empty() {
            return self.only(who, named);
        }
        if let Ok(key) = who.parse::<PublicKey>() {
            return self.by_key(key);
        }
        if who.len() >= FEWEST_DIGITS && is_hex(who) {
            let keys = self.keys_that_begin_with(&who.to_ascii_lowercase())?;
            if !keys.is_empty() {
                let found: Result<Vec<_>, _> =
                    keys.into_iter().map(|key| self.by_key(key)).collect();
                return self.only(who, found?);
            }
        }
        let path = Path::new(who);
        if path.is_file() {
            let card = read_card(path)?;
            return self.with_card(Contact::nameless(card.author()), &card);
        }
        Err(ContactError::Unknown(who.to_owned()))
    }

    /// A contact by their name, their key or its unique beginning, whatever their card says now.
    ///
    /// # Errors
    /// If it is no contact, or several.
    pub fn known(&self, who: &str) -> Result<Contact, ContactError> {
        let mut found = self.named(who);
        if found.is_empty() && who.len() >= FEWEST_DIGITS && is_hex(who) {
            let digits = who.to_ascii_lowercase();
            found = self.list();
            found.retain(|contact| contact.key.to_string().starts_with(&digits));
        }
        match <[Contact; 1]>::try_from(found) {
            Ok([contact]) => Ok(contact),
            Err(none) if none.is_empty() => Err(ContactError::Unknown(who.to_owned())),
            Err(candidates) => Err(ContactError::Ambiguous {
                who: who.to_owned(),
                candidates,
            }),
        }
    }

    /// Somebody by their key, with what is remembered of them and what their card says.
    ///
    /// # Errors
    /// If their card is not theirs, or names another encryption key than before.
    pub fn by_key(&self, key: PublicKey) -> Result<Contact, ContactError> {
        let known = self
            .with_key(&key)
            .unwrap_or_else(|| Contact::nameless(key));
        let verdict = match &self.store {
            Some(store) => store.card_of(&key)?,
            None => None,
        };
        let Some(verdict) = verdict else {
            return Ok(known);
        };
        let card = verdict
            .good()
            .map_err(|fault| ContactError::CardUntrue { key, fault })?;
        self.with_card(known, &card)
    }

    /// Remembers somebody from now on: who they are and which encryption key their card names.
    ///
    /// # Errors
    /// If the name is none or looks like that of another contact, if another encryption key is
    /// remembered already, or if the disk refuses.
    pub fn remember(&mut self, keys: &Keys, contact: &Contact) -> Result<Contact, ContactError> {
        if contact.key == self.owner {
            return Err(ContactError::Yourself);
        }
        let mut entry = match self.entry(&contact.key) {
            Some(entry) => entry.clone(),
            None => Entry::new(contact.key, String::new(), self.workspace.now()),
        };
        if !contact.name.is_empty() && contact.name != entry.name {
            entry.name = self.free_name(&contact.name, &contact.key)?;
        }
        if let Some(found) = contact.encryption {
            let before = Contact::of(&entry);
            entry.encryption = Some(known_or_new(&before, found)?);
        }
        self.put(keys, entry)
    }

    /// Notes that the owner compared the keys with somebody, and that they are the same.
    ///
    /// # Errors
    /// If no card of theirs was seen, or if the disk refuses.
    pub fn set_verified(
        &mut self,
        keys: &Keys,
        contact: &Contact,
    ) -> Result<Contact, ContactError> {
        self.make_way(keys, &contact.key)?;
        let remembered = self.remember(keys, contact)?;
        if remembered.encryption.is_none() {
            return Err(ContactError::NothingToCompare(Box::new(remembered)));
        }
        let mut entry = self.entry(&contact.key).expect("it was remembered").clone();
        entry.verified_at = Some(self.workspace.now());
        self.put(keys, entry)
    }

    /// Notes that the keys of somebody are in doubt: they are not verified from now on. Whether they
    /// were.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn take_back_verified(
        &mut self,
        keys: &Keys,
        key: &PublicKey,
    ) -> Result<bool, ContactError> {
        let Some(mut entry) = self.entry(key).cloned() else {
            return Ok(false);
        };
        if entry.verified_at.take().is_none() {
            return Ok(false);
        }
        self.put(keys, entry)?;
        Ok(true)
    }

    /// Signs with a newer key what the one before it signed.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(super) fn sign_anew(&mut self, keys: &Keys) -> Result<(), ContactError> {
        if self.book.author() == keys.public() {
            return Ok(());
        }
        self.write(keys, ContactList::clone(&self.book))
    }

    /// Forgets a contact. Whether there was one.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn remove(&mut self, keys: &Keys, key: &PublicKey) -> Result<bool, ContactError> {
        let mut list = ContactList::clone(&self.book);
        list.entries.retain(|entry| entry.key != *key);
        let is_there = list.entries.len() < self.book.entries.len();
        if is_there {
            self.write(keys, list)?;
        }
        Ok(is_there)
    }

    pub(super) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    fn entry(&self, key: &PublicKey) -> Option<&Entry> {
        self.book.entries.iter().find(|entry| entry.key == *key)
    }

    /// The contacts of a name: of exactly this one, or else in another case.
    fn named(&self, who: &str) -> Vec<Contact> {
        let called = |is_it: &dyn Fn(&str) -> bool| {
            let entries = self.book.entries.iter();
            let found = entries.filter(|entry| is_it(&entry.name));
            found.map(Contact::of).collect::<Vec<_>>()
        };
        let exactly = called(&|name| name == who);
        if !exactly.is_empty() {
            return exactly;
        }
        let small = who.to_lowercase();
        called(&|name| !name.is_empty() && name.to_lowercase() == small)
    }

    /// The one of whom there is no second, as their card says now.
    fn only(&self, who: &str, found: Vec<Contact>) -> Result<Contact, ContactError> {
        match <[Contact; 1]>::try_from(found) {
            Ok([contact]) => self.by_key(contact.key),
            Err(candidates) => Err(ContactError::Ambiguous {
                who: who.to_owned(),
                candidates,
            }),
        }
    }

    /// The keys of contacts, and of all who have a branch here, that begin so.
    fn keys_that_begin_with(&self, digits: &str) -> Result<Vec<PublicKey>, ContactError> {
        let mut keys: Vec<PublicKey> = self.book.entries.iter().map(|entry| entry.key).collect();
        if let Some(store) = &self.store {
            keys.extend(store.known_authors()?);
        }
        keys.retain(|key| key.to_string().starts_with(digits));
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    /// Somebody with what a good card of theirs says.
    fn with_card(&self, known: Contact, card: &Card) -> Result<Contact, ContactError> {
        let mut contact = self.with_key(&card.author()).unwrap_or(known);
        contact.encryption = Some(known_or_new(&contact, card.encryption)?);
        if contact.name.is_empty() {
            contact.name.clone_from(&card.name);
        }
        Ok(contact)
    }

    /// Whom a key takes the place of leaves it the name, and is known as a former key from now on.
    fn make_way(&mut self, keys: &Keys, newer: &PublicKey) -> Result<(), ContactError> {
        let verdict = match &self.store {
            Some(store) => store.card_of(newer)?,
            None => None,
        };
        let Some(Ok(card)) = verdict.map(|verdict| verdict.good()) else {
            return Ok(());
        };
        for older in &card.succeeds {
            let Some(mut entry) = self.entry(&older.key).cloned() else {
                continue;
            };
            if entry.name.is_empty() || !look_alike(&entry.name, &card.name) {
                continue;
            }
            let short = older.key.short();
            let shortened: String = entry.name.chars().take(MAX_NAME_CHARACTERS / 2).collect();
            entry.name = format!("{shortened} (former {short})");
            self.put(keys, entry)?;
        }
        Ok(())
    }

    /// A name that nobody else has, nor one that looks the same.
    fn free_name(&self, name: &str, key: &PublicKey) -> Result<String, ContactError> {
        let checked = checked_name(name).map_err(|why| ContactError::BadName {
            name: name.to_owned(),
            why,
        })?;
        let mut others = self.book.entries.iter().filter(|entry| entry.key != *key);
        match others.find(|other| look_alike(&other.name, &checked)) {
            None => Ok(checked),
            Some(other) => Err(ContactError::NameTaken {
                name: checked,
                other: Box::new(Contact::of(other)),
            }),
        }
    }

    fn put(&mut self, keys: &Keys, entry: Entry) -> Result<Contact, ContactError> {
        let contact = Contact::of(&entry);
        if self.entry(&entry.key) == Some(&entry) {
            return Ok(contact);
        }
        let mut list = ContactList::clone(&self.book);
        list.entries.retain(|other| other.key != entry.key);
        list.entries.push(entry);
        list.entries.sort_by_key(|entry| entry.key);
        self.write(keys, list)?;
        Ok(contact)
    }

    fn write(&mut self, keys: &Keys, list: ContactList) -> Result<(), ContactError> {
        book::write(&self.path, keys, &self.book, list)?;
        self.book = book::read(&self.path, &self.owner)?;
        Ok(())
    }
}

/// A good card from a file.
fn read_card(path: &Path) -> Result<Card, ContactError> {
    let no_card = |fault| ContactError::NoCard {
        path: path.to_owned(),
        fault,
    };
    let bytes =
        bounded::read_plain(path, MOST_CARD_BYTES).map_err(|source| ContactError::Disk {
            path: path.to_owned(),
            source,
        })?;
    let card = Card::read(&bytes).map_err(|why| no_card(CardFault::Malformed(why)))?;
    verify::card(&card.author(), &card).map_err(no_card)?;
    Ok(card)
}

/// The encryption key that a card names, if it is the one that is remembered or the first.
fn known_or_new(contact: &Contact, found: EncryptionKey) -> Result<EncryptionKey, ContactError> {
    match contact.encryption {
        Some(known) if known != found => Err(ContactError::EncryptionKeyChanged {
            contact: Box::new(contact.clone()),
            known,
            found,
        }),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests;
