//! Objects are looked at before they are read: what takes a few bytes on disk may take gigabytes in
//! memory.

pub(super) mod files;
pub(super) mod pack;
pub(super) mod repository;

use crate::model::MAX_FILE_BYTES;
use git2::{Commit, ErrorClass, ErrorCode, ObjectType, Oid, Repository, Tree};
use std::collections::{BinaryHeap, HashMap};

/// The most bytes of a commit, or of a tag. One of ours has some 600.
const MAX_COMMIT: usize = 1 << 20;

/// The most bytes of a folder: a day with 100,000 threads takes 5 million.
const MAX_FOLDER: usize = 8 << 20;

/// How many bytes an object has; for that it isn't read.
pub(super) fn size_of(repo: &Repository, id: Oid) -> Result<usize, git2::Error> {
    Ok(repo.odb()?.read_header(id)?.0)
}

/// A file's bytes, unless it is larger than any thread's.
pub(super) fn file(repo: &Repository, id: Oid) -> Result<Vec<u8>, git2::Error> {
    is_at_most(repo, id, MAX_FILE_BYTES, "any thread")?;
    Ok(repo.find_blob(id)?.content().to_vec())
}

/// A commit, unless it is larger than any that is read.
pub(super) fn commit(repo: &Repository, id: Oid) -> Result<Commit<'_>, git2::Error> {
    is_at_most(repo, id, MAX_COMMIT, "any commit that is read")?;
    repo.find_commit(id)
}

/// A commit as git keeps it, by the same rule.
pub(super) fn commit_bytes(repo: &Repository, id: Oid) -> Result<Vec<u8>, git2::Error> {
    is_at_most(repo, id, MAX_COMMIT, "any commit that is read")?;
    Ok(repo.odb()?.read(id)?.data().to_vec())
}

/// A folder, unless it is larger than any that is read.
pub(super) fn folder(repo: &Repository, id: Oid) -> Result<Tree<'_>, git2::Error> {
    is_readable_folder(repo, id)?;
    repo.find_tree(id)
}

/// Whether a folder, which was just written, could be read back.
pub(super) fn is_readable_folder(repo: &Repository, id: Oid) -> Result<(), git2::Error> {
    is_at_most(repo, id, MAX_FOLDER, "any folder that is read")
}

/// All that a commit holds.
pub(super) fn tree_of(repo: &Repository, commit_id: Oid) -> Result<Tree<'_>, git2::Error> {
    folder(repo, commit(repo, commit_id)?.tree_id())
}

/// What a tag is about.
pub(super) fn target_of_tag(repo: &Repository, id: Oid) -> Result<Oid, git2::Error> {
    is_at_most(repo, id, MAX_COMMIT, "any tag that is read")?;
    Ok(repo.find_tag(id)?.target_id())
}

/// An object's id and kind; of a tag, those of what it is about in the end.
pub(super) fn peeled(repo: &Repository, mut id: Oid) -> Result<(Oid, ObjectType), git2::Error> {
    let objects = repo.odb()?;
    loop {
        match objects.read_header(id)?.1 {
            ObjectType::Tag => id = target_of_tag(repo, id)?,
            kind => return Ok((id, kind)),
        }
    }
}

/// Whether an object was not read for its size.
pub(super) fn is_too_large(error: &git2::Error) -> bool {
    error.code() == ErrorCode::BufSize
}

fn is_at_most(repo: &Repository, id: Oid, most: usize, what: &str) -> Result<(), git2::Error> {
    let size = size_of(repo, id)?;
    if size <= most {
        return Ok(());
    }
    let why = format!(
        "it has {size} bytes, more than the {} MiB of {what}",
        most >> 20
    );
    Err(git2::Error::new(ErrorCode::BufSize, ErrorClass::Odb, why))
}

/// A commit and all that it stands on, each before its parents, and otherwise the newest first; and
/// why no more of them can be read. (git2's own walk reads commits of any size.)
pub(super) fn history(repo: &Repository, tip: Oid) -> (Vec<Oid>, Option<git2::Error>) {
    let (known, error) = ancestry(repo, tip);
    let mut children: HashMap<Oid, usize> = HashMap::new();
    for parent in known.values().flat_map(|step| &step.parents) {
        *children.entry(*parent).or_default() += 1;
    }
    let dated = |id: Oid| known.get(&id).map(|step| (step.time, id));
    let mut next: BinaryHeap<(i64, Oid)> = dated(tip).into_iter().collect();
    let mut ids = Vec::with_capacity(known.len());
    while let Some((_, id)) = next.pop() {
        ids.push(id);
        for parent in &known[&id].parents {
            let left = children.get_mut(parent).expect("each parent was counted");
            *left -= 1;
            next.extend(dated(*parent).filter(|_| *left == 0));
        }
    }
    (ids, error)
}

/// The same, where nothing may be missing.
pub(super) fn whole_history(repo: &Repository, tip: Oid) -> Result<Vec<Oid>, git2::Error> {
    let (ids, error) = history(repo, tip);
    error.map_or(Ok(ids), Err)
}

struct Step {
    time: i64,
    parents: Vec<Oid>,
}

fn step(repo: &Repository, id: Oid) -> Result<Step, git2::Error> {
    let commit = commit(repo, id)?;
    Ok(Step {
        time: commit.time().seconds(),
        parents: commit.parent_ids().collect(),
    })
}

fn ancestry(repo: &Repository, tip: Oid) -> (HashMap<Oid, Step>, Option<git2::Error>) {
    let mut known = HashMap::new();
    let mut unreadable = None;
    let mut waiting = vec![tip];
    while let Some(id) = waiting.pop() {
        if known.contains_key(&id) {
            continue;
        }
        match step(repo, id) {
            Ok(step) => {
                waiting.extend(&step.parents);
                known.insert(id, step);
            }
            Err(error) => unreadable = Some(error),
        }
    }
    (known, unreadable)
}

/// Whether a commit stands on another. Both histories are followed, the newest commit first, until
/// all that is left is part of the other one's: so this costs what lies between the two, and not
/// all that is below.
pub(super) fn descends(repo: &Repository, from: Oid, on: Oid) -> Result<bool, git2::Error> {
    if from == on {
        return Ok(false);
    }
    let of_one = Reached {
        by_one: true,
        by_other: false,
    };
    let of_other = Reached {
        by_one: false,
        by_other: true,
    };
    let mut reached = HashMap::from([(from, of_one), (on, of_other)]);
    let mut waiting =
        BinaryHeap::from([(step(repo, from)?.time, from), (step(repo, on)?.time, on)]);
    while waiting.iter().any(|(_, id)| reached[id] == of_one) {
        let Some((_, id)) = waiting.pop() else { break };
        let here = reached[&id];
        for parent in step(repo, id)?.parents {
            let before = reached.get(&parent).copied().unwrap_or_default();
            let now = Reached {
                by_one: before.by_one || here.by_one,
                by_other: before.by_other || here.by_other,
            };
            if parent == on && now.by_one {
                return Ok(true);
            }
            if now != before {
                reached.insert(parent, now);
                waiting.push((step(repo, parent)?.time, parent));
            }
        }
    }
    Ok(false)
}

/// From which of two commits a third was reached.
#[derive(Clone, Copy, Default, PartialEq)]
struct Reached {
    by_one: bool,
    by_other: bool,
}
