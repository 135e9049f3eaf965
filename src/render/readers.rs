//! Who reads a sealed thread.

use super::safe::SafeText;
use super::shared::called;
use crate::model::PublicKey;
use crate::safe_format;
use crate::workspace::{Acquaintances, ThreadReader, ThreadReaders};
use serde_json::{Value, json};

/// A line for each reader.
pub fn text(readers: &ThreadReaders, people: &Acquaintances) -> SafeText {
    let lines = readers.readers.iter();
    let lines = lines.map(|reader| line(reader, people));
    SafeText::joined(lines, "\n") + "\n"
}

fn line(reader: &ThreadReader, people: &Acquaintances) -> SafeText {
    let sign = if reader.reads_on {
        "👁️  "
    } else {
        "⏸️  "
    };
    let until = if reader.reads_on {
        ""
    } else {
        ": what was said before, nothing since"
    };
    safe_format!("{}{}{}", sign, called(people, &reader.key), until)
}

/// The same for programs.
pub fn json(readers: &ThreadReaders, people: &Acquaintances) -> Value {
    let verified = |key: &PublicKey| people.get(key).is_some_and(|contact| contact.verified);
    let one = |reader: &ThreadReader| {
        json!({
            "key": reader.key.to_string(),
            "name": reader.name,
            "verified": verified(&reader.key),
            "is_you": reader.is_you,
            "reads_on": reader.reads_on,
        })
    };
    let all: Vec<Value> = readers.readers.iter().map(one).collect();
    json!({ "id": readers.id.to_string(), "sealed": true, "readers": all })
}

/// A thread that is not sealed, for programs.
pub fn open_json(id: &str) -> Value {
    json!({ "id": id, "sealed": false, "readers": [] })
}
