//! Threads' files that this process read and checked a moment ago. A file is asked for by what names
//! its bytes and by its place, so what was true of it is true of it still. Only what is all true is
//! kept, and of what is sealed only the ciphertext.

use super::Workspace;
use super::conversations::facts_of;
use super::proposals::{Proposals, may_propose};
use crate::index::ConversationFacts;
use crate::model::{Draft, Message, PublicKey, Reading, Thread, Timestamp};
use crate::seal::Opener;
use crate::store::{ContentId, Entry, FiledEntry, Store, StoreError, Trouble};
use crate::verify::{FiledFault, Verified};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// So many bytes of threads' files are kept at the most. A thread takes somewhat more than its file.
const MOST_OF_THREADS: usize = 16 << 20;
/// The same of proposals, and of drafts.
const MOST_OF_DRAFTS: usize = 4 << 20;
/// What nobody asked for during so many milliseconds is let go of.
const KEPT_FOR: i64 = 60_000;

/// A thread of which all is true, as it lies on its branch.
#[derive(Debug)]
pub struct TrueThread {
    thread: Verified<Thread>,
    shown: OnceLock<Shown>,
}

/// What is made of a thread when it is shown first.
#[derive(Debug)]
struct Shown {
    /// The places of the messages that are visible, in order.
    visible: Vec<usize>,
    facts: ConversationFacts,
}

impl TrueThread {
    fn of(thread: Verified<Thread>) -> Self {
        let shown = OnceLock::new();
        Self { thread, shown }
    }

    /// The thread.
    pub fn thread(&self) -> &Verified<Thread> {
        &self.thread
    }

    /// Whether something in it is for its readers alone.
    pub fn is_sealed(&self) -> bool {
        let mut messages = self.thread.messages().iter();
        self.thread.is_sealed() || messages.any(Message::is_sealed)
    }

    /// Its messages that are shown, in order.
    pub fn visible(&self) -> Vec<&Message> {
        let messages = self.thread.messages();
        let places = self.shown().visible.iter();
        places.map(|place| &messages[*place]).collect()
    }

    /// What lists tell of it, if it is a conversation.
    pub fn facts(&self) -> &ConversationFacts {
        &self.shown().facts
    }

    fn shown(&self) -> &Shown {
        self.shown.get_or_init(|| Shown {
            visible: self.thread.visible_places(),
            facts: facts_of(&self.thread),
        })
    }
}

/// What names a file's bytes, and where they were checked: what is true in one place is not in
/// another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct CheckedPlace {
    content: ContentId,
    owner: PublicKey,
    path: String,
}

impl CheckedPlace {
    fn of(entry: &Entry) -> Self {
        Self {
            content: entry.content(),
            owner: entry.owner,
            path: entry.path.clone(),
        }
    }
}

/// What threads propose.
#[derive(Default)]
pub(super) struct FoundProposals {
    pub found: Vec<Arc<Proposals>>,
    /// The files that may propose something, and can't be read or are not true.
    pub troubles: Vec<Trouble>,
}

/// Whether what was asked for at a time is still kept.
pub(super) fn is_lately(asked: Timestamp, now: Timestamp) -> bool {
    let rested = now.millis() - asked.millis();
    // A clock that was put back says nothing of how long it was.
    (0..KEPT_FOR).contains(&rested)
}

/// What is kept of files.
pub(super) struct Recall {
    threads: Mutex<Kept<TrueThread>>,
    /// What open threads propose, without their messages.
    proposals: Mutex<Kept<Proposals>>,
    drafts: Mutex<Kept<Draft>>,
}

impl Default for Recall {
    fn default() -> Self {
        Self {
            threads: Mutex::new(Kept::at_most(MOST_OF_THREADS)),
            proposals: Mutex::new(Kept::at_most(MOST_OF_DRAFTS)),
            drafts: Mutex::new(Kept::at_most(MOST_OF_DRAFTS)),
        }
    }
}

/// What files were found to be.
struct Kept<T> {
    files: HashMap<CheckedPlace, Recalled<T>>,
    /// How many bytes all take, about, and may take.
    bytes: usize,
    most: usize,
    /// How often was asked.
    turn: u64,
}

struct Recalled<T> {
    found: Arc<T>,
    bytes: usize,
    /// When it was asked for last.
    turn: u64,
    time: Timestamp,
}

impl<T> Kept<T> {
    fn at_most(most: usize) -> Self {
        Self {
            files: HashMap::new(),
            bytes: 0,
            most,
            turn: 0,
        }
    }

    fn find(&mut self, place: &CheckedPlace, now: Timestamp) -> Option<Arc<T>> {
        self.turn += 1;
        let recalled = self.files.get_mut(place)?;
        (recalled.turn, recalled.time) = (self.turn, now);
        Some(Arc::clone(&recalled.found))
    }

    fn put(&mut self, place: CheckedPlace, found: &Arc<T>, bytes: usize, now: Timestamp) {
        if bytes > self.most {
            return;
        }
        self.turn += 1;
        self.remove(&place);
        while self.bytes + bytes > self.most {
            self.remove_the_oldest();
        }
        self.bytes += bytes;
        let recalled = Recalled {
            found: Arc::clone(found),
            bytes,
            turn: self.turn,
            time: now,
        };
        self.files.insert(place, recalled);
    }

    fn remove(&mut self, place: &CheckedPlace) {
        if let Some(removed) = self.files.remove(place) {
            self.bytes -= removed.bytes;
        }
    }

    fn remove_the_oldest(&mut self) {
        let oldest = self.files.iter().min_by_key(|(_, one)| one.turn);
        if let Some(place) = oldest.map(|(place, _)| place.clone()) {
            self.remove(&place);
        }
    }

    fn clear(&mut self) {
        self.files.clear();
        self.bytes = 0;
    }

    fn remove_unasked(&mut self, now: Timestamp) {
        self.files.retain(|_, one| is_lately(one.time, now));
        self.bytes = self.files.values().map(|one| one.bytes).sum();
    }
}

fn locked<T>(kept: &Mutex<Kept<T>>) -> MutexGuard<'_, Kept<T>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Workspace {
    /// Lets go of all that is kept of files: what was erased stays nowhere.
    pub fn forget_files(&self) {
        locked(&self.recall.threads).clear();
        locked(&self.recall.proposals).clear();
        locked(&self.recall.drafts).clear();
        self.entries.clear();
        self.reaches.clear();
    }

    /// Lets go of what nobody asked for lately.
    pub fn forget_unasked_files(&self) {
        let now = self.now();
        locked(&self.recall.threads).remove_unasked(now);
        locked(&self.recall.proposals).remove_unasked(now);
        locked(&self.recall.drafts).remove_unasked(now);
        self.entries.remove_unasked(now);
    }

    /// The thread in a file as it lies on its branch, if all of it is true: read and checked now or,
    /// where these very bytes were a moment ago, recalled.
    ///
    /// # Errors
    /// If the file can't be read.
    pub(super) fn recall_thread(
        &self,
        store: &Store,
        entry: &Entry,
    ) -> Result<Option<Arc<TrueThread>>, StoreError> {
        let (place, now) = (CheckedPlace::of(entry), self.now());
        let known = locked(&self.recall.threads).find(&place, now);
        // What is gone from the disk is not shown from memory.
        if let Some(known) = known.filter(|_| entry.is_plain && store.has(place.content)) {
            return Ok(Some(known));
        }
        let bytes = store.read(entry)?;
        let Some(thread) = true_thread(entry, &bytes) else {
            return Ok(None);
        };
        let thread = Arc::new(TrueThread::of(thread));
        locked(&self.recall.threads).put(place, &thread, bytes.len(), now);
        Ok(Some(thread))
    }

    /// What the threads in these files propose, those that are all true: of each its file is read and
    /// checked now, or was a moment ago.
    pub(super) fn recall_proposals(&self, store: &Store, entries: &[Entry]) -> FoundProposals {
        let now = self.now();
        let FoundProposals {
            mut found,
            mut troubles,
        } = FoundProposals::default();
        let mut unknown = Vec::new();
        for entry in entries {
            let known = locked(&self.recall.proposals).find(&CheckedPlace::of(entry), now);
            match known.filter(|_| entry.is_plain && store.has(entry.content())) {
                Some(known) => found.push(known),
                None => unknown.push(entry.clone()),
            }
        }
        let opener = self.reader();
        let made = store.read_all(&unknown, |entry, bytes| proposals_in(entry, bytes, opener));
        for (entry, made) in unknown.iter().zip(made) {
            let made = match made {
                Ok(Some(made)) => Arc::new(made),
                Ok(None) => continue,
                Err(why) => {
                    let place = entry.path.clone();
                    troubles.push(Trouble { place, why });
                    continue;
                }
            };
            // What was opened is not kept.
            if !made.is_sealed {
                let (place, bytes) = (CheckedPlace::of(entry), made.bytes());
                locked(&self.recall.proposals).put(place, &made, bytes, now);
            }
            found.push(made);
        }
        FoundProposals { found, troubles }
    }

    /// The draft in a file on an owner's branch.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn recall_draft(
        &self,
        store: &Store,
        owner: &PublicKey,
        file: &FiledEntry,
    ) -> Result<Arc<Draft>, FiledFault> {
        let (now, content) = (self.now(), file.content());
        let place = CheckedPlace {
            content,
            owner: *owner,
            path: file.name().to_owned(),
        };
        let known = locked(&self.recall.drafts).find(&place, now);
        if let Some(known) = known.filter(|_| file.is_plain() && store.has(content)) {
            return Ok(known);
        }
        let draft = Arc::new(store.draft_in(owner, file).good()?);
        let bytes = draft.signed_bytes().len();
        locked(&self.recall.drafts).put(place, &draft, bytes, now);
        Ok(draft)
    }
}

/// What a thread's file proposes; `None` if it can have nothing.
///
/// # Errors
/// Why nobody knows.
fn proposals_in(
    entry: &Entry,
    bytes: Result<Vec<u8>, StoreError>,
    opener: Option<&Opener>,
) -> Result<Option<Proposals>, String> {
    let bytes = bytes.map_err(|error| error.to_string())?;
    if !may_propose(&bytes) {
        return Ok(None);
    }
    match Thread::read(&bytes).map_err(|error| error.to_string())? {
        Reading::Thread(thread) => match Verified::check_at(entry.place(), thread) {
            Ok(thread) => Ok(Some(Proposals::of(thread, opener))),
            Err(_) => Err("what it proposes is not shown: it can't be verified".to_owned()),
        },
        _ => Ok(None),
    }
}

fn true_thread(entry: &Entry, bytes: &[u8]) -> Option<Verified<Thread>> {
    match Thread::read(bytes) {
        Ok(Reading::Thread(thread)) => Verified::check_at(entry.place(), thread).ok(),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests;
