//! Two versions of one thread become one, with every message of both.

use super::json::{Value, canonical, canonical_without};
use super::thread::{Agent, hash_list, read_agent};
use super::{Graph, Hash, Message, Thread, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The union of two versions with the same root: commutative, associative, idempotent. Not signed.
///
/// Messages are the set union, in the record's order. Heads are the newest of both heads; what no
/// head reaches is aside. Agents and participants are the set unions. All else comes whole from the
/// version with the greater `updated_at`, and under equal times from the one whose header hashes
/// higher.
pub fn union(one: &Thread, other: &Thread) -> Thread {
    union_since(None, one, other)
}

/// The union of two versions that both came from `base`: a head from which either side moved on,
/// back or aside since then is not taken from the side that let it stand.
pub fn union_since(base: Option<&Thread>, one: &Thread, other: &Thread) -> Thread {
    let newer = if rank(one) >= rank(other) { one } else { other };
    let mut result = Thread {
        header: newer.header.clone(),
        messages: all_messages(one, other),
        signature: None,
    };

    result.header.set("agents", agents(one, other));
    let participants: BTreeSet<_> = one
        .participants()
        .into_iter()
        .chain(other.participants())
        .collect();
    if participants.is_empty() {
        result.header.remove("participants");
    } else {
        let keys: Value = participants
            .iter()
            .map(|key| Value::from(key.to_string()))
            .collect();
        result.header.set("participants", keys);
    }
    // `set_heads` sees to aside; an aside that came with the header must not outlive it.
    result.header.set("heads", hash_list(&[]));
    let heads = heads(base, one, other);
    result.set_heads(&heads);
    result
}

/// The entries of both, equal ones once; fields that this version doesn't know stay with their
/// entry.
fn agents(one: &Thread, other: &Thread) -> Value {
    let entries = one.agent_entries().iter().chain(other.agent_entries());
    let sorted: BTreeMap<(Option<Agent>, Vec<u8>), &Value> = entries
        .map(|entry| ((read_agent(entry), canonical(entry)), entry))
        .collect();
    sorted.into_values().cloned().collect()
}

fn heads(base: Option<&Thread>, one: &Thread, other: &Thread) -> Vec<Hash> {
    let (ours, theirs) = (one.heads(), other.heads());
    let left = |head: &Hash| !ours.contains(head) || !theirs.contains(head);
    let old: Vec<Hash> = base
        .map(Thread::heads)
        .unwrap_or_default()
        .into_iter()
        .filter(left)
        .collect();
    let both = ours.iter().chain(&theirs).copied();
    let kept: Vec<Hash> = both.clone().filter(|head| !old.contains(head)).collect();
    // Each side may have moved away from one of two heads; then something must still be shown,
    // unless one side took back everything.
    let shows_nothing = ours.is_empty() || theirs.is_empty();
    if kept.is_empty() && !shows_nothing {
        both.collect()
    } else {
        kept
    }
}

fn rank(thread: &Thread) -> (Timestamp, [u8; 32]) {
    const MERGED: [&str; 4] = ["heads", "aside", "agents", "participants"];
    (
        thread.updated_at(),
        Sha256::digest(canonical_without(thread.header.fields(), &MERGED)).into(),
    )
}

fn all_messages(one: &Thread, other: &Thread) -> Vec<Message> {
    once_in_order(one.messages.iter().chain(&other.messages))
}

/// Each message once, in the record's order.
pub(super) fn once_in_order<'a>(messages: impl Iterator<Item = &'a Message>) -> Vec<Message> {
    // Two copies of a message can differ only in their signatures; the choice must not depend on
    // the side.
    let mut by_id: BTreeMap<Hash, &Message> = BTreeMap::new();
    for message in messages {
        let kept = by_id.entry(message.id()).or_insert(message);
        if message.signature() > kept.signature() {
            *kept = message;
        }
    }
    let messages: Vec<Message> = by_id.into_values().cloned().collect();
    let order = Graph::of(&messages).ordered();
    order
        .into_iter()
        .map(|place| messages[place].clone())
        .collect()
}
