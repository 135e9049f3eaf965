//! The drafts that the messages of a thread propose, before their user did anything with them.

use super::{DraftOrigin, ShownDraft};
use crate::model::{Message, OpenDraft, Thread};
use crate::seal::Opener;
use crate::verify::Verified;
use std::sync::Arc;

/// Whether a thread's file may have a message that proposes a draft, before it is read.
pub(super) fn may_propose(bytes: &[u8]) -> bool {
    let has = |name: &[u8]| bytes.windows(name.len()).any(|part| part == name);
    has(b"\"draft\"") || has(b"\"sealed\"")
}

/// What the visible messages of a true thread propose.
#[derive(Debug)]
pub(super) struct Proposals {
    /// The thread.
    pub origin: Arc<DraftOrigin>,
    /// The drafts, as they came.
    pub drafts: Vec<ShownDraft>,
    /// Whether something in the thread is for its readers alone.
    pub is_sealed: bool,
}

impl Proposals {
    /// Those of a thread, opened as far as its reader can.
    pub(super) fn of(thread: Verified<Thread>, opener: Option<&Opener>) -> Self {
        let mut thread = thread.into_inner();
        let is_sealed = thread.is_sealed() || thread.messages().iter().any(Message::is_sealed);
        if let Some(opener) = opener.filter(|_| is_sealed) {
            opener.open(&mut thread);
        }
        let origin = Arc::new(DraftOrigin::of(&thread));
        let visible = thread.visible().into_iter();
        let proposing = visible.filter(|message| message.proposes_draft());
        let drafts = proposing.filter_map(|message| {
            let content = message.field("content")?;
            let origin = Arc::clone(&origin);
            Some(ShownDraft::proposed(&thread, origin, message, 0, content))
        });
        let drafts = drafts.collect();
        Self {
            drafts,
            origin,
            is_sealed,
        }
    }

    /// How many bytes they take, about.
    pub(super) fn bytes(&self) -> usize {
        let around = self.origin.header().signed_bytes().len();
        let texts = self.drafts.iter().map(|shown| {
            let text = shown.open.as_ref().map(OpenDraft::text);
            text.map_or(0, |text| 2 * text.len())
        });
        around * (1 + self.drafts.len()) + texts.sum::<usize>()
    }
}
