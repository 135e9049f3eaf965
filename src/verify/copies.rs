//! Several people's copies of one thread, seen as one. The order in which they came is no matter.
//!
//! ```text
//! counting   which messages count: by the author's header, and all that they follow counts too
//! showing    which of them are visible
//! additions  what a kept copy says of people and readers that the author's does not
//! writing    what the next version of one's own copy begins with
//! findings   what in a copy does not count, as kinds
//! ```

mod additions;
mod counting;
mod findings;
mod showing;
#[cfg(test)]
mod tests;
mod writing;

pub use findings::{CopyFinding, Uncounted};
pub use writing::CannotSpeak;

use super::{ThreadReport, Verified};
use crate::model::{Agent, Hash, Message, PublicKey, Thread};
use crate::seal::{Opener, StillClosed};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// One thread as the copies of all its people show it together.
#[derive(Debug, Clone)]
pub struct SharedThread {
    thread: Thread,
    word_of: PublicKey,
    copies: BTreeMap<PublicKey, Verified<Thread>>,
    findings: Vec<CopyFinding>,
}

/// One person's copy, held against what all show together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyState {
    /// Whose copy it is.
    pub keeper: PublicKey,
    /// How many visible messages it has.
    pub has: usize,
    /// How many visible messages it lacks.
    pub lacks: usize,
    /// How many visible messages it has and does not show.
    pub hides: usize,
}

impl SharedThread {
    /// The view of all copies of one thread; what has another root than the first is left out.
    /// `None`: there is no copy. Without the author's copy it is the word of one keeper: of the
    /// reader, if they keep one, or else of who changed theirs last.
    pub fn of(copies: Vec<Verified<Thread>>, reader: Option<&PublicKey>) -> Option<Self> {
        let mut copies = by_signer(copies);
        let word_of = whose_word(&copies, reader)?;
        let header = (*copies[&word_of]).clone();
        let mut findings = Vec::new();
        let people = people_of(&header);
        copies.retain(|keeper, _| {
            let has_a_part = people.contains(keeper);
            if !has_a_part {
                findings.push(CopyFinding::StrangersCopy { keeper: *keeper });
            }
            has_a_part
        });

        let gathered: Vec<&Thread> = copies.values().map(|copy| &**copy).collect();
        let mut thread = header.gathered(&gathered);
        thread.add_agents(&agents_of_keepers(&copies));
        findings.extend(counting::leave_out(&mut thread, &copies));
        let heads = showing::visible(&thread, &copies);
        thread.show(&heads);
        if word_of == header.author() {
            findings.extend(additions::of(&header, &copies));
        }
        Some(Self {
            thread,
            word_of,
            copies,
            findings,
        })
    }

    /// The thread: the messages that count, of which those up to its heads are visible. It is a
    /// view, and nobody signed it.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Lays over it what a reader sees of it.
    pub fn open(&mut self, opener: &Opener) -> StillClosed {
        opener.open(&mut self.thread)
    }

    /// The verdicts on what is shown: each message is checked, and the header is that of a copy
    /// which was.
    pub fn report(&self) -> ThreadReport {
        ThreadReport {
            header: Ok(()),
            ..super::thread(&self.thread)
        }
    }

    /// Whose word the title, the tags, the state and the people are: the author's, or, where their
    /// copy is not here, one keeper's.
    pub fn word_of(&self) -> PublicKey {
        self.word_of
    }

    /// Whether the author's copy is here.
    pub fn is_authors_word(&self) -> bool {
        self.word_of == self.thread.author()
    }

    /// Somebody's copy, if it is here and counts.
    pub fn copy_of(&self, keeper: &PublicKey) -> Option<&Verified<Thread>> {
        self.copies.get(keeper)
    }

    /// What in a copy does not count.
    pub fn findings(&self) -> &[CopyFinding] {
        &self.findings
    }

    /// Whose copies are here and count.
    pub fn keepers(&self) -> impl Iterator<Item = PublicKey> {
        self.copies.keys().copied()
    }

    /// All who have, or had, a part in it or keep a copy of it.
    pub fn everybody(&self) -> BTreeSet<PublicKey> {
        let mut all: BTreeSet<PublicKey> = people_of(&self.thread).into_iter().collect();
        all.extend(self.findings.iter().map(CopyFinding::keeper));
        all
    }

    /// Each copy, held against what all show together; in the order of the keys.
    pub fn copies(&self) -> Vec<CopyState> {
        let visible: HashSet<Hash> = ids_of(self.thread.visible());
        let state = |(keeper, copy): (&PublicKey, &Verified<Thread>)| {
            let has = copy.messages().iter().map(Message::id);
            let has = has.filter(|id| visible.contains(id)).count();
            let shows = copy.visible().into_iter().map(Message::id);
            let shows = shows.filter(|id| visible.contains(id)).count();
            CopyState {
                keeper: *keeper,
                has,
                lacks: visible.len() - has,
                hides: has - shows,
            }
        };
        self.copies.iter().map(state).collect()
    }

    /// The messages that only one copy has, and whose that is; nothing if there is one copy alone.
    pub fn in_one_copy_only(&self) -> BTreeMap<Hash, PublicKey> {
        if self.copies.len() < 2 {
            return BTreeMap::new();
        }
        let mut keepers: BTreeMap<Hash, Vec<PublicKey>> = BTreeMap::new();
        for (keeper, copy) in &self.copies {
            for message in copy.messages() {
                keepers.entry(message.id()).or_default().push(*keeper);
            }
        }
        let only = |(id, keepers): (Hash, Vec<PublicKey>)| match keepers[..] {
            [keeper] => Some((id, keeper)),
            _ => None,
        };
        keepers.into_iter().filter_map(only).collect()
    }

    /// The person, or the people, behind a message: who signed it, or whose agent did.
    pub fn speakers(&self, message: &Message) -> BTreeSet<PublicKey> {
        speakers_in(&self.thread, message)
    }
}

/// One copy for each signer, whatever the order in which they came.
fn by_signer(copies: Vec<Verified<Thread>>) -> BTreeMap<PublicKey, Verified<Thread>> {
    let mut by_signer: BTreeMap<PublicKey, Verified<Thread>> = BTreeMap::new();
    let Some(root) = copies.first().map(|copy| copy.root()) else {
        return by_signer;
    };
    let rank = |copy: &Thread| (copy.updated_at(), copy.signature().copied());
    for copy in copies {
        if copy.root() != root {
            continue;
        }
        let is_older = |other: &Verified<Thread>| rank(other) >= rank(&copy);
        if !by_signer.get(&copy.signer()).is_some_and(is_older) {
            by_signer.insert(copy.signer(), copy);
        }
    }
    by_signer
}

fn whose_word(
    copies: &BTreeMap<PublicKey, Verified<Thread>>,
    reader: Option<&PublicKey>,
) -> Option<PublicKey> {
    let author = copies.values().next()?.author();
    if copies.contains_key(&author) {
        return Some(author);
    }
    if let Some(reader) = reader.filter(|reader| copies.contains_key(reader)) {
        return Some(*reader);
    }
    let newest = copies
        .iter()
        .max_by_key(|(keeper, copy)| (copy.updated_at(), **keeper));
    newest.map(|(keeper, _)| *keeper)
}

/// Who has, or had, a part in a thread.
fn people_of(header: &Thread) -> HashSet<PublicKey> {
    let mut people: HashSet<PublicKey> = header.participants().into_iter().collect();
    people.insert(header.author());
    people.extend(header.former().iter().map(|former| former.key));
    people
}

/// In a kept copy only the keeper's own agents count.
fn agents_of_keepers(copies: &BTreeMap<PublicKey, Verified<Thread>>) -> Vec<Agent> {
    let mut agents = Vec::new();
    for (keeper, copy) in copies {
        let mut own = copy.agents();
        own.retain(|agent| agent.by == Some(*keeper));
        agents.extend(own);
    }
    agents
}

/// The person, or the people, behind a message of a thread: who signed it, or whose agent did.
pub fn speakers_in(thread: &Thread, message: &Message) -> BTreeSet<PublicKey> {
    let key = message.author();
    let is_persons = message.role().is_persons() || message.field("source").is_some();
    let agents = thread.agents();
    let owners = agents.iter().filter(|agent| agent.key == key);
    let owners: BTreeSet<PublicKey> = owners
        .map(|agent| agent.by.unwrap_or_else(|| thread.author()))
        .collect();
    if is_persons || owners.is_empty() {
        BTreeSet::from([key])
    } else {
        owners
    }
}

fn ids_of(messages: Vec<&Message>) -> HashSet<Hash> {
    messages.into_iter().map(Message::id).collect()
}
