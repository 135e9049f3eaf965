//! Which threads are a buffer's.

use super::{BufferError, BufferNotice, Mode, Work};
use crate::index::{Filter, Sort, Summary};
use crate::model::{Face, Hash, Reading, State, Thread};
use crate::store::CommitId;
use crate::verify::{FilePlace, Verified};
use crate::workspace::{FoundThread, WorkError};
use std::collections::HashSet;

/// What became of opening a thread of a buffer.
pub(super) enum Opened {
    /// It is a thread of the buffer's, and true.
    Thread(Box<Thread>),
    /// There is none.
    Missing,
    /// It is there and not shown.
    LeftOut(BufferNotice),
}

/// A thread of a buffer's that is true, with the commit that it was read from.
pub(super) struct Stored {
    pub thread: Verified<Thread>,
    pub commit: CommitId,
}

/// The open threads of a buffer, as the index knows them.
#[derive(Debug, Default)]
pub(super) struct OpenThreads {
    /// That the buffer shows the first of; the others are open besides.
    pub kept: Vec<Summary>,
    /// That gave way, or lost to another successor of the same thread: they are to be archived.
    pub to_archive: Vec<Summary>,
}

/// The open threads of a mode's buffer, the last begun first.
pub(super) fn open(work: Work<'_>, mode: Mode) -> Result<OpenThreads, BufferError> {
    let filter = Filter {
        is_archived: Some(false),
        ..of_buffer(mode)
    };
    let mut all = listed(work, &filter)?;
    all.sort_by(|one, other| rank(other).cmp(&rank(one)));
    Ok(sorted(all))
}

/// When the newest thread of a mode's buffer began, open or not, if anything was said in it.
pub(super) fn newest_begun(work: Work<'_>, mode: Mode) -> Result<Option<Summary>, BufferError> {
    let all = listed(work, &of_buffer(mode))?;
    let said = all.into_iter().filter(|thread| thread.messages > 0);
    Ok(said.max_by(|one, other| rank(one).cmp(&rank(other))))
}

/// Whether a mode's buffer has, or ever had, a thread.
pub(super) fn are_any(work: Work<'_>, mode: Mode) -> Result<bool, BufferError> {
    Ok(!listed(work, &of_buffer(mode))?.is_empty())
}

/// A thread of a mode's buffer by its root, as the index knows it.
pub(super) fn summary_of(
    work: Work<'_>,
    mode: Mode,
    root: &Hash,
) -> Result<Option<Summary>, BufferError> {
    let all = listed(work, &of_buffer(mode))?;
    Ok(all.into_iter().find(|thread| thread.root == Some(*root)))
}

/// The open thread of a mode's buffer under a key that the owner had before, the last begun.
pub(super) fn of_older_key(work: Work<'_>, mode: Mode) -> Result<Option<Summary>, BufferError> {
    let older = work.workspace.own_older(&work.keys.public())?;
    if older.is_empty() {
        return Ok(None);
    }
    let filter = Filter {
        is_archived: Some(false),
        ..of_buffer(mode)
    };
    let all = work.workspace.threads().list(&filter)?.threads.into_iter();
    let of_older = all.filter(|thread| {
        older.contains_key(&thread.owner) && thread.author == thread.owner.to_string()
    });
    Ok(of_older.max_by(|one, other| rank(one).cmp(&rank(other))))
}

/// Those of the threads that are all true; the others are told.
pub(super) fn true_ones(
    work: Work<'_>,
    mode: Mode,
    all: Vec<Summary>,
    notices: &mut Vec<BufferNotice>,
) -> Result<Vec<Summary>, BufferError> {
    let mut kept = Vec::new();
    for thread in all {
        let Some(root) = thread.root else { continue };
        match stored(work, mode, &root)? {
            Ok(_) => kept.push(thread),
            Err(Opened::LeftOut(notice)) => notices.push(notice),
            Err(_) => {}
        }
    }
    Ok(kept)
}

fn of_buffer(mode: Mode) -> Filter {
    Filter {
        face: Some(Face::Buffer.as_str().to_owned()),
        mode: Some(mode.as_str().to_owned()),
        sort: Sort::Created,
        ..Filter::default()
    }
}

/// The owner's own threads that fit.
fn listed(work: Work<'_>, filter: &Filter) -> Result<Vec<Summary>, BufferError> {
    let owner = work.keys.public();
    let (mut threads, _) = work.workspace.organiser().own_that_fit(filter, &owner)?;
    threads.retain(|thread| thread.author == owner.to_string());
    Ok(threads)
}

/// The greater one is the buffer's.
fn rank(thread: &Summary) -> (&str, Option<Hash>) {
    (&thread.created_at, thread.root)
}

/// Of threads, the greatest first, which stay open.
fn sorted(all: Vec<Summary>) -> OpenThreads {
    let continued: HashSet<Hash> = all.iter().filter_map(|thread| thread.continues).collect();
    let mut went_on = HashSet::new();
    let mut found = OpenThreads::default();
    for thread in all {
        let gave_way = thread.root.is_some_and(|root| continued.contains(&root));
        let is_second = thread.continues.is_some_and(|root| !went_on.insert(root));
        if gave_way || is_second {
            found.to_archive.push(thread);
        } else {
            found.kept.push(thread);
        }
    }
    found
}

/// A thread of the buffer's by its root, with what its owner sees of it.
/// One of a key that the owner had before is shown too, as far as that key's word counts.
pub(super) fn at_root(work: Work<'_>, mode: Mode, root: &Hash) -> Result<Opened, BufferError> {
    let stored = match found(work, mode, root, Keys::AlsoOlder)? {
        Ok(stored) => stored,
        Err(opened) => return Ok(opened),
    };
    let mut thread = stored.thread.into_inner();
    work.keys.opener().open(&mut thread);
    Ok(Opened::Thread(Box::new(thread)))
}

/// A thread of the buffer's by its root, as it is stored, or what became of looking for it.
pub(super) fn stored(
    work: Work<'_>,
    mode: Mode,
    root: &Hash,
) -> Result<Result<Stored, Opened>, BufferError> {
    found(work, mode, root, Keys::Own)
}

/// Under whose keys a thread is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// The owner's.
    Own,
    /// And those that they had before.
    AlsoOlder,
}

fn found(
    work: Work<'_>,
    mode: Mode,
    root: &Hash,
    keys: Keys,
) -> Result<Result<Stored, Opened>, BufferError> {
    let found = match work.workspace.threads().identified(&root.to_string()) {
        Ok(found) => found,
        Err(WorkError::NotFound(_) | WorkError::ErasedByYou(_)) => return Ok(Err(Opened::Missing)),
        Err(WorkError::Malformed { path, why }) => {
            let why = why.to_string();
            let notice = BufferNotice::ThreadLeftOut { path, why };
            return Ok(Err(Opened::LeftOut(notice)));
        }
        Err(error) => return Err(error.into()),
    };
    let (path, commit) = (found.path.clone(), found.commit);
    let is_own = found.owner == work.keys.public()
        || (keys == Keys::AlsoOlder && is_of_older_key(work, &found)?);
    Ok(match checked(mode, found, is_own) {
        Ok(thread) => Ok(Stored { thread, commit }),
        Err(why) => Err(Opened::LeftOut(BufferNotice::ThreadLeftOut { path, why })),
    })
}

/// Whether it is of a key that the owner had before, and from before that key's end.
fn is_of_older_key(work: Work<'_>, found: &FoundThread) -> Result<bool, WorkError> {
    let older = work.workspace.own_older(&work.keys.public())?;
    Ok(older.contains_key(&found.owner) && work.workspace.signed_after_end(found)?.is_none())
}

fn checked(mode: Mode, found: FoundThread, is_own: bool) -> Result<Verified<Thread>, String> {
    let Reading::Thread(thread) = found.reading else {
        return Err("it is of the older form".to_owned());
    };
    if !is_own || thread.author() != found.owner {
        return Err("it is another person's".to_owned());
    }
    if thread.face() != Some(Face::Buffer) || thread.mode() != mode.as_str() {
        return Err("it is no thread of this buffer".to_owned());
    }
    let place = FilePlace {
        owner: &found.owner,
        path: &found.path,
        is_plain: found.is_plain,
    };
    Verified::check_at(place, thread).map_err(|untrue| untrue.to_string())
}

/// Archives or restores threads in one commit, all or none.
pub(super) fn set_state(
    work: Work<'_>,
    threads: &[Summary],
    state: State,
) -> Result<(), BufferError> {
    if threads.is_empty() {
        return Ok(());
    }
    work.workspace
        .organiser()
        .change_all(work.keys, threads, |changing| {
            changing.set_state(state);
            Ok(())
        })?;
    Ok(())
}
