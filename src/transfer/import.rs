//! Bringing threads from files into one's own branch.
//!
//! A branch holds what its owner signed, and nothing else (`docs/format.md`, section 10). So one's
//! own threads come home, united with what is there; another person's thread stays in its file,
//! which proves itself.

mod outcome;

use super::bundle::{BundleFault, Part};
use crate::model::{Hash, PublicKey, Reading, Thread};
use crate::sign::Signer;
use crate::store::{Batch, Store, StoreError};
use crate::verify::{Verified, belongs_to};
use crate::workspace::{WorkError, Workspace};
use outcome::ThreadName;
pub use outcome::{Import, ImportFinding, ImportOutcome};
use std::cmp::Ordering;
use std::collections::HashSet;

/// So many malformed files or lines are told one by one; of all others only how many they are.
const MOST_MALFORMED: usize = 1_000;

/// Whose branch it is, and how it is written.
pub enum ImportMode<'a> {
    /// Saves.
    Save(&'a Signer),
    /// Only tells what it would do.
    DryRun(PublicKey),
}

impl ImportMode<'_> {
    pub(super) fn owner(&self) -> PublicKey {
        match self {
            ImportMode::Save(signer) => signer.public(),
            ImportMode::DryRun(owner) => *owner,
        }
    }
}

/// Imports threads, each whole or not at all. What comes in comes in by one commit; after an error,
/// nothing did.
///
/// # Errors
///
/// What `parts` fails with; or if the store can't be read, or refuses what is to be saved.
pub fn import_all<E: From<WorkError> + From<StoreError>>(
    workspace: &Workspace,
    parts: impl IntoIterator<Item = Result<Part, E>>,
    mode: &ImportMode<'_>,
) -> Result<Vec<Import>, E> {
    let owner = mode.owner();
    let mut parts = parts.into_iter();
    let mut done = Done::default();
    // What stays outside makes no store.
    let Some(first) = next_own(&mut parts, &owner, &mut done)? else {
        return Ok(done.all());
    };
    let mut next = Some(first);
    match mode {
        ImportMode::DryRun(_) => {
            let store = workspace.store()?;
            while let Some(own) = next {
                done.push(foretell(store.as_ref(), &owner, own)?);
                next = next_own(&mut parts, &owner, &mut done)?;
            }
        }
        ImportMode::Save(signer) => {
            let store = workspace.store_of(&owner)?;
            store.save_many(signer, workspace.now(), |batch| {
                while let Some(own) = next {
                    done.push(bring(&store, batch, &owner, own)?);
                    next = next_own(&mut parts, &owner, &mut done)?;
                }
                Ok::<(), E>(())
            })?;
        }
    }
    Ok(done.all())
}

/// The next thread of the owner's that proves itself; all that come before it stay outside.
fn next_own<E>(
    parts: &mut impl Iterator<Item = Result<Part, E>>,
    owner: &PublicKey,
    done: &mut Done,
) -> Result<Option<Own>, E> {
    for part in parts {
        match examine(part?, owner) {
            Examined::Own(own) => return Ok(Some(own)),
            Examined::Outside(import) => done.push(import),
        }
    }
    Ok(None)
}

/// What became of each, and of how many more that are no threads.
#[derive(Default)]
struct Done {
    told: Vec<Import>,
    malformed: usize,
}

impl Done {
    fn push(&mut self, import: Import) {
        let is_malformed = import.thread.is_none();
        self.malformed += usize::from(is_malformed);
        if !is_malformed || self.malformed <= MOST_MALFORMED {
            self.told.push(import);
        }
    }

    fn all(mut self) -> Vec<Import> {
        let untold = self.malformed.saturating_sub(MOST_MALFORMED);
        if untold == 0 {
            return self.told;
        }
        if let Some(last) = self.told.last() {
            let place = last.place.clone();
            let finding = ImportFinding::MoreLines(untold);
            self.told.push(unproven(place, None, vec![finding]));
        }
        self.told
    }
}

/// A thread of the branch's owner that proves itself.
struct Own {
    place: String,
    thread: Verified<Thread>,
}

impl Own {
    fn becomes(self, outcome: ImportOutcome) -> Import {
        Import {
            place: self.place,
            thread: Some(ThreadName::of(&self.thread)),
            messages: self.thread.messages().len(),
            outcome,
        }
    }
}

#[expect(clippy::large_enum_variant, reason = "nearly every one is the larger")]
enum Examined {
    Own(Own),
    Outside(Import),
}

fn examine(part: Part, owner: &PublicKey) -> Examined {
    let place = part.place;
    let thread = match read(part.content) {
        Ok(Reading::Thread(thread)) => thread,
        Ok(Reading::Legacy(legacy)) => {
            let name = ThreadName {
                id: legacy.id,
                title: legacy.title,
            };
            let findings = vec![ImportFinding::Legacy];
            return Examined::Outside(unproven(place, Some(name), findings));
        }
        Err(finding) => return Examined::Outside(unproven(place, None, vec![finding])),
    };
    let name = ThreadName::of(&thread);
    match Verified::check(thread) {
        Err(untrue) => {
            let findings = untrue.findings.into_iter().map(ImportFinding::Thread);
            Examined::Outside(unproven(place, Some(name), findings.collect()))
        }
        Ok(thread) if belongs_to(owner, &thread) => Examined::Own(Own { place, thread }),
        Ok(thread) => Examined::Outside(Import {
            place,
            thread: Some(name),
            messages: thread.messages().len(),
            outcome: ImportOutcome::Foreign(thread.signer()),
        }),
    }
}

fn read(content: Result<Vec<u8>, BundleFault>) -> Result<Reading, ImportFinding> {
    let bytes = content.map_err(ImportFinding::Bundle)?;
    Thread::read(&bytes).map_err(ImportFinding::Malformed)
}

fn unproven(place: String, thread: Option<ThreadName>, findings: Vec<ImportFinding>) -> Import {
    Import {
        place,
        thread,
        messages: 0,
        outcome: ImportOutcome::Unproven(findings),
    }
}

/// What bringing a thread in would do.
fn foretell(store: Option<&Store>, owner: &PublicKey, own: Own) -> Result<Import, StoreError> {
    let Some(store) = store else {
        return Ok(own.becomes(ImportOutcome::New));
    };
    if store.is_erased(owner, &own.thread)? {
        return Ok(own.becomes(ImportOutcome::Erased));
    }
    let stored = stored_version(store, &own.thread, owner)?;
    let outcome = outcome(&own.thread, stored.as_deref());
    Ok(own.becomes(outcome))
}

fn bring(
    store: &Store,
    batch: &mut Batch<'_>,
    owner: &PublicKey,
    own: Own,
) -> Result<Import, StoreError> {
    if store.is_erased(owner, &own.thread)? {
        return Ok(own.becomes(ImportOutcome::Erased));
    }
    let stored = batch.stored(&own.thread)?;
    let outcome = outcome(&own.thread, stored.as_ref());
    if outcome != ImportOutcome::Known {
        // Where the stored version is just an earlier one, the file's takes its place as it is,
        // signature and all.
        let base = stored
            .as_ref()
            .filter(|stored| adds_nothing(stored, &own.thread));
        batch.add(&own.thread, base)?;
    }
    Ok(own.becomes(outcome))
}

fn outcome(thread: &Thread, stored: Option<&Thread>) -> ImportOutcome {
    match stored {
        None => ImportOutcome::New,
        Some(stored) if adds_nothing(thread, stored) => ImportOutcome::Known,
        Some(stored) => ImportOutcome::Grown(lacking(stored, thread)),
    }
}

/// The owner's version of this very thread, if it is there and true.
pub(super) fn stored_version(
    store: &Store,
    thread: &Thread,
    owner: &PublicKey,
) -> Result<Option<Verified<Thread>>, StoreError> {
    for entry in store.with_id(thread.id())? {
        if entry.owner != *owner {
            continue;
        }
        let bytes = store.read(&entry)?;
        if let Ok(Reading::Thread(found)) = Thread::read(&bytes)
            && found.root() == thread.root()
            && let Ok(found) = Verified::check_of(owner, found)
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Whether a version is the other one, or an earlier state of it.
fn adds_nothing(version: &Thread, to: &Thread) -> bool {
    if lacking(to, version) > 0 {
        return false;
    }
    match version.updated_at().cmp(&to.updated_at()) {
        Ordering::Less => true,
        Ordering::Equal => version.header() == to.header(),
        Ordering::Greater => false,
    }
}

/// How many messages of another version this one lacks.
fn lacking(thread: &Thread, of: &Thread) -> usize {
    let has: HashSet<Hash> = thread.messages().iter().map(|had| had.id()).collect();
    let others = of.messages().iter();
    others.filter(|other| !has.contains(&other.id())).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Birth, ThreadId, Timestamp};

    fn thread(title: &str, updated_at: i64) -> Thread {
        let begun = Timestamp::from_millis(0);
        let mut thread = Thread::begin(Birth {
            id: ThreadId::at(begun),
            title: title.to_owned(),
            author: "5a".repeat(32).parse().unwrap(),
            created_at: begun,
            mode: "conversation".to_owned(),
            project: None,
            tags: Vec::new(),
        });
        thread.touch(Timestamp::from_millis(updated_at));
        thread
    }

    #[test]
    fn a_version_adds_nothing_if_it_is_earlier_or_the_same() {
        let stored = thread("one", 5);
        assert!(adds_nothing(&thread("one", 5), &stored));
        assert!(adds_nothing(&thread("an older title", 4), &stored));
        assert!(!adds_nothing(
            &thread("another title of the same time", 5),
            &stored
        ));
        assert!(!adds_nothing(&thread("one", 6), &stored));
    }

    #[test]
    fn however_many_lines_are_no_threads_so_many_are_told() {
        let mut done = Done::default();
        let lines = MOST_MALFORMED + 7;
        for line in 0..lines {
            let blank = BundleFault::BlankLines(1);
            let finding = ImportFinding::Bundle(blank);
            done.push(unproven(line.to_string(), None, vec![finding]));
        }
        let all = done.all();
        assert_eq!(all.len(), MOST_MALFORMED + 1);
        let last = &all.last().unwrap().outcome;
        let untold = vec![ImportFinding::MoreLines(7)];
        assert_eq!(*last, ImportOutcome::Unproven(untold));
    }
}
