//! A kind of signed documents, defined outside the room that reads and signs them.

use crate::support::me;
use mmogit::model::json::Value;
use mmogit::model::{Document, DocumentKind, Fields, Malformed, Namespace};

/// A name that somebody gives themselves, and perhaps another.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    name: String,
    other: Option<String>,
}

impl DocumentKind for Names {
    const NAMESPACE: Namespace = Namespace::Erasure;

    fn read(fields: &Fields<'_>) -> Result<Self, Malformed> {
        let text = |text: &str| Some(text.to_owned());
        Ok(Self {
            name: fields.required("name", text)?,
            other: fields.nullable("other", text)?,
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("name", self.name.as_str().into()),
            ("other", self.other.as_deref().into()),
        ]
    }
}

#[test]
fn a_kind_of_document_can_be_defined_outside_the_model() {
    let names = Names {
        name: "Ada".to_owned(),
        other: None,
    };
    let mut document = Document::new(me().public(), names);
    document.set_signature("cd".repeat(64).parse().unwrap());
    let read = Document::<Names>::read(&document.to_file()).unwrap();
    assert_eq!(read, document);
    let text = String::from_utf8(document.to_file()).unwrap();
    let nameless = text.replace("\"Ada\"", "1");
    assert!(Document::<Names>::read(nameless.as_bytes()).is_err());
}
