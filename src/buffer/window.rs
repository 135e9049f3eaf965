//! The messages that a buffer can show: the last ones of its threads.

use super::threads::{self, Opened};
use super::{BufferError, BufferNotice, MessageLimit, Mode, ShownMessage, Work};
use crate::model::{Message, Thread};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// As many of the last messages as a buffer may ever show, so that another limit needs no reading.
#[derive(Debug, Default)]
pub(super) struct Window {
    shown: VecDeque<Arc<ShownMessage>>,
    has_earlier: bool,
    is_sealed: bool,
}

impl Window {
    /// The end of a thread, and of those that gave way to it.
    pub fn of(
        work: Work<'_>,
        mode: Mode,
        thread: &Thread,
        notices: &mut Vec<BufferNotice>,
    ) -> Result<Self, BufferError> {
        let mut window = Self::default();
        window.put_before(thread);
        let mut seen = HashSet::from([thread.root()]);
        let mut before = thread.continues();
        while let Some(root) = before.filter(|root| seen.insert(*root)) {
            if window.is_full() {
                window.has_earlier = true;
                break;
            }
            before = match threads::at_root(work, mode, &root)? {
                Opened::Thread(earlier) => {
                    window.put_before(&earlier);
                    earlier.continues()
                }
                Opened::Missing => None,
                Opened::LeftOut(notice) => {
                    notices.push(notice);
                    None
                }
            };
        }
        Ok(window)
    }

    fn put_before(&mut self, thread: &Thread) {
        self.is_sealed |= thread.is_sealed();
        for message in thread.visible().into_iter().rev() {
            if self.is_full() {
                self.has_earlier = true;
                return;
            }
            self.shown.push_front(shown(thread, message));
        }
    }

    /// Adds the newest message of a thread.
    pub fn push(&mut self, thread: &Thread, message: &Message) {
        if self.is_full() {
            self.shown.pop_front();
            self.has_earlier = true;
        }
        self.is_sealed |= thread.is_sealed();
        self.shown.push_back(shown(thread, message));
    }

    fn is_full(&self) -> bool {
        self.shown.len() >= MessageLimit::MOST
    }

    /// How many messages a buffer shows of it.
    pub fn count(&self, limit: MessageLimit) -> usize {
        self.shown.len().min(limit.get())
    }

    /// Whether a thread is sealed of which it shows something.
    pub fn is_sealed(&self) -> bool {
        self.is_sealed
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The newest messages, oldest first.
    pub fn last(&self, limit: MessageLimit) -> Vec<Arc<ShownMessage>> {
        let passed_over = self.shown.len() - self.count(limit);
        self.shown.iter().skip(passed_over).cloned().collect()
    }

    /// Whether there are older ones than a buffer shows.
    pub fn has_earlier(&self, limit: MessageLimit) -> bool {
        self.has_earlier || self.shown.len() > limit.get()
    }
}

fn shown(thread: &Thread, message: &Message) -> Arc<ShownMessage> {
    Arc::new(ShownMessage::of(thread.root(), message.clone()))
}
