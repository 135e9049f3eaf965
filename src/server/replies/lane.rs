//! Whose turn it is. In each talk one reply comes at a time; what was asked meanwhile waits.

use super::{ComingReply, ReplyName};
use crate::turn::Question;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many questions may wait in a talk.
const MOST_WAITING: usize = 8;

/// How many replies are remembered that have ended.
const REMEMBERED: usize = 16;

/// The replies of one talk.
#[derive(Default)]
pub struct Lane {
    running: Option<RunningReply>,
    waiting: VecDeque<Arc<ComingReply>>,
    /// So that whoever listened hears the end, and comes back to the same bytes.
    ended: VecDeque<Arc<ComingReply>>,
}

/// A reply that is coming, and the question that was sent.
#[derive(Clone)]
pub struct RunningReply {
    /// What has come of it.
    pub reply: Arc<ComingReply>,
    /// What was asked.
    pub question: Arc<Question>,
}

impl Lane {
    /// How many more may be asked for now.
    pub fn room(&self) -> usize {
        let taken = self.waiting.len();
        let running = usize::from(self.running.is_some());
        (MOST_WAITING + 1).saturating_sub(taken + running)
    }

    /// Whether a reply is coming.
    pub fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Whether nothing comes or waits.
    pub fn is_idle(&self) -> bool {
        !self.is_busy() && self.waiting.is_empty()
    }

    /// The reply that is coming.
    pub fn running(&self) -> Option<&RunningReply> {
        self.running.as_ref()
    }

    /// What waits, in order.
    pub fn waiting(&self) -> impl Iterator<Item = &Arc<ComingReply>> {
        self.waiting.iter()
    }

    /// Puts a reply at the end of those that wait.
    pub fn wait(&mut self, reply: Arc<ComingReply>) {
        self.waiting.push_back(reply);
    }

    /// The next one that waits, if none is coming.
    pub fn next(&mut self) -> Option<Arc<ComingReply>> {
        if self.is_busy() {
            return None;
        }
        self.waiting.pop_front()
    }

    /// From now on this one is coming.
    pub fn run(&mut self, running: RunningReply) {
        self.running = Some(running);
    }

    /// Takes the one that is coming, if it is this one.
    pub fn take_running(&mut self, reply: &Arc<ComingReply>) -> Option<RunningReply> {
        self.running
            .take_if(|running| Arc::ptr_eq(&running.reply, reply))
    }

    /// Takes a reply out of those that wait.
    pub fn take_waiting(&mut self, name: &ReplyName) -> Option<Arc<ComingReply>> {
        let place = self.waiting.iter().position(|reply| reply.name == *name)?;
        self.waiting.remove(place)
    }

    /// Takes all that wait.
    pub fn take_all_waiting(&mut self) -> VecDeque<Arc<ComingReply>> {
        std::mem::take(&mut self.waiting)
    }

    /// Remembers one that has ended, for a while. Another try under its name takes its place.
    pub fn remember(&mut self, reply: Arc<ComingReply>) {
        self.ended.retain(|ended| ended.name != reply.name);
        self.ended.push_back(reply);
        if self.ended.len() > REMEMBERED {
            self.ended.pop_front();
        }
    }

    /// All replies that are known here: what ended lately, what comes, what waits.
    pub fn known(&self) -> Vec<Arc<ComingReply>> {
        let running = self.running.iter().map(|running| &running.reply);
        let known = self.ended.iter().chain(running).chain(&self.waiting);
        known.cloned().collect()
    }

    /// The reply of a name, as long as it is known here.
    pub fn find(&self, name: &ReplyName) -> Option<Arc<ComingReply>> {
        let running = self.running.iter().map(|running| &running.reply);
        let mut known = running.chain(&self.waiting).chain(self.ended.iter().rev());
        known.find(|reply| reply.name == *name).cloned()
    }

    /// A reply to a question that waits or is coming.
    pub fn unfinished(&self, question: &crate::model::Hash) -> Option<Arc<ComingReply>> {
        let running = self.running.iter().map(|running| &running.reply);
        let mut unfinished = running.chain(&self.waiting);
        let found = unfinished.find(|reply| reply.name.question == *question);
        found.cloned()
    }
}
