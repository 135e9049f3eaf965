//! The agents of an owner: the keys with which AIs sign, and what each said.

use super::{WorkError, Workspace};
use crate::identity::Keys;
use crate::model::{CardEntry, Hash, PublicKey, Reading, Role, Thread, Timestamp};
use crate::store::{CommitId, Store, StoreError};
use crate::verify::Verified;
use std::collections::{BTreeMap, BTreeSet};

/// One key of an agent, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentKey {
    /// The agent's name.
    pub name: String,
    /// The key.
    pub key: PublicKey,
    /// The commits at which it was retired; none, if it was not.
    pub retired: Vec<String>,
    /// How many answers it gave.
    pub answers: usize,
    /// In how many threads.
    pub threads: usize,
    /// With which models, and how many answers each; what is sealed doesn't tell.
    pub models: BTreeMap<String, usize>,
    /// When it first answered.
    pub first: Option<Timestamp>,
    /// When it last did.
    pub last: Option<Timestamp>,
}

/// What is known of all agents, and how many threads could not be looked into.
#[derive(Debug, Default)]
pub struct AgentList {
    /// By name, and by when each key first answered.
    pub agents: Vec<AgentKey>,
    /// The threads' files that are not true, or can't be read.
    pub unread: Vec<String>,
}

/// What one thread says of an agent's key.
struct Answer {
    agent: (String, PublicKey),
    model: Option<String>,
    at: Timestamp,
}

impl Workspace {
    /// The agents of an owner, as the threads on their branch list them.
    ///
    /// # Errors
    /// If the store can't be opened, or the branch or its card can't be read.
    pub fn agents(&self, owner: &PublicKey) -> Result<AgentList, WorkError> {
        let mut list = AgentList::default();
        let Some(store) = self.store()? else {
            return Ok(list);
        };
        let mut known = Known::new(owner);
        if let Some(tip) = store.tip(owner)? {
            known.read(&store, tip, &mut list.unread)?;
        }
        let card = self.card_of(owner)?.map(|found| found.good()).transpose();
        let card = card.map_err(|fault| WorkError::Card {
            owner: *owner,
            fault,
        })?;
        let retired = card.map(|card| card.retired.clone()).unwrap_or_default();
        list.agents = known.agents(&retired);
        Ok(list)
    }

    /// The keys, without the agents' that the owner's card calls retired: the next one of a name
    /// signs. A card that is not good, or can't be read, says nothing here; whoever checks the
    /// branch names it.
    pub fn with_retired(&self, keys: Keys) -> Keys {
        let card = self.card_of(&keys.public()).ok().flatten();
        let Some(Ok(card)) = card.map(|found| found.good()) else {
            return keys;
        };
        keys.without_agents(card.retired.iter().map(|entry| entry.key))
    }

    /// Retires the key of an agent: what it signs from now on does not count. Returns that key; the
    /// next one of this name signs from then on.
    ///
    /// # Errors
    /// If the owner has no such agent, if a session is open that may still have words of it, or as
    /// [`Workspace::change_card`].
    pub fn retire_agent(&self, keys: &Keys, name: &str) -> Result<PublicKey, WorkError> {
        let key = keys.agent(name).public();
        let list = self.agents(&keys.public())?;
        if !list.agents.iter().any(|agent| agent.key == key) {
            let names: BTreeSet<String> = list.agents.into_iter().map(|agent| agent.name).collect();
            return Err(WorkError::NoSuchAgent {
                name: name.to_owned(),
                known: names.into_iter().collect(),
            });
        }
        let store = self.store_of(&keys.public())?;
        let open = store.open_sessions()?.sessions;
        if let Some(session) = open.iter().find(|session| session.author == keys.public()) {
            return Err(StoreError::InUse { id: session.id }.into());
        }
        self.ensure_card(keys)?;
        let tip = store.tip(&keys.public())?;
        let tip = tip.map(|tip| tip.to_string()).unwrap_or_default();
        self.change_card(keys, |card| card.retired.push(CardEntry::up_to(key, &tip)))?;
        Ok(key)
    }
}

/// What the threads of a branch say of agents.
struct Known<'o> {
    owner: &'o PublicKey,
    listed: BTreeSet<(String, PublicKey)>,
    answers: BTreeMap<Hash, Answer>,
    threads: BTreeSet<(PublicKey, Hash)>,
}

impl<'o> Known<'o> {
    fn new(owner: &'o PublicKey) -> Self {
        Self {
            owner,
            listed: BTreeSet::new(),
            answers: BTreeMap::new(),
            threads: BTreeSet::new(),
        }
    }

    fn read(
        &mut self,
        store: &Store,
        tip: CommitId,
        unread: &mut Vec<String>,
    ) -> Result<(), WorkError> {
        let listing = store.list_at(self.owner, tip)?;
        let read = store.read_all(&listing.entries, |entry, bytes| {
            let reading = bytes.ok().and_then(|bytes| Thread::read(&bytes).ok());
            let verified = match reading {
                Some(Reading::Thread(thread)) => Verified::check_at(entry.place(), thread).ok(),
                Some(Reading::Legacy(_)) => return Ok(None),
                None => None,
            };
            verified.map(Some).ok_or_else(|| entry.path.clone())
        });
        for thread in read {
            match thread {
                Ok(Some(thread)) => self.take(&thread),
                Ok(None) => {}
                Err(path) => unread.push(path),
            }
        }
        Ok(())
    }

    fn take(&mut self, thread: &Thread) {
        let root = thread.root();
        let own = thread.agents().into_iter().filter(|agent| {
            let by = agent.by.unwrap_or_else(|| thread.author());
            by == *self.owner
        });
        let own: BTreeMap<PublicKey, String> = own.map(|agent| (agent.key, agent.name)).collect();
        self.listed
            .extend(own.iter().map(|(key, name)| (name.clone(), *key)));
        for message in thread.messages() {
            let key = message.author();
            let Some(name) = own.get(&key) else { continue };
            if message.is_imported() || message.role() == Role::Human {
                continue;
            }
            self.threads.insert((key, root));
            self.answers.insert(
                message.id(),
                Answer {
                    agent: (name.clone(), key),
                    model: message.text_field("model"),
                    at: message.timestamp(),
                },
            );
        }
    }

    fn agents(self, retired: &[CardEntry]) -> Vec<AgentKey> {
        let mut agents: BTreeMap<(String, PublicKey), AgentKey> = BTreeMap::new();
        for (name, key) in &self.listed {
            let of_key = retired.iter().filter(|entry| entry.key == *key);
            let agent = AgentKey {
                name: name.clone(),
                key: *key,
                retired: of_key.filter_map(|entry| entry.tip.clone()).collect(),
                answers: 0,
                threads: self.threads.iter().filter(|(by, _)| by == key).count(),
                models: BTreeMap::new(),
                first: None,
                last: None,
            };
            agents.insert((name.clone(), *key), agent);
        }
        for answer in self.answers.into_values() {
            if let Some(agent) = agents.get_mut(&answer.agent) {
                agent.count(answer);
            }
        }
        let mut agents: Vec<AgentKey> = agents.into_values().collect();
        agents.sort_by(|one, other| {
            let order = |agent: &AgentKey| (agent.name.clone(), agent.first.is_none(), agent.first);
            order(one).cmp(&order(other))
        });
        agents
    }
}

impl AgentKey {
    fn count(&mut self, answer: Answer) {
        self.answers += 1;
        if let Some(model) = answer.model {
            *self.models.entry(model).or_default() += 1;
        }
        self.first = Some(self.first.map_or(answer.at, |first| first.min(answer.at)));
        self.last = self.last.max(Some(answer.at));
    }
}
