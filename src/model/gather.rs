//! A thread as several copies show it together: one header over the messages of all. It is a view,
//! not signed by anybody.

use super::heads::{Ends, Settled};
use super::union::once_in_order;
use super::{Graph, Hash, Message, PublicKey, Thread};

impl Thread {
    /// This header over the messages of several copies, each once, in the record's order.
    pub(crate) fn gathered(&self, copies: &[&Thread]) -> Thread {
        let messages = copies.iter().flat_map(|copy| copy.messages());
        Thread {
            header: self.header.clone(),
            messages: once_in_order(messages),
            signature: None,
            opened: None,
            settled: Settled::default(),
        }
    }

    /// Leaves out the messages that are not wanted. Who asks sees to the heads.
    pub(crate) fn retain_messages(&mut self, is_wanted: impl Fn(&Message) -> bool) {
        self.messages.retain(is_wanted);
        self.signature = None;
    }

    /// Says whose copy it is, if not the author's.
    pub(crate) fn keep_for(&mut self, keeper: Option<PublicKey>) {
        match keeper {
            Some(keeper) => self.set("kept_by", keeper.to_string().into()),
            None => self.header.remove("kept_by"),
        }
        self.signature = None;
    }

    /// Shows the messages up to these, without a word on when that was decided.
    pub(crate) fn show(&mut self, heads: &[Hash]) {
        let ends = Ends::showing(&Graph::of(&self.messages), heads);
        self.write_ends(&ends);
        self.settled = Settled::default();
    }
}
