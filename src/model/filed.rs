//! Documents of which a branch has a folder full, each under the name that its id gives it:
//! projects and drafts.

use super::json::{self, Map, Value};
use super::{Document, DocumentKind, Hash, PublicKey};
use sha2::{Digest, Sha256};

/// No such document has more bytes.
pub const MAX_FILED_BYTES: usize = 1 << 20;

/// A kind of documents that lie in a folder of their own, each under its id.
pub trait Filed: DocumentKind + Clone {
    /// The folder, beside that of the threads.
    const FOLDER: &'static str;

    /// Its id, as the document states it.
    fn id(&self) -> Hash;

    /// The id that the fields give which never change.
    fn true_id(&self, author: &PublicKey) -> Hash;

    /// The union of two versions of one document of one author. Commutative, associative, and taking
    /// in what is in it already changes nothing. It is still to be signed, unless one of the two
    /// says all of it.
    #[must_use]
    fn unite(one: &Document<Self>, other: &Document<Self>) -> Document<Self>;

    /// The root of the thread whose text stands in it, if there is one: it goes with that thread.
    fn thread(&self) -> Option<Hash>;
}

impl<Kind: Filed> Document<Kind> {
    /// Its name in the folder of its kind.
    pub fn file_name(&self) -> String {
        filed_name(&self.id())
    }

    /// Whether nothing that an earlier version says is missing in this one.
    pub fn has_all_of(&self, earlier: &Self) -> bool {
        let is_same_document = self.author() == earlier.author() && self.id() == earlier.id();
        is_same_document && Kind::unite(earlier, self).signed_bytes() == self.signed_bytes()
    }
}

/// The name of a document with this id, in the folder of its kind.
pub fn filed_name(id: &Hash) -> String {
    format!("{id}.json")
}

/// The id that a file's name states; `None` if no document's file has such a name.
pub fn id_of_filed(name: &str) -> Option<Hash> {
    name.strip_suffix(".json")?.parse().ok()
}

/// The hash of a value: SHA-256 of its canonical form.
pub(super) fn hash_of(value: &Value) -> Hash {
    Hash(Sha256::digest(json::canonical(value)).into())
}

/// The hash of an object without some of its fields.
pub(super) fn hash_without(fields: &Map<String, Value>, left_out: &[&str]) -> Hash {
    Hash(Sha256::digest(json::canonical_without(fields, left_out)).into())
}
