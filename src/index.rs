//! A derived index over all threads: what lists and searches are answered from, without opening a
//! thread's file.
//!
//! `<home>/index.db` is an SQLite database that can be deleted at any time: it knows which commit
//! of each branch it has seen, and what is missing is read again. It holds *unverified* words, as
//! lists and searches show them, and only those of threads that are stored readable: of a sealed one
//! it has what everybody sees, and no word. It does not know the store; `workspace` introduces the two.

mod candidates;
mod conversations;
mod error;
mod file;
mod filter;
mod filter_text;
mod fold;
mod hit_texts;
mod list;
mod pieces;
mod query;
mod schema;
mod sealed;
mod search;
mod signs;
mod snippet;
mod succession;
mod texts;
mod thread;
mod when;
mod write;

pub use conversations::{ConversationFacts, ConversationTotals};
pub use error::IndexError;
pub use file::{FileIdentity, Index, IndexFiles, UpdateSink};
pub use filter::{Filter, JustProject, Sort};
pub use fold::fold;
pub use hit_texts::UnreadText;
pub use list::{ListPlace, RootPlace};
pub use pieces::TakenAsWords;
pub use query::Query;
pub use sealed::SealedPlace;
pub use search::{FoundMessage, Hit, Hits, MessagePlace};
pub use snippet::Snippet;
pub use succession::KeySuccession;
pub use thread::{IndexedMessage, IndexedThread, Update};
pub use when::{DayBoundary, millis_of, moment};

use crate::model::{Hash, PublicKey};

/// What a list shows of a thread. Its words are the file's own, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whose it says it is, 64 hex digits.
    pub author: String,
    /// When it began, as the file writes it.
    pub created_at: String,
    /// When it last changed, as the file writes it.
    pub updated_at: String,
    /// `conversation` or `inner`; empty in a thread of the older mmogit.
    pub mode: String,
    /// The project it belongs to.
    pub project: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it was put away.
    pub is_archived: bool,
    /// How many messages it shows.
    pub messages: usize,
    /// Written by the older mmogit.
    pub is_legacy: bool,
    /// What is said in it, and its title, are sealed. The index has none of its words.
    pub is_sealed: bool,
    /// How the first question begins, on one line; empty where nobody asked.
    pub opening: String,
    /// Whose branch it is on.
    pub owner: PublicKey,
    /// Its path on that branch.
    pub path: String,
    /// Who has a part in it besides its author.
    pub participants: Vec<PublicKey>,
    /// Its root; a thread of the older mmogit has none.
    pub root: Option<Hash>,
    /// Whether it is a thread of several people, of which there may be several copies.
    pub is_shared: bool,
    /// The face that began it, if one says so: `buffer`, `service`.
    pub face: Option<String>,
    /// The root of the thread that it goes on from.
    pub continues: Option<Hash>,
}

impl Summary {
    /// Who has a part in it, the author first; nobody, if it is one person's.
    pub fn people(&self) -> Option<Vec<PublicKey>> {
        if self.participants.is_empty() {
            return None;
        }
        let mut people: Vec<PublicKey> = self.author.parse().into_iter().collect();
        people.extend(&self.participants);
        Some(people)
    }

    /// Its file's name without the ending: what names it even where two threads have one id.
    pub fn name(&self) -> &str {
        name_of(&self.path)
    }
}

/// The name of a file at a path, without the ending.
pub fn name_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.strip_suffix(".json").unwrap_or(name)
}
