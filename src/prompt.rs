//! What an AI gets to read: of a thread, the messages that fit into a budget.
//!
//! A [`Prompt`] says what is sent; how it is written is the backend's affair: [`as_text`] makes one
//! text of it for a program that reads its stdin. The prompt of a turn begins with the whole prompt
//! of the turn before, so that a provider's prefix cache serves it, and nothing is sent twice.

mod last;
mod text;
mod window;

use crate::model::{Message, Role, Thread, Timestamp};

pub use last::{BroughtSource, BroughtText, last};
pub use text::as_text;
pub use window::{BroughtIn, Window, window};

/// A rough and stable measure; no backend tells its tokeniser.
const BYTES_PER_TOKEN: usize = 4;

/// What is sent, and what did not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The thread's title.
    pub title: String,
    /// The thread's tags.
    pub tags: Vec<String>,
    /// The messages, oldest first. The last is to be answered.
    pub messages: Vec<PromptMessage>,
    /// How many of the oldest messages were left out.
    pub left_out: usize,
    /// How many tokens it has, roughly, when it is written as one text.
    pub tokens: usize,
}

/// A message as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptMessage {
    /// Who speaks.
    pub speaker: Role,
    /// It says how the AI is to answer from here on.
    pub is_persona: bool,
    /// It broke off.
    pub is_interrupted: bool,
    /// When it was said.
    pub timestamp: Timestamp,
    /// What was said.
    pub text: String,
}

impl Prompt {
    /// The text of the message to be answered, alone.
    pub fn question(&self) -> &str {
        self.messages.last().map_or("", |last| &last.text)
    }

    /// A question by itself.
    #[cfg(feature = "internals")]
    pub fn alone(question: &str) -> Self {
        let message = PromptMessage {
            speaker: Role::Human,
            is_persona: false,
            is_interrupted: false,
            timestamp: Timestamp::from_millis(0),
            text: question.to_owned(),
        };
        Self {
            title: "a title".to_owned(),
            tags: Vec::new(),
            messages: vec![message],
            left_out: 0,
            tokens: tokens(question),
        }
    }
}

impl PromptMessage {
    fn of(message: &Message) -> Self {
        Self {
            speaker: message.role(),
            is_persona: message.persona_name().is_some(),
            is_interrupted: message.is_interrupted(),
            timestamp: message.timestamp(),
            text: message.text(),
        }
    }
}

/// The whole visible thread within a budget of tokens; the oldest messages are left out first. The
/// persona that was in force where the rest begins is never left out.
pub fn whole_thread(thread: &Thread, budget: usize) -> Prompt {
    let visible = thread.visible().into_iter();
    let messages = visible.map(PromptMessage::of).collect();
    fitted(thread, messages, 0, budget).prompt
}

/// What is sent of some messages.
struct Fitted {
    prompt: Prompt,
    /// Their places among all.
    kept: Vec<usize>,
}

/// The messages from a place on, within a budget.
fn fitted(thread: &Thread, mut messages: Vec<PromptMessage>, from: usize, budget: usize) -> Fitted {
    let Cut { first, persona } = cut(&messages, from, budget);
    let kept: Vec<usize> = persona.into_iter().chain(first..messages.len()).collect();
    let left_out = messages.len() - kept.len();
    let persona = persona.map(|place| messages[place].clone());
    messages.drain(..first);
    if let Some(persona) = persona {
        messages.insert(0, persona);
    }
    let mut prompt = Prompt {
        title: thread.title().to_owned(),
        tags: thread.tags().into_iter().map(str::to_owned).collect(),
        messages,
        left_out,
        tokens: 0,
    };
    prompt.tokens = tokens(&as_text(&prompt));
    Fitted { prompt, kept }
}

/// Where a thread is cut, so that the rest is what is sent.
struct Cut {
    /// Where the kept messages begin.
    first: usize,
    /// The newest persona before that.
    persona: Option<usize>,
}

/// When the budget is passed a quarter of it is freed at once, so that the prompt's beginning then
/// stays the same for many turns. The persona of the cut stays with it, and changes no sooner.
fn cut(messages: &[PromptMessage], from: usize, budget: usize) -> Cut {
    // Every form is measured as a text: it is the longest, and the cut stays where it was when
    // another backend answers.
    let sizes: Vec<usize> = messages
        .iter()
        .map(|message| tokens(&text::of_message(message)))
        .collect();
    let mut cut = Cut {
        first: from,
        persona: messages[..from]
            .iter()
            .rposition(|message| message.is_persona),
    };
    let mut sum = cut.persona.map_or(0, |place| sizes[place]);
    for (place, size) in sizes.iter().enumerate().skip(from) {
        sum += size;
        if sum <= budget {
            continue;
        }
        while sum > budget / 4 * 3 && cut.first < place {
            let dropped = if messages[cut.first].is_persona {
                cut.persona.replace(cut.first)
            } else {
                Some(cut.first)
            };
            sum -= dropped.map_or(0, |place| sizes[place]);
            cut.first += 1;
        }
    }
    cut
}

/// How many tokens a text has, roughly.
pub fn tokens(text: &str) -> usize {
    text.len().div_ceil(BYTES_PER_TOKEN)
}

#[cfg(test)]
mod tests;
