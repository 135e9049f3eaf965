//! The store and the index meet: what is asked of the index is answered from what the branches hold
//! now.

mod reading;

use super::{WorkError, Workspace};
use crate::index::{Index, IndexError, IndexFiles, Update, UpdateSink};
use crate::model::PublicKey;
use crate::store::{BranchDiff, BranchTip, CommitId, Store, StoreError, Trouble};
use reading::read_in_batches;
pub(super) use reading::read_texts;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// Something that a face may want to tell while a question waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Threads are being read into the index.
    Indexing {
        /// How many were read.
        done: usize,
        /// How many there are to read.
        total: usize,
    },
    /// Another process has the index for itself, and is waited for.
    Waiting,
    /// The index is up to date again.
    Indexed,
    /// Threads are being verified.
    Checking {
        /// How many are done.
        done: usize,
        /// How many there are.
        total: usize,
    },
    /// All is verified.
    Checked,
    /// The index can't be used; the files are read instead.
    WithoutIndex {
        /// Why.
        why: String,
    },
    /// What another author's branch has now could not be noted, so that it would not be missed.
    NotRemembered {
        /// Whose branch it is.
        owner: PublicKey,
        /// Why not.
        why: String,
    },
}

/// What a question needs of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// What lists show.
    Lists,
    /// The messages' words as well.
    Text,
}

/// How long another process may keep the index for itself, and when that is told.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
const WORTH_TELLING: Duration = Duration::from_secs(1);
/// How often to begin again when other processes change the index or the branches meanwhile.
const TRIES: usize = 16;
/// From here on a new index is made sooner than the old one is changed.
const MANY: usize = 1_000;

impl Workspace {
    /// Answers a question from the index, brought up to date; where it can't be used, from the
    /// files.
    pub(super) fn with_index<T>(
        &self,
        store: &Store,
        needs: Needs,
        question: &dyn Fn(&Index) -> Result<T, IndexError>,
    ) -> Result<T, WorkError> {
        let why = match self.with_index_file(store, question) {
            Err(WorkError::Index(why)) => why,
            answer => return answer,
        };
        self.tell(&Notice::WithoutIndex {
            why: why.to_string(),
        });
        let plan = Plan::make(store, &[])?;
        let index = Index::in_memory(needs == Needs::Text, |give| self.feed(&plan, give))?;
        self.tell(&Notice::Indexed);
        Ok(question(&index)?)
    }

    fn with_index_file<T>(
        &self,
        store: &Store,
        question: &dyn Fn(&Index) -> Result<T, IndexError>,
    ) -> Result<T, WorkError> {
        let files = IndexFiles::new(self.home());
        for _ in 0..TRIES {
            let file = files.file_identity();
            let answer = self.fresh(&files, store).and_then(|index| match index {
                Some(index) => question(&index).map(Some).map_err(WorkError::from),
                None => Ok(None),
            });
            match answer {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                Err(WorkError::Index(why)) if why.is_damage() => self.rebuild(&files, file)?,
                Err(error) => return Err(error),
            }
        }
        Err(IndexError::Unsettled.into())
    }

    /// The index as of now; `None` if something changed meanwhile and it is to be looked at again.
    fn fresh(&self, files: &IndexFiles, store: &Store) -> Result<Option<Index>, WorkError> {
        let file = files.file_identity();
        let Some(mut index) = files.open(&|waited| self.waits(waited))? else {
            self.rebuild(files, file)?;
            return Ok(None);
        };
        let seen = index.seen()?;
        if is_up_to_date(&seen, &store.branch_tips()?) {
            return Ok(Some(index));
        }
        let plan = Plan::make(store, &seen)?;
        if plan.files() > MANY && plan.files() * 2 > index.count_all()? {
            drop(index);
            self.rebuild(files, file)?;
            return Ok(None);
        }
        let is_ours = index.update(&seen, |give| self.feed(&plan, give))?;
        self.remember_others(store, &plan.owners());
        self.tell(&Notice::Indexed);
        Ok(is_ours.then_some(index))
    }

    fn rebuild(
        &self,
        files: &IndexFiles,
        seen: Option<crate::index::FileIdentity>,
    ) -> Result<(), WorkError> {
        // Another process may have been quicker; then its index is looked at.
        let Some(builder) = files.build(seen, &|waited| self.waits(waited))? else {
            return Ok(());
        };
        // By a handle of its own: while one that has looked into the packs is open, all that is
        // read of them later stays mapped into memory.
        let Some(store) = Store::open(self.home())? else {
            return Ok(());
        };
        let plan = Plan::make(&store, &[])?;
        self.remember_others(&store, &plan.owners());
        drop(store);
        let filled = builder.fill(|give| self.feed(&plan, give));
        self.tell(&Notice::Indexed);
        filled
    }

    /// Some answer at once, from what the index knows without reading many files; for completion.
    pub(super) fn with_index_in_passing<T>(
        &self,
        store: &Store,
        question: &dyn Fn(&Index) -> Result<T, IndexError>,
    ) -> Result<Option<T>, WorkError> {
        let Some(mut index) = IndexFiles::new(self.home()).open(&|_| false)? else {
            let is_quick = Plan::make(store, &[])?.files() <= MANY;
            return is_quick
                .then(|| self.with_index_file(store, question))
                .transpose();
        };
        let seen = index.seen()?;
        let plan = Plan::make(store, &seen)?;
        if plan.files() <= MANY {
            index.update(&seen, |give| self.feed(&plan, give))?;
        }
        Ok(Some(question(&index)?))
    }

    /// Whether to wait on for another process, which may be building the index for minutes.
    pub(super) fn waits(&self, waited: Duration) -> bool {
        if waited == WORTH_TELLING {
            self.tell(&Notice::Waiting);
        }
        waited < LONGEST_WAIT
    }

    fn feed(&self, plan: &Plan, give: &mut UpdateSink<'_>) -> Result<(), WorkError> {
        let total = plan.files();
        let mut done = 0;
        for branch in &plan.branches {
            let owner = branch.owner;
            if branch.is_anew {
                give(Update::Forget(owner))?;
            }
            for path in &branch.changes.removed {
                give(Update::Remove(owner, path.clone()))?;
            }
            for Trouble { place, why } in branch.changes.troubles.iter().cloned() {
                give(Update::Trouble { owner, place, why })?;
            }
            let mut is_whole = !branch.changes.is_partial;
            let before = done;
            read_in_batches(
                self.home(),
                &branch.changes.changed,
                branch.is_anew,
                |batch| {
                    done += batch.len();
                    for file in batch {
                        is_whole &= file.is_final;
                        give(file.update)?;
                    }
                    self.tell(&Notice::Indexing { done, total });
                    Ok(())
                },
            )?;
            // The repository may have gone meanwhile.
            is_whole &= done - before == branch.changes.changed.len();
            // What could not be read may be readable next time: then the whole branch is looked at
            // again.
            give(Update::Seen(
                owner,
                branch.mark.clone().filter(|_| is_whole),
            ))?;
        }
        for owner in &plan.gone {
            give(Update::Forget(*owner))?;
        }
        Ok(())
    }
}

/// How the index writes that a branch is known to be gone.
const GONE: &str = "gone";

/// What the index has written of a branch when it has seen this; `None` if it must be looked at
/// each time.
fn mark(tip: &Result<Option<CommitId>, StoreError>) -> Option<String> {
    tip.as_ref()
        .ok()
        .map(|tip| tip.map_or_else(|| GONE.to_owned(), |tip| tip.to_string()))
}

fn is_up_to_date(seen: &[(PublicKey, String)], tips: &[BranchTip]) -> bool {
    let is_same = |((owner, seen), tip): (&(PublicKey, String), &BranchTip)| {
        *owner == tip.owner && mark(&tip.commit).is_some_and(|mark| mark == *seen)
    };
    seen.len() == tips.len() && seen.iter().zip(tips).all(is_same)
}

/// What the index must read to know what the branches hold.
struct Plan {
    branches: Vec<BranchUpdate>,
    gone: Vec<PublicKey>,
}

/// What is new of a branch.
struct BranchUpdate {
    owner: PublicKey,
    /// What is written when it has been read; `None` if it can't be.
    mark: Option<String>,
    is_anew: bool,
    changes: BranchDiff,
}

impl Plan {
    fn make(store: &Store, seen: &[(PublicKey, String)]) -> Result<Self, StoreError> {
        let tips = store.branch_tips()?;
        let known: HashMap<PublicKey, &str> = seen
            .iter()
            .map(|(owner, tip)| (*owner, tip.as_str()))
            .collect();
        let mut branches = Vec::new();
        let mut here = HashSet::new();
        for BranchTip { owner, commit: tip } in tips {
            here.insert(owner);
            let before = known.get(&owner).copied();
            if before.is_none() || before != mark(&tip).as_deref() {
                branches.push(BranchUpdate::look(store, owner, before, tip));
            }
        }
        let gone = known
            .into_keys()
            .filter(|owner| !here.contains(owner))
            .collect();
        Ok(Self { branches, gone })
    }

    fn owners(&self) -> Vec<PublicKey> {
        self.branches.iter().map(|branch| branch.owner).collect()
    }

    fn files(&self) -> usize {
        self.branches
            .iter()
            .map(|branch| branch.changes.changed.len())
            .sum()
    }
}

impl BranchUpdate {
    fn look(
        store: &Store,
        owner: PublicKey,
        before: Option<&str>,
        tip: Result<Option<CommitId>, StoreError>,
    ) -> Self {
        let mark = mark(&tip);
        let before = before.and_then(|seen| seen.parse::<CommitId>().ok());
        if let (Some(before), Ok(Some(tip))) = (before, &tip)
            && let Ok(Some(changes)) = store.diff_between(&owner, before, *tip)
        {
            return Self {
                owner,
                mark,
                is_anew: false,
                changes,
            };
        }
        let only = |trouble| BranchDiff {
            troubles: vec![trouble],
            ..BranchDiff::default()
        };
        match tip.and_then(|tip| {
            tip.map(|tip| store.diff_from_nothing(&owner, tip))
                .transpose()
        }) {
            Ok(Some(changes)) => Self {
                owner,
                mark,
                is_anew: true,
                changes,
            },
            Ok(None) => Self {
                owner,
                mark,
                is_anew: true,
                changes: only(Trouble::branch_gone(&owner)),
            },
            Err(error) => {
                let changes = only(Trouble::branch_unreadable(&owner, &error));
                Self {
                    owner,
                    mark: None,
                    is_anew: true,
                    changes,
                }
            }
        }
    }
}
