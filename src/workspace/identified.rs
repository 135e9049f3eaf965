//! From what a program hands back to the one thread it means: an id, the name of its file, or the
//! thread's root.
//! Nothing here is a part of a name, and no title is looked at.

use super::indexing::{Needs, indexed, with_words};
use super::recall::TrueThread;
use super::shared::has_several_people;
use super::verification::check_entry;
use super::{CheckedFile, FoundThread, SharedCopies, Summary, Threads, WorkError};
use crate::model::{Hash, Reading, Thread, ThreadId};
use crate::seal::Opener;
use crate::store::{Entry, Store};
use crate::verify::{ThreadReport, Verdict};
use std::sync::Arc;

/// How many hex digits of a root tell two threads of one id apart in their names.
const ROOT_DIGITS: usize = 8;

/// A thread's file, what it proves, and what its reader sees of it.
#[derive(Debug)]
pub struct CheckedThread {
    /// The file. What its reader sees lies over the thread in it.
    pub file: CheckedFile,
    /// If it is a thread of several people, and true: what all copies that are here show together.
    pub shared: Option<SharedCopies>,
}

impl CheckedThread {
    /// The thread, where there is one of this format: what all its people show together, if it is
    /// not one person's alone.
    pub fn thread(&self) -> Option<&Thread> {
        match (&self.shared, &self.file.reading) {
            (Some(shared), _) => Some(shared.thread.thread()),
            (None, Some(Reading::Thread(thread))) => Some(thread),
            (None, Some(Reading::Legacy(_)) | None) => None,
        }
    }

    /// The verdicts on the messages of that thread.
    pub fn checks(&self) -> Option<ThreadReport> {
        match (&self.shared, &self.file.report.thread) {
            (Some(shared), _) => Some(shared.thread.report()),
            (None, Some((_, checks))) => Some(checks.clone()),
            (None, None) => None,
        }
    }

    /// What lists show of it; nothing where it can't be read.
    pub fn summary(&self) -> Option<Summary> {
        let entry = &self.file.entry;
        Some(match self.thread() {
            Some(thread) => with_words(entry.owner, &entry.path, thread).summary,
            None => indexed(entry, self.file.reading.as_ref()?).summary,
        })
    }

    fn open(&mut self, opener: &Opener) {
        if let Some(Reading::Thread(thread)) = &mut self.file.reading {
            opener.open(thread);
        }
        if let Some(shared) = &mut self.shared {
            shared.thread.open(opener);
        }
    }
}

/// One thread as its reader sees it.
#[derive(Debug)]
pub enum ThreadLook {
    /// All of it is true, and all of it is open.
    True(Arc<TrueThread>),
    /// All of it is true. It is sealed, and opened as far as its reader can.
    Opened(Box<Thread>),
    /// It is of several people, or something in it is not true: the report says what.
    Checked(Box<CheckedThread>),
}

/// What names one thread.
struct Handle {
    id: ThreadId,
    /// How its root begins, where that is said.
    root: Option<String>,
}

impl Handle {
    fn read(text: &str) -> Option<Self> {
        if let Some(id) = ThreadId::read(text) {
            return Some(Self { id, root: None });
        }
        let (id, root) = text.rsplit_once('-')?;
        let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        let is_root = root.len() == ROOT_DIGITS && root.bytes().all(is_digit);
        is_root.then_some(Self {
            id: ThreadId::read(id)?,
            root: Some(root.to_owned()),
        })
    }

    fn fits(&self, root: Option<&Hash>) -> bool {
        match &self.root {
            None => true,
            Some(start) => root.is_some_and(|root| root.to_string().starts_with(start)),
        }
    }
}

/// One file of those that have the id.
struct Candidate {
    entry: Entry,
    /// `None` where it is no thread of this format.
    root: Option<Hash>,
    reading: Option<Reading>,
}

impl Threads<'_> {
    /// The one thread that has this id, this root, or this name where several have the id.
    ///
    /// # Errors
    /// If none has it, or several do; if the owner erased it; if its file is no thread.
    pub fn identified(&self, handle: &str) -> Result<FoundThread, WorkError> {
        let store = self.store_with(handle)?;
        let entry = self.identified_entry(&store, handle)?;
        self.load(&store, &entry)
    }

    /// The same, checked, and opened where it is sealed and the owner's keys are at hand. What
    /// can't be read, or is not true, its report says.
    ///
    /// # Errors
    /// If no thread has this id, or several do; if the owner erased it.
    pub fn checked(&self, handle: &str) -> Result<CheckedThread, WorkError> {
        let store = self.store_with(handle)?;
        let entry = self.identified_entry(&store, handle)?;
        let bytes = store.read(&entry);
        let checked = check_entry(&entry, bytes.as_deref());
        let shared = match &checked.reading {
            Some(Reading::Thread(thread)) if checked.report.verdict == Verdict::Valid => {
                self.shared_copies(&store, thread)?
            }
            _ => None,
        };
        let file = CheckedFile {
            entry,
            bytes: bytes.unwrap_or_default(),
            report: checked.report,
            reading: checked.reading,
        };
        let mut thread = CheckedThread { file, shared };
        if let Some(opener) = self.workspace.reader() {
            thread.open(opener);
        }
        Ok(thread)
    }

    /// The same, for a thread that is looked at again and again: what of it was read and checked a
    /// moment ago, and did not change, is neither read nor checked again.
    ///
    /// # Errors
    /// As [`Threads::checked`].
    pub fn look(&self, handle: &str) -> Result<ThreadLook, WorkError> {
        let store = self.store_with(handle)?;
        let entry = self.recalled_entry(&store, handle)?;
        // What can't be read, or is not true, the report says.
        let Ok(Some(known)) = self.workspace.recall_thread(&store, &entry) else {
            return Ok(ThreadLook::Checked(Box::new(self.checked(handle)?)));
        };
        if has_several_people(known.thread()) {
            return Ok(ThreadLook::Checked(Box::new(self.checked(handle)?)));
        }
        if !known.is_sealed() {
            return Ok(ThreadLook::True(known));
        }
        let mut thread = Thread::clone(known.thread());
        if let Some(opener) = self.workspace.reader() {
            opener.open(&mut thread);
        }
        Ok(ThreadLook::Opened(Box::new(thread)))
    }

    /// As [`Self::identified_entry`]; where only one file has the id, its thread is recalled.
    fn recalled_entry(&self, store: &Store, handle: &str) -> Result<Entry, WorkError> {
        let Some(named) = self.named_by(store, handle)? else {
            return Err(WorkError::NotFound(handle.to_owned()));
        };
        let mut entries = self.entries_with(store, named.id)?;
        if let (Some(only), true) = (entries.pop(), entries.is_empty())
            && let Ok(Some(known)) = self.workspace.recall_thread(store, &only)
            && named.fits(Some(&known.thread().root()))
        {
            return Ok(only);
        }
        self.identified_entry(store, handle)
    }

    /// The files of the one thread that has this id: where it is of several people, all its copies.
    ///
    /// # Errors
    /// If no thread has this id, or several do; if the owner erased it.
    pub fn files_of(&self, handle: &str) -> Result<Vec<Entry>, WorkError> {
        let store = self.store_with(handle)?;
        let entry = self.identified_entry(&store, handle)?;
        self.all_copies(&store, entry)
    }

    fn store_with(&self, handle: &str) -> Result<Store, WorkError> {
        let store = self.workspace.store()?;
        store.ok_or_else(|| WorkError::NotFound(handle.to_owned()))
    }

    fn identified_entry(&self, store: &Store, handle: &str) -> Result<Entry, WorkError> {
        let not_found = || WorkError::NotFound(handle.to_owned());
        let named = self.named_by(store, handle)?.ok_or_else(not_found)?;
        let entries = self.entries_with(store, named.id)?;
        let candidates = entries.into_iter().map(|entry| Candidate::of(store, entry));
        let (closed, open): (Vec<Candidate>, Vec<Candidate>) =
            candidates.partition(|candidate| candidate.reading.is_none());
        let mut candidates = open;
        candidates.retain(|candidate| named.fits(candidate.root.as_ref()));
        // Where none is it, it may be one that can't be read.
        if candidates.is_empty() || named.root.is_none() {
            candidates.extend(closed);
        }
        self.only_thread(handle, candidates)
    }

    fn named_by(&self, store: &Store, handle: &str) -> Result<Option<Handle>, WorkError> {
        match handle.parse::<Hash>() {
            Ok(root) => self.with_root(store, &root),
            Err(_) => Ok(Handle::read(handle)),
        }
    }

    /// The files that have this id, without those whose thread the owner erased.
    fn entries_with(&self, store: &Store, id: ThreadId) -> Result<Vec<Entry>, WorkError> {
        let mut entries = store.with_id(id)?;
        let are_any = !entries.is_empty();
        self.retain_not_erased(store, id, &mut entries)?;
        if are_any && entries.is_empty() {
            return Err(WorkError::ErasedByYou(id));
        }
        Ok(entries)
    }

    /// The handle of the thread with a root.
    fn with_root(&self, store: &Store, root: &Hash) -> Result<Option<Handle>, WorkError> {
        let threads = self
            .workspace
            .with_index(store, Needs::Lists, &|index| index.with_root(root))?;
        let id = threads
            .first()
            .and_then(|thread| ThreadId::read(&thread.id));
        Ok(id.map(|id| Handle {
            id,
            root: Some(root.to_string()),
        }))
    }

    /// The file to read of the one thread that all candidates are: the owner's own, if they have
    /// one.
    fn only_thread(&self, handle: &str, candidates: Vec<Candidate>) -> Result<Entry, WorkError> {
        let own = self.workspace.owner_if_readable();
        let is_own = |candidate: &Candidate| Some(candidate.entry.owner) == own;
        let preferred = candidates.iter().position(is_own).unwrap_or_default();
        let Some(first) = candidates.get(preferred) else {
            return Err(WorkError::NotFound(handle.to_owned()));
        };
        let is_same = |other: &Candidate| other.root.is_some() && other.root == first.root;
        let others = candidates.iter().enumerate();
        let are_same = others
            .filter(|(place, _)| *place != preferred)
            .all(|(_, other)| is_same(other));
        if are_same {
            return Ok(first.entry.clone());
        }
        Err(WorkError::Ambiguous {
            query: handle.to_owned(),
            candidates: candidates.iter().filter_map(Candidate::summary).collect(),
        })
    }
}

impl Candidate {
    fn of(store: &Store, entry: Entry) -> Self {
        let bytes = store.read(&entry);
        let reading = bytes.ok().and_then(|bytes| Thread::read(&bytes).ok());
        let root = match &reading {
            Some(Reading::Thread(thread)) => Some(thread.root()),
            _ => None,
        };
        Self {
            entry,
            root,
            reading,
        }
    }

    fn summary(&self) -> Option<Summary> {
        let reading = self.reading.as_ref()?;
        Some(indexed(&self.entry, reading).summary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_an_id_or_a_name_and_no_part_of_one() {
        for whole in ["thread_1756140749", "thread_1756140749-0123abcd"] {
            assert!(Handle::read(whole).is_some(), "{whole}");
        }
        for other in [
            "",
            "thread_",
            "1756140749",
            "thread_01756140749",
            "thread_1756140749-",
            "thread_1756140749-0123ABCD",
            "thread_1756140749-0123abcde",
            "thread_1756140749-../../x",
            "THREAD_1756140749",
            "thread_1756140749\0",
            "../thread_1756140749",
        ] {
            assert!(Handle::read(other).is_none(), "{other:?}");
        }
    }
}
