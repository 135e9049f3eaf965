//! A thread for a conversation that was had elsewhere, and grows there.

use super::heads::Ends;
use super::json::{Map, Value};
use super::message::hash_list;
use super::{Birth, Graph, Hash, Message, Thread};
use std::collections::HashSet;

impl Thread {
    /// A thread without messages. Its anchor stands for the conversation, so that two that began in
    /// the same moment have two roots, and one has the same root whenever it is taken in. `origin`
    /// says in words where it comes from.
    pub fn begin_elsewhere(birth: Birth, anchor: Hash, origin: Map<String, Value>) -> Self {
        let mut thread = Self::begin(birth);
        thread.set("anchors", hash_list(&[anchor]));
        thread.set("derived_from", origin.into());
        // The heads stand last, as in every thread.
        thread.header.remove("heads");
        thread.write_ends(&Ends {
            heads: Vec::new(),
            aside: Vec::new(),
        });
        thread
    }

    /// Adds messages, each after those that it names. `shown` is the last one that is shown where they
    /// come from.
    ///
    /// It is shown here, too, unless what it follows was set aside here. What was said here since stays
    /// shown; the branch that was shown elsewhere before gives way to it.
    pub fn take_in(&mut self, messages: Vec<Message>, shown: &Hash) {
        let Some(latest) = messages.iter().map(Message::timestamp).max() else {
            return;
        };
        let is_first = self.messages.is_empty();
        let new: HashSet<Hash> = messages.iter().map(Message::id).collect();
        let shown_before = self.shown();
        self.messages.extend(messages);
        let heads = self.heads_with(shown, &new, &shown_before);
        self.move_heads(&heads, latest);
        match is_first {
            true => self.touch(latest),
            false => self.touch_changed(latest),
        }
    }

    /// The heads, if the newest message of elsewhere is one of these new ones.
    fn heads_with(
        &self,
        shown: &Hash,
        new: &HashSet<Hash>,
        shown_before: &HashSet<Hash>,
    ) -> Vec<Hash> {
        let mut heads = self.heads();
        if !new.contains(shown) {
            return heads;
        }
        let graph = Graph::of(&self.messages);
        let is_before = graph.reached_from(&[*shown]);
        let mut line = self.messages.iter().zip(&is_before).filter(|(_, is)| **is);
        let goes_on_what_is_hidden = line.any(|(message, _)| {
            let id = message.id();
            !new.contains(&id) && !shown_before.contains(&id)
        });
        let is_imported = |place: usize| self.messages[place].is_imported();
        let places: Vec<Option<usize>> = heads.iter().map(|head| graph.place(head)).collect();
        // Where it was left for another branch elsewhere, that is followed. Where it was gone back
        // from here, or something else was said in its place, it stays so.
        let mut ends = places.iter().flatten();
        if goes_on_what_is_hidden && ends.any(|end| is_before[*end] || !is_imported(*end)) {
            return heads;
        }
        let mut stays = places
            .iter()
            .map(|place| place.is_some_and(|place| !is_imported(place) || is_before[place]));
        heads.retain(|_| stays.next().unwrap_or(true));
        heads.push(*shown);
        heads
    }
}
