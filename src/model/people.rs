//! People who had a part in a thread and were dropped, or came back.

use super::json::{Map, Value};
use super::message::{hash_list, hashes};
use super::sealed::{key_list, others, sorted, text};
use super::{Graph, Hash, Message, PublicKey, Thread, Timestamp};

/// Somebody who was dropped from a thread at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// Whose entry it is.
    pub key: PublicKey,
    /// One at the first drop, and one more at each return and drop.
    pub times: u64,
    /// The latest messages of that key, and of every agent that is theirs, at the drops.
    pub last: Vec<Hash>,
    /// Fields that this version doesn't know.
    pub others: Map<String, Value>,
}

impl Former {
    /// Whether they are gone, and have not come back.
    pub fn is_gone(&self) -> bool {
        self.times % 2 == 1
    }

    /// Reads one.
    pub(super) fn read(value: &Value) -> Option<Self> {
        Some(Self {
            key: text(value, "key")?.parse().ok()?,
            times: value.get("times")?.as_u64().filter(|times| *times > 0)?,
            last: hashes(value.get("last"))?,
            others: others(value, &["key", "times", "last"])?,
        })
    }

    /// It as the record writes it.
    pub(super) fn to_value(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("key".to_owned(), self.key.to_string().into());
        fields.insert("times".to_owned(), self.times.into());
        fields.insert("last".to_owned(), hash_list(&sorted(&self.last)));
        fields.extend(self.others.clone());
        fields.into()
    }
}

impl Thread {
    /// Lets somebody speak as a person, whether they were dropped before or never had a part.
    pub fn invite(&mut self, key: PublicKey, at: Timestamp) {
        let mut participants = self.participants();
        if key == self.author() || participants.contains(&key) {
            return;
        }
        let mut former = self.former().to_vec();
        for entry in &mut former {
            if entry.key == key && entry.is_gone() {
                entry.times += 1;
            }
        }
        participants.push(key);
        self.write_people(&participants, &former);
        self.touch_changed(at);
    }

    /// Takes their part from somebody. What they and their agents said until now stays said.
    pub fn drop_participant(&mut self, key: PublicKey, at: Timestamp) {
        let mut participants = self.participants();
        if !participants.contains(&key) {
            return;
        }
        participants.retain(|participant| *participant != key);
        let latest = self.latest_of(&Graph::of(&self.messages), &key);
        let mut former = self.former().to_vec();
        match former.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => {
                entry.times += 1 + entry.times % 2;
                entry.last.extend(latest);
            }
            None => former.push(Former {
                key,
                times: 1,
                last: latest,
                others: Map::new(),
            }),
        }
        let graph = Graph::of(&self.messages);
        for entry in &mut former {
            entry.last = latest_among(&graph, &entry.last);
        }
        self.write_people(&participants, &former);
        self.touch_changed(at);
    }

    /// The latest messages of somebody, and of the agents that are theirs.
    pub(super) fn latest_of(&self, graph: &Graph<'_>, key: &PublicKey) -> Vec<Hash> {
        let agents = self.agents();
        let theirs = |speaker: PublicKey| {
            let mut entries = agents.iter().filter(|agent| agent.key == speaker);
            speaker == *key || entries.any(|agent| agent.by == Some(*key))
        };
        let said = self.messages.iter().filter(|said| theirs(said.author()));
        let said: Vec<Hash> = said.map(Message::id).collect();
        graph.newest_of(&said)
    }

    /// Lists are sorted, and left out where they are empty.
    pub(super) fn write_people(&mut self, participants: &[PublicKey], former: &[Former]) {
        let participants = sorted(participants);
        let list = (!participants.is_empty()).then(|| key_list(&participants));
        self.set_or_remove("participants", list);
        let mut former = former.to_vec();
        former.sort_by_key(|entry| entry.key);
        let list: Vec<Value> = former.iter().map(Former::to_value).collect();
        self.set_or_remove("former", (!list.is_empty()).then(|| list.into()));
    }
}

/// Those of these messages that stand before no other of them. One that is not there may be later
/// than all.
pub(super) fn latest_among(graph: &Graph<'_>, ids: &[Hash]) -> Vec<Hash> {
    let missing = ids.iter().filter(|id| graph.place(id).is_none()).copied();
    let mut latest: Vec<Hash> = missing.chain(graph.newest_of(ids)).collect();
    latest.sort_unstable();
    latest.dedup();
    latest
}
