//! Which message stands after which: the graph that `prev` draws.

use super::{Hash, Message};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// The graph of a list of messages, by their places in the list. A `prev` that names nothing in the
/// list (a root, an anchor, or a message that is missing) is no edge.
pub struct Graph<'a> {
    messages: &'a [Message],
    index: HashMap<Hash, usize>,
    parents: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    /// Draws the graph.
    pub fn of(messages: &'a [Message]) -> Self {
        #[cfg(test)]
        super::effort::count();
        let index: HashMap<Hash, usize> = messages
            .iter()
            .enumerate()
            .map(|(place, message)| (message.id(), place))
            .collect();
        let parents = messages
            .iter()
            .map(|message| {
                message
                    .prev()
                    .iter()
                    .filter_map(|id| index.get(id).copied())
                    .collect()
            })
            .collect();
        Self {
            messages,
            index,
            parents,
        }
    }

    /// The ids of all of them, in list order.
    pub fn ids(&self) -> impl Iterator<Item = Hash> {
        self.messages.iter().map(Message::id)
    }

    /// The place of a message.
    pub fn place(&self, id: &Hash) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The places of the messages after which the one at a place stands.
    pub fn parents(&self, place: usize) -> &[usize] {
        &self.parents[place]
    }

    /// For each place, whether it is one of `ids` or an ancestor of one.
    pub fn reached_from(&self, ids: &[Hash]) -> Vec<bool> {
        self.reached(ids.iter().filter_map(|id| self.place(id)).collect())
    }

    fn reached(&self, mut waiting: Vec<usize>) -> Vec<bool> {
        let mut reached = vec![false; self.messages.len()];
        while let Some(place) = waiting.pop() {
            if !std::mem::replace(&mut reached[place], true) {
                waiting.extend(&self.parents[place]);
            }
        }
        reached
    }

    /// The messages that no other names, in list order.
    pub fn leaves(&self) -> Vec<Hash> {
        let named: HashSet<usize> = self.parents.iter().flatten().copied().collect();
        (0..self.messages.len())
            .filter(|place| !named.contains(place))
            .map(|place| self.messages[place].id())
            .collect()
    }

    /// Those of `ids` that are in the list and are not ancestors of others of them, in list order.
    pub fn newest_of(&self, ids: &[Hash]) -> Vec<Hash> {
        let mut places: Vec<usize> = ids.iter().filter_map(|id| self.place(id)).collect();
        places.sort_unstable();
        places.dedup();
        let older = self.reached(
            places
                .iter()
                .flat_map(|&place| self.parents[place].clone())
                .collect(),
        );
        places
            .into_iter()
            .filter(|&place| !older[place])
            .map(|place| self.messages[place].id())
            .collect()
    }

    /// The places in the one order of the record: parents first, then by time, then by id.
    pub fn ordered(&self) -> Vec<usize> {
        let mut missing: Vec<usize> = vec![0; self.messages.len()];
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.messages.len()];
        for (place, parents) in self.parents.iter().enumerate() {
            let distinct: HashSet<usize> = parents.iter().copied().collect();
            missing[place] = distinct.len();
            for parent in distinct {
                children[parent].push(place);
            }
        }
        let key = |place: usize| {
            Reverse((
                self.messages[place].timestamp(),
                self.messages[place].id(),
                place,
            ))
        };
        let mut ready: BinaryHeap<_> = (0..missing.len())
            .filter(|&p| missing[p] == 0)
            .map(key)
            .collect();
        let mut order = Vec::with_capacity(missing.len());
        while let Some(Reverse((_, _, place))) = ready.pop() {
            order.push(place);
            for &child in &children[place] {
                missing[child] -= 1;
                if missing[child] == 0 {
                    ready.push(key(child));
                }
            }
        }
        order
    }
}
