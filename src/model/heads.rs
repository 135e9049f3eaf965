//! What a thread shows: messages come in, and heads move. Each move leaves in `hides` what makes
//! just these heads come out of every union.

use super::header::Header;
use super::json::Value;
use super::message::hash_list;
use super::stamps::{Hides, Hiding, hides_value, stamp};
use super::{Graph, Hash, Message, Signature, Thread, Timestamp};
use std::collections::HashSet;

/// Whether nothing that is shown is known to be hidden by its own entry in `hides`. It tells nothing
/// about the thread, only how much is to be looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Settled(bool);

/// A thread as it was before messages came in that may have to go again.
pub struct Savepoint {
    header: Header,
    messages: usize,
    signature: Option<Signature>,
    settled: Settled,
}

/// The ends of a thread.
pub(super) struct Ends {
    /// What is shown: these and their ancestors.
    pub(super) heads: Vec<Hash>,
    /// All other leaves.
    pub(super) aside: Vec<Hash>,
}

impl Ends {
    /// Those at which just these messages and their ancestors are shown.
    pub(super) fn showing(graph: &Graph<'_>, shown: &[Hash]) -> Self {
        let heads = graph.newest_of(shown);
        let is_head: HashSet<&Hash> = heads.iter().collect();
        let mut aside = graph.leaves();
        aside.retain(|leaf| !is_head.contains(leaf));
        Self { heads, aside }
    }
}

impl Thread {
    /// What it can go back to, as long as messages only come in at its end.
    pub fn savepoint(&self) -> Savepoint {
        Savepoint {
            header: self.header.clone(),
            messages: self.messages.len(),
            signature: self.signature,
            settled: self.settled,
        }
    }

    /// Goes back to what it was.
    pub fn go_back_to(&mut self, before: Savepoint) {
        self.header = before.header;
        self.messages.truncate(before.messages);
        self.signature = before.signature;
        self.settled = before.settled;
    }

    /// It as it would be if nothing had been said in it, and not signed.
    pub fn without_messages(&self) -> Self {
        let mut header = self.header().clone();
        header.insert("heads".to_owned(), Value::Array(Vec::new()));
        header.shift_remove("aside");
        header.shift_remove("hides");
        Self::from_parts(header, Vec::new()).expect("a header stays one without messages")
    }

    /// Adds a message after those it names, which it replaces among the heads.
    pub fn append(&mut self, message: Message) {
        let time = message.timestamp();
        let answered = |id: &Hash| message.prev().contains(id);
        let stays_simple = self.hides_nothing_shown() && self.is_after_heads(&message);
        let (mut heads, mut aside) = (self.heads(), self.aside());
        heads.retain(|id| !answered(id));
        heads.push(message.id());
        aside.retain(|id| !answered(id));
        if stays_simple {
            self.messages.push(message);
            self.write_ends(&Ends { heads, aside });
        } else {
            self.messages.push(message);
            self.move_heads(&heads, time);
        }
        self.touch(time);
    }

    /// Moves what is shown. Nothing is deleted: what is no longer shown is named in `aside`.
    pub fn set_heads(&mut self, heads: &[Hash], at: Timestamp) {
        let before = self.header.clone();
        self.move_heads(heads, at);
        if self.header != before {
            self.touch_changed(at);
        }
    }

    /// It as it would be if just these messages and their ancestors were shown; only to be looked
    /// at, for nothing tells when they were hidden.
    pub fn seen_from(&self, heads: &[Hash]) -> Self {
        let mut seen = self.clone();
        seen.show(heads);
        seen
    }

    /// Moves what is shown, and tells in `hides` what left view and what came into it.
    pub(super) fn move_heads(&mut self, heads: &[Hash], at: Timestamp) {
        let graph = Graph::of(&self.messages);
        let ends = Ends::showing(&graph, heads);
        let hides = self.hides_showing(&graph, &ends, at);
        self.write_ends(&ends);
        if hides != *self.hides() {
            self.set("hides", hides_value(&hides));
            let latest = hides.values().map(|entry| entry.at).max();
            latest.into_iter().for_each(|latest| self.touch(latest));
        }
        self.settled = Settled(true);
    }

    pub(super) fn write_ends(&mut self, ends: &Ends) {
        self.set("heads", hash_list(&ends.heads));
        let aside = (!ends.aside.is_empty()).then(|| hash_list(&ends.aside));
        self.set_or_remove("aside", aside);
    }

    /// The entries of which just these heads come out. A message that no end reached before has just
    /// come in.
    fn hides_showing(&self, graph: &Graph<'_>, ends: &Ends, at: Timestamp) -> Hides {
        let (heads, aside) = (self.heads(), self.aside());
        let was_shown = graph.reached_from(&heads);
        let was_aside = graph.reached_from(&aside);
        let is_shown = graph.reached_from(&ends.heads);
        let mut hides = self.hides().clone();
        for (place, message) in self.messages.iter().enumerate() {
            let id = message.id();
            let before = hides.get(&id);
            let was_hidden = match before {
                Some(entry) => entry.hidden,
                None => was_aside[place] && !was_shown[place],
            };
            let has_come_in = !was_shown[place] && !was_aside[place] && before.is_none();
            let is_hidden = !is_shown[place];
            if is_hidden != was_hidden && (is_hidden || !has_come_in) {
                let entry = Hiding {
                    at: stamp(at, before.map(|before| before.at)),
                    hidden: is_hidden,
                    others: before
                        .map(|before| before.others.clone())
                        .unwrap_or_default(),
                };
                hides.insert(id, entry);
            }
        }
        hides
    }

    fn hides_nothing_shown(&self) -> bool {
        self.settled.0 || self.hides().values().all(|entry| !entry.hidden)
    }

    /// Whether nothing comes into view with a message but the message itself.
    fn is_after_heads(&self, message: &Message) -> bool {
        let (heads, origins) = (self.heads(), self.origins());
        let mut before = message.prev().iter();
        before.all(|id| heads.contains(id) || origins.contains(id))
    }
}
