//! One of something for each mode.

use super::Mode;

/// One of something for each mode.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByMode<T> {
    /// For the conversation.
    pub conversation: T,
    /// For the inner dialogue.
    pub inner: T,
}

impl<T> ByMode<T> {
    /// Makes one for each.
    pub(super) fn each(mut make: impl FnMut(Mode) -> T) -> Self {
        Self {
            conversation: make(Mode::Conversation),
            inner: make(Mode::Inner),
        }
    }

    /// That of a mode.
    pub fn of(&self, mode: Mode) -> &T {
        match mode {
            Mode::Conversation => &self.conversation,
            Mode::Inner => &self.inner,
        }
    }

    /// That of a mode, to be changed.
    pub fn of_mut(&mut self, mode: Mode) -> &mut T {
        match mode {
            Mode::Conversation => &mut self.conversation,
            Mode::Inner => &mut self.inner,
        }
    }
}
