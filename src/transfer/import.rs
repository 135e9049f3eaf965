//! Bringing threads from files into one's own branch.
//!
//! A branch holds what its owner signed, and nothing else (`docs/format.md`, section 10). So one's
//! own threads come home, united with what is there; another person's thread stays in its file,
//! which proves itself.

use super::bundle::Part;
use crate::model::{Hash, PublicKey, Reading, Thread};
use crate::sign::Signer;
use crate::store::{Batch, Store, StoreError};
use crate::verify::{Verified, belongs_to};
use crate::workspace::{WorkError, Workspace};
use std::collections::HashSet;

/// So many malformed files or lines are told one by one; of all others only how many they are.
const MOST_MALFORMED: usize = 1_000;

/// What became of one thread, or, in a dry run, what would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It was not there.
    New,
    /// It was there, without so many of these messages, or with another header.
    Grown(usize),
    /// All of it was there.
    Known,
    /// Nothing proves it, or something disproves it: why.
    Unproven(Vec<String>),
    /// It is good, and was erased here.
    Erased,
    /// It is good, and this person's.
    Foreign(PublicKey),
}

/// One thread of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The file, and the line if it is a bundle.
    pub place: String,
    /// Its id and title, if there is a thread.
    pub thread: Option<(String, String)>,
    /// What became of it.
    pub outcome: ImportOutcome,
}

/// Whose branch it is, and how it is written.
pub enum ImportMode<'a> {
    /// Saves.
    Save(&'a Signer),
    /// Only tells what it would do.
    DryRun(PublicKey),
}

impl ImportMode<'_> {
    fn owner(&self) -> PublicKey {
        match self {
            ImportMode::Save(signer) => signer.public(),
            ImportMode::DryRun(owner) => *owner,
        }
    }
}

/// Imports threads, each whole or not at all. What comes in comes in by one commit; after an error,
/// nothing did.
pub fn import_all<E: From<WorkError> + From<StoreError>>(
    workspace: &Workspace,
    parts: impl IntoIterator<Item = Result<Part, E>>,
    mode: &ImportMode<'_>,
) -> Result<Vec<Import>, E> {
    let owner = mode.owner();
    let mut parts = parts.into_iter();
    let mut done = Done::default();
    // What stays outside makes no store.
    let first = loop {
        let Some(part) = parts.next() else {
            return Ok(done.all());
        };
        match examine(part?, &owner) {
            Examined::Own(own) => break own,
            Examined::Outside(import) => done.push(import),
        }
    };
    let rest = |take: &mut dyn FnMut(Own) -> Result<Import, E>| -> Result<(), E> {
        done.push(take(first)?);
        for part in parts {
            done.push(match examine(part?, &owner) {
                Examined::Own(own) => take(own)?,
                Examined::Outside(import) => import,
            });
        }
        Ok(())
    };
    match mode {
        ImportMode::DryRun(_) => {
            let store = workspace.store()?;
            rest(&mut |own| {
                if let Some(store) = &store
                    && store.is_erased(&owner, &own.thread)?
                {
                    return Ok(own.was_erased());
                }
                let stored = store
                    .as_ref()
                    .map(|store| stored_version(store, &own.thread, &owner));
                let outcome = outcome(&own.thread, stored.transpose()?.flatten().as_deref());
                Ok(own.becomes(outcome))
            })?;
        }
        ImportMode::Save(signer) => {
            let store = workspace.store_of(&owner)?;
            store.save_many(signer, workspace.now(), |batch| {
                rest(&mut |own| match store.is_erased(&owner, &own.thread)? {
                    true => Ok(own.was_erased()),
                    false => Ok(bring(batch, own)?),
                })
            })?;
        }
    }
    Ok(done.all())
}

/// What became of each, and of how many more that are no threads.
#[derive(Default)]
struct Done {
    told: Vec<Import>,
    malformed: usize,
}

impl Done {
    fn push(&mut self, import: Import) {
        self.malformed += usize::from(import.thread.is_none());
        if self.malformed <= MOST_MALFORMED || import.thread.is_some() {
            self.told.push(import);
        }
    }

    fn all(mut self) -> Vec<Import> {
        let untold = self.malformed.saturating_sub(MOST_MALFORMED);
        if let Some(last) = self.told.last().filter(|_| untold > 0) {
            let place = last.place.clone();
            let why = format!("{untold} more lines are no threads");
            self.told.push(Import {
                place,
                thread: None,
                outcome: ImportOutcome::Unproven(vec![why]),
            });
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
            thread: Some(name_of(&self.thread)),
            outcome,
        }
    }

    fn was_erased(self) -> Import {
        self.becomes(ImportOutcome::Erased)
    }
}

#[expect(clippy::large_enum_variant, reason = "nearly every one is the larger")]
enum Examined {
    Own(Own),
    Outside(Import),
}

fn name_of(thread: &Thread) -> (String, String) {
    (thread.id().to_string(), thread.title().to_owned())
}

fn examine(part: Part, owner: &PublicKey) -> Examined {
    let place = part.place;
    let outside = |place, thread, outcome| {
        Examined::Outside(Import {
            place,
            thread,
            outcome,
        })
    };
    let unproven = |why: String| ImportOutcome::Unproven(vec![why]);
    let read = part
        .content
        .and_then(|bytes| Thread::read(&bytes).map_err(|why| format!("malformed: {why}")));
    match read {
        Err(why) => outside(place, None, unproven(why)),
        Ok(Reading::Legacy(legacy)) => {
            let why = "written by the older mmogit: nothing proves it, so it can't stand among what you signed";
            outside(
                place,
                Some((legacy.id, legacy.title)),
                unproven(why.to_owned()),
            )
        }
        Ok(Reading::Thread(thread)) => {
            let name = Some(name_of(&thread));
            match Verified::check(thread) {
                Err(untrue) => {
                    let why = untrue.findings.iter().map(ToString::to_string).collect();
                    outside(place, name, ImportOutcome::Unproven(why))
                }
                Ok(thread) if !belongs_to(owner, &thread) => {
                    outside(place, name, ImportOutcome::Foreign(thread.signer()))
                }
                Ok(thread) => Examined::Own(Own { place, thread }),
            }
        }
    }
}

fn bring(batch: &mut Batch<'_>, own: Own) -> Result<Import, StoreError> {
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
fn stored_version(
    store: &Store,
    thread: &Thread,
    owner: &PublicKey,
) -> Result<Option<Verified<Thread>>, StoreError> {
    for entry in store
        .with_id(thread.id())?
        .into_iter()
        .filter(|entry| entry.owner == *owner)
    {
        if let Ok(Reading::Thread(found)) = Thread::read(&store.read(&entry)?)
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
    lacking(to, version) == 0
        && (version.updated_at() < to.updated_at()
            || (version.updated_at() == to.updated_at() && version.header() == to.header()))
}

/// How many messages of another version this one lacks.
fn lacking(thread: &Thread, of: &Thread) -> usize {
    let has: HashSet<Hash> = thread
        .messages()
        .iter()
        .map(|message| message.id())
        .collect();
    of.messages()
        .iter()
        .filter(|message| !has.contains(&message.id()))
        .count()
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
}
