//! The window of a rolling conversation: its last messages, though they stand in several threads of
//! which each went on with the one before.

use super::{Prompt, PromptMessage, fitted};
use crate::model::{Hash, Message, Thread};
use std::collections::HashSet;

/// What of a rolling conversation an AI gets to read.
#[derive(Clone, Copy)]
pub struct Window<'t> {
    /// The threads that gave way, each to the next one, the oldest first.
    pub earlier: &'t [&'t Thread],
    /// How many messages it has at the most.
    pub limit: usize,
}

/// What is sent of a window.
#[derive(Debug, PartialEq, Eq)]
pub struct WindowPrompt {
    /// What is sent.
    pub prompt: Prompt,
    /// What of it stands in earlier threads.
    pub brought_in: Vec<BroughtIn>,
}

/// The messages of an earlier thread that were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroughtIn {
    /// The thread's root.
    pub thread: Hash,
    /// The id of the first.
    pub first: Hash,
    /// The id of the last.
    pub last: Hash,
    /// How many there are.
    pub count: usize,
}

/// The last messages before a question, and it, within a budget of tokens. What stands on the
/// question is left out, so an answer that came to an older one meanwhile is there, and another
/// question that waits is not. When the window is full a quarter of it gives way at once, so that
/// the prompt's beginning then stays the same for many turns.
///
/// `None` if the thread does not show the question.
pub fn window(
    window: Window<'_>,
    thread: &Thread,
    question: &Hash,
    budget: usize,
) -> Option<WindowPrompt> {
    let mut said: Vec<(Hash, &Message)> = Vec::new();
    for earlier in window.earlier {
        let visible = earlier.visible().into_iter();
        said.extend(visible.map(|message| (earlier.root(), message)));
    }
    let here = before_question(thread, question)?;
    said.extend(here.into_iter().map(|message| (thread.root(), message)));

    let first = first_of(said.len(), window.limit);
    let all = said.iter();
    let all = all.map(|(_, message)| PromptMessage::of(message));
    let fitted = fitted(thread, all.collect(), first, budget);
    let sent = fitted.kept.iter().map(|place| &said[*place]);
    let brought_in = sent.filter(|(root, _)| *root != thread.root());
    Some(WindowPrompt {
        brought_in: by_thread(brought_in),
        prompt: fitted.prompt,
    })
}

/// What a thread shows besides what stands on a question, which is put last.
pub(super) fn before_question<'t>(thread: &'t Thread, question: &Hash) -> Option<Vec<&'t Message>> {
    let (mut messages, mut asked) = (Vec::new(), None);
    let mut stand_on_it = HashSet::new();
    for message in thread.visible() {
        if message.id() == *question {
            asked = Some(message);
        }
        let mut before = message.prev().iter();
        if message.id() == *question || before.any(|id| stand_on_it.contains(id)) {
            stand_on_it.insert(message.id());
        } else {
            messages.push(message);
        }
    }
    messages.push(asked?);
    Some(messages)
}

/// Where the window begins among so many messages.
fn first_of(count: usize, limit: usize) -> usize {
    let limit = limit.max(1);
    let step = (limit / 4).max(1);
    count.saturating_sub(limit).div_ceil(step) * step
}

fn by_thread<'m>(messages: impl Iterator<Item = &'m (Hash, &'m Message)>) -> Vec<BroughtIn> {
    let mut all: Vec<BroughtIn> = Vec::new();
    for (thread, message) in messages {
        let id = message.id();
        match all.last_mut().filter(|last| last.thread == *thread) {
            Some(known) => {
                known.last = id;
                known.count += 1;
            }
            None => all.push(BroughtIn {
                thread: *thread,
                first: id,
                last: id,
                count: 1,
            }),
        }
    }
    all
}
