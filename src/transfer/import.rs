//! Bringing a thread from a file into one's own branch.
//!
//! A branch holds what its owner signed, and nothing else (`docs/format.md`, section 10). So one's own threads come
//! home, united with what is there; another person's thread stays in its file, which proves itself.

use super::bundle::Part;
use crate::model::{Hash, PublicKey, Reading, Thread};
use crate::sign::Signer;
use crate::store::{Save, Store, StoreError};
use crate::verify::Verified;
use crate::workspace::{WorkError, Workspace};
use std::collections::HashSet;

/// What became of one thread, or, in a dry run, what would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there.
    New,
    /// It was there, without so many of these messages, or with another header.
    Grown(usize),
    /// All of it was there.
    Known,
    /// Nothing proves it, or something disproves it: why.
    Unproven(Vec<String>),
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
    pub outcome: Outcome,
}

/// Whose branch it is, and how it is written.
pub enum Hand<'a> {
    /// Saves.
    Saves(&'a Signer),
    /// Only tells what it would do.
    Looks(PublicKey),
}

impl Hand<'_> {
    fn owner(&self) -> PublicKey {
        match self {
            Hand::Saves(signer) => signer.public(),
            Hand::Looks(owner) => *owner,
        }
    }
}

/// Imports one thread, whole or not at all.
pub fn import(workspace: &Workspace, part: Part, hand: &Hand<'_>) -> Result<Import, WorkError> {
    let place = part.place;
    let refused =
        |why: String| Import { place: place.clone(), thread: None, outcome: Outcome::Unproven(vec![why]) };
    let bytes = match part.content {
        Ok(bytes) => bytes,
        Err(why) => return Ok(refused(why)),
    };
    let thread = match Thread::read(&bytes) {
        Err(why) => return Ok(refused(format!("malformed: {why}"))),
        Ok(Reading::Legacy(legacy)) => {
            let why =
                "written by the older mmogit: nothing proves it, so it can't stand among what you signed";
            let thread = Some((legacy.id, legacy.title));
            return Ok(Import { thread, ..refused(why.to_owned()) });
        }
        Ok(Reading::Thread(thread)) => thread,
    };
    let name = Some((thread.id().to_string(), thread.title().to_owned()));
    let outcome = match Verified::check(thread) {
        Err(bad) => Outcome::Unproven(bad.1.problems()),
        Ok(thread) if thread.signer() != hand.owner() => Outcome::Foreign(thread.signer()),
        Ok(thread) => bring(workspace, &thread, hand)?,
    };
    Ok(Import { place, thread: name, outcome })
}

fn bring(workspace: &Workspace, thread: &Verified<Thread>, hand: &Hand<'_>) -> Result<Outcome, WorkError> {
    let owner = hand.owner();
    let stored = match workspace.store()? {
        Some(store) => stored_version(&store, thread, &owner)?,
        None => None,
    };
    let outcome = match &stored {
        None => Outcome::New,
        Some(stored) if adds_nothing(thread, stored) => return Ok(Outcome::Known),
        Some(stored) => Outcome::Grown(lacking(stored, thread)),
    };
    if let Hand::Saves(signer) = hand {
        // Where the stored version is just an earlier one, the file's takes its place as it is, signature and all.
        let base = stored.as_deref().filter(|stored| adds_nothing(stored, thread));
        let save = Save { owner: signer, thread, base, replaces: None, now: workspace.now() };
        workspace.store_of(&owner)?.save(&save)?;
    }
    Ok(outcome)
}

/// The owner's version of this very thread, if it is there and true.
fn stored_version(
    store: &Store,
    thread: &Thread,
    owner: &PublicKey,
) -> Result<Option<Verified<Thread>>, StoreError> {
    for entry in store.with_id(thread.id())?.into_iter().filter(|entry| entry.owner == *owner) {
        if let Ok(Reading::Thread(found)) = Thread::read(&store.read(&entry)?)
            && found.root() == thread.root()
            && let Ok(found) = Verified::check(found)
            && found.signer() == *owner
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
    let has: HashSet<Hash> = thread.messages().iter().map(|message| message.id()).collect();
    of.messages().iter().filter(|message| !has.contains(&message.id())).count()
}
