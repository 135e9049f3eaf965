//! Strict JSON and its canonical form: RFC 8785 (JCS) on a profile in which one meaning has one
//! text.
//!
//! Refused, since two readers could disagree on them: duplicate keys (however escaped), numbers
//! that are not plain integers within ±(2^53−1), lone surrogates, a byte order mark, text after the
//! value, and nesting beyond [`MAX_DEPTH`]. So are more than [`MAX_VALUES`] values, since each
//! takes a hundred times the memory that its text does. Canonical bytes are always made from the
//! parsed value, never from a Rust struct, so that fields this version does not know stay covered
//! by signatures.

mod parts;

pub(super) use parts::{Apart, each_object, field};
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
pub use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// How deep arrays and objects may nest.
pub const MAX_DEPTH: usize = 64;

/// The largest integer that every JSON reader holds exactly (RFC 8259 §6).
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// How many values, at whatever depth and itself among them, a text may have: a message, what a
/// thread has besides its messages, or any other document.
pub const MAX_VALUES: usize = 1 << 16;

/// Bytes that hold the canonical form of most messages.
const ENOUGH: usize = 1024;

/// A text outside the profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{said}")]
pub struct NotStrict {
    /// Which of its rules the text breaks.
    pub rule: Rule,
    /// The reason, and the place where there is one.
    said: String,
}

/// A rule of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The text is UTF-8.
    Utf8,
    /// It begins with no byte order mark.
    NoMark,
    /// It is one value of JSON, and nothing after it.
    Json,
    /// No object has two fields of one name.
    EachKeyOnce,
    /// Numbers are plain integers within ±(2^53−1).
    PlainIntegers,
    /// Nesting goes no deeper than [`MAX_DEPTH`].
    Depth,
    /// There are at most [`MAX_VALUES`] values.
    Values,
}

impl Rule {
    /// The name of its breach, which does not change.
    pub fn code(self) -> &'static str {
        match self {
            Rule::Utf8 => "json-not-utf8",
            Rule::NoMark => "json-byte-order-mark",
            Rule::Json => "json-broken",
            Rule::EachKeyOnce => "json-key-twice",
            Rule::PlainIntegers => "json-number",
            Rule::Depth => "json-too-deep",
            Rule::Values => "json-too-many-values",
        }
    }
}

/// Reads one strict value.
///
/// # Errors
/// The rule that the text breaks, and where.
pub fn read(bytes: &[u8]) -> Result<Value, NotStrict> {
    read_text(utf8(bytes)?, 0, MAX_VALUES).map_err(NotStrict::from)
}

/// Reads again what was read before, so that its values are counted already.
pub(super) fn read_again(text: &str) -> Value {
    read_text(text, 0, usize::MAX).expect("it was strict when it was read")
}

fn read_text(text: &str, depth: usize, values: usize) -> Result<Value, Refused> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let limits = Limits::new(values);
    let strict = Strict {
        depth,
        limits: &limits,
    };
    let value = strict.deserialize(&mut reader);
    let value = value.map_err(|error| limits.refused(error))?;
    reader.end().map_err(|error| limits.refused(error))?;
    Ok(value)
}

/// What serde_json says of a text, and which rule it breaks.
#[derive(Debug)]
struct Refused {
    rule: Rule,
    error: serde_json::Error,
}

impl From<Refused> for NotStrict {
    fn from(refused: Refused) -> Self {
        Self {
            rule: refused.rule,
            said: refused.error.to_string(),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, NotStrict> {
    let text = std::str::from_utf8(bytes).map_err(|error| NotStrict {
        rule: Rule::Utf8,
        said: format!("not UTF-8 after byte {}", error.valid_up_to()),
    })?;
    if text.starts_with('\u{feff}') {
        return Err(NotStrict {
            rule: Rule::NoMark,
            said: "begins with a byte order mark".to_owned(),
        });
    }
    Ok(text)
}

/// The bytes that are hashed and signed.
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_canonical(value, &mut bytes);
    bytes
}

/// The canonical form of an object without some of its fields.
pub fn canonical_without(fields: &Map<String, Value>, left_out: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ENOUGH);
    write_fields(
        fields
            .iter()
            .filter(|(name, _)| !left_out.contains(&name.as_str()))
            .collect(),
        &mut bytes,
    );
    bytes
}

/// No space; strings escaped only where JSON demands it, as serde_json does; numbers, which are
/// integers here, in plain digits. That is all that RFC 8785 asks of a strict value, besides the
/// order of fields.
fn write_canonical(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => write_fields(fields.iter().collect(), bytes),
        Value::Array(items) => {
            bytes.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    bytes.push(b',');
                }
                write_canonical(item, bytes);
            }
            bytes.push(b']');
        }
        leaf => write_leaf(leaf, bytes),
    }
}

/// RFC 8785 orders fields by the UTF-16 code units of their names (§3.2.3), which is not the order
/// of their bytes.
fn write_fields(mut fields: Vec<(&String, &Value)>, bytes: &mut Vec<u8>) {
    fields.sort_unstable_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    bytes.push(b'{');
    for (place, (name, value)) in fields.into_iter().enumerate() {
        if place > 0 {
            bytes.push(b',');
        }
        write_leaf(name, bytes);
        bytes.push(b':');
        write_canonical(value, bytes);
    }
    bytes.push(b'}');
}

fn write_leaf(leaf: &impl serde::Serialize, bytes: &mut Vec<u8>) {
    serde_json::to_writer(bytes, leaf).expect("a text or a number can always be written");
}

/// A text without the white space around its values. Whether it is strict is for its reader to say.
///
/// # Errors
/// If it is no JSON.
pub fn compact(bytes: &[u8]) -> Result<Vec<u8>, NotStrict> {
    serde_json::from_str::<IgnoredAny>(utf8(bytes)?).map_err(|error| NotStrict {
        rule: Rule::Json,
        said: error.to_string(),
    })?;
    let (mut in_string, mut escaped) = (false, false);
    let is_kept = |byte: &u8| {
        let is_quote = *byte == b'"' && !escaped;
        escaped = in_string && *byte == b'\\' && !escaped;
        in_string ^= is_quote;
        in_string || !byte.is_ascii_whitespace()
    };
    Ok(bytes.iter().copied().filter(is_kept).collect())
}

/// The indented form in which files are written: it diffs well, and no proof depends on it.
pub fn indented(value: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("a value is always writable");
    bytes.push(b'\n');
    bytes
}

/// What is counted while a text is read.
struct Limits {
    /// How many values there still may be.
    left: Cell<usize>,
    /// The rule of ours that was broken; those of JSON are serde_json's to see.
    broken: Cell<Option<Rule>>,
}

impl Limits {
    fn new(values: usize) -> Self {
        Self {
            left: Cell::new(values),
            broken: Cell::new(None),
        }
    }

    fn refuse<E: de::Error>(&self, rule: Rule, said: impl fmt::Display) -> E {
        self.broken.set(Some(rule));
        E::custom(said)
    }

    fn refused(&self, error: serde_json::Error) -> Refused {
        let rule = self.broken.get().unwrap_or(Rule::Json);
        Refused { rule, error }
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    /// How many arrays and objects are open.
    depth: usize,
    limits: &'a Limits,
}

impl Strict<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            let said = format_args!("nested deeper than {MAX_DEPTH}");
            return Err(self.limits.refuse(Rule::Depth, said));
        }
        Ok(Self {
            depth: self.depth + 1,
            limits: self.limits,
        })
    }

    fn count<E: de::Error>(self) -> Result<(), E> {
        let Some(left) = self.limits.left.get().checked_sub(1) else {
            let said = format_args!("more than {MAX_VALUES} values");
            return Err(self.limits.refuse(Rule::Values, said));
        };
        self.limits.left.set(left);
        Ok(())
    }

    /// A field's value, after its name.
    fn put<'de, A: MapAccess<'de>>(
        self,
        object: &mut Map<String, Value>,
        name: String,
        fields: &mut A,
    ) -> Result<(), A::Error> {
        let value = fields.next_value_seed(self)?;
        match object.entry(name) {
            Entry::Vacant(place) => place.insert(value),
            Entry::Occupied(there) => return Err(self.twice(there.key())),
        };
        Ok(())
    }

    fn twice<E: de::Error>(self, name: &str) -> E {
        let said = format_args!("the key {name:?} stands twice");
        self.limits.refuse(Rule::EachKeyOnce, said)
    }

    fn number<E: de::Error>(self, said: &str) -> E {
        self.limits.refuse(Rule::PlainIntegers, said)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        if value > MAX_INTEGER {
            return Err(self.number("a number beyond 2^53-1"));
        }
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > MAX_INTEGER {
            return Err(self.number("a number beyond 2^53-1"));
        }
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Value, E> {
        Err(self.number("a number that is not a plain integer"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            inner.put(&mut object, name, &mut fields)?;
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nested(depth: usize) -> Vec<u8> {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes()
    }

    #[test]
    fn depth_is_bounded_exactly() {
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert!(read(&nested(MAX_DEPTH + 1)).is_err());
        assert!(read(&nested(100_000)).is_err());
    }

    #[test]
    fn values_are_bounded_exactly() {
        let array = |items: usize| format!("[{}0]", "0,".repeat(items - 1)).into_bytes();
        assert!(read(&array(MAX_VALUES - 1)).is_ok());
        let why = read(&array(MAX_VALUES)).unwrap_err().to_string();
        assert!(why.starts_with("more than 65536 values"), "{why}");
        // Keys are none, objects and arrays are, full or empty.
        let pairs = |items: usize| format!("[{}[]]", r#"{"a":{}},"#.repeat(items)).into_bytes();
        assert!(read(&pairs(MAX_VALUES / 2 - 1)).is_ok());
        assert!(read(&pairs(MAX_VALUES / 2)).is_err());
    }

    #[test]
    fn without_is_the_same_as_removing() {
        let value = read(br#"{"b":1,"signature":"x","a":{"signature":2}}"#).unwrap();
        let bytes = canonical_without(value.as_object().unwrap(), &["signature"]);
        assert_eq!(bytes, br#"{"a":{"signature":2},"b":1}"#);
    }

    fn strict_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-(MAX_INTEGER as i64)..=MAX_INTEGER as i64).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn canonical_form_is_read_back_as_itself(value in strict_value()) {
            let bytes = canonical(&value);
            let again = read(&bytes).unwrap();
            prop_assert_eq!(&again, &value);
            prop_assert_eq!(canonical(&again), bytes);
        }

        #[test]
        fn canonical_form_is_that_of_another_encoder(value in strict_value()) {
            prop_assert_eq!(canonical(&value), serde_json_canonicalizer::to_vec(&value).unwrap());
        }

        #[test]
        fn indentation_changes_nothing(value in strict_value()) {
            prop_assert_eq!(canonical(&read(&indented(&value)).unwrap()), canonical(&value));
        }

        #[test]
        fn white_space_changes_nothing(value in strict_value()) {
            prop_assert_eq!(compact(&indented(&value)).unwrap(), value.to_string().into_bytes());
        }

        #[test]
        fn no_input_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
