//! Changing a thread's header. Whoever changes something leaves the time of it, later than that of
//! the change before even if the clock is not, so that versions can become one without a third.

use super::json::Value;
use super::stamps::{Changed, changed_value, stamp};
use super::thread::agent_value;
use super::{Agent, Epoch, SEALED_MARK, Sealed, State, Thread, Timestamp};
use std::collections::BTreeSet;

/// Whether what a stamp is for is sealed where the thread is: the stamp would tell, too.
pub(super) fn is_covered(what: &str) -> bool {
    matches!(what, "title" | "intent_context") || what.starts_with("tag ")
}

impl Thread {
    /// Lists an agent's key, once.
    pub fn add_agent(&mut self, agent: &Agent) {
        self.add_agents(std::slice::from_ref(agent));
    }

    /// Lists several agents' keys, each once.
    pub fn add_agents(&mut self, new: &[Agent]) {
        let known: BTreeSet<Agent> = self.agents().into_iter().collect();
        let new: BTreeSet<&Agent> = new.iter().filter(|agent| !known.contains(agent)).collect();
        if !new.is_empty() {
            let mut agents = self.agent_entries().to_vec();
            agents.extend(new.into_iter().map(agent_value));
            self.set("agents", agents.into());
        }
    }

    /// Changes the title. That of a sealed thread is sealed with its tags, and this one stays.
    pub fn set_title(&mut self, title: &str, at: Timestamp) {
        debug_assert!(!self.is_sealed(), "a sealed thread's title is sealed");
        if !self.is_sealed() && self.title() != title {
            self.set("title", title.into());
            self.stamp_changed(&["title".to_owned()], at);
        }
    }

    /// Changes the tags. Those of a sealed thread are sealed with its title, and these stay.
    pub fn set_tags(&mut self, tags: &[String], at: Timestamp) {
        debug_assert!(!self.is_sealed(), "a sealed thread's tags are sealed");
        if self.is_sealed() || self.tags() == *tags {
            return;
        }
        let before: BTreeSet<&str> = self.tags().into_iter().collect();
        let after: BTreeSet<&str> = tags.iter().map(String::as_str).collect();
        let moved = before.symmetric_difference(&after);
        let moved: Vec<String> = moved.map(|tag| format!("tag {tag}")).collect();
        self.set("tags", tags.into());
        self.stamp_changed(&moved, at);
    }

    /// What the thread is for, in the words of a program's user; none where nothing is said.
    pub fn intent_context(&self) -> Option<&str> {
        self.seen("intent_context").and_then(Value::as_str)
    }

    /// Changes what it is for. That of a sealed thread is sealed with its title.
    pub fn set_intent_context(&mut self, what_for: Option<&str>, at: Timestamp) {
        debug_assert!(!self.is_sealed(), "a sealed thread's words are sealed");
        if !self.is_sealed() && self.intent_context() != what_for {
            self.set("intent_context", what_for.into());
            self.stamp_changed(&["intent_context".to_owned()], at);
        }
    }

    /// Archives or restores.
    pub fn set_state(&mut self, state: State, at: Timestamp) {
        if self.state() != state {
            self.set("state", state.as_str().into());
            self.stamp_changed(&["state".to_owned()], at);
        }
    }

    /// Puts in the sealed title and tags, and with them seals the thread, if it was not: from then
    /// on its open title and tags say nothing, nor when they were changed.
    pub fn set_sealed(&mut self, sealed: &Sealed, at: Timestamp) {
        let is_new = self.sealed() != Some(sealed);
        self.set("sealed", sealed.to_value());
        self.cover();
        if is_new {
            self.stamp_changed(&["sealed".to_owned()], at);
        }
    }

    /// Takes what is sealed out of the open fields of the header.
    pub(super) fn cover(&mut self) {
        self.set("title", SEALED_MARK.into());
        self.set("tags", Vec::<String>::new().into());
        self.set_or_remove("intent_context", None);
        let mut changed = self.changed().clone();
        changed.retain(|what, _| !is_covered(what));
        self.write_changed(&changed);
    }

    /// Changes the epochs.
    pub fn set_epochs(&mut self, epochs: &[Epoch], at: Timestamp) {
        self.write_epochs(epochs);
        self.touch_changed(at);
    }

    pub(super) fn write_epochs(&mut self, epochs: &[Epoch]) {
        let mut epochs = epochs.to_vec();
        epochs.sort_by_key(|epoch| epoch.id);
        let epochs: Vec<_> = epochs.iter().map(Epoch::to_value).collect();
        self.set_or_remove("epochs", (!epochs.is_empty()).then(|| epochs.into()));
    }

    /// Moves `updated_at` on, for a change: later than before even if the clock is not.
    pub fn touch_changed(&mut self, time: Timestamp) {
        self.touch(stamp(time, Some(self.updated_at())));
    }

    /// Moves `updated_at` forward; never back.
    pub fn touch(&mut self, time: Timestamp) {
        if time > self.updated_at() {
            self.set("updated_at", time.to_string().into());
        }
    }

    fn stamp_changed(&mut self, what: &[String], at: Timestamp) {
        let mut changed = self.changed().clone();
        for what in what {
            let at = stamp(at, changed.get(what).copied());
            changed.insert(what.clone(), at);
        }
        self.write_changed(&changed);
        self.touch_changed(at);
    }

    pub(super) fn write_changed(&mut self, changed: &Changed) {
        let value = (!changed.is_empty()).then(|| changed_value(changed));
        self.set_or_remove("changed", value);
    }
}
