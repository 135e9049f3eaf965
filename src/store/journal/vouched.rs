//! For whom a journal may speak. Who can write into the home can write a journal, and our keys sign
//! what is recovered of it: so nobody comes into a thread by it whom no version that we signed has.

use super::recover::{JournalDamage, Unvouched};
use crate::identity::Keys;
use crate::model::json::{Map, Value};
use crate::model::{Agent, Message, PublicKey, Thread, Timestamp};
use std::collections::{BTreeSet, HashSet};

/// What is vouched for: by our keys themselves, and by the versions that are stored and ours.
pub(super) struct Vouched<'k> {
    keys: &'k Keys,
    keepers: HashSet<PublicKey>,
    participants: HashSet<PublicKey>,
    agents: BTreeSet<Agent>,
    is_stored: bool,
    /// Now, or the latest time that is vouched for: clocks are set back, too.
    latest: Timestamp,
}

impl<'k> Vouched<'k> {
    /// What our keys vouch for in a thread that began at a time.
    pub(super) fn by(keys: &'k Keys, now: Timestamp, created_at: Timestamp) -> Self {
        Self {
            keys,
            keepers: HashSet::new(),
            participants: HashSet::new(),
            agents: BTreeSet::new(),
            is_stored: false,
            latest: now.max(created_at),
        }
    }

    /// Adds what a stored version vouches for, all of which was checked.
    pub(super) fn add(&mut self, version: &Thread) {
        self.is_stored = true;
        self.keepers.extend(version.kept_by());
        self.participants.extend(version.participants());
        self.agents.extend(version.agents());
        self.add_time(version.updated_at());
    }

    /// Adds the time of what was checked.
    pub(super) fn add_time(&mut self, time: Timestamp) {
        self.latest = self.latest.max(time);
    }

    /// A time, or the latest one that can be.
    pub(super) fn no_later_than_now(&self, time: Timestamp) -> Timestamp {
        time.min(self.latest)
    }

    /// Whether the owner, or an AI of theirs, signs as who made a message.
    ///
    /// # Errors
    /// It is by somebody else.
    pub(super) fn check_message(&self, message: &Message) -> Result<(), JournalDamage> {
        let key = message.author();
        let agent = message.text_field("agent");
        let is_agents = || agent.is_some_and(|name| self.keys.agent_entry(&name).key == key);
        if key == self.keys.public() || is_agents() {
            Ok(())
        } else {
            Err(JournalDamage::MessageOfAnother { key })
        }
    }

    /// A header that brings nobody new, with no later time than can be.
    ///
    /// # Errors
    /// It is none, or brings somebody.
    pub(super) fn admit_header(
        &self,
        mut header: Map<String, Value>,
    ) -> Result<Map<String, Value>, JournalDamage> {
        let thread = Thread::from_parts(header.clone(), Vec::new());
        let thread = thread.map_err(|why| JournalDamage::Header {
            why: why.to_string(),
        })?;
        if let Some(brings) = self.unvouched_in(&thread) {
            return Err(JournalDamage::UnvouchedHeader { brings });
        }
        if thread.updated_at() > self.latest {
            header.insert("updated_at".to_owned(), self.latest.to_string().into());
        }
        Ok(header)
    }

    fn unvouched_in(&self, thread: &Thread) -> Option<Unvouched> {
        match thread.kept_by() {
            Some(keeper) if !self.keepers.contains(&keeper) => {
                return Some(Unvouched::Keeper(keeper));
            }
            None if thread.author() != self.keys.public() => {
                return Some(Unvouched::Author(thread.author()));
            }
            _ => {}
        }
        let is_new = |key: &PublicKey| !self.participants.contains(key);
        if let Some(key) = thread.participants().into_iter().find(is_new) {
            return Some(Unvouched::Participant(key));
        }
        let is_new = |agent: &Agent| {
            !self.agents.contains(agent) && self.keys.agent_entry(&agent.name) != *agent
        };
        if let Some(agent) = thread.agents().into_iter().find(is_new) {
            return Some(Unvouched::Agent(agent.key));
        }
        // Words of ours from another thread could stand there out of place.
        let begins_elsewhere = thread.origins().len() > 1;
        (begins_elsewhere && !self.is_stored).then_some(Unvouched::Anchors)
    }
}
