//! Changing a live thread's title, tags and state.

use super::Session;
use crate::model::State;
use crate::store::{Journal, StoreError};
use crate::workspace::{
    Obstacle, Purpose, WorkError, check_tag, check_title, with_tags, without_tags,
};

impl Session<'_> {
    /// Changes the title.
    ///
    /// # Errors
    /// When it is not accepted, when the thread is another person's, or it can't be noted in the
    /// journal.
    pub fn set_title(&mut self, title: &str) -> Result<(), WorkError> {
        check_title(title)?;
        self.check_is_own()?;
        self.ready_to_seal()?;
        let now = self.workspace.now();
        self.sealer
            .get()
            .set_title(&mut self.held.thread, title, now)
            .map_err(StoreError::from)?;
        Ok(self.note_change()?)
    }

    /// Adds tags: all of them or, where one is not accepted, none. One that is there already is not
    /// added twice.
    ///
    /// # Errors
    /// When a tag is not accepted, when the thread is another person's, or it can't be noted in the
    /// journal.
    pub fn add_tags(&mut self, tags: &[String]) -> Result<(), WorkError> {
        tags.iter().try_for_each(|tag| check_tag(tag))?;
        if tags.is_empty() {
            return Ok(());
        }
        self.check_is_own()?;
        let all = with_tags(&self.thread().tags(), tags);
        self.set_tags(&all)?;
        Ok(())
    }

    /// Removes a tag; `false` if it was not there.
    ///
    /// # Errors
    /// When the thread is another person's, or it can't be noted in the journal.
    pub fn remove_tag(&mut self, tag: &str) -> Result<bool, WorkError> {
        self.check_is_own()?;
        let others = without_tags(&self.thread().tags(), &[tag.to_owned()]);
        Ok(self.set_tags(&others)?)
    }

    /// Archives the thread, or brings it back.
    ///
    /// # Errors
    /// When the thread is another person's, or it can't be noted in the journal.
    pub fn set_state(&mut self, state: State) -> Result<(), WorkError> {
        self.check_is_own()?;
        let now = self.workspace.now();
        self.held.thread.set_state(state, now);
        Ok(self.note_change()?)
    }

    /// Title and tags of a thread are its author's word: in a kept copy nobody would see them.
    fn check_is_own(&self) -> Result<(), WorkError> {
        self.check_nothing_staged()?;
        let thread = self.thread();
        if thread.kept_by().is_none() {
            return Ok(());
        }
        Err(WorkError::Unfit {
            id: thread.id().to_string(),
            what: Purpose::Change,
            why: Obstacle::Foreign(thread.author()),
        })
    }

    /// `false` if it has just these already.
    fn set_tags(&mut self, tags: &[String]) -> Result<bool, StoreError> {
        if self.thread().tags() == *tags {
            return Ok(false);
        }
        self.ready_to_seal()?;
        let now = self.workspace.now();
        self.sealer
            .get()
            .set_tags(&mut self.held.thread, tags, now)?;
        self.note_change()?;
        Ok(true)
    }

    /// The header changed: it is noted in the journal, and saved with the next save.
    pub(super) fn note_change(&mut self) -> Result<(), StoreError> {
        self.check_nothing_staged()?;
        self.take_over()?;
        let held = &mut self.held;
        held.is_changed = true;
        self.note_header()
    }

    /// Notes the header in the journal. That of a sealed thread is signed: it says whose keys open
    /// what is sealed next, and recovery takes nobody's word for that but the owner's.
    pub(super) fn note_header(&mut self) -> Result<(), StoreError> {
        let held = &mut self.held;
        if held.thread.is_sealed() {
            self.keys.owner().sign_thread(&mut held.thread);
        }
        self.note(Journal::header)
    }
}
