//! Two versions of one thread become one, with every message of both. No third version is needed,
//! and no clock: any number of versions end alike, in whatever order they meet.

mod header;
mod people;
mod shown;

use super::header::Header;
use super::heads::Settled;
use super::{Graph, Hash, Message, Thread};
use header::HeaderUnion;
use std::collections::BTreeMap;

/// The union of two versions with the same root, both true: commutative, associative, idempotent.
/// Not signed.
///
/// Whatever of the header has a stamp of its own in `changed`, and each message that was ever
/// hidden, is as in the version that changed it last. Agents, people and epochs join. All else comes
/// together from the version with the greater `updated_at`, and under equal times from the one whose
/// fields hash higher.
pub fn union(one: &Thread, other: &Thread) -> Thread {
    let messages = once_in_order(one.messages.iter().chain(&other.messages));
    let graph = Graph::of(&messages);
    let mut header = HeaderUnion::of(one, other);
    header.join_people(&graph);
    header.join_shown(&graph);
    drop(graph);
    let header = Header::of_checked(header.into_fields());
    let is_of_this_box = |version: &&Thread| version.sealed() == header.sealed.as_ref();
    let mut opened = [one, other].into_iter().filter(is_of_this_box);
    Thread {
        opened: opened.find_map(|version| version.opened.clone()),
        header,
        messages,
        signature: None,
        settled: Settled::default(),
    }
}

/// Each message once, in the record's order.
pub(super) fn once_in_order<'a>(messages: impl Iterator<Item = &'a Message>) -> Vec<Message> {
    // Two copies of a message can differ only in their signatures, and in how they are written; the
    // choice must not depend on the side. Of equal ones, one that was opened stays so.
    let mut by_id: BTreeMap<Hash, &Message> = BTreeMap::new();
    for message in messages {
        let kept = by_id.entry(message.id()).or_insert(message);
        if message.as_written() > kept.as_written() {
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
