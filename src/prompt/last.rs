//! The last messages of one thread, exactly so many, and what its person brought in from elsewhere.

use super::window::before_question;
use super::{BroughtIn, Fitted, Prompt, PromptMessage, as_text, fitted, tokens};
use crate::model::{Hash, Role, Thread};

/// Something that a person brought in by naming it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroughtText {
    /// What it is and what it says, as the AI gets to read it.
    pub text: String,
    /// Where it comes from.
    pub source: BroughtSource,
}

/// Where something comes from that a person brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BroughtSource {
    /// Messages of a thread.
    Messages(BroughtIn),
    /// A draft, as its user left it.
    Draft {
        /// Its id.
        draft: Hash,
        /// The root of the thread that it came up in.
        thread: Hash,
        /// The message that it came from.
        message: Hash,
    },
    /// A project: what it is called.
    Project(Hash),
}

/// What is sent of the last messages.
#[derive(Debug, PartialEq, Eq)]
pub struct LastPrompt {
    /// What is sent.
    pub prompt: Prompt,
    /// Where that comes from which was brought in and sent.
    pub sources: Vec<BroughtSource>,
}

/// The last messages before a question, and it: so many in all, and never more, within a budget of
/// tokens. What was brought in stands right before the question, as its person's words.
///
/// `None` if the thread does not show the question.
pub fn last(
    thread: &Thread,
    question: &Hash,
    count: usize,
    brought: &[BroughtText],
    budget: usize,
) -> Option<LastPrompt> {
    let said = before_question(thread, question)?;
    let left_out = said.len().saturating_sub(count.max(1));
    let kept = said.into_iter().skip(left_out);
    let mut messages: Vec<PromptMessage> = kept.map(PromptMessage::of).collect();
    let asked_at = messages.last()?.timestamp;
    let place = messages.len() - 1;
    let texts = brought.iter().map(|brought| PromptMessage {
        speaker: Role::Human,
        is_persona: false,
        is_interrupted: false,
        timestamp: asked_at,
        text: brought.text.clone(),
    });
    messages.splice(place..place, texts);
    let Fitted { mut prompt, kept } = fitted(thread, messages, 0, budget);
    prompt.left_out += left_out;
    prompt.tokens = tokens(&as_text(&prompt));
    let sent = kept.iter().filter_map(|kept| kept.checked_sub(place));
    let sent = sent.filter_map(|place| brought.get(place));
    Some(LastPrompt {
        prompt,
        sources: sent.map(|brought| brought.source.clone()).collect(),
    })
}
