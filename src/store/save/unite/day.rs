//! The threads of one day, of two states of a branch.
//!
//! What has one id is looked at together: true threads come first, the one with the smallest root
//! under the bare name, and whatever else has that name gives way.

use super::names::{Content, Item, Names};
use super::trees::{FolderDraft, Uniting};
use crate::model::layout::{components, file_name, file_name_with_root, id_of_file};
use crate::model::{Hash, MAX_FILE_BYTES, Reading, Thread, ThreadId, union};
use crate::store::StoreError;
use crate::store::history::losses::is_same;
use crate::store::objects::places::PLAIN;
use crate::verify::Verified;
use git2::{Oid, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// What a file in a day's folder holds.
enum Kind {
    /// A thread that was erased: it never comes back.
    Erased,
    /// A true one of the owner's.
    Own(Box<Verified<Thread>>),
    /// Anything else.
    Other,
}

/// A true version of a thread, and the object that holds it.
struct Version {
    thread: Verified<Thread>,
    object: Oid,
}

/// A file, and what it holds.
struct LookedAt {
    item: Item,
    kind: Kind,
}

/// What lies under one id, sorted.
#[derive(Default)]
struct Sorted {
    own: BTreeMap<Hash, Vec<Version>>,
    others: BTreeSet<Content>,
}

impl Sorted {
    fn of(files: impl Iterator<Item = LookedAt>) -> Self {
        let mut sorted = Self::default();
        for LookedAt { item, kind } in files {
            match kind {
                Kind::Erased => {}
                Kind::Own(thread) => {
                    let versions = sorted.own.entry(thread.root()).or_default();
                    let object = item.object;
                    if versions.iter().all(|known| known.object != object) {
                        let thread = *thread;
                        versions.push(Version { thread, object });
                    }
                }
                Kind::Other => {
                    let mut content = Content::of(&item);
                    // No file of a thread is anything but plain.
                    if !content.is_other {
                        content.mode = PLAIN;
                    }
                    sorted.others.insert(content);
                }
            }
        }
        sorted
    }
}

/// The id of which an entry of a day's folder is looked at as a thread's file, now or before it
/// gave way.
pub(super) fn id_of(item: &Item) -> Option<ThreadId> {
    let name = item.name_at_first();
    id_of_file(str::from_utf8(&name).ok()?)
}

/// The ids of which the two folders have other files, whichever of them has more.
fn ids_that_differ(ours: &Tree<'_>, theirs: &Tree<'_>) -> BTreeSet<ThreadId> {
    let mut ids = BTreeSet::new();
    for (one, other) in [(ours, theirs), (theirs, ours)] {
        for entry in one.iter() {
            let beside = other.get_name_bytes(entry.name_bytes());
            if !beside.is_some_and(|beside| is_same(&beside, &entry)) {
                ids.extend(id_of(&Item::of(&entry)));
            }
        }
    }
    ids
}

/// The files of some threads in a day's folder, by the threads' ids.
fn files_of(day: &Tree<'_>, ids: &BTreeSet<ThreadId>) -> BTreeMap<ThreadId, Vec<Item>> {
    let mut found: BTreeMap<ThreadId, Vec<Item>> = BTreeMap::new();
    if ids.is_empty() {
        return found;
    }
    for entry in day.iter() {
        let item = Item::of(&entry);
        if let Some(id) = id_of(&item).filter(|id| ids.contains(id)) {
            found.entry(id).or_default().push(item);
        }
    }
    found
}

impl<'r> Uniting<'_, 'r> {
    /// Puts the threads of both folders into the draft, which begins as the first of them is.
    pub(super) fn threads_of_day(
        &mut self,
        draft: &mut FolderDraft<'r>,
        base: &Tree<'r>,
        other: &Tree<'r>,
    ) -> Result<(), StoreError> {
        let ids = ids_that_differ(base, other);
        let mut ours = files_of(base, &ids);
        for (id, theirs) in files_of(other, &ids) {
            let ours = ours.remove(&id).unwrap_or_default();
            let united = match ours.is_empty() {
                true if self.asked.takes_all => theirs,
                _ => self.unite_files(id, &ours, &theirs)?,
            };
            self.changed += draft.replace(&ours, &united)?;
        }
        Ok(())
    }

    /// The same of one folder alone, for the ids of which something was erased.
    pub(super) fn threads_left(
        &mut self,
        draft: &mut FolderDraft<'r>,
        day: &Tree<'r>,
        ids: &BTreeSet<ThreadId>,
    ) -> Result<(), StoreError> {
        for (id, files) in files_of(day, ids) {
            let left = self.unite_files(id, &files, &[])?;
            self.changed += draft.replace(&files, &left)?;
        }
        Ok(())
    }
}

impl Uniting<'_, '_> {
    /// All files of one id, each with the name that it gets.
    fn unite_files(
        &mut self,
        id: ThreadId,
        ours: &[Item],
        theirs: &[Item],
    ) -> Result<Vec<Item>, StoreError> {
        let ours = self.looked_at(id, ours, true)?;
        let theirs = self.looked_at(id, theirs, self.asked.takes_all)?;
        self.name_all(id, Sorted::of(ours.into_iter().chain(theirs)))
    }

    /// The files of one side, but for what was erased.
    fn looked_at(
        &self,
        id: ThreadId,
        items: &[Item],
        takes_others: bool,
    ) -> Result<Vec<LookedAt>, StoreError> {
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            let kind = self.look_at(id, item)?;
            let is_taken = match kind {
                Kind::Erased => false,
                Kind::Own(_) => true,
                Kind::Other => takes_others,
            };
            if is_taken {
                let item = item.clone();
                found.push(LookedAt { item, kind });
            }
        }
        Ok(found)
    }

    /// Of what is no thread, the first has the bare name if no thread has it.
    fn name_all(&mut self, id: ThreadId, sorted: Sorted) -> Result<Vec<Item>, StoreError> {
        let Sorted { own, mut others } = sorted;
        let mut names = Names::default();
        let has_threads = !own.is_empty();
        for (place, (root, versions)) in own.into_iter().enumerate() {
            let name = match place {
                0 => file_name(id),
                _ => file_name_with_root(id, &root),
            };
            let object = self.unite_versions(id, versions, &name, &mut others)?;
            names.give(Item {
                name: name.into_bytes(),
                object,
                mode: PLAIN,
            });
        }
        let bare = file_name(id).into_bytes();
        let mut others = others.into_iter();
        if !has_threads && let Some(first) = others.next() {
            names.give(first.called(&bare));
        }
        for other in others {
            names.give_way(other.called(&bare));
        }
        Ok(names.all())
    }

    /// What is no thread of this format was erased by its place.
    fn look_at(&self, id: ThreadId, item: &Item) -> Result<Kind, StoreError> {
        if !item.is_file() {
            return Ok(Kind::Other);
        }
        let is_bare = item.name_at_first() == file_name(id).as_bytes();
        let is_erased_place = is_bare && self.erased.contains(&id.to_string());
        let bytes = match self.store.read_blob(item.object) {
            Err(StoreError::ObjectTooLarge { .. }) if is_erased_place => return Ok(Kind::Erased),
            Err(StoreError::ObjectTooLarge { .. }) => return Ok(Kind::Other),
            bytes => bytes?,
        };
        Ok(match Thread::read(&bytes) {
            Ok(Reading::Thread(thread)) if self.erased.contains(&thread.root().to_string()) => {
                Kind::Erased
            }
            Ok(Reading::Thread(thread)) if thread.id() == id => {
                match Verified::check_of(&self.owner(), thread) {
                    Ok(thread) => Kind::Own(Box::new(thread)),
                    Err(_) => Kind::Other,
                }
            }
            Ok(Reading::Thread(_)) => Kind::Other,
            Ok(Reading::Legacy(legacy)) if self.erased.contains(&legacy.id) => Kind::Erased,
            _ if is_erased_place => Kind::Erased,
            _ => Kind::Other,
        })
    }

    /// The object of the union of some versions. Versions that can't be one stay as they are: the
    /// newest has the name, the others give way.
    fn unite_versions(
        &mut self,
        id: ThreadId,
        mut versions: Vec<Version>,
        name: &str,
        others: &mut BTreeSet<Content>,
    ) -> Result<Oid, StoreError> {
        versions.sort_by_key(|version| (version.thread.updated_at(), version.object));
        let newest = versions.pop().expect("each root has a version");
        if versions.is_empty() {
            return Ok(newest.object);
        }
        let mut united = Thread::clone(&newest.thread);
        for version in &versions {
            united = union(&united, &version.thread);
        }
        self.asked.owner.sign_thread(&mut united);
        let file = united.to_file();
        let is_good =
            file.len() <= MAX_FILE_BYTES && Verified::check_of(&self.owner(), united).is_ok();
        if is_good {
            return self.store.repo.blob(&file).map_err(|e| self.store.git(e));
        }
        self.apart.push(components(id, name).join("/"));
        others.extend(versions.into_iter().map(|version| Content {
            is_other: false,
            object: version.object,
            mode: PLAIN,
        }));
        Ok(newest.object)
    }
}
