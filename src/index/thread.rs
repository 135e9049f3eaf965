//! A thread as the index takes it in.

use super::fold::words;
use super::schema::MOST_MESSAGES;
use super::signs::SignSet;
use super::texts::{TextGroup, pack};
use super::{ConversationFacts, Summary};
use crate::model::{Hash, PublicKey};

/// A thread as the index takes it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedThread {
    /// What a list shows.
    pub summary: Summary,
    /// All its messages, in the file's order.
    pub messages: Vec<IndexedMessage>,
    /// What names the place where the texts can be read again; without it they rest in the index.
    pub kept_at: Option<Vec<u8>>,
    /// Whether it stands for all copies of the thread, so that no other is listed.
    pub(super) is_of_all_copies: bool,
    /// What is told of it as a conversation of the service, if it is one.
    pub conversation: Option<ConversationFacts>,
    pub(super) prepared: Option<PreparedTexts>,
}

/// A message as the index takes it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedMessage {
    /// Its id; `None` in a thread of the older mmogit.
    pub id: Option<Hash>,
    /// Who speaks: `human`, `ai`, …
    pub role: String,
    /// The model that is said to have written it.
    pub model: Option<String>,
    /// Its time in milliseconds since 1970, where that can be read.
    pub time: Option<i64>,
    /// Its number among the messages that are shown, from 1; `None` if it was set aside.
    pub shown: Option<usize>,
    /// What is said.
    pub text: String,
}

/// The messages' texts as they are written: what takes long and can be done elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PreparedTexts {
    /// What each is found by.
    pub(super) messages: Vec<SearchedText>,
    /// All of them, packed, if they rest in the index.
    pub(super) groups: Vec<TextGroup>,
}

/// What a text is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SearchedText {
    /// Its words, as the full-text table takes them.
    pub(super) words: String,
    /// Its signs, which that table drops.
    pub(super) signs: SignSet,
}

impl SearchedText {
    pub(super) fn of(text: &str) -> Self {
        Self {
            words: words_of(text),
            signs: SignSet::of(text),
        }
    }
}

/// One step of an update.
#[derive(Debug)]
pub enum Update {
    /// All that is known of a branch is forgotten.
    Forget(PublicKey),
    /// A path holds nothing any more.
    Remove(PublicKey, String),
    /// A path holds a thread.
    Thread(Box<IndexedThread>),
    /// A path holds something that is no thread.
    Trouble {
        /// Whose branch it is on.
        owner: PublicKey,
        /// The path.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// The branch was read up to this commit; without one, it must be looked at again.
    Seen(PublicKey, Option<String>),
}

impl IndexedThread {
    /// A thread, with all its messages in the file's order.
    pub fn new(summary: Summary, messages: Vec<IndexedMessage>) -> Self {
        Self {
            summary,
            messages,
            kept_at: None,
            is_of_all_copies: false,
            conversation: None,
            prepared: None,
        }
    }

    /// Its texts are not to rest in the index: they can be read again where this says.
    #[must_use]
    pub fn kept_at(mut self, place: &[u8]) -> Self {
        self.kept_at = Some(place.to_owned());
        self
    }

    /// What is told of it as a conversation of the service, if it is one.
    #[must_use]
    pub fn with_conversation(mut self, facts: Option<ConversationFacts>) -> Self {
        self.conversation = facts;
        self
    }

    /// It is what all copies of the thread show together: no other copy is listed beside it.
    #[must_use]
    pub fn of_all_copies(mut self) -> Self {
        self.is_of_all_copies = true;
        self
    }

    /// Does the work that needs no database, so that several threads can do it at once. It is for
    /// threads that the index doesn't know: of a known one little has to be written.
    #[must_use]
    pub fn prepared(mut self) -> Self {
        let messages = self.messages.iter().take(MOST_MESSAGES);
        let texts = messages.map(|message| message.text.as_str());
        let messages = texts.clone().map(SearchedText::of).collect();
        let groups = match self.kept_at {
            Some(_) => Vec::new(),
            None => pack(texts),
        };
        self.prepared = Some(PreparedTexts { messages, groups });
        self
    }
}

/// The words of a text as the full-text table takes them: folded, with a space after each.
pub(super) fn words_of(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + text.len() / 8);
    words(text, |_, word| {
        line.push_str(word);
        line.push(' ');
    });
    line
}
