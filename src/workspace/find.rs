//! From what a person types to one thread.

use super::{Summary, WorkError, Workspace};
use crate::model::{PublicKey, Reading, Thread, ThreadId};
use crate::store::{CommitId, Entry, Store};
use crate::verify::Verified;

/// A thread's file, read. What it says is not yet known to be true.
#[derive(Debug)]
pub struct Found {
    /// Whose branch it is on.
    pub owner: PublicKey,
    /// Its path on that branch.
    pub path: String,
    /// The tip of the branch it was read from.
    pub commit: CommitId,
    /// The thread.
    pub reading: Reading,
}

impl Workspace {
    /// The one thread that a query names: a whole id, or a part of an id or of a title that no other thread has.
    pub fn find(&self, query: &str) -> Result<Found, WorkError> {
        let store = self.store()?.ok_or_else(|| WorkError::NotFound(query.to_owned()))?;
        let entry = self.find_entry(&store, query)?;
        self.load(&store, &entry)
    }

    pub(super) fn find_entry(&self, store: &Store, query: &str) -> Result<Entry, WorkError> {
        let exact = ThreadId::read(query).map(|id| store.with_id(id)).transpose()?.unwrap_or_default();
        if let [entry] = exact.as_slice() {
            return Ok(entry.clone());
        }
        let entries = store.list()?.entries;
        let threads = self.summaries()?.threads;
        let candidates = best_matches(query, &threads);
        let not_found = || WorkError::NotFound(query.to_owned());
        match candidates.as_slice() {
            [] => {
                // A file that is no thread has no title, but it can be asked for by the id in its name.
                let mut named =
                    entries.into_iter().filter(|entry| !query.is_empty() && entry.path.contains(query));
                named.next().filter(|_| named.next().is_none()).ok_or_else(not_found)
            }
            [one] => entries.into_iter().find(|entry| is_of(entry, one)).ok_or_else(not_found),
            several => Err(WorkError::Ambiguous {
                query: query.to_owned(),
                candidates: several.iter().map(|summary| (*summary).clone()).collect(),
            }),
        }
    }

    /// The thread that the owner changed last.
    pub fn newest_of(&self, owner: &PublicKey) -> Result<Option<Found>, WorkError> {
        let Some(store) = self.store()? else { return Ok(None) };
        let may = |thread: &Summary| thread.owner == *owner && !thread.is_legacy && !thread.is_archived;
        let Some(newest) = self.summaries()?.threads.into_iter().find(may) else { return Ok(None) };
        let entry = store.list()?.entries.into_iter().find(|entry| is_of(entry, &newest));
        entry.map(|entry| self.load(&store, &entry)).transpose()
    }

    /// A found thread, if it is the owner's own, of this format, in use and all true: then one may go on with it.
    pub fn continuable(
        &self,
        found: Found,
        owner: &PublicKey,
    ) -> Result<(Verified<Thread>, CommitId), WorkError> {
        let commit = found.commit;
        let refuse = |id: String, why: String| Err(WorkError::NotContinuable { id, why });
        let thread = match found.reading {
            Reading::Legacy(legacy) => {
                return refuse(legacy.id, "it was written by the older mmogit, and nothing proves it".into());
            }
            Reading::Thread(thread) => thread,
        };
        let id = thread.id().to_string();
        if thread.signer() != *owner || found.owner != *owner {
            return refuse(id, format!("it belongs to {}…", thread.signer().short()));
        }
        if thread.state() == crate::model::State::Archived {
            return refuse(id, "it is archived".into());
        }
        match Verified::check(thread) {
            Ok(thread) => Ok((thread, commit)),
            Err(refused) => refuse(id, format!("it does not verify: {}", refused.1.problems().join("; "))),
        }
    }

    fn load(&self, store: &Store, entry: &Entry) -> Result<Found, WorkError> {
        let bytes = store.read(entry)?;
        let reading = Thread::read(&bytes)
            .map_err(|why| WorkError::Malformed { path: entry.path.clone(), why: why.to_string() })?;
        let commit = store.tip(&entry.owner)?.ok_or_else(|| WorkError::NotFound(entry.id.to_string()))?;
        Ok(Found { owner: entry.owner, path: entry.path.clone(), commit, reading })
    }
}

fn is_of(entry: &Entry, summary: &Summary) -> bool {
    entry.owner == summary.owner && entry.path == summary.path
}

/// A better kind of match hides the worse ones: the whole id, the whole title, then parts.
fn best_matches<'a>(query: &str, threads: &'a [Summary]) -> Vec<&'a Summary> {
    let folded = query.to_lowercase();
    let file_name = |thread: &Summary| {
        let name = thread.path.rsplit('/').next().unwrap_or_default();
        name.trim_end_matches(".json").to_owned()
    };
    let kinds: [&dyn Fn(&Summary) -> bool; 5] = [
        &|thread| file_name(thread) == query,
        &|thread| thread.id == query,
        &|thread| thread.title == query,
        &|thread| thread.title.to_lowercase() == folded,
        &|thread| file_name(thread).contains(query) || thread.title.to_lowercase().contains(&folded),
    ];
    if query.is_empty() {
        return Vec::new();
    }
    let found = kinds.iter().map(|fits| threads.iter().filter(|thread| fits(thread)).collect::<Vec<_>>());
    found.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}
