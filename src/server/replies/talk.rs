//! Where something is said, and answered, on a profile that is served.

use crate::buffer::Mode;
use crate::model::{Hash, Uuid};

/// Where something is said: in a mode's buffer, or in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Talk {
    /// The buffer of a mode.
    Buffer(Mode),
    /// The conversation whose thread has this root.
    Conversation(Hash),
}

impl Talk {
    /// Its mode. A conversation is what its name says.
    pub fn mode(self) -> Mode {
        match self {
            Self::Buffer(mode) => mode,
            Self::Conversation(_) => Mode::Conversation,
        }
    }

    /// What programs on this side call a message in it.
    pub fn name_of(self, message: &Hash) -> String {
        match self {
            Self::Buffer(_) => message.to_string(),
            Self::Conversation(_) => Uuid::of(message).to_string(),
        }
    }
}
