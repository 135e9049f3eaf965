//! Searching what is sealed: each thread is opened for the search and let go of again, so that
//! nothing of it rests anywhere.

use super::indexing::with_words;
use super::{Threads, WorkError};
use crate::index::{Hits, Index, IndexedThread, Query, SealedPlace};
use crate::model::{Reading, Thread};
use crate::seal::Opener;
use crate::store::{ContentId, Store, Trouble};

/// So many threads are opened together: as many as fit are held.
const TOGETHER: usize = 1024;

/// What a search in sealed threads came to.
#[derive(Debug, Default)]
pub(super) struct SealedHits {
    pub hits: Hits,
    /// Threads that can't be read.
    pub troubles: Vec<Trouble>,
}

/// Opens the threads as this reader, and searches in what they see.
///
/// # Errors
/// The search itself fails.
pub(super) fn search(
    threads: &Threads<'_>,
    store: &Store,
    places: &[SealedPlace],
    reader: &Opener,
    query: &Query,
    limit: usize,
) -> Result<SealedHits, WorkError> {
    let mut found = SealedHits::default();
    let mut fitting = Vec::new();
    let (whole, shared): (Vec<_>, Vec<_>) =
        places.iter().partition(|place| place.kept_at.is_some());
    for place in shared {
        match shared_thread(threads, store, place, reader) {
            Ok(thread) => fitting.extend(thread.filter(|thread| query.may_find(thread))),
            Err(why) => found.troubles.push(trouble(place, why.to_string())),
        }
    }
    for places in whole.chunks(TOGETHER) {
        let opened = store.read_contents(places, content_of, |place, bytes| {
            let bytes = bytes.map_err(|why| trouble(place, why.to_string()))?;
            Ok(opened(place, &bytes, reader).filter(|thread| query.may_find(thread)))
        });
        for thread in opened {
            match thread {
                Ok(thread) => fitting.extend(thread),
                Err(trouble) => found.troubles.push(trouble),
            }
        }
    }
    if !fitting.is_empty() {
        found.hits = Index::search_in(fitting, query, limit)?;
    }
    Ok(found)
}

fn content_of(place: &&SealedPlace) -> Option<ContentId> {
    ContentId::from_bytes(place.kept_at.as_ref()?)
}

/// What a reader sees of a thread of which several people keep copies.
fn shared_thread(
    threads: &Threads<'_>,
    store: &Store,
    place: &SealedPlace,
    reader: &Opener,
) -> Result<Option<IndexedThread>, WorkError> {
    let Some(entry) = store.entry_at(&place.owner, &place.path)? else {
        return Ok(None);
    };
    let Ok(Reading::Thread(mut thread)) = Thread::read(&store.read(&entry)?) else {
        return Ok(None);
    };
    if let Some(shared) = threads.shared_copies(store, &thread)? {
        thread = shared.thread.thread().clone();
    }
    reader.open(&mut thread);
    Ok(Some(with_words(place.owner, &place.path, &thread)))
}

/// What a reader sees of a thread; `None` where it is none any more.
fn opened(place: &SealedPlace, bytes: &[u8], reader: &Opener) -> Option<IndexedThread> {
    let Ok(Reading::Thread(mut thread)) = Thread::read(bytes) else {
        return None;
    };
    reader.open(&mut thread);
    Some(with_words(place.owner, &place.path, &thread))
}

fn trouble(place: &SealedPlace, why: String) -> Trouble {
    Trouble {
        place: place.path.clone(),
        why,
    }
}
