//! The order of a header's epochs, and what follows from it for its keys. All of it is worked out at
//! once, for 64 keys a time: a header may name thousands of either.

use crate::model::{Epoch, Hash, PublicKey};
use std::collections::{BTreeMap, BTreeSet};

/// Which epochs come after which, by their places in the order of their ids.
pub(super) struct Order {
    /// The epochs that each comes after. What the header lacks counts for nothing.
    after: Vec<Vec<usize>>,
    /// The circle that each belongs to, the later ones first; as a rule each is one alone.
    circles: Vec<usize>,
}

impl Order {
    pub(super) fn of(by_id: &BTreeMap<Hash, &Epoch>) -> Self {
        let places: BTreeMap<&Hash, usize> = by_id.keys().zip(0..).collect();
        let after: Vec<Vec<usize>> = by_id
            .values()
            .map(|epoch| {
                let known = epoch.after.iter().filter_map(|id| places.get(id));
                known.copied().collect()
            })
            .collect();
        let circles = circles_of(&after);
        Self { after, circles }
    }

    /// Whether each is one of some epochs, or before one of them.
    pub(super) fn reached_from(&self, starts: &[usize]) -> Vec<bool> {
        let mut is_reached = vec![false; self.after.len()];
        let mut waiting = starts.to_vec();
        while let Some(place) = waiting.pop() {
            if !std::mem::replace(&mut is_reached[place], true) {
                waiting.extend(&self.after[place]);
            }
        }
        is_reached
    }

    /// The keys of which the latest that is said lets them in, and nothing of it removes them. Of two
    /// epochs of one circle neither is later.
    pub(super) fn let_in_at_last(&self, said: &[Said]) -> BTreeSet<PublicKey> {
        let mut by_circle: Vec<usize> = (0..self.after.len()).collect();
        by_circle.sort_by_key(|place| self.circles[*place]);
        let mut let_in = BTreeSet::new();
        for batch in Batch::all_of(said, self.after.len()) {
            let spoken_later = self.spoken_later(&batch, &by_circle);
            let (mut has_latest, mut is_removed) = (0, 0);
            for place in 0..self.after.len() {
                let later = spoken_later[self.circles[place]];
                has_latest |= batch.said_at(place) & !later;
                is_removed |= batch.removes[place] & !later;
            }
            let_in.extend(batch.keys_of(has_latest & !is_removed));
        }
        let_in
    }

    /// For each circle, the keys of which something is said in a later one.
    fn spoken_later(&self, batch: &Batch, by_circle: &[usize]) -> Vec<u64> {
        let mut spoken_later = vec![0; self.after.len()];
        for circle in by_circle.chunk_by(|one, other| self.circles[*one] == self.circles[*other]) {
            let this = self.circles[circle[0]];
            let mut spoken = spoken_later[this];
            for place in circle {
                spoken |= batch.said_at(*place);
            }
            for before in circle.iter().flat_map(|place| &self.after[*place]) {
                let other = self.circles[*before];
                if other != this {
                    spoken_later[other] |= spoken;
                }
            }
        }
        spoken_later
    }

    /// The keys to which some way back leads, on which nothing removes them.
    pub(super) fn come_back(&self, starts: &[usize], said: &[Said]) -> BTreeSet<PublicKey> {
        let mut coming = BTreeSet::new();
        for batch in Batch::all_of(said, self.after.len()) {
            let mut on_a_way = vec![0; self.after.len()];
            let mut waiting: Vec<(usize, u64)> = starts.iter().map(|start| (*start, !0)).collect();
            let mut found = 0;
            while let Some((place, keys)) = waiting.pop() {
                let new = keys & !batch.removes[place] & !on_a_way[place];
                if new == 0 {
                    continue;
                }
                on_a_way[place] |= new;
                found |= new & batch.lets_in[place];
                waiting.extend(self.after[place].iter().map(|before| (*before, new)));
            }
            coming.extend(batch.keys_of(found));
        }
        coming
    }
}

/// What one epoch says of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Said {
    pub(super) key: PublicKey,
    pub(super) place: usize,
    pub(super) removes: bool,
}

/// What all epochs say of at most 64 keys, each of which is one bit.
struct Batch {
    keys: Vec<PublicKey>,
    lets_in: Vec<u64>,
    removes: Vec<u64>,
}

impl Batch {
    fn all_of(said: &[Said], epochs: usize) -> Vec<Self> {
        let mut sorted = said.to_vec();
        sorted.sort();
        let of_keys: Vec<&[Said]> = sorted.chunk_by(|one, other| one.key == other.key).collect();
        let batch = |of_keys: &[&[Said]]| {
            let mut batch = Self {
                keys: of_keys.iter().map(|said| said[0].key).collect(),
                lets_in: vec![0; epochs],
                removes: vec![0; epochs],
            };
            for (bit, said) in of_keys.iter().enumerate() {
                for said in *said {
                    let side = match said.removes {
                        true => &mut batch.removes,
                        false => &mut batch.lets_in,
                    };
                    side[said.place] |= 1 << bit;
                }
            }
            batch
        };
        of_keys.chunks(64).map(batch).collect()
    }

    fn said_at(&self, place: usize) -> u64 {
        self.lets_in[place] | self.removes[place]
    }

    fn keys_of(&self, bits: u64) -> impl Iterator<Item = PublicKey> {
        let is_set = move |bit: &usize| bits & (1 << bit) != 0;
        (0..self.keys.len())
            .filter(is_set)
            .map(|bit| self.keys[bit])
    }
}

/// The circle of each (its strongly connected component), numbered so that none leads to one of a
/// lower number: Kosaraju's algorithm, without recursion.
fn circles_of(after: &[Vec<usize>]) -> Vec<usize> {
    let mut before = vec![Vec::new(); after.len()];
    for (place, earlier) in after.iter().enumerate() {
        for earlier in earlier {
            before[*earlier].push(place);
        }
    }
    let mut circles = vec![usize::MAX; after.len()];
    for (circle, start) in left_in_order(after).into_iter().rev().enumerate() {
        let mut waiting = vec![start];
        while let Some(place) = waiting.pop() {
            if circles[place] == usize::MAX {
                circles[place] = circle;
                waiting.extend(&before[place]);
            }
        }
    }
    circles
}

/// All places in the order in which a walk, deep before wide, is done with them.
fn left_in_order(after: &[Vec<usize>]) -> Vec<usize> {
    let mut is_entered = vec![false; after.len()];
    let mut left = Vec::with_capacity(after.len());
    for start in 0..after.len() {
        if std::mem::replace(&mut is_entered[start], true) {
            continue;
        }
        let mut way = vec![(start, 0)];
        while let Some((place, next)) = way.last_mut() {
            let Some(earlier) = after[*place].get(*next).copied() else {
                left.push(*place);
                way.pop();
                continue;
            };
            *next += 1;
            if !std::mem::replace(&mut is_entered[earlier], true) {
                way.push((earlier, 0));
            }
        }
    }
    left
}
