//! What a union shows: each message as the version has it that hid it, or brought it back, last.

use super::header::{HeaderUnion, hash};
use crate::model::heads::Ends;
use crate::model::message::hash_list;
use crate::model::stamps::{Hides, Hiding, hides_value};
use crate::model::{Graph, Hash, Thread, Timestamp};

impl HeaderUnion<'_> {
    /// Shown is what is not hidden, and all that precedes it.
    pub(super) fn join_shown(&mut self, graph: &Graph<'_>) {
        let mut hides = hides_of(self.one);
        for (id, entry) in hides_of(self.other) {
            match hides.get(&id) {
                Some(known) if rank(known) >= rank(&entry) => {}
                _ => {
                    hides.insert(id, entry);
                }
            }
        }
        let is_shown = |id: &Hash| hides.get(id).is_none_or(|entry| !entry.hidden);
        let shown: Vec<Hash> = graph.ids().filter(is_shown).collect();
        let ends = Ends::showing(graph, &shown);
        self.set("heads", hash_list(&ends.heads));
        if !ends.aside.is_empty() {
            self.set("aside", hash_list(&ends.aside));
        }
        for entry in hides.values_mut() {
            entry.others.sort_keys();
        }
        if !hides.is_empty() {
            self.set("hides", hides_value(&hides));
        }
    }
}

/// A version's entries. A message that it hides without one was hidden before any that has one.
fn hides_of(version: &Thread) -> Hides {
    let mut hides = version.hides().clone();
    let graph = Graph::of(version.messages());
    let shown = graph.reached_from(&version.heads());
    for (message, is_shown) in version.messages().iter().zip(shown) {
        if !is_shown {
            hides.entry(message.id()).or_insert_with(|| Hiding {
                at: Timestamp::from_millis(0),
                hidden: true,
                others: Default::default(),
            });
        }
    }
    hides
}

fn rank(entry: &Hiding) -> (Timestamp, bool, Hash) {
    (entry.at, entry.hidden, hash(&entry.to_value()))
}
