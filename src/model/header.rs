//! A thread's header: its fields as they stand in the file, and what the record reads in them, read
//! once.

use super::json::{Map, Value, canonical};
use super::message::hashes;
use super::sealed::keys_of;
use super::stamps::{Changed, Hides, read_changed, read_hides};
use super::thread::{Agent, State, ThreadId, read_agent};
use super::{Epoch, Former, Hash, MAX_TITLE_CHARACTERS, Malformed, PublicKey, Sealed, Timestamp};
use sha2::{Digest, Sha256};

/// The fields that were fixed at birth.
const BIRTH: [&str; 7] = [
    "version",
    "id",
    "author",
    "created_at",
    "mode",
    "project",
    "anchors",
];

/// Every field of a thread but `messages` and `signature`. What is read of them follows each change
/// of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    fields: Map<String, Value>,
    pub(super) id: ThreadId,
    pub(super) author: PublicKey,
    pub(super) kept_by: Option<PublicKey>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) state: State,
    pub(super) agents: Vec<Agent>,
    pub(super) participants: Vec<PublicKey>,
    pub(super) former: Vec<Former>,
    pub(super) epochs: Vec<Epoch>,
    pub(super) sealed: Option<Sealed>,
    pub(super) changed: Changed,
    pub(super) hides: Hides,
    pub(super) heads: Vec<Hash>,
    pub(super) aside: Vec<Hash>,
    pub(super) anchors: Vec<Hash>,
    pub(super) root: Hash,
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// A field is missing, or not of its form.
    pub(super) fn read(fields: Map<String, Value>) -> Result<Self, Malformed> {
        check_header(&fields)?;
        Ok(Self::of_checked(fields))
    }

    /// The header of fields of which all that is read here has its form.
    pub(super) fn of_checked(fields: Map<String, Value>) -> Self {
        #[cfg(test)]
        super::effort::count();
        const CHECKED: &str = "checked when read";
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let time = |name: &str| text(name).and_then(Timestamp::read).expect(CHECKED);
        let key = |name: &str| text(name).and_then(|key| key.parse().ok());
        let hashes_of = |name: &str| hashes(fields.get(name)).unwrap_or_default();
        Self {
            id: text("id").and_then(ThreadId::read).expect(CHECKED),
            author: key("author").expect(CHECKED),
            kept_by: key("kept_by"),
            created_at: time("created_at"),
            updated_at: time("updated_at"),
            state: text("state").and_then(State::read).expect(CHECKED),
            agents: list(&fields, "agents", read_agent),
            participants: keys_of(fields.get("participants")).unwrap_or_default(),
            former: list(&fields, "former", Former::read),
            epochs: list(&fields, "epochs", Epoch::read),
            sealed: fields.get("sealed").and_then(Sealed::read),
            changed: fields
                .get("changed")
                .and_then(read_changed)
                .unwrap_or_default(),
            hides: fields.get("hides").and_then(read_hides).unwrap_or_default(),
            heads: hashes_of("heads"),
            aside: hashes_of("aside"),
            anchors: hashes_of("anchors"),
            root: root_of(&fields),
            fields,
        }
    }

    /// The fields, with those this version doesn't know.
    pub(super) fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// A field that is a text.
    pub(super) fn text(&self, name: &str) -> &str {
        let text = self.fields.get(name).and_then(Value::as_str);
        text.expect("checked when read")
    }

    /// The items of a field that is a list; none if it is missing.
    pub(super) fn array(&self, name: &str) -> &[Value] {
        let items = self.fields.get(name).and_then(Value::as_array);
        items.map(Vec::as_slice).unwrap_or_default()
    }

    /// Writes a field, in its form.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.insert(name.to_owned(), value);
        *self = Self::of_checked(fields);
    }

    /// Takes out a field that may be missing.
    pub(super) fn remove(&mut self, name: &str) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.shift_remove(name);
        *self = Self::of_checked(fields);
    }
}

/// The items of a list that can be read.
fn list<T>(fields: &Map<String, Value>, name: &str, read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
    let items = fields.get(name).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(read).collect()
}

/// SHA-256 of what was fixed at birth.
fn root_of(fields: &Map<String, Value>) -> Hash {
    let mut fixed = Map::new();
    for name in BIRTH {
        if let Some(value) = fields.get(name) {
            fixed.insert(name.to_owned(), value.clone());
        }
    }
    Hash(Sha256::digest(canonical(&Value::Object(fixed))).into())
}

fn check_header(header: &Map<String, Value>) -> Result<(), Malformed> {
    if header.get("version") != Some(&Value::from(1)) {
        return Err(Malformed::OtherVersion);
    }
    check_header_fields(header).map_err(Malformed::field)
}

/// Whether a text has the length of a title.
pub(crate) fn is_title(text: &str) -> bool {
    (1..=MAX_TITLE_CHARACTERS).contains(&text.chars().count())
}

/// The error is which field is wrong, and how.
fn check_header_fields(header: &Map<String, Value>) -> Result<(), String> {
    let text = |name: &str| {
        header
            .get(name)
            .and_then(Value::as_str)
            .ok_or_else(|| format!("{name} is missing or not a text"))
    };
    ThreadId::read(text("id")?).ok_or("id is not of the form thread_1756140749")?;
    if !is_title(text("title")?) {
        return Err(format!(
            "title has not 1 to {MAX_TITLE_CHARACTERS} characters"
        ));
    }
    text("mode")?;
    text("author")?
        .parse::<PublicKey>()
        .map_err(|e| format!("author: {e}"))?;
    for name in ["created_at", "updated_at"] {
        Timestamp::read(text(name)?)
            .ok_or_else(|| format!("{name} is not of the form 2025-01-21T10:00:00.000Z"))?;
    }
    State::read(text("state")?).ok_or("state is neither active nor archived")?;
    match header.get("project") {
        Some(Value::Null | Value::String(_)) => {}
        _ => return Err("project is missing, or neither null nor a text".into()),
    }
    let list = |name: &str, right: fn(&Value) -> bool| match header.get(name) {
        Some(Value::Array(items)) if items.iter().all(right) => Ok(()),
        _ => Err(format!(
            "{name} is missing or has an item of the wrong kind"
        )),
    };
    let is_hash_or_key = |item: &Value| {
        item.as_str()
            .is_some_and(|text| text.parse::<PublicKey>().is_ok())
    };
    list("tags", Value::is_string)?;
    list("agents", |item| read_agent(item).is_some())?;
    hashes(header.get("heads")).ok_or("heads is missing or has an item of the wrong kind")?;
    for name in ["aside", "anchors", "participants"] {
        if header.contains_key(name) {
            list(name, is_hash_or_key)?;
        }
    }
    if header
        .get("kept_by")
        .is_some_and(|keeper| !is_hash_or_key(keeper))
    {
        return Err("kept_by is not a key".into());
    }
    check_optional_fields(header)
}

/// The same, for what versions of one thread become one by, for people and for what is sealed.
fn check_optional_fields(header: &Map<String, Value>) -> Result<(), String> {
    type Form = fn(&Value) -> bool;
    let forms: [(&str, Form); 5] = [
        ("former", |value| {
            all(value, |item| Former::read(item).is_some())
        }),
        ("epochs", |value| {
            all(value, |item| Epoch::read(item).is_some())
        }),
        ("sealed", |value| Sealed::read(value).is_some()),
        ("changed", |value| read_changed(value).is_some()),
        ("hides", |value| read_hides(value).is_some()),
    ];
    for (name, is_right) in forms {
        if header.get(name).is_some_and(|value| !is_right(value)) {
            return Err(format!("{name} is not of its form"));
        }
    }
    Ok(())
}

/// Whether a value is a list of which every item is right.
fn all(value: &Value, is_right: fn(&Value) -> bool) -> bool {
    let items = value.as_array();
    items.is_some_and(|items| items.iter().all(is_right))
}
