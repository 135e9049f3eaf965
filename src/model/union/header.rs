//! The fields of a union's header, but for those that follow from its messages.

use crate::model::change::is_covered;
use crate::model::json::{Map, Value, canonical, canonical_without};
use crate::model::stamps::{Changed, changed_value};
use crate::model::{Epoch, Hash, SEALED_MARK, Thread, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The fields that are united one by one; all others come from one version together.
const UNITED: [&str; 14] = [
    "title",
    "intent_context",
    "tags",
    "state",
    "sealed",
    "changed",
    "hides",
    "updated_at",
    "heads",
    "aside",
    "agents",
    "participants",
    "former",
    "epochs",
];

/// The order in which a file has the fields; what is not named here comes after them, sorted.
const ORDER: [&str; 24] = [
    "version",
    "id",
    "title",
    "author",
    "kept_by",
    "created_at",
    "updated_at",
    "mode",
    "project",
    "intent_context",
    "tags",
    "state",
    "agents",
    "participants",
    "former",
    "anchors",
    "derived_from",
    "heads",
    "aside",
    "changed",
    "hides",
    "epochs",
    "sealed",
    "signature",
];

/// A header that comes of two.
pub(super) struct HeaderUnion<'v> {
    pub(super) one: &'v Thread,
    pub(super) other: &'v Thread,
    fields: Map<String, Value>,
}

impl<'v> HeaderUnion<'v> {
    /// All that doesn't depend on the messages.
    pub(super) fn of(one: &'v Thread, other: &'v Thread) -> Self {
        let mut union = Self {
            one,
            other,
            fields: rest(one, other),
        };
        let updated_at = one.updated_at().max(other.updated_at());
        union.set("updated_at", updated_at.to_string().into());
        union.set("state", union.latest("state"));
        let is_sealed = one.is_sealed() || other.is_sealed();
        let mut changed = changed(one, other);
        if is_sealed {
            // The open title and tags of a sealed thread say nothing, nor when they were changed.
            changed.retain(|what, _| !is_covered(what));
            union.set("sealed", union.latest("sealed"));
            union.set("title", SEALED_MARK.into());
            union.set("tags", Value::Array(Vec::new()));
        } else {
            union.set("title", union.latest("title"));
            union.set("tags", tags(one, other));
            let has_purpose = |version: &Thread| version.header().contains_key("intent_context");
            if has_purpose(one) || has_purpose(other) {
                union.set("intent_context", union.latest("intent_context"));
            }
        }
        if !changed.is_empty() {
            union.set("changed", changed_value(&changed));
        }
        union.set("agents", agents(one, other));
        union.set_list("epochs", epochs(one, other));
        union
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.fields.insert(name.to_owned(), value);
    }

    /// A list that is left out if it is empty.
    pub(super) fn set_list(&mut self, name: &str, items: Vec<Value>) {
        if !items.is_empty() {
            self.set(name, items.into());
        }
    }

    /// The fields in their documented order: two machines write the same bytes.
    pub(super) fn into_fields(mut self) -> Map<String, Value> {
        let mut ordered = Map::new();
        for name in ORDER {
            if let Some(value) = self.fields.remove(name) {
                ordered.insert(name.to_owned(), value);
            }
        }
        self.fields.sort_keys();
        ordered.extend(self.fields);
        ordered
    }

    /// The value of a field in the version that changed it last.
    fn latest(&self, name: &str) -> Value {
        let version = |thread: &Thread| {
            let value = thread.header().get(name)?.clone();
            let at = thread.changed().get(name).copied();
            Some((at, hash(&value), value))
        };
        let newer = [self.one, self.other].map(version);
        let newer = newer
            .into_iter()
            .flatten()
            .max_by_key(|(at, hash, _)| (*at, *hash));
        steady(&newer.map(|(_, _, value)| value).unwrap_or_default())
    }
}

/// All remaining fields, from one of the two.
fn rest(one: &Thread, other: &Thread) -> Map<String, Value> {
    let rank = |thread: &Thread| {
        let fields = canonical_without(thread.header(), &UNITED);
        (thread.updated_at(), Hash(Sha256::digest(fields).into()))
    };
    let newer = if rank(one) >= rank(other) { one } else { other };
    let mut rest = Map::new();
    for (name, value) in newer.header() {
        if !UNITED.contains(&name.as_str()) {
            rest.insert(name.clone(), steady(value));
        }
    }
    rest
}

fn changed(one: &Thread, other: &Thread) -> Changed {
    let mut changed = one.changed().clone();
    for (what, at) in other.changed() {
        let latest = changed.entry(what.clone()).or_insert(*at);
        *latest = (*latest).max(*at);
    }
    changed
}

fn tags(one: &Thread, other: &Thread) -> Value {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for version in [one, other] {
        names.extend(version.tags());
        let stamped = version.changed().keys();
        names.extend(stamped.filter_map(|what| what.strip_prefix("tag ")));
    }
    // A tag that is there counts for more than one that is not, at the same time.
    let state = |version: &Thread, name: &str| -> (Option<Timestamp>, bool) {
        let at = version.changed().get(&format!("tag {name}")).copied();
        (at, version.tags().contains(&name))
    };
    let is_there = |name: &&str| state(one, name).max(state(other, name)).1;
    let kept = names.into_iter().filter(is_there);
    kept.map(Value::from).collect()
}

/// The entries of both, equal ones once.
fn agents(one: &Thread, other: &Thread) -> Value {
    let mut entries: BTreeMap<_, Value> = BTreeMap::new();
    for version in [one, other] {
        for (agent, entry) in version.agents().iter().zip(version.agent_entries()) {
            let rank = (agent.name.clone(), agent.key, canonical(entry));
            entries.insert(rank, ordered(entry, &["name", "key", "by"]));
        }
    }
    entries.into_values().collect()
}

fn epochs(one: &Thread, other: &Thread) -> Vec<Value> {
    let mut joined: BTreeMap<Hash, Epoch> = BTreeMap::new();
    for epoch in one.epochs().iter().chain(other.epochs()) {
        match joined.get_mut(&epoch.id) {
            Some(known) => join_epoch(known, epoch),
            None => {
                joined.insert(epoch.id, epoch.clone());
            }
        }
    }
    let written = joined.values().map(|epoch| steady_epoch(epoch).to_value());
    written.collect()
}

fn join_epoch(known: &mut Epoch, epoch: &Epoch) {
    known.after.extend(&epoch.after);
    known.without.extend(&epoch.without);
    known.readers.extend(epoch.readers.iter().cloned());
    known.others = greater(&known.others, &epoch.others);
}

fn steady_epoch(epoch: &Epoch) -> Epoch {
    let mut epoch = epoch.clone();
    epoch.others.sort_keys();
    for reader in &mut epoch.readers {
        reader.others.sort_keys();
    }
    epoch
}

/// Of the fields that this version doesn't know, those that hash higher.
pub(super) fn greater(one: &Map<String, Value>, other: &Map<String, Value>) -> Map<String, Value> {
    let rank = |fields: &Map<String, Value>| Sha256::digest(canonical_without(fields, &[]));
    let greater = if rank(one) >= rank(other) { one } else { other };
    let mut greater = greater.clone();
    greater.sort_keys();
    greater
}

pub(super) fn hash(value: &Value) -> Hash {
    Hash(Sha256::digest(canonical(value)).into())
}

/// The same value with the fields of each object sorted: versions that say the same may be written
/// in different ways.
pub(super) fn steady(value: &Value) -> Value {
    let mut value = value.clone();
    value.sort_all_objects();
    value
}

/// The same for an object of which some fields come first.
fn ordered(entry: &Value, first: &[&str]) -> Value {
    let Value::Object(mut rest) = steady(entry) else {
        return entry.clone();
    };
    let mut fields = Map::new();
    for name in first {
        if let Some(value) = rest.shift_remove(*name) {
            fields.insert((*name).to_owned(), value);
        }
    }
    fields.extend(rest);
    fields.into()
}
