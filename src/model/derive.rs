//! New threads from old ones: a fork, a split, a merge. Messages are copied as they are, so their
//! signatures stay good; `anchors` says where their chains begin.

use super::json::{Map, Value};
use super::thread::{agent_value, hash_list};
use super::union::once_in_order;
use super::{Agent, Birth, Graph, Hash, Message, PublicKey, Thread};
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

    /// The keys of agents who speak in it.
    fn agents(&self) -> impl Iterator<Item = Agent> {
        let spoken: HashSet<(String, PublicKey)> = self
            .messages
            .iter()
            .filter(|message| !message.role().is_persons())
            .filter_map(|message| Some((message.text_field("agent")?, message.author())))
            .collect();
        self.thread
            .agents()
            .into_iter()
            .filter(move |agent| spoken.contains(&(agent.name.clone(), agent.key)))
    }

    /// The keys of people who speak in it.
    fn people(&self) -> impl Iterator<Item = PublicKey> {
        self.messages
            .iter()
            .filter(|message| message.role().is_persons())
            .map(|message| message.author())
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

    let agents = once(parts.iter().flat_map(Excerpt::agents));
    thread.set("agents", agents.iter().map(agent_value).collect());
    let mut people: BTreeSet<PublicKey> = parts.iter().flat_map(Excerpt::people).collect();
    people.remove(&author);
    if !people.is_empty() {
        thread.set(
            "participants",
            people
                .iter()
                .map(|key| Value::from(key.to_string()))
                .collect(),
        );
    }
    let copied: HashSet<Hash> = thread.messages.iter().map(Message::id).collect();
    let roots = parts
        .iter()
        .filter(|part| part.is_from_the_start)
        .map(|part| part.thread.root());
    let begins = parts
        .iter()
        .flat_map(Excerpt::begins_after)
        .filter(|id| !copied.contains(id));
    thread.set("anchors", hash_list(&once(roots.chain(begins))));
    thread.set("derived_from", derived_from(kinship, parts, author));
    // The heads stand last, as in every thread.
    thread.header.remove("heads");
    let leaves = Graph::of(&thread.messages).leaves();
    thread.set_heads(&leaves);
    thread
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
