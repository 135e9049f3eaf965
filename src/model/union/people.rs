//! Who has a part in a union, and who had one.

use super::header::{HeaderUnion, greater};
use crate::model::people::latest_among;
use crate::model::sealed::key_list;
use crate::model::{Former, Graph, PublicKey, Thread};
use std::collections::{BTreeMap, BTreeSet};

impl HeaderUnion<'_> {
    /// Joins those who have a part, and the entries of those who were dropped. Once either version
    /// dropped somebody, what they said in a version that still has them is said before.
    pub(super) fn join_people(&mut self, graph: &Graph<'_>) {
        let mut former: BTreeMap<PublicKey, Former> = BTreeMap::new();
        for entry in self.one.former().iter().chain(self.other.former()) {
            match former.get_mut(&entry.key) {
                Some(known) => join(known, entry),
                None => {
                    former.insert(entry.key, entry.clone());
                }
            }
        }
        for entry in former.values_mut() {
            for version in [self.one, self.other] {
                entry.last.extend(latest_in(version, &entry.key));
            }
            entry.last = latest_among(graph, &entry.last);
            entry.others.sort_keys();
        }
        let both = self.one.participants().into_iter();
        let mut participants: BTreeSet<PublicKey> = both.chain(self.other.participants()).collect();
        participants.retain(|key| !former.get(key).is_some_and(Former::is_gone));
        let participants: Vec<PublicKey> = participants.into_iter().collect();
        if !participants.is_empty() {
            self.set("participants", key_list(&participants));
        }
        self.set_list("former", former.values().map(Former::to_value).collect());
    }
}

fn join(known: &mut Former, entry: &Former) {
    known.others = match known.times.cmp(&entry.times) {
        std::cmp::Ordering::Less => entry.others.clone(),
        std::cmp::Ordering::Equal => greater(&known.others, &entry.others),
        std::cmp::Ordering::Greater => known.others.clone(),
    };
    known.times = known.times.max(entry.times);
    known.last.extend(&entry.last);
}

/// The latest messages of somebody in a version that gives them a part.
fn latest_in(version: &Thread, key: &PublicKey) -> Vec<crate::model::Hash> {
    if version.participants().contains(key) {
        version.latest_of(&Graph::of(version.messages()), key)
    } else {
        Vec::new()
    }
}
