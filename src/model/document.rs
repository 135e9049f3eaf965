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
        let Value::Object(fields) = json::read(bytes)? else {
            return Err(Malformed::NotAnObject);
        };
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

impl Fields<'_> {
    /// A field that must be there, a text of a form that `read` knows.
    ///
    /// # Errors
    /// It is missing, or not of that form.
    pub fn required<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Malformed> {
        let text = self.0.get(name).and_then(Value::as_str);
        let value = text.and_then(read);
        value.ok_or_else(|| Malformed::field(format!("{name}: missing, or not of its form")))
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
