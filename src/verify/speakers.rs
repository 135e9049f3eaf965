//! Who may say what in a thread.

use super::MessageFaultKind;
use super::checks::usable;
use crate::model::{Agent, Former, Graph, Hash, Message, PublicKey, Thread};
use ed25519_dalek::VerifyingKey;
use std::collections::{HashMap, HashSet};

/// Those who have or had a part in a thread, and their agents.
pub(super) struct Speakers {
    author: PublicKey,
    people: HashSet<PublicKey>,
    /// What each of those who were dropped had said until then, and all that it stands after.
    former: HashMap<PublicKey, HashSet<Hash>>,
    agents: HashMap<PublicKey, Vec<Agent>>,
    epochs: HashSet<Hash>,
    keys: HashMap<PublicKey, VerifyingKey>,
}

/// What somebody is to a thread when they say something.
enum Part {
    Has,
    /// They were dropped before they said it.
    Had,
    Never,
}

impl Speakers {
    pub(super) fn of(thread: &Thread) -> Self {
        let author = thread.author();
        let mut people: HashSet<PublicKey> = thread.participants().into_iter().collect();
        people.insert(author);
        let mut agents: HashMap<PublicKey, Vec<Agent>> = HashMap::new();
        for agent in thread.agents() {
            agents.entry(agent.key).or_default().push(agent);
        }
        let former = said_before_dropped(thread);
        let all = people.iter().chain(former.keys()).chain(agents.keys());
        let keys = all.filter_map(|key| Some((*key, usable(key)?))).collect();
        Self {
            author,
            people,
            former,
            agents,
            epochs: thread.epochs().iter().map(|epoch| epoch.id).collect(),
            keys,
        }
    }

    /// The key of somebody who may speak, if any signature of it is worth something.
    pub(super) fn key(&self, key: &PublicKey) -> Option<&VerifyingKey> {
        self.keys.get(key)
    }

    /// Whether whoever a message claims to be by may say this here.
    pub(super) fn admit(&self, message: &Message) -> Result<(), MessageFaultKind> {
        if let Some(epoch) = message.epoch()
            && !self.epochs.contains(epoch)
        {
            return Err(MessageFaultKind::UnknownEpoch(*epoch));
        }
        if message.role().is_persons() {
            self.admit_person(message)
        } else {
            self.admit_agent(message)
        }
    }

    fn admit_person(&self, message: &Message) -> Result<(), MessageFaultKind> {
        let key = message.author();
        match self.part_of(&key, message) {
            Part::Has => Ok(()),
            Part::Had => Err(MessageFaultKind::Former(key)),
            Part::Never => Err(MessageFaultKind::Stranger(key)),
        }
    }

    /// An answer is its agent's word, or, if it came from another tool, what a person says that it
    /// was.
    fn admit_agent(&self, message: &Message) -> Result<(), MessageFaultKind> {
        let key = message.author();
        if message.is_imported() && matches!(self.part_of(&key, message), Part::Has) {
            return Ok(());
        }
        let name = message.text_field("agent");
        let name = name.ok_or(match self.part_of(&key, message) {
            Part::Had if message.is_imported() => MessageFaultKind::Former(key),
            _ => MessageFaultKind::NamesNoAgent,
        })?;
        let mut refused = MessageFaultKind::UnlistedAgent {
            key,
            name: name.clone(),
        };
        let entries = self.agents.get(&key).map(Vec::as_slice).unwrap_or_default();
        for entry in entries.iter().filter(|entry| entry.name == name) {
            let by = entry.by.unwrap_or(self.author);
            let name = name.clone();
            refused = match self.part_of(&by, message) {
                Part::Has => return Ok(()),
                Part::Had => MessageFaultKind::AgentOfFormer { key, name, by },
                Part::Never => MessageFaultKind::AgentOfStranger { key, name, by },
            };
        }
        Err(refused)
    }

    fn part_of(&self, key: &PublicKey, message: &Message) -> Part {
        if self.people.contains(key) {
            return Part::Has;
        }
        match self.former.get(key) {
            Some(said) if said.contains(&message.id()) => Part::Has,
            Some(_) => Part::Had,
            None => Part::Never,
        }
    }
}

fn said_before_dropped(thread: &Thread) -> HashMap<PublicKey, HashSet<Hash>> {
    let mut said: HashMap<PublicKey, HashSet<Hash>> = HashMap::new();
    if thread.former().is_empty() {
        return said;
    }
    let graph = Graph::of(thread.messages());
    for Former { key, last, .. } in thread.former() {
        let reached = graph.reached_from(last);
        let reached = graph.ids().zip(reached).filter(|(_, is_before)| *is_before);
        said.entry(*key)
            .or_default()
            .extend(reached.map(|(id, _)| id));
    }
    said
}
