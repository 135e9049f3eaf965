//! The file with an owner's contacts: one document that they signed, so that who can only write
//! files can't say whom they verified.

use super::{BookDamage, ContactError};
use crate::bounded;
use crate::files::{self, Readers};
use crate::identity::Keys;
use crate::model::json::{Map, Value};
use crate::model::{
    Document, DocumentKind, EncryptionKey, Fields, Malformed, Namespace, PublicKey, Timestamp,
};
use crate::verify;
use std::io::ErrorKind;
use std::path::Path;

/// The file is never larger.
const MOST_BYTES: u64 = 16 << 20;

/// The contacts of an owner, as their file keeps them.
pub(super) type Book = Document<ContactList>;

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ContactList {
    pub(super) entries: Vec<Entry>,
}

/// A contact in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: PublicKey,
    pub(super) name: String,
    /// The key of their card; none, if no card of theirs was seen yet.
    pub(super) encryption: Option<EncryptionKey>,
    pub(super) added_at: Timestamp,
    /// When both compared their keys; none, if they did not.
    pub(super) verified_at: Option<Timestamp>,
    /// Fields that this version doesn't know.
    others: Map<String, Value>,
}

const FIELDS: [&str; 5] = ["key", "name", "encryption", "added_at", "verified_at"];

impl Entry {
    pub(super) fn new(key: PublicKey, name: String, added_at: Timestamp) -> Self {
        Self {
            key,
            name,
            encryption: None,
            added_at,
            verified_at: None,
            others: Map::new(),
        }
    }

    fn read(fields: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let mut others = fields.clone();
        others.retain(|name, _| !FIELDS.contains(&name.as_str()));
        Some(Self {
            key: text("key")?.parse().ok()?,
            name: text("name")?.to_owned(),
            encryption: nullable(fields, "encryption", |text| text.parse().ok())?,
            added_at: Timestamp::read(text("added_at")?)?,
            verified_at: nullable(fields, "verified_at", Timestamp::read)?,
            others,
        })
    }

    fn to_value(&self) -> Value {
        let mut fields = Map::new();
        let encryption = self.encryption.map(|key| key.to_string());
        let verified_at = self.verified_at.map(|time| time.to_string());
        fields.insert("key".to_owned(), self.key.to_string().into());
        fields.insert("name".to_owned(), self.name.as_str().into());
        fields.insert("encryption".to_owned(), encryption.into());
        fields.insert("added_at".to_owned(), self.added_at.to_string().into());
        fields.insert("verified_at".to_owned(), verified_at.into());
        fields.extend(self.others.clone());
        fields.into()
    }
}

/// A field that must be there: null, or a text that `read` knows.
fn nullable<T>(
    fields: &Map<String, Value>,
    name: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<Option<T>> {
    match fields.get(name)? {
        Value::Null => Some(None),
        value => read(value.as_str()?).map(Some),
    }
}

impl DocumentKind for ContactList {
    const NAMESPACE: Namespace = Namespace::Contacts;

    fn read(fields: &Fields<'_>) -> Result<Self, Malformed> {
        let entries = fields.list("contacts", Entry::read)?;
        Ok(Self { entries })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let entries: Vec<Value> = self.entries.iter().map(Entry::to_value).collect();
        vec![("contacts", entries.into())]
    }
}

/// Reads the file; one that is not there has no contacts.
///
/// # Errors
/// If it can't be read, or is not its owner's word.
pub(super) fn read(path: &Path, owner: &PublicKey) -> Result<Book, ContactError> {
    let bytes = match bounded::read_plain(path, MOST_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(Book::new(*owner, ContactList::default()));
        }
        Err(source) => {
            let path = path.to_owned();
            return Err(ContactError::Disk { path, source });
        }
    };
    let damaged = |why| ContactError::Damaged {
        path: path.to_owned(),
        why,
    };
    let book = Book::read(&bytes).map_err(|why| damaged(BookDamage::Malformed(why)))?;
    verify::document(owner, &book).map_err(|why| damaged(BookDamage::Untrue(why)))?;
    Ok(book)
}

/// Signs the contacts and writes the file, whole or not at all.
///
/// # Errors
/// If the disk refuses.
pub(super) fn write(
    path: &Path,
    keys: &Keys,
    before: &Book,
    list: ContactList,
) -> Result<(), ContactError> {
    let mut book = if before.author() == keys.public() {
        before.with(list)
    } else {
        Book::new(keys.public(), list)
    };
    keys.owner().sign_document(&mut book);
    files::replace(path, ".contacts-", Readers::Owner, &book.to_file()).map_err(|source| {
        let path = path.to_owned();
        ContactError::Disk { path, source }
    })
}
