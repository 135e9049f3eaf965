//! A dead session, done again from its journal, record by record.

use super::read::{Contents, Record};
use super::recover::JournalDamage;
use super::{ReplyNumber, ReplyPiece};
use crate::identity::Keys;
use crate::model::json::{Map, Value};
use crate::model::{Graph, Hash, Malformed, Message, MessageDraft, Role, Thread, union};
use crate::sign::Namespace;
use crate::store::{CommitId, Store, StoreError};
use crate::verify::{self, Verified};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// What a journal comes to.
pub(super) struct Replayed {
    /// The thread as the session had it when it died.
    pub thread: Thread,
    /// What of it the session knew to be stored.
    pub base: Option<Thread>,
    /// How many of its messages are not stored.
    pub new_messages: usize,
    /// Not all that the journal says could be done again.
    pub is_damaged: bool,
}

impl Store {
    /// Does again what the session did, up to where it died.
    pub(super) fn replay(
        &self,
        path: &Path,
        contents: Contents,
        keys: &Keys,
    ) -> Result<Replayed, StoreError> {
        let in_journal = |damage: JournalDamage| StoreError::Journal {
            path: path.to_owned(),
            damage,
        };
        let malformed = |why: Malformed| {
            let why = why.to_string();
            in_journal(JournalDamage::Header { why })
        };
        let begun = Thread::from_parts(contents.header.clone(), Vec::new()).map_err(malformed)?;
        let stored = match self.tip(&keys.public())? {
            Some(tip) => self.version_in(tip, &begun)?,
            None => None,
        };
        // The commit may be gone, whole or in part: another session's newest one is replaced when
        // that session saves again, and then holds nothing that the branch lacks.
        let version = |commit| {
            let there = self.version_in(commit, &begun).ok().flatten();
            there.or_else(|| stored.clone())
        };
        let is_damaged = contents.is_damaged();
        let before = contents.base.and_then(version);
        let thread = version_of(contents.header, before.as_ref()).map_err(malformed)?;
        let base = before.is_some().then(|| thread.clone());
        let mut replay = Replay::new(thread, base, is_damaged);
        for record in contents.records {
            let goes_on = match record {
                Record::Stored(commit, header) => replay.go_to(header, version(commit)),
                record => replay.take(record),
            };
            if !goes_on {
                replay.is_damaged = true;
                break;
            }
            // The session's own last save looked like this: what is stored is our past, not
            // somebody's addition.
            if let Some(stored) = &stored
                && replay.has_moved_to(stored)
            {
                replay.base = Some(unsigned(stored));
            }
        }
        replay.take_cut_answers(keys);
        would_verify(&replay.thread, keys).map_err(in_journal)?;
        Ok(Replayed {
            new_messages: messages_beyond(stored.as_ref(), &replay.thread),
            thread: replay.thread,
            base: replay.base,
            is_damaged: replay.is_damaged,
        })
    }

    fn version_in(&self, commit: CommitId, thread: &Thread) -> Result<Option<Thread>, StoreError> {
        let tree = self.tree_at(commit.0)?;
        self.version_at(&tree, thread.id(), thread.root())
    }
}

/// Nothing is saved in the owner's name that would not verify afterwards.
fn would_verify(thread: &Thread, keys: &Keys) -> Result<(), JournalDamage> {
    let mut signed = thread.clone();
    keys.owner().sign_thread(&mut signed);
    match Verified::check(signed) {
        Ok(_) => Ok(()),
        Err(refused) => Err(JournalDamage::Untrue {
            why: refused.to_string(),
        }),
    }
}

/// How many messages of a thread are not in its stored version.
fn messages_beyond(stored: Option<&Thread>, thread: &Thread) -> usize {
    let stored = stored.map(Thread::messages).unwrap_or_default();
    let known: HashSet<Hash> = stored.iter().map(Message::id).collect();
    let messages = thread.messages().iter();
    messages
        .filter(|message| !known.contains(&message.id()))
        .count()
}

/// A session in the middle of being done again.
struct Replay {
    thread: Thread,
    base: Option<Thread>,
    known: HashSet<Hash>,
    /// Replies that were coming, under their numbers; older journals tell of one, without.
    coming: BTreeMap<Option<ReplyNumber>, Vec<ReplyPiece>>,
    is_damaged: bool,
}

impl Replay {
    fn new(thread: Thread, base: Option<Thread>, is_damaged: bool) -> Self {
        let known = known(&thread);
        Self {
            thread,
            base,
            known,
            coming: BTreeMap::new(),
            is_damaged,
        }
    }

    /// Does one record again; `false` if it can't be what the session wrote.
    fn take(&mut self, record: Record) -> bool {
        match record {
            Record::Message(message) => {
                self.coming.remove(&None);
                self.append(*message)
            }
            Record::Answer(answer) => {
                self.coming.remove(&Some(answer.reply));
                self.append_answer(answer.message, answer.replaces.as_ref())
            }
            Record::Header(header) => {
                let thread = Thread::from_parts(header, self.thread.messages().to_vec());
                thread.is_ok_and(|thread| self.replace(thread))
            }
            Record::ReplyPiece(number, piece) => {
                self.coming.entry(number).or_default().push(*piece);
                true
            }
            Record::NoReply(number) => {
                self.coming.remove(&number);
                true
            }
            Record::Stored(..) => false,
        }
    }

    fn append(&mut self, message: Message) -> bool {
        let fits = self.fits(&message);
        if fits {
            self.thread.append(message);
        }
        fits
    }

    fn append_answer(&mut self, answer: Message, replaces: Option<&Hash>) -> bool {
        let fits = self.fits(&answer);
        if fits {
            self.thread.append_answer(answer, replaces);
        }
        fits
    }

    /// Whether a message is signed, new, and attaches to what is known. It is known from now on.
    fn fits(&mut self, message: &Message) -> bool {
        let is_signed = message.signature().is_some_and(|signature| {
            verify::signature(
                &message.author(),
                Namespace::Message,
                &message.canonical(),
                signature,
            )
        });
        let attaches = message.prev().iter().all(|id| self.known.contains(id));
        is_signed && attaches && self.known.insert(message.id())
    }

    /// Whether this is what the session shows, and not what it showed at its last known point in
    /// common with others.
    fn has_moved_to(&self, stored: &Thread) -> bool {
        let heads = stored.heads();
        heads == self.thread.heads() && self.base.as_ref().is_none_or(|base| base.heads() != heads)
    }

    /// Goes on from a version that holds other sessions' messages too.
    fn go_to(&mut self, header: Map<String, Value>, version: Option<Thread>) -> bool {
        let all = version.map_or_else(
            || self.thread.clone(),
            |version| union(&version, &self.thread),
        );
        let thread = version_of(header, Some(&all));
        let goes = thread.is_ok_and(|thread| {
            self.known.extend(thread.messages().iter().map(Message::id));
            self.replace(thread)
        });
        if goes {
            self.base = Some(self.thread.clone());
        }
        goes
    }

    fn replace(&mut self, thread: Thread) -> bool {
        let mut ends = thread.heads().into_iter().chain(thread.aside());
        let fits = thread.root() == self.thread.root() && ends.all(|id| self.known.contains(&id));
        if fits {
            self.thread = thread;
        }
        fits
    }

    /// The answers that were coming when the session died, as far as they came.
    fn take_cut_answers(&mut self, keys: &Keys) {
        for pieces in std::mem::take(&mut self.coming).into_values() {
            self.take_cut_answer(&pieces, keys);
        }
    }

    /// One whose question was taken back is none.
    fn take_cut_answer(&mut self, pieces: &[ReplyPiece], keys: &Keys) {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
            return;
        };
        let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        if !self.thread.shows_all(&first.prev) || text.trim().is_empty() {
            return;
        }
        let signer = keys.agent(&first.agent);
        let draft = MessageDraft::new(
            Role::Ai,
            &text,
            last.timestamp,
            signer.public(),
            &first.prev,
        )
        .with("agent", Some(first.agent.as_str()))
        .with("backend", first.backend.as_deref())
        .with("interrupted", Some(true));
        self.thread.add_agent(&keys.agent_entry(&first.agent));
        self.append_answer(signer.sign_message(draft), first.replaces.as_ref());
    }
}

fn known(thread: &Thread) -> HashSet<Hash> {
    thread
        .messages()
        .iter()
        .map(Message::id)
        .chain(thread.origins())
        .collect()
}

/// A header with those messages of a version that it shows or sets aside: what was said later is
/// left out.
fn version_of(header: Map<String, Value>, version: Option<&Thread>) -> Result<Thread, Malformed> {
    let thread = Thread::from_parts(header.clone(), Vec::new())?;
    let messages = version.map(Thread::messages).unwrap_or_default();
    let ends: Vec<Hash> = thread.heads().into_iter().chain(thread.aside()).collect();
    let reached = Graph::of(messages).reached_from(&ends);
    let kept = messages
        .iter()
        .zip(reached)
        .filter(|(_, reached)| *reached)
        .map(|(message, _)| message.clone());
    Thread::from_parts(header, kept.collect())
}

/// Without its signature no save takes it for what is stored: whatever others changed meanwhile is
/// kept.
fn unsigned(thread: &Thread) -> Thread {
    Thread::from_parts(thread.header().clone(), thread.messages().to_vec())
        .expect("it was read before")
}
