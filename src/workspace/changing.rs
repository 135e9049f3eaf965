//! A thread while it is changed without being talked in: what is sealed of it is opened, changed and
//! sealed again.

use super::Workspace;
use crate::identity::Keys;
use crate::model::{Hash, PublicKey, State, Thread, Timestamp};
use crate::seal::{CannotSeal, Sealer};

/// A thread of the owner's that is being changed.
pub struct Changing<'w> {
    workspace: &'w Workspace,
    sealer: Sealer<'w>,
    owner: PublicKey,
    thread: Thread,
    at: Timestamp,
}

impl<'w> Changing<'w> {
    pub(super) fn new(workspace: &'w Workspace, keys: &Keys, thread: &Thread) -> Self {
        let sealer = workspace.sealer(keys);
        let mut thread = thread.clone();
        sealer.open(&mut thread);
        Self {
            workspace,
            sealer,
            owner: keys.public(),
            thread,
            at: workspace.now(),
        }
    }

    /// The thread, with what its owner sees of it.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Changes the title.
    ///
    /// # Errors
    /// If it is sealed and can't be.
    pub fn set_title(&mut self, title: &str) -> Result<(), CannotSeal> {
        if self.thread.title() == title {
            return Ok(());
        }
        self.ready()?;
        self.sealer.set_title(&mut self.thread, title, self.at)
    }

    /// Changes the tags.
    ///
    /// # Errors
    /// If they are sealed and can't be.
    pub fn set_tags(&mut self, tags: &[String]) -> Result<(), CannotSeal> {
        if self.thread.tags() == *tags {
            return Ok(());
        }
        self.ready()?;
        self.sealer.set_tags(&mut self.thread, tags, self.at)
    }

    /// Changes what it is for.
    ///
    /// # Errors
    /// If it is sealed and can't be.
    pub fn set_intent_context(&mut self, what_for: Option<&str>) -> Result<(), CannotSeal> {
        if self.thread.intent_context() == what_for {
            return Ok(());
        }
        self.ready()?;
        self.sealer
            .set_intent_context(&mut self.thread, what_for, self.at)
    }

    /// Archives or restores.
    pub fn set_state(&mut self, state: State) {
        self.thread.set_state(state, self.at);
    }

    /// Moves what is shown.
    pub fn set_heads(&mut self, heads: &[Hash]) {
        self.thread.set_heads(heads, self.at);
    }

    pub(super) fn into_thread(self) -> Thread {
        self.thread
    }

    fn ready(&mut self) -> Result<(), CannotSeal> {
        if !self.thread.is_sealed() {
            return Ok(());
        }
        let (workspace, owner) = (self.workspace, self.owner);
        let find = &mut |key: &PublicKey| workspace.encryption_of(&owner, key);
        self.sealer.ready(&mut self.thread, find, self.at).map(drop)
    }
}
