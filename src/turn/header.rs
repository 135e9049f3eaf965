//! Changing a live thread's title and tags.

use super::Session;
use crate::store::StoreError;
use crate::workspace::{WorkError, check_tag, check_title, with_tags, without_tags};

impl Session<'_> {
    /// Changes the title.
    ///
    /// # Errors
    /// When it is not accepted, or can't be noted in the journal.
    pub fn set_title(&mut self, title: &str) -> Result<(), WorkError> {
        check_title(title)?;
        self.held.thread.set_title(title);
        Ok(self.note_change()?)
    }

    /// Adds tags: all of them or, where one is not accepted, none. One that is there already is not
    /// added twice.
    ///
    /// # Errors
    /// When a tag is not accepted, or it can't be noted in the journal.
    pub fn add_tags(&mut self, tags: &[String]) -> Result<(), WorkError> {
        tags.iter().try_for_each(|tag| check_tag(tag))?;
        let all = with_tags(&self.thread().tags(), tags);
        self.set_tags(&all)?;
        Ok(())
    }

    /// Removes a tag; `false` if it was not there.
    ///
    /// # Errors
    /// When it can't be noted in the journal.
    pub fn remove_tag(&mut self, tag: &str) -> Result<bool, StoreError> {
        let others = without_tags(&self.thread().tags(), &[tag.to_owned()]);
        self.set_tags(&others)
    }

    /// `false` if it has just these already.
    fn set_tags(&mut self, tags: &[String]) -> Result<bool, StoreError> {
        if self.thread().tags() == *tags {
            return Ok(false);
        }
        self.held.thread.set_tags(tags);
        self.note_change()?;
        Ok(true)
    }

    /// The header changed: it is noted in the journal, and saved with the next save.
    pub(super) fn note_change(&mut self) -> Result<(), StoreError> {
        let held = &mut self.held;
        held.thread.touch_changed(self.workspace.now());
        held.is_changed = true;
        held.journal.header(&held.thread)
    }
}
