//! New threads from old ones: a fork, a split, a merge. Messages are copied as they are, so their
//! signatures stay good; `anchors` says where their chains begin.

use super::heads::Ends;
use super::json::{Map, Value};
use super::message::hash_list;
use super::thread::agent_value;
use super::union::once_in_order;
use super::{Agent, Birth, Former, Graph, Hash, Message, PublicKey, Thread};
use serde_json::json;
use std::collections::{BTreeSet, HashSet};

/// How a thread came of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinship {
    /// A conversation once more, up to some message.
    Fork,
    /// A conversation from some message on.
    Split,
    /// Two conversations in one.
    Merge,
}

/// What a thread takes over that takes another one's place, besides what its birth says.
const TAKEN: [&str; 6] = [
    "updated_at",
    "state",
    "face",
    "continues",
    "web_origin",
    "intent_context",
];

/// What somebody is to a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// May speak in it.
    Has,
    /// Was dropped from it.
    Had,
}

/// A number that no shown message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no message {number}: it shows {shown}")]
pub struct NoSuchMessage {
    /// The number.
    pub number: usize,
    /// How many messages the thread shows.
    pub shown: usize,
}

/// The part of a thread that is copied: some of the messages that it shows.
#[derive(Debug, Clone)]
pub struct Excerpt<'a> {
    thread: &'a Thread,
    messages: Vec<&'a Message>,
    is_from_the_start: bool,
}

impl<'a> Excerpt<'a> {
    /// All that a thread shows.
    pub fn whole(thread: &'a Thread) -> Self {
        Self {
            thread,
            messages: thread.visible(),
            is_from_the_start: true,
        }
    }

    /// The thread that it is of.
    pub fn thread(&self) -> &'a Thread {
        self.thread
    }

    /// Whether the thread is sealed, or any of it.
    pub fn is_sealed(&self) -> bool {
        self.thread.is_sealed() || self.messages.iter().any(|message| message.is_sealed())
    }

    /// What a thread shows up to a message, counted from 1, and with it.
    ///
    /// # Errors
    /// If the thread shows no such message.
    pub fn up_to(thread: &'a Thread, number: usize) -> Result<Self, NoSuchMessage> {
        let mut excerpt = Self::whole(thread);
        excerpt.check(number)?;
        excerpt.messages.truncate(number);
        Ok(excerpt)
    }

    /// What a thread shows from a message on, counted from 1, and with it.
    ///
    /// # Errors
    /// If the thread shows no such message.
    pub fn from(thread: &'a Thread, number: usize) -> Result<Self, NoSuchMessage> {
        let mut excerpt = Self::whole(thread);
        excerpt.check(number)?;
        excerpt.messages.drain(..number - 1);
        excerpt.is_from_the_start = number == 1;
        Ok(excerpt)
    }

    /// Whether there is nothing to copy.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The tags of the thread.
    pub fn tags(&self) -> Vec<&'a str> {
        self.thread.tags()
    }

    fn check(&self, number: usize) -> Result<(), NoSuchMessage> {
        let shown = self.messages.len();
        if (1..=shown).contains(&number) {
            Ok(())
        } else {
            Err(NoSuchMessage { number, shown })
        }
    }

    /// What its messages stand after that is not among them.
    fn begins_after(&self) -> Vec<Hash> {
        let copied: HashSet<Hash> = self.messages.iter().map(|message| message.id()).collect();
        let outside = self
            .messages
            .iter()
            .flat_map(|message| message.prev())
            .copied();
        once(outside.filter(|id| !copied.contains(id)))
    }

    /// The root of its thread. Of one in which nothing was said, those under which that began, too:
    /// no message names them.
    fn began_at(&self) -> Vec<Hash> {
        match self.is_empty() {
            true => self.thread.origins(),
            false => vec![self.thread.root()],
        }
    }

    /// Its last messages, after which none of it stands.
    fn ends(&self) -> Vec<Hash> {
        let named: HashSet<&Hash> = self
            .messages
            .iter()
            .flat_map(|message| message.prev())
            .collect();
        self.messages
            .iter()
            .map(|message| message.id())
            .filter(|id| !named.contains(id))
            .collect()
    }

    /// The agents who speak in it, each with its owner.
    fn agents(&self) -> Vec<(Agent, PublicKey)> {
        let answers = self.messages.iter();
        let answers = answers.filter(|message| !message.role().is_persons());
        let spoken: HashSet<(String, PublicKey)> = answers
            .filter_map(|message| Some((message.text_field("agent")?, message.author())))
            .collect();
        let mut agents = self.thread.agents();
        agents.retain(|agent| spoken.contains(&(agent.name.clone(), agent.key)));
        let owner = |agent: &Agent| agent.by.unwrap_or(self.thread.author());
        let owned = agents.into_iter().map(|agent| (owner(&agent), agent));
        let owned = owned.filter(|(owner, _)| self.part_of(owner).is_some());
        owned.map(|(owner, agent)| (agent, owner)).collect()
    }

    /// Those on whose word something in it stands: who speak in it, who brought it in from
    /// elsewhere, and whose agents answer.
    fn people(&self) -> Vec<PublicKey> {
        let said = self.messages.iter();
        let said = said.filter(|message| message.role().is_persons() || message.is_imported());
        let speakers = said.map(|message| message.author());
        let speakers = speakers.filter(|key| self.part_of(key).is_some());
        let owners = self.agents().into_iter().map(|(_, owner)| owner);
        once(speakers.chain(owners))
    }

    /// Whether somebody has a part in the thread, or had one.
    fn part_of(&self, key: &PublicKey) -> Option<Part> {
        let thread = self.thread;
        if thread.author() == *key || thread.participants().contains(key) {
            return Some(Part::Has);
        }
        let mut former = thread.former().iter();
        former.any(|entry| entry.key == *key).then_some(Part::Had)
    }

    /// Where it comes from, in words.
    fn origin(&self, kinship: Kinship, author: PublicKey) -> Map<String, Value> {
        let mut origin = Map::new();
        origin.insert("thread".to_owned(), self.thread.id().to_string().into());
        if self.thread.author() != author {
            origin.insert("author".to_owned(), self.thread.author().to_string().into());
        }
        let (name, place) = match kinship {
            Kinship::Split => ("after", self.begins_after()),
            Kinship::Fork | Kinship::Merge => ("at", self.ends()),
        };
        let place = if let [one] = place.as_slice() {
            one.to_string().into()
        } else {
            hash_list(&place)
        };
        origin.insert(name.to_owned(), place);
        origin
    }
}

/// A new thread with copies of the messages of these parts: all of them shown, none of them signed
/// anew. The thread itself is not signed yet.
pub fn derive(birth: Birth, kinship: Kinship, parts: &[Excerpt<'_>]) -> Thread {
    let author = birth.author;
    let mut thread = Thread::begin(birth);
    thread.messages = once_in_order(parts.iter().flat_map(|part| part.messages.iter().copied()));

    admit(&mut thread, parts);
    let copied: HashSet<Hash> = thread.messages.iter().map(Message::id).collect();
    let roots = parts
        .iter()
        .filter(|part| part.is_from_the_start)
        .flat_map(Excerpt::began_at);
    let begins = parts
        .iter()
        .flat_map(Excerpt::begins_after)
        .filter(|id| !copied.contains(id));
    thread.set("anchors", hash_list(&once(roots.chain(begins))));
    thread.set("derived_from", derived_from(kinship, parts, author));
    // The heads stand last, as in every thread.
    thread.header.remove("heads");
    let graph = Graph::of(&thread.messages);
    let ends = Ends::showing(&graph, &graph.leaves());
    thread.write_ends(&ends);
    thread
}

impl Thread {
    /// Makes a thread that was derived from all of another one the same to its owner: to the face that
    /// began that, in its state, and as old as that is.
    pub fn take_place_of(&mut self, older: &Self) {
        // The heads stand last, as in every thread.
        let heads = self.header().get("heads").cloned();
        self.header.remove("heads");
        for name in TAKEN {
            self.set_or_remove(name, older.header().get(name).cloned());
        }
        let mut changed = older.changed().clone();
        // It is sealed anew, where it is sealed.
        changed.remove("sealed");
        self.write_changed(&changed);
        self.set_or_remove("heads", heads);
    }
}

/// Lists those whose words are copied: agents with their owners, people as what they were.
fn admit(thread: &mut Thread, parts: &[Excerpt<'_>]) {
    let author = thread.author();
    let agents = parts.iter().flat_map(Excerpt::agents);
    let agents = once(agents.map(|(agent, owner)| Agent {
        by: (owner != author).then_some(owner),
        ..agent
    }));
    thread.set("agents", agents.iter().map(agent_value).collect());
    let (mut here, mut gone) = (BTreeSet::new(), BTreeSet::new());
    for part in parts {
        for key in part.people() {
            match part.part_of(&key) {
                Some(Part::Has) => here.insert(key),
                Some(Part::Had) | None => gone.insert(key),
            };
        }
    }
    here.remove(&author);
    gone.remove(&author);
    let graph = Graph::of(&thread.messages);
    let former: Vec<Former> = gone
        .difference(&here)
        .map(|key| Former {
            key: *key,
            times: 1,
            last: thread.latest_of(&graph, key),
            others: Map::new(),
        })
        .collect();
    let here: Vec<PublicKey> = here.into_iter().collect();
    thread.write_people(&here, &former);
}

fn derived_from(kinship: Kinship, parts: &[Excerpt<'_>], author: PublicKey) -> Value {
    let origins: Vec<Map<String, Value>> = parts
        .iter()
        .map(|part| part.origin(kinship, author))
        .collect();
    match kinship {
        Kinship::Merge => json!({ "how": "merge", "threads": origins }),
        Kinship::Fork | Kinship::Split => {
            let how = if kinship == Kinship::Fork {
                "fork"
            } else {
                "split"
            };
            let mut origin = Map::from_iter([("how".to_owned(), how.into())]);
            origin.extend(origins.into_iter().flatten());
            origin.into()
        }
    }
}

/// Each of them once, in the order in which they first come.
fn once<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.fold(Vec::new(), |mut found, item| {
        if !found.contains(&item) {
            found.push(item);
        }
        found
    })
}
