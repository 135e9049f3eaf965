//! Which threads are conversations, and which of them are true.

use super::conversations::Known;
use super::{Refusal, ServiceError};
use crate::buffer::Work;
use crate::index::{Filter, JustProject, Summary};
use crate::model::{Embedder, Face, Hash, PublicKey, Reading, Thread, Uuid};
use crate::store::CommitId;
use crate::verify::{FilePlace, Verified};
use crate::workspace::{
    Belonging, FoundThread, Membership, NamedConversation, Reach, WorkError, Workspace,
};

/// A conversation's thread that is true, with the commit that it was read from.
pub(super) struct Stored {
    pub thread: Verified<Thread>,
    pub commit: CommitId,
}

/// The conversations of their owner, in use or not, as the index knows them.
pub(super) fn of_service() -> Filter {
    Filter {
        face: Some(Face::Service.as_str().to_owned()),
        ..Filter::default()
    }
}

/// The owner's conversations that are in use. Those of projects in which they have no part any more
/// can't be archived by them, and don't count.
pub(super) fn active(work: Work<'_>) -> Result<Vec<Summary>, ServiceError> {
    let owner = work.keys.public();
    let membership = work.workspace.projects().membership(&owner)?;
    let filter = Filter {
        is_archived: Some(false),
        open_projects: Some(membership.projects().collect()),
        ..of_service()
    };
    let (threads, _) = work.workspace.organiser().own_that_fit(&filter, &owner)?;
    let mut active = Vec::with_capacity(threads.len());
    for thread in threads {
        if thread.author != owner.to_string() {
            continue;
        }
        // What is sealed says to what it belongs when it is opened.
        let is_open = !thread.is_sealed || {
            let reach = work.workspace.threads().reach(&thread)?;
            reach.is_some_and(|reach| membership.allows(reach.belonging))
        };
        if is_open {
            active.push(thread);
        }
    }
    Ok(active)
}

/// The owner's threads that fit, may be brought in by name, and are of just this project, or of none:
/// what is sealed may not.
pub(super) fn open_within(
    workspace: &Workspace,
    project: Option<&str>,
    filter: Filter,
) -> Result<Vec<Summary>, ServiceError> {
    let owner = workspace.owner()?;
    let filter = Filter {
        owner: Some(owner),
        author: Some(owner.to_string()),
        just: Some(JustProject(project.map(str::to_owned))),
        is_sealed: Some(false),
        ..filter
    };
    let (threads, _) = workspace.organiser().own_that_fit(&filter, &owner)?;
    Ok(threads)
}

/// What was found by a name; what can't be read is not told as if it were not there.
fn named(
    found: Result<Option<NamedConversation>, WorkError>,
) -> Result<Option<NamedConversation>, ServiceError> {
    match found {
        Err(error) if error.is_of_file() => Err(Refusal::Unreadable.into()),
        found => Ok(found?),
    }
}

/// What never changes of the owner's conversation that programs know by a name.
pub(super) fn known(work: Work<'_>, id: &Uuid) -> Result<Known, ServiceError> {
    let (owner, threads) = (work.keys.public(), work.workspace.threads());
    let found = named(threads.conversation(id, &owner, None))?;
    let Reach {
        root, belonging, ..
    } = found.ok_or(Refusal::NotFound)?.reach;
    Ok(Known { root, belonging })
}

/// Whether the index knows the owner's conversation of that name as one that a page reaches. Else it
/// is refused as soon as what there is not.
///
/// # Errors
/// If it does not.
pub(super) fn check_page(
    work: Work<'_>,
    id: &Uuid,
    embedder: &Embedder,
) -> Result<(), ServiceError> {
    let (owner, threads) = (work.keys.public(), work.workspace.threads());
    match named(threads.conversation(id, &owner, Some(embedder)))? {
        Some(_) => Ok(()),
        None => Err(Refusal::NotFound.into()),
    }
}

/// Whether the owner of a home may work now in what belongs there.
///
/// # Errors
/// If they may not: then it is as if there were nothing.
pub(super) fn check_membership(work: Work<'_>, belonging: Belonging) -> Result<(), ServiceError> {
    let owner = work.keys.public();
    match work.workspace.projects().allows(&owner, belonging)? {
        true => Ok(()),
        false => Err(Refusal::NotFound.into()),
    }
}

/// Whether there is a conversation that its owner may see, by the name that programs have for it.
///
/// # Errors
/// If there is none.
pub(super) fn readable(
    workspace: &Workspace,
    id: &Uuid,
    membership: &Membership,
) -> Result<(), ServiceError> {
    let threads = workspace.threads();
    let owner = workspace.owner()?;
    let found = named(threads.conversation(id, &owner, None))?;
    let found = found.ok_or(Refusal::NotFound)?;
    match membership.allows(found.reach.belonging) {
        true => Ok(()),
        false => Err(Refusal::NotFound.into()),
    }
}

/// A conversation's thread, as it is stored.
///
/// # Errors
/// If there is none, or it is not true; if it can't be read.
pub(super) fn stored(work: Work<'_>, root: &Hash) -> Result<Stored, ServiceError> {
    let found = found(work.workspace, root)?;
    let commit = found.commit;
    let thread = checked(work.keys.public(), found)?;
    match thread.face() {
        Some(Face::Service) => Ok(Stored { thread, commit }),
        _ => Err(Refusal::NotFound.into()),
    }
}

/// Whether a thread on a branch is a conversation of its owner's.
pub fn is_conversation(thread: &Thread, branch: PublicKey, owner: PublicKey) -> bool {
    thread.face() == Some(Face::Service) && is_own(thread, branch, owner)
}

fn is_own(thread: &Thread, branch: PublicKey, owner: PublicKey) -> bool {
    branch == owner && thread.author() == owner
}

/// What is said of a thread that was there and is not found: that there is none, if all files on its
/// owner's branch can be read.
///
/// # Errors
/// If the index can't be read.
pub fn missing(workspace: &Workspace) -> Result<Refusal, WorkError> {
    let owner = workspace.owner()?;
    Ok(match workspace.threads().troubles_of(&owner)?.is_empty() {
        true => Refusal::NotFound,
        false => Refusal::Unreadable,
    })
}

fn found(workspace: &Workspace, root: &Hash) -> Result<FoundThread, ServiceError> {
    match workspace.threads().identified(&root.to_string()) {
        Ok(found) => Ok(found),
        Err(WorkError::ErasedByYou(_)) => Err(Refusal::NotFound.into()),
        Err(WorkError::NotFound(_)) => Err(missing(workspace)?.into()),
        Err(WorkError::Malformed { .. }) => Err(Refusal::Unreadable.into()),
        Err(error) => Err(error.into()),
    }
}

/// A thread of the user's own, whatever began it, if it is true.
///
/// # Errors
/// If there is none, or it is not true; if it can't be read.
pub(super) fn own(workspace: &Workspace, root: &Hash) -> Result<Thread, ServiceError> {
    let found = found(workspace, root)?;
    Ok(checked(workspace.owner()?, found)?.into_inner())
}

fn checked(owner: PublicKey, found: FoundThread) -> Result<Verified<Thread>, Refusal> {
    let Reading::Thread(thread) = found.reading else {
        return Err(Refusal::NotFound);
    };
    if !is_own(&thread, found.owner, owner) {
        return Err(Refusal::NotFound);
    }
    let place = FilePlace {
        owner: &found.owner,
        path: &found.path,
        is_plain: found.is_plain,
    };
    Verified::check_at(place, thread).map_err(|_| Refusal::Untrue)
}
