//! What a reader sees of what is sealed. It lies over the record, and never goes into it: what is
//! written, hashed, signed and compared is the sealed form.

use super::json::{Map, Value};
use super::{Message, Nonce, Thread};

/// The inside of a header, and of which box it is.
#[derive(Debug, Clone)]
pub(super) struct OpenedHeader {
    nonce: Nonce,
    inside: Map<String, Value>,
}

impl Message {
    /// Whether it can be read: it lies open, or was opened.
    pub fn is_open(&self) -> bool {
        !self.is_sealed() || self.inside.is_some()
    }

    /// What was sealed in it, if it was opened.
    pub fn inside(&self) -> Option<Map<String, Value>> {
        match super::json::read_again(self.inside.as_ref()?) {
            Value::Object(inside) => Some(inside),
            _ => unreachable!("made of fields"),
        }
    }

    /// Lays over it what was sealed in it.
    pub fn put_inside(&mut self, inside: &Map<String, Value>) {
        let says = |name: &str| {
            inside
                .get(name)
                .is_some_and(|value| *value != Value::Bool(false))
        };
        self.is_interrupted |= says("interrupted");
        let text = serde_json::to_string(inside).expect("a value is always writable");
        self.inside = Some(text.into());
    }
}

impl Thread {
    /// Whether its title and tags can be read: they lie open, or were opened.
    pub fn is_open(&self) -> bool {
        !self.is_sealed() || self.inside().is_some()
    }

    /// What is sealed in its header, if that was opened.
    pub fn inside(&self) -> Option<&Map<String, Value>> {
        let opened = self.opened.as_ref()?;
        let is_of_this_box = self.sealed()?.nonce == opened.nonce;
        is_of_this_box.then_some(&opened.inside)
    }

    /// Lays over its header what was sealed in that.
    pub fn put_inside(&mut self, inside: Map<String, Value>) {
        if let Some(nonce) = self.sealed().map(|sealed| sealed.nonce) {
            self.opened = Some(OpenedHeader { nonce, inside });
        }
    }

    /// How long all that was opened of its messages is.
    pub fn messages_open_bytes(&self) -> usize {
        let insides = self.messages.iter().map(|message| message.inside.as_ref());
        insides.flatten().map(|inside| inside.len()).sum()
    }

    /// Lays over each message that is still closed what `open` finds in it.
    pub fn open_messages(&mut self, mut open: impl FnMut(&Message) -> Option<Map<String, Value>>) {
        for message in self
            .messages
            .iter_mut()
            .filter(|message| !message.is_open())
        {
            if let Some(inside) = open(message) {
                message.put_inside(&inside);
            }
        }
    }

    /// A field of the header that may be sealed: inside, if that was opened, or else outside.
    pub(super) fn seen(&self, name: &str) -> Option<&Value> {
        let inside = self.inside().and_then(|inside| inside.get(name));
        inside.or_else(|| self.header().get(name))
    }
}

#[cfg(test)]
mod tests;
