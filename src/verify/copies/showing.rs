//! Which messages are visible: those that some copy shows and that neither the author nor whoever
//! said them hides, and all that precede one of these.

use super::{ids_of, speakers_in};
use crate::model::{Graph, Hash, Message, PublicKey, Thread};
use crate::verify::Verified;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What one copy has, and what of it it shows.
struct Shown {
    has: HashSet<Hash>,
    shows: HashSet<Hash>,
}

impl Shown {
    fn by(copy: &Thread) -> Self {
        Self {
            has: ids_of(copy.messages().iter().collect()),
            shows: ids_of(copy.visible()),
        }
    }

    fn hides(&self, id: &Hash) -> bool {
        self.has.contains(id) && !self.shows.contains(id)
    }
}

/// The latest of the messages that are visible. `gathered` has those that count.
pub(super) fn visible(
    gathered: &Thread,
    copies: &BTreeMap<PublicKey, Verified<Thread>>,
) -> Vec<Hash> {
    let mut shown: HashMap<PublicKey, Shown> = HashMap::new();
    for (keeper, copy) in copies {
        shown.insert(*keeper, Shown::by(copy));
    }
    let is_visible = |message: &&Message| {
        let id = message.id();
        let is_shown = shown.values().any(|copy| copy.shows.contains(&id));
        let hides = |person: &PublicKey| shown.get(person).is_some_and(|copy| copy.hides(&id));
        // Nobody can prove whose agent a key is: who merely claims one hides nothing of another's.
        let is_taken_back = speakers_in(gathered, message).iter().all(hides);
        is_shown && !hides(&gathered.author()) && !is_taken_back
    };
    let ends = gathered.messages().iter().filter(is_visible);
    let ends: Vec<Hash> = ends.map(Message::id).collect();
    Graph::of(gathered.messages()).newest_of(&ends)
}
