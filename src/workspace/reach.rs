//! What decides who reaches a thread. The index finds threads, and whoever can write its file can
//! make it say anything of them: so this is read from the thread's own file on its branch.

use super::conversations::conversation_id;
use super::{Belonging, Membership, Summary, Threads, WorkError, Workspace};
use crate::model::{Embedder, Face, Hash, PublicKey, Reading, Thread, Uuid};
use crate::seal::Opener;
use crate::store::{ContentId, Entry, Store};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Of so many files it is remembered.
const MOST_REMEMBERED: usize = 20_000;

/// What decides who reaches a thread, as its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Its root.
    pub root: Hash,
    /// What programs call it.
    pub id: Uuid,
    /// What it belongs to.
    pub belonging: Belonging,
    author: PublicKey,
    face: Option<Face>,
    pub(super) project: Option<String>,
    web_origin: Option<String>,
}

impl Reach {
    /// That of a thread, opened as far as it can be.
    pub fn of(thread: &Thread) -> Self {
        Self {
            root: thread.root(),
            id: conversation_id(thread),
            belonging: Belonging::of_thread(thread),
            author: thread.author(),
            face: thread.face(),
            project: thread.project().map(str::to_owned),
            web_origin: thread.web_origin().map(str::to_owned),
        }
    }

    /// The header alone says what it belongs to, and opening all takes time.
    fn of_sealed(thread: &Thread, reader: &Opener) -> Self {
        let closed = Self::of(thread);
        let Ok(mut header) = Thread::from_parts(thread.header().clone(), Vec::new()) else {
            return closed;
        };
        reader.open(&mut header);
        Self {
            belonging: Belonging::of_thread(&header),
            project: header.project().map(str::to_owned),
            ..closed
        }
    }

    /// Whether it is a conversation that this key began.
    pub fn is_conversation_of(&self, owner: &PublicKey) -> bool {
        self.is_conversation() && self.author == *owner
    }

    /// Whether it is a conversation of the service.
    pub fn is_conversation(&self) -> bool {
        self.face == Some(Face::Service)
    }

    /// Whether its owner may work in it, on this page if it is another site's.
    pub fn is_within(&self, membership: &Membership, embedder: Option<&Embedder>) -> bool {
        membership.allows(self.belonging) && embedder.is_none_or(|page| self.is_reached_by(page))
    }

    /// Whether this is what the record names as its project.
    pub fn is_of_project(&self, project: Option<&str>) -> bool {
        self.project.as_deref() == project
    }

    /// Whether it is one that the pages of a site began, there.
    pub fn is_reached_by(&self, embedder: &Embedder) -> bool {
        self.web_origin.as_ref() == Some(&embedder.origin) && self.project == embedder.project
    }
}

/// A conversation, and what decides who reaches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedConversation {
    /// As the index knows it.
    pub thread: Summary,
    /// As its file says.
    pub reach: Reach,
}

/// Those of some threads that somebody reaches.
#[derive(Debug, Default)]
pub(super) struct Reached {
    pub conversations: Vec<NamedConversation>,
    /// How many of the threads can't be read.
    pub unreadable: usize,
}

/// By what names a file's bytes: of these it never changes.
#[derive(Default)]
pub(super) struct KnownReaches(Mutex<HashMap<ContentId, Reach>>);

impl KnownReaches {
    fn lock(&self) -> MutexGuard<'_, HashMap<ContentId, Reach>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, content: ContentId) -> Option<Reach> {
        self.lock().get(&content).cloned()
    }

    /// Lets go of all.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn put(&self, content: ContentId, reach: &Reach) {
        let mut known = self.lock();
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(content, reach.clone());
    }
}

impl Threads<'_> {
    /// What decides who reaches a thread of which the index tells; `None` if there is no such thread
    /// where it should lie, or it can't be read: then nobody does.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn reach(&self, thread: &Summary) -> Result<Option<Reach>, WorkError> {
        match self.workspace.store()? {
            Some(store) => self
                .workspace
                .readable_reach(&store, &thread.owner, &thread.path),
            None => Ok(None),
        }
    }

    /// The threads among these that an owner reaches with this membership and, if it is another
    /// site's page that asks, on it. Each is of the project, and its root the one, that its file
    /// says.
    ///
    /// # Errors
    /// If the store can't be read.
    pub(super) fn reached(
        &self,
        threads: Vec<Summary>,
        membership: &Membership,
        embedder: Option<&Embedder>,
    ) -> Result<Reached, WorkError> {
        let mut reached = Reached::default();
        let Some(store) = self.workspace.store()? else {
            return Ok(reached);
        };
        for thread in threads {
            let reach = match self.workspace.reach_in(&store, &thread.owner, &thread.path) {
                Err(error) if error.is_of_file() => {
                    reached.unreadable += 1;
                    continue;
                }
                reach => reach?,
            };
            let reach = reach.filter(|reach| reach.is_within(membership, embedder));
            let named = reach.map(|reach| NamedConversation { thread, reach });
            reached.conversations.extend(named);
        }
        Ok(reached)
    }
}

impl Workspace {
    /// As [`Self::reach_in`], of one thread that is asked for: it is read and checked whole, since
    /// what comes next wants all of it.
    ///
    /// # Errors
    /// As [`Self::reach_in`].
    pub(super) fn reach_of_wanted(
        &self,
        store: &Store,
        thread: &Summary,
    ) -> Result<Option<Reach>, WorkError> {
        let Some(entry) = self.entry_at(store, &thread.owner, &thread.path)? else {
            return Ok(None);
        };
        if self.reaches.find(entry.content()).is_none()
            && let Ok(Some(known)) = self.recall_thread(store, &entry)
        {
            return Ok(Some(self.remember_reach(&entry, known.thread())));
        }
        self.reach_of(store, &entry)
    }

    /// As [`Self::reach_in`]; nobody reaches what can't be read.
    pub(super) fn readable_reach(
        &self,
        store: &Store,
        owner: &PublicKey,
        path: &str,
    ) -> Result<Option<Reach>, WorkError> {
        match self.reach_in(store, owner, path) {
            Err(error) if error.is_of_file() => Ok(None),
            reach => reach,
        }
    }

    /// What the file at a path of a branch says; `None` if there is none.
    ///
    /// # Errors
    /// If it is no thread, or can't be read; if the store can't.
    pub(super) fn reach_in(
        &self,
        store: &Store,
        owner: &PublicKey,
        path: &str,
    ) -> Result<Option<Reach>, WorkError> {
        match self.entry_at(store, owner, path)? {
            Some(entry) => self.reach_of(store, &entry),
            None => Ok(None),
        }
    }

    fn reach_of(&self, store: &Store, entry: &Entry) -> Result<Option<Reach>, WorkError> {
        let known = self.reaches.find(entry.content());
        if known.is_some() {
            return Ok(known);
        }
        let place = || entry.path.clone();
        let bytes = store.read(entry).map_err(|error| WorkError::Unreadable {
            path: place(),
            why: error.to_string(),
        })?;
        let read = Thread::read(&bytes);
        let read = read.map_err(|why| WorkError::Malformed { path: place(), why })?;
        let Reading::Thread(read) = read else {
            return Ok(None);
        };
        Ok(Some(self.remember_reach(entry, &read)))
    }

    fn remember_reach(&self, entry: &Entry, thread: &Thread) -> Reach {
        let reach = match self.reader().filter(|_| !thread.is_open()) {
            Some(reader) => Reach::of_sealed(thread, reader),
            None => Reach::of(thread),
        };
        // What can't be opened now may be openable later.
        if reach.belonging != Belonging::Unknown {
            self.reaches.put(entry.content(), &reach);
        }
        reach
    }
}

#[cfg(test)]
mod tests;
