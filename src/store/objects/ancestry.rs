//! What a commit stands on. (git2's own walk reads commits of any size.)

use super::ObjectError;
use super::commit;
use git2::{Oid, Repository};
use std::collections::{BinaryHeap, HashMap};

/// A commit and all that it stands on, each before its parents, and otherwise the newest first; and
/// why no more of them can be read.
pub(in crate::store) fn history(repo: &Repository, tip: Oid) -> (Vec<Oid>, Option<ObjectError>) {
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
pub(in crate::store) fn whole_history(
    repo: &Repository,
    tip: Oid,
) -> Result<Vec<Oid>, ObjectError> {
    let (ids, error) = history(repo, tip);
    error.map_or(Ok(ids), Err)
}

struct Step {
    time: i64,
    parents: Vec<Oid>,
}

fn step(repo: &Repository, id: Oid) -> Result<Step, ObjectError> {
    let commit = commit(repo, id)?;
    Ok(Step {
        time: commit.time().seconds(),
        parents: commit.parent_ids().collect(),
    })
}

fn ancestry(repo: &Repository, tip: Oid) -> (HashMap<Oid, Step>, Option<ObjectError>) {
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
pub(in crate::store) fn descends(
    repo: &Repository,
    from: Oid,
    on: Oid,
) -> Result<bool, ObjectError> {
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
