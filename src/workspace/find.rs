//! From what a person types to one thread.

use super::indexing::Needs;
use super::shared::{SharedCopies, has_several_people};
use super::{Obstacle, Purpose, WorkError, Workspace};
use crate::index::{Filter, Summary, fold};
use crate::model::{Erasure, Face, PublicKey, Reading, State, Thread, ThreadId};
use crate::store::{CommitId, Entry, Store};
use crate::verify::{FilePlace, Verified, belongs_to};

/// A thread's file, read. What it says is not yet known to be true.
#[derive(Debug, Clone)]
pub struct FoundThread {
    /// Whose branch it is on.
    pub owner: PublicKey,
    /// Its path within the branch.
    pub path: String,
    /// The tip of the branch it was read from.
    pub commit: CommitId,
    /// Whether it is a plain file, no link and nothing that can be run.
    pub is_plain: bool,
    /// The thread.
    pub reading: Reading,
    /// If it is a thread of several people, and true: what all copies that are here show together.
    pub shared: Option<SharedCopies>,
}

/// A thread for its owner, or somebody who has a part in it, to go on with in their own copy.
#[derive(Debug, Clone)]
pub struct Continued {
    pub(crate) thread: Thread,
    /// The copy as it is stored; none if there is none yet.
    pub(crate) stored: Option<Thread>,
}

impl From<Verified<Thread>> for Continued {
    fn from(thread: Verified<Thread>) -> Self {
        let thread = thread.into_inner();
        Self {
            stored: Some(thread.clone()),
            thread,
        }
    }
}

impl FoundThread {
    /// The thread, if all of it is true. `what` is to be done with it.
    pub(super) fn verified(self, what: Purpose) -> Result<Verified<Thread>, WorkError> {
        let thread = match self.reading {
            Reading::Legacy(legacy) => return Err(unfit(&legacy.id, what, Obstacle::Legacy)),
            Reading::Thread(thread) => thread,
        };
        let id = thread.id().to_string();
        let place = FilePlace {
            owner: &self.owner,
            path: &self.path,
            is_plain: self.is_plain,
        };
        Verified::check_at(place, thread)
            .map_err(|untrue| unfit(&id, what, Obstacle::Invalid(untrue)))
    }

    /// The thread, if a face began it for its owner, whose own it is, and all of it is true.
    pub fn own_of(self, face: Face, owner: &PublicKey) -> Option<Thread> {
        let thread = self.own_of_a_face(owner)?;
        (thread.face() == Some(face)).then_some(thread)
    }

    /// The same, whichever face began it.
    pub fn own_of_a_face(self, owner: &PublicKey) -> Option<Thread> {
        let thread = self.own(Purpose::Continue, owner).ok()?.into_inner();
        thread.face().is_some().then_some(thread)
    }

    /// What is to be copied of it: what all its people show together, if it is not one person's
    /// alone.
    pub(super) fn source(self, what: Purpose) -> Result<Thread, WorkError> {
        match self.shared {
            Some(shared) => Ok(shared.thread.thread().clone()),
            None => Ok(self.verified(what)?.into_inner()),
        }
    }

    /// The same, if it is the owner's own.
    pub(super) fn own(
        self,
        what: Purpose,
        owner: &PublicKey,
    ) -> Result<Verified<Thread>, WorkError> {
        if let Reading::Thread(thread) = &self.reading
            && (self.owner != *owner || !belongs_to(owner, thread))
        {
            let whose = if self.owner == *owner {
                thread.signer()
            } else {
                self.owner
            };
            return Err(unfit(
                &thread.id().to_string(),
                what,
                Obstacle::Foreign(whose),
            ));
        }
        self.verified(what)
    }
}

fn not_found(query: &str) -> WorkError {
    WorkError::NotFound(query.to_owned())
}

fn unfit(id: &str, what: Purpose, why: Obstacle) -> WorkError {
    WorkError::Unfit {
        id: id.to_owned(),
        what,
        why,
    }
}

/// The threads of a home: to find one, to list and search them, to know all about one.
pub struct Threads<'w> {
    pub(super) workspace: &'w Workspace,
}

impl Threads<'_> {
    /// The one thread that a query names: a whole id, or a part of an id or of a title that no
    /// other thread has.
    ///
    /// # Errors
    ///
    /// If no thread fits, or several do; if the file that fits can't be read, or is no thread.
    pub fn find(&self, query: &str) -> Result<FoundThread, WorkError> {
        let store = self.workspace.store()?.ok_or_else(|| not_found(query))?;
        let entry = self.find_entry(&store, query)?;
        self.load(&store, &entry)
    }

    pub(super) fn find_entry(&self, store: &Store, query: &str) -> Result<Entry, WorkError> {
        if let Some(entry) = self.only_with_id(store, query)? {
            return Ok(entry);
        }
        if query.is_empty() {
            return Err(not_found(query));
        }
        let threads = self
            .workspace
            .with_index(store, Needs::Lists, &|index| index.named(query))?;
        let mut threads = threads;
        let mut not_opened = 0;
        // One that is sealed may have the title, whatever others are called by a part of it.
        let is_its_name = |thread: &Summary| thread.name() == query || thread.id == query;
        if !threads.iter().any(is_its_name) {
            let sealed = self.sealed_titles(store)?;
            not_opened = sealed.not_opened;
            threads.retain(|thread| !is_among(thread, &sealed.opened));
            threads.extend(sealed.opened);
        }
        let mut best = best_matches(query, &threads);
        if best.len() > 1 {
            let copied = self.copied_threads(store)?;
            if !best.iter().all(|thread| is_among(thread, &copied)) {
                best.retain(|thread| !is_among(thread, &copied));
            }
        }
        match best.as_slice() {
            [] => match self.only_trouble(store, query)? {
                Some(entry) => Ok(entry),
                None => Err(open_elsewhere(store, query).unwrap_or_else(|| {
                    let query = query.to_owned();
                    match not_opened {
                        0 => WorkError::NotFound(query),
                        sealed => WorkError::NotFoundInOpen { query, sealed },
                    }
                })),
            },
            [one] => store
                .entry_at(&one.owner, &one.path)?
                .ok_or_else(|| not_found(query)),
            several => Err(WorkError::Ambiguous {
                query: query.to_owned(),
                candidates: several.iter().map(|summary| (*summary).clone()).collect(),
            }),
        }
    }

    /// The one file whose thread has this very id.
    fn only_with_id(&self, store: &Store, query: &str) -> Result<Option<Entry>, WorkError> {
        let Some(id) = ThreadId::read(query) else {
            return Ok(None);
        };
        let mut entries = store.with_id(id)?;
        let are_any = !entries.is_empty();
        self.retain_not_erased(store, id, &mut entries)?;
        if are_any && entries.is_empty() {
            return Err(WorkError::ErasedByYou(id));
        }
        let only = entries.pop();
        Ok(only.filter(|_| entries.is_empty()))
    }

    /// Takes out others' copies of what the owner of this home erased.
    pub(super) fn retain_not_erased(
        &self,
        store: &Store,
        id: ThreadId,
        entries: &mut Vec<Entry>,
    ) -> Result<(), WorkError> {
        let Some(own) = self.workspace.owner_if_readable() else {
            return Ok(());
        };
        let erased: Vec<Erasure> = store.erasures_of(&own, id)?;
        if erased.is_empty() {
            return Ok(());
        }
        let is_erased = |entry: &Entry| {
            let Ok(Ok(Reading::Thread(thread))) =
                store.read(entry).map(|bytes| Thread::read(&bytes))
            else {
                return false;
            };
            let root = Some(thread.root());
            entry.owner != own && erased.iter().any(|erasure| erasure.root == root)
        };
        entries.retain(|entry| !is_erased(entry));
        Ok(())
    }

    /// The threads of the owner's older keys that they went on with in a copy.
    fn copied_threads(&self, store: &Store) -> Result<Vec<Summary>, WorkError> {
        let successions = self.workspace.own_successions(store)?;
        if successions.is_empty() {
            return Ok(Vec::new());
        }
        self.workspace.with_index(store, Needs::Text, &|index| {
            index.copied_threads(&successions)
        })
    }

    /// The one file that is no thread and has this id in its name: it has no title, but can be
    /// asked for by that.
    fn only_trouble(&self, store: &Store, query: &str) -> Result<Option<Entry>, WorkError> {
        let troubles = self
            .workspace
            .with_index(store, Needs::Lists, &|index| index.troubles_at(query))?;
        let mut found = Vec::new();
        for (owner, place) in &troubles {
            found.extend(store.entry_at(owner, place)?);
        }
        let only = found.pop();
        Ok(only.filter(|_| found.is_empty()))
    }

    /// The thread that the owner changed last.
    ///
    /// # Errors
    ///
    /// If the store or that thread can't be read.
    pub fn newest_of(&self, owner: &PublicKey) -> Result<Option<FoundThread>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(None);
        };
        let filter = Filter {
            continuable_by: Some(*owner),
            limit: Some(1),
            ..Filter::default()
        };
        let newest = self
            .workspace
            .with_index(&store, Needs::Lists, &|index| index.list(&filter))?;
        let Some(newest) = newest.threads.first() else {
            return Ok(None);
        };
        match store.entry_at(&newest.owner, &newest.path)? {
            Some(entry) => Ok(Some(self.load(&store, &entry)?)),
            None => Ok(None),
        }
    }

    /// A found thread, if it is the owner's own or they have a part in it, of this format, in use
    /// and all true: then one may go on with it. With it the commit that has their copy.
    ///
    /// # Errors
    ///
    /// What stands in the way.
    pub fn continuable(
        &self,
        mut found: FoundThread,
        owner: &PublicKey,
    ) -> Result<(Continued, CommitId), WorkError> {
        if let Reading::Thread(thread) = &found.reading
            && let Some(after) = self.workspace.signed_after_end(&found)?
        {
            return Err(after.in_the_way_of(thread));
        }
        let mut commit = found.commit;
        let continued = match found.shared.take() {
            None => found.own(Purpose::Continue, owner)?.into(),
            Some(shared) => {
                commit = shared.own_tip.unwrap_or(commit);
                continued(&shared, owner)?
            }
        };
        if continued.thread.state() == State::Archived {
            let id = continued.thread.id().to_string();
            return Err(unfit(&id, Purpose::Continue, Obstacle::Archived));
        }
        Ok((continued, commit))
    }

    pub(super) fn load(&self, store: &Store, entry: &Entry) -> Result<FoundThread, WorkError> {
        let bytes = store.read(entry)?;
        let reading = Thread::read(&bytes).map_err(|why| WorkError::Malformed {
            path: entry.path.clone(),
            why,
        })?;
        let commit = store
            .tip(&entry.owner)?
            .ok_or_else(|| not_found(&entry.id.to_string()))?;
        let shared = match &reading {
            Reading::Thread(thread) if self.is_true_of_several(entry, thread) => {
                self.shared_copies(store, thread)?
            }
            _ => None,
        };
        Ok(FoundThread {
            owner: entry.owner,
            path: entry.path.clone(),
            commit,
            is_plain: entry.is_plain,
            reading,
            shared,
        })
    }

    fn is_true_of_several(&self, entry: &Entry, thread: &Thread) -> bool {
        has_several_people(thread) && Verified::check_at(entry.place(), thread.clone()).is_ok()
    }
}

fn is_among(thread: &Summary, others: &[Summary]) -> bool {
    let mut others = others.iter();
    others.any(|other| other.owner == thread.owner && other.path == thread.path)
}

/// What one of several people goes on with.
fn continued(shared: &SharedCopies, owner: &PublicKey) -> Result<Continued, WorkError> {
    let shared = &shared.thread;
    let id = shared.thread().id().to_string();
    // Whoever keeps a copy could put readers of their own into it.
    if shared.thread().is_sealed() && !shared.is_authors_word() {
        return Err(unfit(&id, Purpose::Continue, Obstacle::AuthorsCopyMissing));
    }
    let thread = shared
        .to_write(owner)
        .map_err(|why| unfit(&id, Purpose::Continue, why.into()))?;
    let stored = shared.copy_of(owner).map(|copy| (**copy).clone());
    Ok(Continued { thread, stored })
}

/// The one thread that a query names of those that only a living session has.
fn open_elsewhere(store: &Store, query: &str) -> Option<WorkError> {
    let part = fold(query);
    let mut fitting = Vec::new();
    for open in store.open_sessions().ok()?.sessions {
        let is_named = open.id.to_string().contains(query) || fold(&open.title).contains(&part);
        if !open.is_saved && is_named {
            fitting.push(open);
        }
    }
    let only = fitting.pop().filter(|_| fitting.is_empty())?;
    Some(WorkError::OpenElsewhere {
        id: only.id.to_string(),
        title: only.title,
    })
}

/// How a query can fit a thread, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It is the name, the id with what tells two of one id apart.
    Name,
    /// It is the id.
    Id,
    /// It is the title.
    Title,
    /// It is the title, but for upper and lower case.
    TitleInAnyCase,
    /// It is a part of the name or, but for upper and lower case, of the title.
    Part,
    /// It is a part of the title, but for case and accents.
    PartWithoutAccents,
}

/// A query, with what is compared of it.
struct Query<'q> {
    text: &'q str,
    lowercase: String,
    folded: String,
}

impl<'q> Query<'q> {
    fn new(text: &'q str) -> Self {
        Self {
            text,
            lowercase: text.to_lowercase(),
            folded: fold(text),
        }
    }

    /// The best way in which it fits a thread, if it does.
    fn fit(&self, thread: &Summary) -> Option<Fit> {
        let name = thread.name();
        if name == self.text {
            return Some(Fit::Name);
        }
        if thread.id == self.text {
            return Some(Fit::Id);
        }
        if thread.title == self.text {
            return Some(Fit::Title);
        }
        let title = thread.title.to_lowercase();
        if title == self.lowercase {
            return Some(Fit::TitleInAnyCase);
        }
        if name.contains(self.text) || title.contains(&self.lowercase) {
            return Some(Fit::Part);
        }
        if fold(&thread.title).contains(&self.folded) {
            return Some(Fit::PartWithoutAccents);
        }
        None
    }
}

/// A better kind of match hides the worse ones.
fn best_matches<'a>(query: &str, threads: &'a [Summary]) -> Vec<&'a Summary> {
    let query = Query::new(query);
    let mut best = None;
    let mut found = Vec::new();
    for thread in threads {
        let Some(fit) = query.fit(thread) else {
            continue;
        };
        if best.is_none_or(|best| fit < best) {
            best = Some(fit);
            found.clear();
        }
        if best == Some(fit) {
            found.push(thread);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Keys, Words};
    use crate::model::layout::places_of;
    use crate::model::{Birth, Timestamp};

    fn keys(person: u8) -> Keys {
        Keys::from_words(&Words::from_entropy(&[person; 32]).unwrap())
    }

    /// A true thread of one person, found on the branch of another.
    fn found(signer: &Keys, owner: &Keys) -> FoundThread {
        let begun = Timestamp::from_millis(1_767_225_600_000);
        let mut thread = Thread::begin(Birth {
            id: ThreadId::at(begun),
            title: "a talk".to_owned(),
            author: signer.public(),
            created_at: begun,
            mode: "conversation".to_owned(),
            project: None,
            tags: Vec::new(),
        });
        signer.owner().sign_thread(&mut thread);
        let [path, _] = places_of(&thread);
        FoundThread {
            owner: owner.public(),
            path,
            is_plain: true,
            commit: "0".repeat(40).parse().unwrap(),
            reading: Reading::Thread(thread),
            shared: None,
        }
    }

    #[test]
    fn a_thread_counts_only_on_its_signers_branch() {
        let (me, friend) = (keys(1), keys(2));
        assert!(found(&me, &me).verified(Purpose::Copy).is_ok());
        let refused = found(&friend, &me).verified(Purpose::Copy);
        assert!(
            matches!(
                &refused,
                Err(WorkError::Unfit {
                    why: Obstacle::Invalid(_),
                    ..
                })
            ),
            "{refused:?}"
        );
    }

    #[test]
    fn only_what_i_signed_on_my_branch_is_my_own() {
        let (me, friend) = (keys(1), keys(2));
        assert!(found(&me, &me).own(Purpose::Change, &me.public()).is_ok());
        for (signer, owner) in [(&friend, &me), (&me, &friend), (&friend, &friend)] {
            let refused = found(signer, owner).own(Purpose::Change, &me.public());
            assert!(
                matches!(&refused, Err(WorkError::Unfit { why: Obstacle::Foreign(whose), .. })
                    if *whose == friend.public()),
                "{refused:?}"
            );
        }
    }
}
