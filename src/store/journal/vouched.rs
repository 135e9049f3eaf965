//! For whom a journal may speak. Who can write into the home can write a journal, and our keys sign
//! what is recovered of it: so nobody comes into a thread by it whom no version that we signed has.

use super::noted_header::NotedHeader;
use super::recover::{JournalDamage, Unvouched};
use crate::identity::Keys;
use crate::model::json::{Map, Value};
use crate::model::{Agent, Former, Message, PublicKey, Thread, Timestamp};
use crate::sign::Namespace;
use crate::verify;
use std::collections::{BTreeSet, HashSet};

/// What is fixed when a thread begins, though its root does not hold it. Pages of other sites reach
/// what began on them, so nobody may say so afterwards.
const FIXED: [&str; 3] = ["face", "continues", "web_origin"];
/// That of these which only a stored version vouches for.
const SITE: &str = "web_origin";

type Beginning = [Option<Value>; FIXED.len()];

fn beginning_of(thread: &Thread) -> Beginning {
    FIXED.map(|name| thread.header().get(name).cloned())
}

/// What is vouched for: by our keys themselves, and by the versions that are stored and ours.
pub(super) struct Vouched<'k> {
    keys: &'k Keys,
    keepers: HashSet<PublicKey>,
    participants: HashSet<PublicKey>,
    former: Vec<Former>,
    agents: BTreeSet<Agent>,
    /// What a stored version says of where the thread began.
    beginning: Option<Beginning>,
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
            former: Vec::new(),
            agents: BTreeSet::new(),
            beginning: None,
            latest: now.max(created_at),
        }
    }

    /// Adds what a stored version vouches for, all of which was checked.
    pub(super) fn add(&mut self, version: &Thread) {
        self.beginning.get_or_insert_with(|| beginning_of(version));
        self.keepers.extend(version.kept_by());
        self.participants.extend(version.participants());
        self.former.extend(version.former().iter().cloned());
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
        let is_agents = || agent.is_some_and(|name| self.keys.is_agents(&name, &key));
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
        header: NotedHeader,
    ) -> Result<Map<String, Value>, JournalDamage> {
        let thread = header.thread().map_err(|why| JournalDamage::Header {
            why: why.to_string(),
        })?;
        let mut header = header.fields;
        if let Some(brings) = self.unvouched_in(&thread) {
            return Err(JournalDamage::UnvouchedHeader { brings });
        }
        self.move_back(&thread, &mut header);
        Ok(header)
    }

    /// No time in a header is later than can be: what was changed or hidden in the year 9999 could
    /// never be changed again.
    fn move_back(&self, thread: &Thread, header: &mut Map<String, Value>) {
        let latest = || Value::from(self.latest.to_string());
        if thread.updated_at() > self.latest {
            header.insert("updated_at".to_owned(), latest());
        }
        for (what, at) in thread.changed() {
            if *at > self.latest {
                header["changed"][what] = latest();
            }
        }
        for (id, entry) in thread.hides() {
            if entry.at > self.latest {
                header["hides"][&id.to_string()]["at"] = latest();
            }
        }
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
        // What somebody who was dropped had said is counted by what stands there.
        let is_new = |entry: &&Former| !self.former.contains(entry);
        if let Some(entry) = thread.former().iter().find(is_new) {
            return Some(Unvouched::Participant(entry.key));
        }
        let is_new = |agent: &Agent| {
            let own = self.keys.agent_entry_in(thread, &agent.name);
            !self.agents.contains(agent) && own != *agent
        };
        if let Some(agent) = thread.agents().into_iter().find(is_new) {
            return Some(Unvouched::Agent(agent.key));
        }
        // Whoever wrote an epoch's key into it would read all that is sealed from then on.
        let says_who_reads = thread.is_sealed() || !thread.epochs().is_empty();
        if says_who_reads && !self.has_signed(thread) {
            return Some(Unvouched::Readers);
        }
        if let Some(name) = self.misplaced_by(thread) {
            return Some(Unvouched::Beginning(name));
        }
        // Words of ours from another thread could stand there out of place.
        let begins_elsewhere = thread.origins().len() > 1;
        (begins_elsewhere && self.beginning.is_none()).then_some(Unvouched::Anchors)
    }

    /// What a header says otherwise of where the thread began.
    fn misplaced_by(&self, thread: &Thread) -> Option<&'static str> {
        let told = beginning_of(thread);
        let is_otherwise = |place: &usize| match &self.beginning {
            Some(stored) => told[*place] != stored[*place],
            None => FIXED[*place] == SITE && told[*place].is_some(),
        };
        let place = (0..FIXED.len()).find(is_otherwise)?;
        Some(FIXED[place])
    }

    fn has_signed(&self, thread: &Thread) -> bool {
        let (key, bytes) = (self.keys.public(), thread.signed_bytes());
        let signed = |signature| verify::signature(&key, Namespace::Thread, &bytes, signature);
        thread.signature().is_some_and(signed)
    }
}
