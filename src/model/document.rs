//! Signed documents beside the threads: one JSON object on the strict profile with a version, an
//! author, the fields of its kind, and a signature over the canonical form of all the rest. Fields
//! that this version doesn't know stay, and stay signed.
//!
//! A kind is a struct with its fields and a [`Namespace`]; all else is here.

use super::json::{self, Map, Value};
use super::{Malformed, PublicKey, Signature};
use std::ops::Deref;

/// What a signature is for. One made for one purpose is worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// A message.
    Message,
    /// A thread's header.
    Thread,
    /// What remains of a thread that was erased.
    Erasure,
    /// What an owner says of themselves.
    Card,
    /// Whom an owner knows.
    Contacts,
    /// A project.
    Project,
    /// What a user made of an AI's draft.
    Draft,
    /// A git commit.
    Git,
}

impl Namespace {
    /// The namespace as SSHSIG writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Namespace::Message => "mmogit.message.v1",
            Namespace::Thread => "mmogit.thread.v1",
            Namespace::Erasure => "mmogit.erasure.v1",
            Namespace::Card => "mmogit.card.v1",
            Namespace::Contacts => "mmogit.contacts.v1",
            Namespace::Project => "mmogit.project.v1",
            Namespace::Draft => "mmogit.draft.v1",
            Namespace::Git => "git",
        }
    }
}

/// What tells one kind of signed documents from the others.
pub trait DocumentKind: Sized {
    /// What its signature is for.
    const NAMESPACE: Namespace;

    /// Reads the kind's own fields.
    ///
    /// # Errors
    /// The first field that is missing or not of its form.
    fn read(fields: &Fields<'_>) -> Result<Self, Malformed>;

    /// The kind's own fields, in their documented order.
    fn fields(&self) -> Vec<(&'static str, Value)>;
}

/// A signed document. Well-formed, and not yet known to be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<Kind> {
    /// All fields as they stand in the file.
    fields: Map<String, Value>,
    author: PublicKey,
    signature: Option<Signature>,
    kind: Kind,
}

impl<Kind: DocumentKind> Document<Kind> {
    /// One that is still to be signed.
    pub fn new(author: PublicKey, kind: Kind) -> Self {
        let mut fields = Map::new();
        fields.insert("version".to_owned(), 1.into());
        fields.insert("author".to_owned(), author.to_string().into());
        for (name, value) in kind.fields() {
            fields.insert(name.to_owned(), value);
        }
        Self {
            fields,
            author,
            signature: None,
            kind,
        }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// It is not strict JSON, of another version, or a field is missing or not of its form; the
    /// signature is one of them.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        match json::read(bytes)? {
            Value::Object(fields) => Self::of_fields(fields),
            _ => Err(Malformed::NotAnObject),
        }
    }

    /// The document that these fields are, `signature` among them.
    fn of_fields(fields: Map<String, Value>) -> Result<Self, Malformed> {
        if fields.get("version") != Some(&1.into()) {
            return Err(Malformed::OtherVersion);
        }
        let read = Fields(&fields);
        let author = read.required("author", |text| text.parse().ok())?;
        let signature = read.required("signature", |text| text.parse().ok())?;
        let kind = Kind::read(&read)?;
        Ok(Self {
            author,
            signature: Some(signature),
            kind,
            fields,
        })
    }

    /// The same document with other fields of its kind; those that this version doesn't know stay.
    /// It is still to be signed.
    #[must_use]
    pub fn with(&self, kind: Kind) -> Self {
        let mut fields = self.fields.clone();
        fields.shift_remove("signature");
        for (name, _) in self.kind.fields() {
            fields.shift_remove(name);
        }
        for (name, value) in kind.fields() {
            fields.insert(name.to_owned(), value);
        }
        Self {
            fields,
            author: self.author,
            signature: None,
            kind,
        }
    }

    /// The same document as the word of another author, who is still to sign it.
    #[must_use]
    pub fn by(&self, author: PublicKey, kind: Kind) -> Self {
        let mut document = self.with(kind);
        let text = author.to_string();
        document.fields.insert("author".to_owned(), text.into());
        document.author = author;
        document
    }

    /// All its fields as they stand in the file.
    pub(super) fn all_fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The bytes that its signature covers: the canonical form without it.
    pub fn signed_bytes(&self) -> Vec<u8> {
        json::canonical_without(&self.fields, &["signature"])
    }

    /// Puts the signature in.
    pub fn set_signature(&mut self, signature: Signature) {
        let text = signature.to_string();
        self.fields.insert("signature".to_owned(), text.into());
        self.signature = Some(signature);
    }

    /// A union with the signature of that version which says all of it, if one does.
    #[must_use]
    pub(super) fn with_signature_of(mut self, versions: [&Self; 2]) -> Self {
        let signed = self.signed_bytes();
        let says_all = |version: &&Self| version.signed_bytes() == signed;
        let signatures = versions.into_iter().filter(says_all);
        let greatest = signatures.filter_map(|version| version.signature()).max();
        if let Some(signature) = greatest.copied() {
            self.set_signature(signature);
        }
        self
    }

    /// The signature, unchecked, if it has one.
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// Whose word it is, as it claims.
    pub fn author(&self) -> PublicKey {
        self.author
    }

    /// The file.
    pub fn to_file(&self) -> Vec<u8> {
        json::indented(&self.fields)
    }
}

/// The fields of its kind.
impl<Kind> Deref for Document<Kind> {
    type Target = Kind;
    fn deref(&self) -> &Kind {
        &self.kind
    }
}

/// The fields of a document that is being read, as a [`DocumentKind`] takes its own out of them.
pub struct Fields<'f>(&'f Map<String, Value>);

impl<'f> Fields<'f> {
    /// Those of an object.
    pub(super) fn of(fields: &'f Map<String, Value>) -> Self {
        Self(fields)
    }

    /// Whether there is one of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A field that must be there, of a form that `read` knows.
    ///
    /// # Errors
    /// It is missing, or not of that form.
    pub fn value<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, Malformed> {
        let value = self.0.get(name).and_then(read);
        value.ok_or_else(|| Malformed::field(format!("{name}: missing, or not of its form")))
    }

    /// A text of a form that `read` knows, which may be left out.
    ///
    /// # Errors
    /// It is there, and not of that form.
    pub fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Malformed> {
        match self.has(name) {
            true => self.required(name, read).map(Some),
            false => Ok(None),
        }
    }

    /// A field that must be there, a text of a form that `read` knows.
    ///
    /// # Errors
    /// It is missing, or not of that form.
    pub fn required<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Malformed> {
        self.value(name, |value| value.as_str().and_then(read))
    }

    /// A list that must be there, of objects of a form that `read` knows.
    ///
    /// # Errors
    /// It is missing, no list, or one of its entries is not of that form.
    pub fn list<T>(
        &self,
        name: &str,
        read: impl Fn(&Map<String, Value>) -> Option<T>,
    ) -> Result<Vec<T>, Malformed> {
        let entries = self.0.get(name).and_then(Value::as_array);
        let read_all = |entries: &Vec<Value>| {
            let read = entries.iter().map(|entry| read(entry.as_object()?));
            read.collect::<Option<Vec<T>>>()
        };
        let list = entries.and_then(read_all);
        list.ok_or_else(|| Malformed::field(format!("{name}: not a list of its form")))
    }

    /// A list as in [`Fields::list`] that may be left out.
    ///
    /// # Errors
    /// It is there, and not of that form.
    pub fn optional_list<T>(
        &self,
        name: &str,
        read: impl Fn(&Map<String, Value>) -> Option<T>,
    ) -> Result<Vec<T>, Malformed> {
        if self.0.contains_key(name) {
            self.list(name, read)
        } else {
            Ok(Vec::new())
        }
    }

    /// A field that must be there, a text as in [`Fields::required`] or null.
    ///
    /// # Errors
    /// It is missing, or neither.
    pub fn nullable<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Malformed> {
        match self.0.get(name) {
            Some(Value::Null) => Ok(None),
            _ => self.required(name, read).map(Some),
        }
    }

    /// A list of texts that may be left out, each of a form that `read` knows.
    ///
    /// # Errors
    /// It is there, and no list, or an entry is not of that form.
    pub fn optional_texts<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Malformed> {
        let Some(value) = self.0.get(name) else {
            return Ok(Vec::new());
        };
        let read_all = |entries: &Vec<Value>| {
            let read = entries.iter().map(|entry| read(entry.as_str()?));
            read.collect::<Option<Vec<T>>>()
        };
        let list = value.as_array().and_then(read_all);
        list.ok_or_else(|| Malformed::field(format!("{name}: not a list of its form")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kind of one field.
    #[derive(Debug, PartialEq, Eq)]
    struct Note {
        text: String,
    }

    impl DocumentKind for Note {
        const NAMESPACE: Namespace = Namespace::Erasure;

        fn read(fields: &Fields<'_>) -> Result<Self, Malformed> {
            let text = fields.required("text", |text| Some(text.to_owned()))?;
            Ok(Self { text })
        }

        fn fields(&self) -> Vec<(&'static str, Value)> {
            vec![("text", self.text.as_str().into())]
        }
    }

    #[test]
    fn a_field_that_nobody_knows_stays_and_stays_signed() {
        let author: PublicKey = "ab".repeat(32).parse().unwrap();
        let text = "so".to_owned();
        let mut note = Document::new(author, Note { text });
        note.set_signature("cd".repeat(64).parse().unwrap());
        let file = String::from_utf8(note.to_file()).unwrap();
        let more = file.replacen('{', "{\"from_the_future\": [1],", 1);
        let read = Document::<Note>::read(more.as_bytes()).unwrap();
        assert_eq!((read.author(), read.text.as_str()), (author, "so"));
        let signed = String::from_utf8(read.signed_bytes()).unwrap();
        assert!(signed.contains("\"from_the_future\":[1]"), "{signed}");
        assert!(!signed.contains("signature"), "{signed}");
        assert_eq!(Document::<Note>::read(&read.to_file()).unwrap(), read);
    }

    #[test]
    fn what_is_no_object_or_of_another_version_is_told_apart() {
        let read = |text: &str| Document::<Note>::read(text.as_bytes()).unwrap_err();
        assert_eq!(read("[]"), Malformed::NotAnObject);
        assert_eq!(read("{\"version\": 2}"), Malformed::OtherVersion);
        assert_eq!(read("{\"version\": 1}").code(), "field-malformed");
        assert_eq!(read("{\"a\": 1, \"a\": 2}").code(), "json-key-twice");
    }
}
