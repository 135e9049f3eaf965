//! Keeping a draft of what was said in a session.

use super::Session;
use crate::model::Hash;
use crate::model::json::Value;
use crate::workspace::{DraftError, ShownDraft, WorkError};

/// A draft that was to be kept.
#[derive(Debug)]
pub struct Keeping {
    /// The draft, which is kept now.
    pub shown: ShownDraft,
    /// Whether it was kept already.
    pub was_kept: bool,
}

impl Session<'_> {
    /// Keeps the draft of a visible message: of the whole, or of the code block of that number,
    /// whose text is `content`. One that is kept already stays as it is, and that is said. What was
    /// said is saved before.
    ///
    /// # Errors
    /// If there is no such message, or it can't be sealed or saved.
    pub fn keep_draft(
        &mut self,
        message: &Hash,
        block: u32,
        content: Value,
    ) -> Result<Keeping, WorkError> {
        self.save()?;
        let thread = self.thread();
        let mut visible = thread.visible().into_iter();
        let message = visible.find(|said| said.id() == *message);
        let message = message.ok_or(DraftError::NoThread)?;
        let drafts = self.workspace.drafts();
        let owner = self.keys.public();
        let shown = drafts.of_message(&owner, thread, message, block, content)?;
        Ok(Keeping {
            was_kept: shown.is_kept,
            shown: drafts.keep(self.keys, &shown)?,
        })
    }
}
