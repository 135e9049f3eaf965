//! Threads at a glance.

use super::{WorkError, Workspace};
use crate::model::{Legacy, PublicKey, Reading, State, Thread};
use crate::store::{Entry, StoreError, Trouble};

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
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it was put away.
    pub is_archived: bool,
    /// How many messages it shows.
    pub messages: usize,
    /// Written by the older mmogit.
    pub is_legacy: bool,
    /// Whose branch it is on.
    pub owner: PublicKey,
    /// Its path on that branch.
    pub path: String,
}

/// A list of threads, newest first, and what could not be read.
#[derive(Debug, Default)]
pub struct Summaries {
    /// The threads.
    pub threads: Vec<Summary>,
    /// What is there and is no thread.
    pub troubles: Vec<Trouble>,
}

impl Summary {
    /// Of a file that was read.
    fn of(entry: &Entry, reading: &Reading) -> Self {
        match reading {
            Reading::Thread(thread) => Self::of_thread(entry, thread),
            Reading::Legacy(legacy) => Self::of_legacy(entry, legacy),
        }
    }

    fn of_thread(entry: &Entry, thread: &Thread) -> Self {
        Self {
            id: thread.id().to_string(),
            title: thread.title().to_owned(),
            author: thread.author().to_string(),
            created_at: thread.created_at().to_string(),
            updated_at: thread.updated_at().to_string(),
            tags: thread.tags().into_iter().map(str::to_owned).collect(),
            is_archived: thread.state() == State::Archived,
            messages: thread.visible().len(),
            is_legacy: false,
            owner: entry.owner,
            path: entry.path.clone(),
        }
    }

    fn of_legacy(entry: &Entry, legacy: &Legacy) -> Self {
        Self {
            id: legacy.id.clone(),
            title: legacy.title.clone(),
            author: legacy.author.clone(),
            created_at: legacy.created_at.clone(),
            updated_at: legacy.updated_at.clone(),
            tags: legacy.tags.clone(),
            is_archived: legacy.state != State::Active.as_str(),
            messages: legacy.messages.len(),
            is_legacy: true,
            owner: entry.owner,
            path: entry.path.clone(),
        }
    }
}

impl Workspace {
    /// Every thread, newest first. One that can't be read is named among the troubles and hides no other.
    pub fn summaries(&self) -> Result<Summaries, WorkError> {
        let Some(store) = self.store()? else { return Ok(Summaries::default()) };
        let listing = store.list()?;
        let results = store.read_all(&listing.entries, summarise);
        let mut summaries = Summaries { threads: Vec::new(), troubles: listing.troubles };
        for result in results {
            match result {
                Ok(summary) => summaries.threads.push(summary),
                Err(trouble) => summaries.troubles.push(trouble),
            }
        }
        summaries
            .threads
            .sort_by(|one, other| (&other.updated_at, &other.id).cmp(&(&one.updated_at, &one.id)));
        Ok(summaries)
    }
}

fn summarise(entry: &Entry, bytes: Result<Vec<u8>, StoreError>) -> Result<Summary, Trouble> {
    let trouble = |why: String| Trouble { place: entry.path.clone(), why };
    let bytes = bytes.map_err(|error| trouble(error.to_string()))?;
    let reading = Thread::read(&bytes).map_err(|why| trouble(why.to_string()))?;
    Ok(Summary::of(entry, &reading))
}
