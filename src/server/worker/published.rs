//! What a worker publishes, so that reading never waits for it.

use crate::buffer::{BufferView, ByMode};
use crate::server::replies::{ReplyName, ReplyState};
use axum::body::Bytes;
use std::sync::Arc;

/// What a buffer shows, ready to be sent.
#[derive(Debug, Clone)]
pub struct PublishedView {
    /// The view.
    pub view: Arc<BufferView>,
    /// The view in the documented form.
    pub body: Bytes,
}

impl PublishedView {
    pub(super) fn of(view: Arc<BufferView>) -> Self {
        let body = Bytes::from(view.to_json());
        Self { view, body }
    }
}

/// What a profile's tabs follow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServedState {
    /// Of each mode.
    pub modes: ByMode<ModeState>,
    /// The replies that come or wait in conversations.
    pub conversations: Vec<ReplyName>,
    /// Changes whenever any thread may have changed.
    pub threads: u64,
}

/// What tabs follow of a mode.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModeState {
    /// Changes whenever what is shown changed.
    pub version: u64,
    /// The reply that is coming.
    pub running: Option<ReplyName>,
    /// Those that are asked for next, in this order.
    pub waiting: Vec<ReplyName>,
    /// The reply that ended last. It may have come and ended since a tab looked.
    pub ended: Option<EndedReply>,
}

/// A reply that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedReply {
    /// The reply's name. Another try may have the same.
    pub name: ReplyName,
    /// How it ended.
    pub state: ReplyState,
    /// It is the first, the second, … that ended here.
    pub number: u64,
}

impl ModeState {
    /// Notes that a reply has ended so.
    pub fn note_end(&mut self, name: ReplyName, state: ReplyState) {
        let before = self.ended.as_ref().map_or(0, |ended| ended.number);
        self.ended = Some(EndedReply {
            name,
            state,
            number: before + 1,
        });
    }
}
