//! When each part of a header was last changed, and each message last hidden or shown: what two
//! versions need to become one without a third.

use super::json::{Map, Value};
use super::sealed::{others, text};
use super::{Hash, Timestamp};
use std::collections::BTreeMap;

/// When what was last changed: `title`, `state`, `sealed`, `tag <name>`.
pub type Changed = BTreeMap<String, Timestamp>;

/// What was last done to the visibility of which message.
pub type Hides = BTreeMap<Hash, Hiding>;

/// A message was set aside, or brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hiding {
    /// When.
    pub at: Timestamp,
    /// Whether it was set aside.
    pub hidden: bool,
    /// Fields that this version doesn't know.
    pub others: Map<String, Value>,
}

impl Hiding {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            at: Timestamp::read(text(value, "at")?)?,
            hidden: value.get("hidden")?.as_bool()?,
            others: others(value, &["at", "hidden"])?,
        })
    }

    pub(super) fn to_value(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("at".to_owned(), self.at.to_string().into());
        fields.insert("hidden".to_owned(), self.hidden.into());
        fields.extend(self.others.clone());
        fields.into()
    }
}

/// The time of a change: later than that of the change before, even if the clock is not.
pub(super) fn stamp(now: Timestamp, before: Option<Timestamp>) -> Timestamp {
    let next = before.map(|before| before.next().unwrap_or(before));
    next.map_or(now, |next| now.max(next))
}

/// Reads the header's `changed`.
pub(super) fn read_changed(value: &Value) -> Option<Changed> {
    let read = |(what, at): (&String, &Value)| {
        let at = Timestamp::read(at.as_str()?)?;
        Some((what.clone(), at))
    };
    value.as_object()?.iter().map(read).collect()
}

/// `changed` as the record writes it.
pub(super) fn changed_value(changed: &Changed) -> Value {
    let fields = changed.iter();
    let fields = fields.map(|(what, at)| (what.clone(), Value::from(at.to_string())));
    Value::Object(fields.collect())
}

/// Reads the header's `hides`.
pub(super) fn read_hides(value: &Value) -> Option<Hides> {
    let read = |(id, hiding): (&String, &Value)| Some((id.parse().ok()?, Hiding::read(hiding)?));
    value.as_object()?.iter().map(read).collect()
}

/// `hides` as the record writes it.
pub(super) fn hides_value(hides: &Hides) -> Value {
    let fields = hides.iter();
    let fields = fields.map(|(id, hiding)| (id.to_string(), hiding.to_value()));
    Value::Object(fields.collect())
}
