//! A large text taken in part by part, so that no more than a part of it is ever in memory as
//! values.

use super::{Limits, MAX_VALUES, Map, NotStrict, Refused, Strict, Value, read_text, utf8};
use crate::model::Malformed;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// So many objects of an array are given together, however small they are.
const MOST_TOGETHER: usize = 1 << 10;

/// An object, of which one field is left unread.
pub(in super::super) struct Apart<'t> {
    text: &'t str,
    /// All other fields.
    pub(in super::super) fields: Map<String, Value>,
    /// The text of the one.
    pub(in super::super) unread: Option<&'t RawValue>,
}

impl<'t> Apart<'t> {
    /// Reads an object but for the field of that name; `None` if it is a strict value of another
    /// kind.
    pub(in super::super) fn read(bytes: &'t [u8], name: &str) -> Result<Option<Self>, NotStrict> {
        let text = utf8(bytes)?;
        if !text.trim_ascii_start().starts_with('{') {
            return super::read(bytes).map(|_| None);
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let limits = Limits::new(MAX_VALUES);
        let all_but = AllBut {
            name,
            strict: Strict {
                depth: 0,
                limits: &limits,
            },
        };
        let read = reader.deserialize_map(all_but);
        let (fields, unread) = read.map_err(|error| limits.refused(error))?;
        reader.end().map_err(|error| limits.refused(error))?;
        Ok(Some(Self {
            text,
            fields,
            unread,
        }))
    }

    /// Reads a part of what was left unread, so many arrays and objects deep; what is wrong with it
    /// is told with its place in the whole.
    pub(in super::super) fn part(
        &self,
        part: &'t RawValue,
        depth: usize,
    ) -> Result<Value, NotStrict> {
        read_text(part.get(), depth, MAX_VALUES).map_err(|refused| self.not_strict(part, &refused))
    }

    fn not_strict(&self, part: &RawValue, refused: &Refused) -> NotStrict {
        let error = &refused.error;
        let (line, column) = (error.line(), error.column());
        let told = error.to_string();
        let what = told
            .strip_suffix(&format!(" at line {line} column {column}"))
            .unwrap_or(&told);
        let before = &self.text[..part.get().as_ptr().addr() - self.text.as_ptr().addr()];
        let last = before.rsplit('\n').next().map_or(0, str::len);
        let column = if line == 1 { last + column } else { column };
        let line = before.matches('\n').count() + line;
        NotStrict {
            rule: refused.rule,
            said: format!("{what} at line {line} column {column}"),
        }
    }
}

struct AllBut<'a> {
    name: &'a str,
    strict: Strict<'a>,
}

impl<'de> Visitor<'de> for AllBut<'_> {
    type Value = (Map<String, Value>, Option<&'de RawValue>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        self.strict.count()?;
        let inner = self.strict.deeper()?;
        let (mut object, mut unread) = (Map::new(), None);
        while let Some(name) = fields.next_key::<String>()? {
            if name != self.name {
                inner.put(&mut object, name, &mut fields)?;
                continue;
            }
            inner.count()?;
            if unread.replace(fields.next_value::<&RawValue>()?).is_some() {
                return Err(inner.twice(&name));
            }
        }
        Ok((object, unread))
    }
}

/// Gives the objects of an array in groups of up to so many bytes of text, or one if it is larger.
/// `false` if it is no array, or an item of it no object.
pub(in super::super) fn each_object<'t>(
    array: &'t RawValue,
    bytes: usize,
    take: impl FnMut(&[&'t RawValue]) -> Result<(), Malformed>,
) -> Result<bool, Malformed> {
    let mut error = None;
    let groups = Groups {
        bytes,
        take,
        error: &mut error,
    };
    let done = serde_json::Deserializer::from_str(array.get()).deserialize_seq(groups);
    error.map_or(Ok(done.is_ok()), Err)
}

struct Groups<'a, F> {
    bytes: usize,
    take: F,
    error: &'a mut Option<Malformed>,
}

impl<'de, F: FnMut(&[&'de RawValue]) -> Result<(), Malformed>> Groups<'_, F> {
    fn give<A: de::Error>(&mut self, group: &mut Vec<&'de RawValue>) -> Result<(), A> {
        let taken = (self.take)(group);
        group.clear();
        taken.map_err(|error| {
            *self.error = Some(error);
            A::custom("the taker's")
        })
    }
}

impl<'de, F: FnMut(&[&'de RawValue]) -> Result<(), Malformed>> Visitor<'de> for Groups<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut group = Vec::new();
        let mut filled = 0;
        while let Some(item) = items.next_element::<&RawValue>()? {
            let size = item.get().len();
            if (filled + size > self.bytes && !group.is_empty()) || group.len() == MOST_TOGETHER {
                self.give(&mut group)?;
                filled = 0;
            }
            if !item.get().starts_with('{') {
                return Err(de::Error::custom("not an object"));
            }
            group.push(item);
            filled += size;
        }
        self.give(&mut group)
    }
}

/// The value of one field of an object that was read before.
pub(in super::super) fn field(object: &str, name: &str) -> Option<Value> {
    let found = serde_json::Deserializer::from_str(object).deserialize_map(Only(name));
    found.expect("it was strict when it was read")
}

struct Only<'a>(&'a str);

impl<'de> Visitor<'de> for Only<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = fields.next_key_seed(Is(self.0))? {
            if is_it {
                let strict = Strict {
                    depth: 0,
                    limits: &Limits::new(usize::MAX),
                };
                found = Some(fields.next_value_seed(strict)?);
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Whether a key is this one.
struct Is<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}
