//! What is inside of a sealed message and of a sealed header, and what each is bound to.

use super::envelope::{Closed, TooLong};
use super::{EpochKey, Room};
use crate::model::json::{self, Map, Value, canonical, canonical_without};
use crate::model::{Hash, Nonce, Sealed, is_content, is_title};

/// What stays outside of a sealed message, for everybody to see and to verify.
const OUTSIDE: [&str; 5] = ["role", "timestamp", "author", "agent", "prev"];

/// What can't stand inside: it would let somebody pose there as somebody else.
const NEVER_INSIDE: [&str; 7] = [
    "role",
    "timestamp",
    "author",
    "agent",
    "prev",
    "signature",
    "sealed",
];

/// A message before it is signed, as two halves.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedMessage {
    /// What is signed and stored.
    pub outside: Map<String, Value>,
    /// What its readers see besides.
    pub inside: Map<String, Value>,
}

impl EpochKey {
    /// Seals an unsigned message: all but who speaks, when and after what goes inside.
    ///
    /// # Errors
    /// If it is too long to be opened again.
    pub fn seal_message(
        &self,
        nonce: Nonce,
        fields: Map<String, Value>,
    ) -> Result<SealedMessage, TooLong> {
        let is_import = fields.contains_key("source");
        let (mut outside, mut inside) = (Map::new(), Map::new());
        for (name, value) in fields {
            let half = if OUTSIDE.contains(&name.as_str()) {
                &mut outside
            } else {
                &mut inside
            };
            half.insert(name, value);
        }
        if is_import {
            // That it is an import decides who may sign it; what of is for its readers.
            outside.insert("source".to_owned(), Value::Object(Map::new()));
        }
        let unboxed = Sealed {
            epoch: self.id(),
            nonce,
            sealed_box: Vec::new(),
        };
        outside.insert("sealed".to_owned(), unboxed.to_value());
        let text = canonical_without(&inside, &[]);
        let sealed = self.seal(nonce, &message_context(&outside), &text)?;
        outside.insert("sealed".to_owned(), sealed.to_value());
        Ok(SealedMessage { outside, inside })
    }

    /// Opens a message: what its readers see besides what stands outside.
    ///
    /// # Errors
    /// Why it can't be opened.
    pub fn open_message(&self, fields: &Map<String, Value>) -> Result<Map<String, Value>, Closed> {
        self.open_message_within(&mut Room::of_a_box(), fields)
    }

    /// The same, as far as there is room.
    pub(super) fn open_message_within(
        &self,
        room: &mut Room,
        fields: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Closed> {
        let sealed = fields.get("sealed").ok_or(Closed::Shape)?;
        let sealed = Sealed::read(sealed).ok_or(Closed::Shape)?;
        let inside = self.open_object(room, &message_context(fields), &sealed)?;
        let posing = NEVER_INSIDE.iter().find(|name| inside.contains_key(**name));
        if let Some(name) = posing {
            return Err(Closed::Poses(name));
        }
        if !is_content(inside.get("content")) {
            return Err(Closed::NoContent);
        }
        Ok(inside)
    }

    /// Seals what a header hides: title, tags and project, of the thread with this root.
    ///
    /// # Errors
    /// If it is too long to be opened again.
    pub fn seal_header(
        &self,
        nonce: Nonce,
        root: &Hash,
        inside: &Map<String, Value>,
    ) -> Result<Sealed, TooLong> {
        let text = canonical_without(inside, &[]);
        self.seal(nonce, &header_context(root), &text)
    }

    /// Opens what a header hides.
    ///
    /// # Errors
    /// Why it can't be opened.
    pub fn open_header(&self, root: &Hash, sealed: &Sealed) -> Result<Map<String, Value>, Closed> {
        self.open_header_within(&mut Room::of_a_box(), root, sealed)
    }

    /// The same, as far as there is room.
    pub(super) fn open_header_within(
        &self,
        room: &mut Room,
        root: &Hash,
        sealed: &Sealed,
    ) -> Result<Map<String, Value>, Closed> {
        let inside = self.open_object(room, &header_context(root), sealed)?;
        check_header(&inside)?;
        Ok(inside)
    }

    pub(super) fn open_object(
        &self,
        room: &mut Room,
        context: &[u8],
        sealed: &Sealed,
    ) -> Result<Map<String, Value>, Closed> {
        let text = self.open_within(room, context, sealed)?;
        match json::read(&text) {
            Ok(Value::Object(inside)) => Ok(inside),
            Ok(_) => Err(Closed::NotAnObject),
            Err(not_strict) => Err(Closed::NotStrict(not_strict.rule)),
        }
    }
}

/// A message's box is bound to all that stands outside of it: who speaks, as what, when and after
/// what.
fn message_context(fields: &Map<String, Value>) -> Vec<u8> {
    let mut bound = fields.clone();
    bound.remove("signature");
    if let Some(Value::Object(sealed)) = bound.get_mut("sealed") {
        sealed.remove("box");
    }
    canonical_without(&bound, &[])
}

fn header_context(root: &Hash) -> Vec<u8> {
    let mut bound = Map::new();
    bound.insert("root".to_owned(), root.to_string().into());
    canonical(&Value::Object(bound))
}

fn check_header(inside: &Map<String, Value>) -> Result<(), Closed> {
    let is_text_or_null = |value: &Value| value.is_null() || value.is_string();
    let is_list_of_texts = |value: &Value| {
        let items = value.as_array();
        items.is_some_and(|items| items.iter().all(Value::is_string))
    };
    let has = |name: &str, right: &dyn Fn(&Value) -> bool| inside.get(name).is_some_and(right);
    let has_title = has("title", &|title| title.as_str().is_some_and(is_title));
    if !has_title {
        return Err(Closed::HeaderField("title"));
    }
    if !has("tags", &is_list_of_texts) {
        return Err(Closed::HeaderField("tags"));
    }
    if !has("project", &is_text_or_null) {
        return Err(Closed::HeaderField("project"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
