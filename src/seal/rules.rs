//! Which epoch is in force, and who is a reader: what follows from the epochs of a header alone.

mod order;

use crate::model::{Epoch, Hash, PublicKey};
use order::{Order, Said};
use std::collections::{BTreeMap, BTreeSet};

/// The epochs of a header, in their order: each may come after others.
pub struct Epochs<'e> {
    by_id: BTreeMap<Hash, &'e Epoch>,
}

/// What has to be done to the epochs before anything more is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Nothing: seal in this epoch.
    Nothing(Hash),
    /// This epoch is in force, and lacks readers that it should have.
    Readers {
        /// The epoch.
        epoch: Hash,
        /// Whom it lacks.
        missing: BTreeSet<PublicKey>,
    },
    /// Another epoch: there is none yet, or several are in force.
    Begin(Plan),
}

/// An epoch that is to be begun.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// What it replaces.
    pub after: BTreeSet<Hash>,
    /// Who is to read it.
    pub readers: BTreeSet<PublicKey>,
    /// Whom it removes.
    pub without: BTreeSet<PublicKey>,
}

impl<'e> Epochs<'e> {
    /// The epochs of a header.
    pub fn of(epochs: &'e [Epoch]) -> Self {
        let by_id = epochs.iter().map(|epoch| (epoch.id, epoch)).collect();
        Self { by_id }
    }

    /// The epochs that no other one replaces: one, unless two writers began some at once. Where
    /// they replace each other in a circle, so that none is left, all are.
    pub fn in_force(&self) -> BTreeSet<Hash> {
        let mut replaced = BTreeSet::new();
        for epoch in self.by_id.values() {
            replaced.extend(epoch.after.iter().filter(|id| **id != epoch.id));
        }
        let all: BTreeSet<Hash> = self.by_id.keys().copied().collect();
        let left: BTreeSet<Hash> = all.difference(&replaced).copied().collect();
        if left.is_empty() { all } else { left }
    }

    /// Everybody who is to read what is sealed from now on: each was let in before, and was not
    /// removed since. Of one who was let in here and removed there the removal counts.
    pub fn readers(&self) -> BTreeSet<PublicKey> {
        let order = Order::of(&self.by_id);
        let is_considered = order.reached_from(&self.places_in_force());
        let mut said = self.all_said();
        said.retain(|said| is_considered[said.place]);
        order.let_in_at_last(&said)
    }

    /// What the author's writer does first.
    pub fn due(&self) -> Due {
        let in_force: Vec<Hash> = self.in_force().into_iter().collect();
        let [epoch] = in_force[..] else {
            return Due::Begin(self.plan(self.readers()));
        };
        let has: BTreeSet<PublicKey> = readers_of(self.by_id[&epoch]).collect();
        let missing: BTreeSet<PublicKey> = self.readers().difference(&has).copied().collect();
        if missing.is_empty() {
            Due::Nothing(epoch)
        } else {
            Due::Readers { epoch, missing }
        }
    }

    /// An epoch after all that there are, with just these readers. Whoever would be let in again
    /// by what stands before is removed by name.
    pub fn plan(&self, readers: BTreeSet<PublicKey>) -> Plan {
        let order = Order::of(&self.by_id);
        let mut without = order.come_back(&self.places_in_force(), &self.all_said());
        without.retain(|key| !readers.contains(key));
        Plan {
            after: self.in_force(),
            readers,
            without,
        }
    }

    fn places_in_force(&self) -> Vec<usize> {
        let in_force = self.in_force();
        let ids = self.by_id.keys().enumerate();
        ids.filter(|(_, id)| in_force.contains(id))
            .map(|(place, _)| place)
            .collect()
    }

    /// What each epoch says of each key that it names. One that removes somebody and lists them
    /// contradicts itself: the removal counts.
    fn all_said(&self) -> Vec<Said> {
        let mut all = Vec::new();
        for (place, epoch) in self.by_id.values().enumerate() {
            let removed: BTreeSet<PublicKey> = epoch.without.iter().copied().collect();
            let let_in = readers_of(epoch).filter(|key| !removed.contains(key));
            let says = |key, removes| Said {
                key,
                place,
                removes,
            };
            all.extend(let_in.map(|key| says(key, false)));
            all.extend(removed.iter().map(|key| says(*key, true)));
        }
        all
    }
}

fn readers_of(epoch: &Epoch) -> impl Iterator<Item = PublicKey> {
    epoch.readers.iter().map(|reader| reader.author)
}

#[cfg(test)]
mod tests;
