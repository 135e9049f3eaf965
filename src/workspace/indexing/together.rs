//! A thread of several people stands once in the index: as all its copies show it together.

use super::reading::indexed;
use crate::index::{IndexedThread, Update, UpdateSink};
use crate::model::layout::id_of_file;
use crate::model::{Hash, PublicKey, Reading, Thread, ThreadId};
use crate::store::{Entry, Store};
use crate::verify::SharedThread;
use crate::workspace::shared::{FoundCopies, entries_of_people, has_several_people};
use crate::workspace::{WorkError, Workspace};
use std::collections::{BTreeMap, HashSet};

/// A copy of a thread of several people, or on another branch than its author's, and on whose
/// branches others may lie.
pub(super) struct SharedFile {
    id: ThreadId,
    root: Hash,
    people: HashSet<PublicKey>,
}

impl SharedFile {
    pub(super) fn of(entry: &Entry, thread: &Thread) -> Option<Self> {
        let is_elsewhere = entry.owner != thread.author();
        if !has_several_people(thread) && !is_elsewhere {
            return None;
        }
        let mut people = people_of(thread);
        people.insert(entry.owner);
        Some(Self {
            id: thread.id(),
            root: thread.root(),
            people,
        })
    }
}

/// The threads of several people of which something changed.
#[derive(Default)]
pub(super) struct SharedFiles {
    found: BTreeMap<(ThreadId, Hash), HashSet<PublicKey>>,
    /// A file that is gone may have stood for the copies of others; what was erased hides them.
    removed: HashSet<ThreadId>,
}

impl SharedFiles {
    pub(super) fn found(&mut self, file: Option<SharedFile>) {
        if let Some(SharedFile { id, root, people }) = file {
            self.found.entry((id, root)).or_default().extend(people);
        }
    }

    pub(super) fn removed(&mut self, paths: &[String]) {
        let names = paths.iter().filter_map(|path| path.rsplit('/').next());
        self.removed.extend(names.filter_map(id_of_file));
    }

    pub(super) fn erased(&mut self, ids: &[ThreadId]) {
        self.removed.extend(ids);
    }
}

impl Workspace {
    /// Puts in the place of each thread's copies what they show together.
    pub(super) fn feed_together(
        &self,
        shared: &SharedFiles,
        give: &mut UpdateSink<'_>,
    ) -> Result<(), WorkError> {
        if shared.found.is_empty() && shared.removed.is_empty() {
            return Ok(());
        }
        let Some(store) = Store::open(self.home())? else {
            return Ok(());
        };
        let mut found = shared.found.clone();
        for id in &shared.removed {
            for entry in store.with_id(*id)? {
                if let Ok(Reading::Thread(thread)) = read(&store, &entry)
                    && let Some(file) = SharedFile::of(&entry, &thread)
                {
                    let people = found.entry((file.id, file.root)).or_default();
                    people.extend(file.people);
                }
            }
        }
        let reader = self.owner_if_readable();
        for ((id, root), people) in found {
            match together(&store, (id, root), people, reader.as_ref())? {
                Together::OneByOne => {}
                Together::Shown(thread) => give(Update::Thread(thread))?,
                Together::Erased(places) => {
                    for (owner, path) in places {
                        give(Update::Remove(owner, path))?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn read(store: &Store, entry: &Entry) -> Result<Reading, String> {
    let bytes = store.read(entry).map_err(|why| why.to_string())?;
    Thread::read(&bytes).map_err(|why| why.to_string())
}

/// What becomes of a thread's copies.
enum Together {
    /// Each file stands for itself.
    OneByOne,
    /// They stand once.
    Shown(Box<IndexedThread>),
    /// The reader erased the thread: whoever else keeps it, it is not listed.
    Erased(Vec<(PublicKey, String)>),
}

/// What all copies show together, unless the author's is here and not true.
fn together(
    store: &Store,
    (id, root): (ThreadId, Hash),
    mut people: HashSet<PublicKey>,
    reader: Option<&PublicKey>,
) -> Result<Together, WorkError> {
    people.extend(reader);
    let mut entries = entries_of_people(store, id, &people);
    let mut found = FoundCopies::of(store, &entries, &root);
    // The author's copy may name people whom the others don't.
    let named: HashSet<PublicKey> = found
        .copies
        .iter()
        .flat_map(|copy| people_of(copy))
        .collect();
    let unknown: HashSet<PublicKey> = named.difference(&people).copied().collect();
    if !unknown.is_empty() {
        entries.extend(entries_of_people(store, id, &unknown));
        found = FoundCopies::of(store, &entries, &root);
    }
    if let Some(reader) = reader
        && store.is_erased_root(reader, id, &root)?
    {
        return Ok(Together::Erased(found.places_of_others(reader)));
    }
    if !found.copies.iter().any(|copy| has_several_people(copy)) {
        return Ok(Together::OneByOne);
    }
    let Some(shared) = SharedThread::of(found.copies, reader) else {
        return Ok(Together::OneByOne);
    };
    let author = shared.thread().author();
    if found.left_out.iter().any(|copy| copy.owner == author) {
        return Ok(Together::OneByOne);
    }
    let path = &found.paths[&shared.word_of()];
    let is_it = |entry: &&Entry| entry.owner == shared.word_of() && entry.path == *path;
    let entry = entries.iter().find(is_it);
    let entry = entry.expect("its copy was read from there");
    let view = shared.thread();
    let latest = view
        .visible()
        .into_iter()
        .map(|message| message.timestamp());
    let updated_at = latest
        .max()
        .unwrap_or(view.updated_at())
        .max(view.updated_at());
    let mut thread = indexed(entry, &Reading::Thread(view.clone()));
    thread.summary.updated_at = updated_at.to_string();
    thread.summary.is_shared = true;
    Ok(Together::Shown(Box::new(thread.of_all_copies())))
}

fn people_of(thread: &Thread) -> HashSet<PublicKey> {
    let mut people: HashSet<PublicKey> = thread.participants().into_iter().collect();
    people.extend(thread.former().iter().map(|former| former.key));
    people.insert(thread.author());
    people.extend(thread.kept_by());
    people
}
