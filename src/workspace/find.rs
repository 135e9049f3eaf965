//! From what a person types to one thread.

use super::indexing::Needs;
use super::{Obstacle, Purpose, WorkError, Workspace};
use crate::index::{Filter, Summary, fold};
use crate::model::{PublicKey, Reading, State, Thread, ThreadId};
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
    pub fn find(&self, query: &str) -> Result<FoundThread, WorkError> {
        let store = self
            .workspace
            .store()?
            .ok_or_else(|| WorkError::NotFound(query.to_owned()))?;
        let entry = self.find_entry(&store, query)?;
        self.load(&store, &entry)
    }

    pub(super) fn find_entry(&self, store: &Store, query: &str) -> Result<Entry, WorkError> {
        let exact = ThreadId::read(query)
            .map(|id| store.with_id(id))
            .transpose()?
            .unwrap_or_default();
        if let [entry] = exact.as_slice() {
            return Ok(entry.clone());
        }
        if query.is_empty() {
            return Err(WorkError::NotFound(query.to_owned()));
        }
        let threads = self
            .workspace
            .with_index(store, Needs::Lists, &|index| index.named(query))?;
        let candidates = best_matches(query, &threads);
        let not_found = || WorkError::NotFound(query.to_owned());
        match candidates.as_slice() {
            [] => {
                // A file that is no thread has no title, but it can be asked for by the id in its
                // name.
                let troubles = self
                    .workspace
                    .with_index(store, Needs::Lists, &|index| index.troubles_at(query))?;
                let entries = troubles
                    .iter()
                    .map(|(owner, place)| store.entry_at(owner, place));
                let entries = entries.collect::<Result<Vec<_>, _>>()?;
                let mut named = entries.into_iter().flatten();
                let only = named.next().filter(|_| named.next().is_none());
                only.ok_or_else(|| open_elsewhere(store, query).unwrap_or_else(not_found))
            }
            [one] => store.entry_at(&one.owner, &one.path)?.ok_or_else(not_found),
            several => Err(WorkError::Ambiguous {
                query: query.to_owned(),
                candidates: several.iter().map(|summary| (*summary).clone()).collect(),
            }),
        }
    }

    /// The thread that the owner changed last.
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
        let entry = store.entry_at(&newest.owner, &newest.path)?;
        entry.map(|entry| self.load(&store, &entry)).transpose()
    }

    /// A found thread, if it is the owner's own, of this format, in use and all true: then one may
    /// go on with it.
    pub fn continuable(
        &self,
        found: FoundThread,
        owner: &PublicKey,
    ) -> Result<(Verified<Thread>, CommitId), WorkError> {
        let commit = found.commit;
        let thread = found.own(Purpose::Continue, owner)?;
        if thread.state() == State::Archived {
            return Err(unfit(
                &thread.id().to_string(),
                Purpose::Continue,
                Obstacle::Archived,
            ));
        }
        Ok((thread, commit))
    }

    pub(super) fn load(&self, store: &Store, entry: &Entry) -> Result<FoundThread, WorkError> {
        let bytes = store.read(entry)?;
        let reading = Thread::read(&bytes).map_err(|why| WorkError::Malformed {
            path: entry.path.clone(),
            why,
        })?;
        let commit = store
            .tip(&entry.owner)?
            .ok_or_else(|| WorkError::NotFound(entry.id.to_string()))?;
        Ok(FoundThread {
            owner: entry.owner,
            path: entry.path.clone(),
            commit,
            is_plain: entry.is_plain,
            reading,
        })
    }
}

/// The one thread that a query names of those that only a living session has.
fn open_elsewhere(store: &Store, query: &str) -> Option<WorkError> {
    let mut open = store.open_sessions().ok()?.sessions;
    let part = fold(query);
    open.retain(|open| {
        !open.is_saved && (open.id.to_string().contains(query) || fold(&open.title).contains(&part))
    });
    let only = open.pop().filter(|_| open.is_empty())?;
    Some(WorkError::OpenElsewhere {
        id: only.id.to_string(),
        title: only.title,
    })
}

/// A better kind of match hides the worse ones: the whole id, the whole title, then parts.
fn best_matches<'a>(query: &str, threads: &'a [Summary]) -> Vec<&'a Summary> {
    let folded = query.to_lowercase();
    let without_accents = fold(query);
    let kinds: [&dyn Fn(&Summary) -> bool; 6] = [
        &|thread| thread.name() == query,
        &|thread| thread.id == query,
        &|thread| thread.title == query,
        &|thread| thread.title.to_lowercase() == folded,
        &|thread| thread.name().contains(query) || thread.title.to_lowercase().contains(&folded),
        &|thread| fold(&thread.title).contains(&without_accents),
    ];
    let found = kinds.iter().map(|fits| {
        threads
            .iter()
            .filter(|thread| fits(thread))
            .collect::<Vec<_>>()
    });
    found
        .into_iter()
        .find(|found| !found.is_empty())
        .unwrap_or_default()
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
