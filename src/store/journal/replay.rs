//! A dead session, done again record by record.

use super::read::Record;
use super::{ReplyNumber, ReplyPiece};
use crate::identity::Keys;
use crate::model::json::{Map, Value};
use crate::model::{Graph, Hash, Malformed, Message, MessageDraft, Role, Thread, union};
use crate::sign::Namespace;
use crate::verify;
use std::collections::{BTreeMap, HashSet};

/// A session that is done again.
pub(super) struct Replay {
    pub thread: Thread,
    pub base: Option<Thread>,
    known: HashSet<Hash>,
    /// Replies that were coming, under their numbers; older journals tell of one, without.
    coming: BTreeMap<Option<ReplyNumber>, Vec<ReplyPiece>>,
    /// How many messages were not stored yet.
    pub new_messages: usize,
    pub is_damaged: bool,
}

impl Replay {
    pub fn new(thread: Thread, base: Option<Thread>, is_damaged: bool) -> Self {
        let known = known(&thread);
        Self {
            thread,
            base,
            known,
            coming: BTreeMap::new(),
            new_messages: 0,
            is_damaged,
        }
    }

    /// Does one record again; `false` if it can't be what the session wrote.
    pub fn take(&mut self, record: Record) -> bool {
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
    pub fn has_moved_to(&self, stored: &Thread) -> bool {
        let heads = stored.heads();
        heads == self.thread.heads() && self.base.as_ref().is_none_or(|base| base.heads() != heads)
    }

    /// Goes on from a version that holds other sessions' messages too.
    pub fn go_to(&mut self, header: Map<String, Value>, version: Option<Thread>) -> bool {
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
    pub fn take_cut_answers(&mut self, keys: &Keys) {
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
pub(super) fn version_of(
    header: Map<String, Value>,
    version: Option<&Thread>,
) -> Result<Thread, Malformed> {
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
