//! A draft as its user sees it, whether it is kept or as it came.

use super::conversations::conversation_id;
use crate::model::json::Value;
use crate::model::{Draft, DraftText, Hash, KeptDraft, Message, OpenDraft, Thread, Uuid};
use crate::seal::{Locked, NoKey, Opener};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A thread in which a draft came up: all that is asked of it then, without its messages.
#[derive(Debug, Clone)]
pub struct DraftOrigin {
    header: Thread,
    /// What programs call it.
    pub id: Uuid,
    /// Its messages that are not whole.
    interrupted: BTreeSet<Hash>,
}

impl DraftOrigin {
    /// That of a thread, as far as it is opened.
    pub fn of(thread: &Thread) -> Self {
        let messages = thread.messages().iter();
        let interrupted = messages.filter(|message| message.is_interrupted());
        Self {
            header: thread.around_messages(),
            id: conversation_id(thread),
            interrupted: interrupted.map(Message::id).collect(),
        }
    }

    /// What stands around its messages, of which it has none here.
    pub fn header(&self) -> &Thread {
        &self.header
    }

    /// Whether a message in it is not whole.
    pub fn is_interrupted(&self, message: &Hash) -> bool {
        self.interrupted.contains(message)
    }
}

/// A draft as its user sees it.
#[derive(Debug, Clone)]
pub struct ShownDraft {
    /// What became of it. Of one that is not kept yet, its text stands in `open` alone.
    pub draft: KeptDraft,
    /// What it says, as far as it can be read.
    pub open: Result<OpenDraft, Locked>,
    /// Whether there is a document: else it is as it came.
    pub is_kept: bool,
    /// The thread that it came up in, if that is here and true.
    pub thread: Option<Arc<DraftOrigin>>,
    pub(super) is_sealed: bool,
}

impl ShownDraft {
    /// Whether its text is for the readers of its thread alone.
    pub fn is_sealed(&self) -> bool {
        self.is_sealed
    }

    pub(super) fn kept(
        document: &Draft,
        thread: Option<Arc<DraftOrigin>>,
        opener: Option<&Opener>,
    ) -> Self {
        let open = match &document.text {
            DraftText::Open(open) => Ok(open.clone()),
            DraftText::Sealed(sealed) => match (&thread, opener) {
                (Some(thread), Some(opener)) => {
                    opener.open_draft_text(thread.header(), &document.id, sealed)
                }
                _ => Err(Locked::NoKey(NoKey::NotAReader)),
            },
        };
        Self {
            draft: KeptDraft::clone(document),
            is_sealed: document.is_sealed(),
            open,
            is_kept: true,
            thread,
        }
    }

    /// What a message of a true thread proposes, or what is to be kept of it.
    pub(super) fn proposed(
        thread: &Thread,
        origin: Arc<DraftOrigin>,
        message: &Message,
        block: u32,
        content: Value,
    ) -> Self {
        let project = thread.project().and_then(|project| project.parse().ok());
        let open = OpenDraft {
            content,
            kind: message.text_field("intent"),
            project,
        };
        let text = DraftText::Open(open.clone());
        Self {
            draft: KeptDraft::generated(thread.root(), message, block, text),
            open: Ok(open),
            is_kept: false,
            is_sealed: message.is_sealed() || thread.is_sealed(),
            thread: Some(origin),
        }
    }
}
