//! What a commit stands on. (git2's own walk reads commits of any size.)

use super::ObjectError;
use super::commit;
use git2::{Oid, Repository};
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};

/// A commit and all that it stands on, each before its parents, and otherwise the newest first; and
/// why no more of them can be read.
pub(in crate::store) fn history(repo: &Repository, tip: Oid) -> (Vec<Oid>, Option<ObjectError>) {
    let (known, error) = ancestry(repo, tip);
    (in_order(&known, tip), error)
}

/// The same but for what another commit stands on: each of them is there that is not part of that,
/// and perhaps some that are. `None`: there are more than so many.
pub(in crate::store) fn history_since(
    repo: &Repository,
    tip: Oid,
    known: Option<Oid>,
    most: usize,
) -> Option<(Vec<Oid>, Option<ObjectError>)> {
    let mut walk = Since::default();
    walk.reach(repo, known, Side::Known);
    walk.reach(repo, Some(tip), Side::New);
    while walk.open > 0 {
        walk.step(repo);
        if walk.new > most {
            return None;
        }
    }
    let is_new = |mark: &Mark| mark.is_new && !mark.is_known;
    let found = walk.marks.into_iter().filter(|(_, mark)| is_new(mark));
    let steps = found.map(|(id, mark)| (id, mark.step)).collect();
    Some((in_order(&steps, tip), walk.unreadable))
}

/// Commits in the order of their history, from the one on top.
fn in_order(known: &HashMap<Oid, Step>, tip: Oid) -> Vec<Oid> {
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
    ids
}

/// From which of two commits another was reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Known,
    New,
}

struct Mark {
    step: Step,
    is_new: bool,
    is_known: bool,
    waits: bool,
}

/// A walk down from two commits at once, the newest first, which ends when all that is left to look
/// at is known. Dates may lie; then more is looked at.
#[derive(Default)]
struct Since {
    marks: HashMap<Oid, Mark>,
    waiting: BinaryHeap<(i64, Oid)>,
    /// How many wait that were reached from the new one alone.
    open: usize,
    /// How many were reached from the new one.
    new: usize,
    unreadable: Option<ObjectError>,
}

impl Since {
    fn step(&mut self, repo: &Repository) {
        let Some((_, id)) = self.waiting.pop() else {
            self.open = 0;
            return;
        };
        let Some(mark) = self.marks.get_mut(&id).filter(|mark| mark.waits) else {
            return;
        };
        mark.waits = false;
        let (is_new, is_known) = (mark.is_new, mark.is_known);
        let parents = mark.step.parents.clone();
        self.open -= usize::from(is_new && !is_known);
        for parent in parents {
            if is_known {
                self.reach(repo, Some(parent), Side::Known);
            }
            if is_new {
                self.reach(repo, Some(parent), Side::New);
            }
        }
    }

    fn reach(&mut self, repo: &Repository, id: Option<Oid>, from: Side) {
        let Some(id) = id else { return };
        if let Entry::Vacant(unmarked) = self.marks.entry(id) {
            match step(repo, id) {
                Ok(step) => drop(unmarked.insert(Mark::of(step))),
                // What is known was read before; what can't be read now only makes more look new.
                Err(_) if from == Side::Known => return,
                Err(error) => {
                    self.unreadable = Some(error);
                    return;
                }
            }
        }
        let Some(mark) = self.marks.get_mut(&id) else {
            return;
        };
        let was_open = mark.waits && mark.is_new && !mark.is_known;
        let is_news = match from {
            Side::Known => !std::mem::replace(&mut mark.is_known, true),
            Side::New => !std::mem::replace(&mut mark.is_new, true),
        };
        if !is_news {
            return;
        }
        self.new += usize::from(from == Side::New);
        if !mark.waits {
            mark.waits = true;
            self.waiting.push((mark.step.time, id));
        }
        let is_open = mark.is_new && !mark.is_known;
        self.open = self.open + usize::from(is_open) - usize::from(was_open);
    }
}

impl Mark {
    fn of(step: Step) -> Self {
        Self {
            step,
            is_new: false,
            is_known: false,
            waits: false,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use git2::{Signature, Time};
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// Commits of which each stands on some before it, with dates that may lie.
    fn made(repo: &Repository, plan: &[(i64, Vec<usize>)]) -> Vec<Oid> {
        let tree = repo.treebuilder(None).unwrap().write().unwrap();
        let tree = repo.find_tree(tree).unwrap();
        let mut ids: Vec<Oid> = Vec::new();
        for (number, (date, parents)) in plan.iter().enumerate() {
            let who = Signature::new("a", "a@example.invalid", &Time::new(*date, 0)).unwrap();
            let mut on: Vec<usize> = parents
                .iter()
                .map(|parent| parent % number.max(1))
                .collect();
            on.sort_unstable();
            on.dedup();
            on.retain(|parent| *parent < number);
            let parents: Vec<_> = on
                .iter()
                .map(|parent| repo.find_commit(ids[*parent]).unwrap())
                .collect();
            let parents: Vec<_> = parents.iter().collect();
            let text = number.to_string();
            ids.push(
                repo.commit(None, &who, &who, &text, &tree, &parents)
                    .unwrap(),
            );
        }
        ids
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn all_that_is_new_is_looked_at_whatever_the_dates_say(
            plan in prop::collection::vec((0..9_i64, prop::collection::vec(0..20_usize, 0..3)), 2..16),
            is_in_order: bool,
        ) {
            let mut plan = plan;
            if is_in_order {
                for (number, (date, _)) in plan.iter_mut().enumerate() {
                    *date = number as i64;
                }
            }
            let folder = tempfile::tempdir().unwrap();
            let repo = Repository::init_bare(folder.path()).unwrap();
            let ids = made(&repo, &plan);
            let (tip, known) = (ids[ids.len() - 1], ids[ids.len() - 2]);
            let all = |from| history(&repo, from).0.into_iter().collect::<HashSet<_>>();
            let new: HashSet<Oid> = all(tip).difference(&all(known)).copied().collect();
            let (found, error) = history_since(&repo, tip, Some(known), 100).unwrap();
            prop_assert!(error.is_none());
            let found: HashSet<Oid> = found.into_iter().collect();
            prop_assert!(found.is_superset(&new), "{found:?} lacks something of {new:?}");
            prop_assert!(found.is_subset(&all(tip)));
            if is_in_order {
                prop_assert_eq!(found, new);
            }
            let few = history_since(&repo, tip, None, all(tip).len() - 1);
            prop_assert!(few.is_none(), "there are more than that");
        }
    }
}
