//! What is sealed, in its form: the boxes of messages and headers, and the epochs whose keys open
//! them. Nothing is opened here: to this room, a box is bytes.

use super::json::{Map, Value};
use super::message::{hash_list, hashes};
use super::{EncryptionKey, Hash, Nonce, PublicKey};
use base64ct::{Base64, Encoding};

/// What stands in place of a title, and of a text, that is sealed.
pub const SEALED_MARK: &str = "🔒";

/// So long is the key of an epoch when it is wrapped for one reader.
pub const WRAP_BYTES: usize = 80;

/// No sealed part is shorter: short answers look alike.
const LEAST_SEALED: usize = 256;

/// So long is what shows that a box is as it was sealed.
pub(super) const TAG_BYTES: usize = 16;

/// Padmé: a length of which few bits are set, at most 12 % more (Nikitin et al., PETS 2019).
pub fn padded_length(length: usize) -> usize {
    if length <= LEAST_SEALED {
        return LEAST_SEALED;
    }
    let exponent = length.ilog2();
    let kept_bits = exponent.ilog2() + 1;
    let cut = (1 << (exponent - kept_bits)) - 1;
    (length + cut) & !cut
}

/// A sealed value as a message or a header carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Whose key opens it.
    pub epoch: Hash,
    /// The nonce it was sealed with.
    pub nonce: Nonce,
    /// The ciphertext with its tag.
    pub sealed_box: Vec<u8>,
}

impl Sealed {
    /// Reads one. Fields beside these are let be.
    pub fn read(value: &Value) -> Option<Self> {
        Some(Self {
            epoch: text(value, "epoch")?.parse().ok()?,
            nonce: text(value, "nonce")?.parse().ok()?,
            sealed_box: base64(text(value, "box")?).filter(|bytes| is_padded(bytes))?,
        })
    }

    /// It as the record writes it.
    pub fn to_value(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("epoch".to_owned(), self.epoch.to_string().into());
        fields.insert("nonce".to_owned(), self.nonce.to_string().into());
        let sealed_box = Base64::encode_string(&self.sealed_box);
        fields.insert("box".to_owned(), sealed_box.into());
        fields.into()
    }
}

/// One key for all that is sealed while it is in force, and who may have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// A hash that commits to the key.
    pub id: Hash,
    /// The epochs that it replaces.
    pub after: Vec<Hash>,
    /// The readers that it removes.
    pub without: Vec<PublicKey>,
    /// For whom its key is wrapped.
    pub readers: Vec<EpochReader>,
    /// Fields that this version doesn't know.
    pub others: Map<String, Value>,
}

impl Epoch {
    /// Reads one.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let without = match value.get("without") {
            None => Vec::new(),
            keys => keys_of(keys)?,
        };
        let readers = value.get("readers")?.as_array()?;
        Some(Self {
            id: text(value, "id")?.parse().ok()?,
            after: hashes(value.get("after"))?,
            without,
            readers: readers
                .iter()
                .map(EpochReader::read)
                .collect::<Option<_>>()?,
            others: others(value, &["id", "after", "without", "readers"])?,
        })
    }

    /// It as the record writes it: lists sorted, each item once, `without` only where somebody is
    /// removed.
    pub fn to_value(&self) -> Value {
        let mut readers = self.readers.clone();
        readers.sort_by_cached_key(EpochReader::rank);
        readers.dedup();
        let readers: Vec<Value> = readers.iter().map(EpochReader::to_value).collect();
        let mut fields = Map::new();
        fields.insert("id".to_owned(), self.id.to_string().into());
        fields.insert("after".to_owned(), hash_list(&sorted(&self.after)));
        if !self.without.is_empty() {
            fields.insert("without".to_owned(), key_list(&sorted(&self.without)));
        }
        fields.insert("readers".to_owned(), readers.into());
        fields.extend(self.others.clone());
        fields.into()
    }
}

/// The key of an epoch, wrapped for one reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochReader {
    /// Whose it is.
    pub author: PublicKey,
    /// The key for which it is wrapped.
    pub encryption: EncryptionKey,
    /// HPKE's encapsulated key, then its ciphertext.
    pub wrap: [u8; WRAP_BYTES],
    /// Fields that this version doesn't know.
    pub others: Map<String, Value>,
}

impl EpochReader {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            author: text(value, "author")?.parse().ok()?,
            encryption: text(value, "encryption")?.parse().ok()?,
            wrap: base64(text(value, "wrap")?)?.try_into().ok()?,
            others: others(value, &["author", "encryption", "wrap"])?,
        })
    }

    fn to_value(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("author".to_owned(), self.author.to_string().into());
        fields.insert("encryption".to_owned(), self.encryption.to_string().into());
        fields.insert("wrap".to_owned(), self.wrap_text().into());
        fields.extend(self.others.clone());
        fields.into()
    }

    fn wrap_text(&self) -> String {
        Base64::encode_string(&self.wrap)
    }

    /// By what readers are sorted; what this version doesn't know comes last.
    pub(super) fn rank(&self) -> (PublicKey, EncryptionKey, String, Vec<u8>) {
        let all = super::json::canonical(&self.to_value());
        (self.author, self.encryption, self.wrap_text(), all)
    }
}

/// Whether a box has one of the lengths that tell little of what is in it.
fn is_padded(sealed_box: &[u8]) -> bool {
    let sealed = sealed_box.len().checked_sub(TAG_BYTES);
    sealed.is_some_and(|length| length == padded_length(length))
}

/// Base64 in its one spelling: padded, no white space, unused bits zero.
fn base64(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text).ok()
}

/// A field that is a text.
pub(super) fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

/// A list of keys.
pub(super) fn keys_of(value: Option<&Value>) -> Option<Vec<PublicKey>> {
    let items = value?.as_array()?;
    items
        .iter()
        .map(|item| item.as_str()?.parse().ok())
        .collect()
}

/// A list of keys as the record writes it.
pub(super) fn key_list(keys: &[PublicKey]) -> Value {
    keys.iter()
        .map(|key| Value::from(key.to_string()))
        .collect()
}

/// The fields of an object but those of these names.
pub(super) fn others(value: &Value, known: &[&str]) -> Option<Map<String, Value>> {
    let mut fields = value.as_object()?.clone();
    fields.retain(|name, _| !known.contains(&name.as_str()));
    Some(fields)
}

/// Each of them once, in order.
pub(super) fn sorted<T: Ord + Clone>(items: &[T]) -> Vec<T> {
    let mut items = items.to_vec();
    items.sort_unstable();
    items.dedup();
    items
}
