//! Several people's copies of one thread, as they lie on the branches that are here.

use super::{Threads, WorkError};
use crate::model::{Hash, PublicKey, Reading, Thread, ThreadId};
use crate::store::{CommitId, Entry, Store};
use crate::verify::{SharedThread, Untrue, Verified};
use std::collections::{HashMap, HashSet};

/// A thread of several people, as all copies that are here show it together.
#[derive(Debug, Clone)]
pub struct SharedCopies {
    /// What they show.
    pub thread: SharedThread,
    /// The copies that count for nothing because they can't be read or are not true.
    pub left_out: Vec<LeftOutCopy>,
    /// Where each copy lies, by whose branch it is on.
    pub(super) paths: HashMap<PublicKey, String>,
    /// The branch on which the reader's own copy was found, as it was then.
    pub(super) own_tip: Option<CommitId>,
}

/// A copy of a thread that counts for nothing.
#[derive(Debug, Clone)]
pub struct LeftOutCopy {
    /// On whose branch it lies.
    pub owner: PublicKey,
    /// Its path there.
    pub path: String,
    /// Why it does not count.
    pub why: WhyLeftOut,
}

/// Why a copy counts for nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WhyLeftOut {
    /// It can't be read.
    #[error("{0}")]
    Unreadable(String),
    /// Something in it is not true.
    #[error("it does not verify: {0}")]
    Untrue(Untrue),
}

impl WhyLeftOut {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "copy-unreadable",
            Self::Untrue(_) => "copy-invalid",
        }
    }
}

/// What was found of a thread's copies.
#[derive(Default)]
pub(in crate::workspace) struct FoundCopies {
    pub(in crate::workspace) copies: Vec<Verified<Thread>>,
    pub(in crate::workspace) left_out: Vec<LeftOutCopy>,
    /// Where each copy lies, by whose branch it is on.
    pub(in crate::workspace) paths: HashMap<PublicKey, String>,
}

impl FoundCopies {
    /// Reads and checks the copies of one thread among these files.
    pub(in crate::workspace) fn of(store: &Store, entries: &[Entry], root: &Hash) -> Self {
        let mut found = Self::default();
        for entry in entries {
            let left_out = |why| LeftOutCopy {
                owner: entry.owner,
                path: entry.path.clone(),
                why,
            };
            let reading = store.read(entry).map_err(|why| why.to_string());
            let reading =
                reading.and_then(|bytes| Thread::read(&bytes).map_err(|why| why.to_string()));
            match reading {
                Ok(Reading::Thread(thread)) if thread.root() == *root => {
                    match Verified::check_at(entry.place(), thread) {
                        Ok(copy) => {
                            found.paths.insert(entry.owner, entry.path.clone());
                            found.copies.push(copy);
                        }
                        Err(untrue) => found.left_out.push(left_out(WhyLeftOut::Untrue(untrue))),
                    }
                }
                // Another thread that has the same id.
                Ok(_) => {}
                Err(why) => found.left_out.push(left_out(WhyLeftOut::Unreadable(why))),
            }
        }
        found
    }

    /// Where the copies lie that are not on this person's branch, true or not.
    pub(in crate::workspace) fn places_of_others(
        self,
        person: &PublicKey,
    ) -> Vec<(PublicKey, String)> {
        let mut places: Vec<_> = self.paths.into_iter().collect();
        let untrue = |copy: &LeftOutCopy| matches!(copy.why, WhyLeftOut::Untrue(_));
        let left_out = self.left_out.into_iter().filter(untrue);
        places.extend(left_out.map(|copy| (copy.owner, copy.path)));
        places.retain(|(owner, _)| owner != person);
        places
    }
}

impl Threads<'_> {
    /// A thread's copies, if it is one of several people. The thread itself is true.
    pub(super) fn shared_copies(
        &self,
        store: &Store,
        thread: &Thread,
    ) -> Result<Option<SharedCopies>, WorkError> {
        if !has_several_people(thread) {
            return Ok(None);
        }
        let reader = self.workspace.owner_if_readable();
        // Before the copies: what is read later stands in that commit, or in one that follows it.
        let own_tip = match &reader {
            Some(reader) => store.tip(reader)?,
            None => None,
        };
        let entries = store.with_id(thread.id())?;
        let found = FoundCopies::of(store, &entries, &thread.root());
        let shared = SharedThread::of(found.copies, reader.as_ref());
        Ok(shared.map(|thread| SharedCopies {
            thread,
            left_out: found.left_out,
            paths: found.paths,
            own_tip,
        }))
    }

    /// The files of all copies of the thread whose file this is, that one first.
    pub(super) fn all_copies(&self, store: &Store, entry: Entry) -> Result<Vec<Entry>, WorkError> {
        let found = self.load(store, &entry);
        let mut entries = vec![entry];
        // What is no thread at all is told by whoever reads the file.
        let Some(shared) = found.ok().and_then(|found| found.shared) else {
            return Ok(entries);
        };
        for (owner, path) in &shared.paths {
            let copy = store.entry_at(owner, path)?;
            entries.extend(copy.filter(|copy| *copy != entries[0]));
        }
        entries[1..].sort_by_key(|copy| copy.owner);
        Ok(entries)
    }
}

/// Whether a thread is more than one person's.
pub(in crate::workspace) fn has_several_people(thread: &Thread) -> bool {
    thread.kept_by().is_some() || !thread.participants().is_empty() || !thread.former().is_empty()
}

/// The files in which copies of a thread may lie: on the branches of its people, and of others
/// that are named.
pub(in crate::workspace) fn entries_of_people(
    store: &Store,
    id: ThreadId,
    people: &HashSet<PublicKey>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for person in people {
        entries.extend(store.with_id_on(person, id));
    }
    entries
}
