//! Moving what a live thread shows. Nothing is ever deleted: `heads` moves.

use super::Session;
use crate::model::{Graph, Hash, Message, Role};
use crate::store::StoreError;
use std::time::Duration;

/// One of the places where a thread may be gone on with.
pub struct ThreadBranch<'t> {
    /// Its last message.
    pub end: &'t Message,
    /// Whether it is shown.
    pub is_shown: bool,
    /// How many messages it has from the beginning.
    pub messages: usize,
    /// How long ago the last one was said.
    pub age: Duration,
}

impl Session<'_> {
    /// Puts the newest question and what followed it aside; returns the question's text.
    ///
    /// # Errors
    /// When it can't be noted in the journal.
    pub fn undo(&mut self) -> Result<Option<String>, StoreError> {
        let visible = self.thread().visible();
        let Some(place) = visible
            .iter()
            .rposition(|message| message.role() == Role::Human)
        else {
            return Ok(None);
        };
        if !self.may_set_aside(visible[place]) {
            return Ok(None);
        }
        let question = visible[place].id();
        let text = visible[place].text();
        self.take_back(&question)?;
        Ok(Some(text))
    }

    /// Puts a shown message aside with all that stands on it.
    ///
    /// # Errors
    /// When it can't be noted in the journal.
    pub fn take_back(&mut self, message: &Hash) -> Result<(), StoreError> {
        let others = self.thread().heads_without(message);
        self.show(&others)
    }

    /// How many of the newest questions may be put aside, one after the other.
    pub fn undoable(&self) -> usize {
        let visible = self.thread().visible();
        let questions = visible.iter().rev();
        questions
            .filter(|message| message.role() == Role::Human)
            .take_while(|message| self.may_set_aside(message))
            .count()
    }

    /// Whether setting a message aside means anything: in another person's thread nobody hides but
    /// what they, or an AI of theirs, said.
    pub fn may_set_aside(&self, message: &Message) -> bool {
        let key = message.author();
        let is_own_agents = || {
            let agent = message.text_field("agent");
            agent.is_some_and(|name| self.keys.is_agents(&name, &key))
        };
        self.thread().kept_by().is_none() || key == self.keys.public() || is_own_agents()
    }

    /// Shows what was shown when the thread had these heads: takes an `undo` back.
    ///
    /// # Errors
    /// When it can't be noted in the journal.
    pub fn show(&mut self, heads: &[Hash]) -> Result<(), StoreError> {
        self.check_nothing_staged()?;
        self.held.thread.set_heads(heads, self.workspace.now());
        self.note_change()
    }

    /// Where the thread may be gone on with, in the order in which the messages stand.
    pub fn branches(&self) -> Vec<ThreadBranch<'_>> {
        let thread = self.thread();
        let (heads, aside) = (thread.heads(), thread.aside());
        let graph = Graph::of(thread.messages());
        let now = self.workspace.now();
        let mut branches = Vec::new();
        for end in thread.messages() {
            let is_shown = heads.contains(&end.id());
            if !is_shown && !aside.contains(&end.id()) {
                continue;
            }
            let reached = graph.reached_from(&[end.id()]);
            let age = now.millis().saturating_sub(end.timestamp().millis());
            branches.push(ThreadBranch {
                end,
                is_shown,
                messages: reached.into_iter().filter(|reached| *reached).count(),
                age: Duration::from_millis(age.try_into().unwrap_or(0)),
            });
        }
        branches
    }
}
