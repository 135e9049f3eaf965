//! The lanes of a profile: one for each place where something is said.

use super::{ComingReply, Lane, ReplyName, Talk};
use crate::model::Hash;
use std::collections::HashMap;
use std::sync::Arc;

/// So many lanes in which nothing comes or waits are kept, for what they remember.
const MOST_IDLE: usize = 64;

/// The lanes of all talks of a profile.
#[derive(Default)]
pub struct Lanes {
    lanes: HashMap<Talk, Lane>,
    empty: Lane,
}

impl Lanes {
    /// That of a talk.
    pub fn of(&self, talk: Talk) -> &Lane {
        self.lanes.get(&talk).unwrap_or(&self.empty)
    }

    /// That of a talk, to be changed.
    pub fn of_mut(&mut self, talk: Talk) -> &mut Lane {
        if !self.lanes.contains_key(&talk) {
            self.forget_idle();
        }
        self.lanes.entry(talk).or_default()
    }

    /// All talks in which a reply comes, waits or has ended lately.
    pub fn talks(&self) -> Vec<Talk> {
        self.lanes.keys().copied().collect()
    }

    /// The reply of a name, as long as it is known here.
    pub fn find(&self, name: &ReplyName) -> Option<Arc<ComingReply>> {
        self.lanes.values().find_map(|lane| lane.find(name))
    }

    /// A reply to a question that waits or is coming.
    pub fn unfinished(&self, question: &Hash) -> Option<Arc<ComingReply>> {
        let mut lanes = self.lanes.values();
        lanes.find_map(|lane| lane.unfinished(question))
    }

    /// What a lane remembers is stored, too, so any of the idle ones may go.
    fn forget_idle(&mut self) {
        if self.lanes.len() >= MOST_IDLE {
            self.lanes.retain(|_, lane| !lane.is_idle());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffer::Mode;

    fn talk(number: usize) -> Talk {
        Talk::Conversation(Hash([u8::try_from(number).unwrap(); 32]))
    }

    #[test]
    fn idle_lanes_are_forgotten_and_what_waits_is_not() {
        let mut lanes = Lanes::default();
        let busy = Talk::Buffer(Mode::Inner);
        let name = ReplyName::first(Hash([7; 32]));
        let reply = Arc::new(ComingReply::waiting(name, busy));
        lanes.of_mut(busy).wait(reply);
        for number in 0..3 * MOST_IDLE {
            lanes.of_mut(talk(number));
        }
        assert!(lanes.talks().len() <= MOST_IDLE);
        assert!(lanes.find(&name).is_some());
        assert!(lanes.unfinished(&name.question).is_some());
        assert_eq!(lanes.of(talk(0)).waiting().count(), 0);
    }
}
