//! The store and the index meet: what is asked of the index is answered from what the branches hold
//! now.

mod checked;
mod held;
mod reading;
mod together;

use super::{WorkError, Workspace};
use crate::index::{FileIdentity, Index, IndexError, IndexFiles, Update, UpdateSink};
use crate::model::PublicKey;
use crate::store::{BranchDiff, BranchTip, CommitId, Store, StoreError, Trouble};
pub(super) use held::HeldIndexes;
use held::OpenIndex;
use reading::read_in_batches;
pub(super) use reading::{indexed, read_texts, with_words};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use together::SharedFiles;

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
            match self.ask_fresh(&files, store, question) {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                Err(WorkError::Index(why)) if why.is_damage() => self.rebuild(&files, file)?,
                Err(error) => return Err(error),
            }
        }
        Err(IndexError::Unsettled.into())
    }

    /// The answer of the index as of now; `None` where [`Self::fresh`] has none.
    fn ask_fresh<T>(
        &self,
        files: &IndexFiles,
        store: &Store,
        question: &dyn Fn(&Index) -> Result<T, IndexError>,
    ) -> Result<Option<T>, WorkError> {
        let Some(Fresh { open, read }) = self.fresh(files, store)? else {
            return Ok(None);
        };
        let answer = question(&open.index);
        // It is closed before what was read is remembered.
        if answer.is_ok() && read.is_empty() {
            self.indexes.put(open, self.now());
        } else {
            drop(open);
            self.indexes.let_go(self.now());
        }
        self.remember_others(store, &read);
        Ok(Some(answer?))
    }

    /// The index as of now; `None` if something changed meanwhile and it is to be looked at again.
    fn fresh(&self, files: &IndexFiles, store: &Store) -> Result<Option<Fresh>, WorkError> {
        let file = files.file_identity();
        let Some(mut open) = self.opened(files)? else {
            self.rebuild(files, file)?;
            return Ok(None);
        };
        let seen = open.index.seen()?;
        if is_up_to_date(&seen, &store.branch_tips()?) {
            let read = Vec::new();
            return Ok(Some(Fresh { open, read }));
        }
        let plan = Plan::make(store, &seen)?;
        if plan.files() > MANY && plan.files() * 2 > open.index.count_all()? {
            drop(open);
            self.rebuild(files, file)?;
            return Ok(None);
        }
        let is_ours = open.index.update(&seen, |give| self.feed(&plan, give))?;
        self.tell(&Notice::Indexed);
        let read = plan.owners();
        if is_ours {
            return Ok(Some(Fresh { open, read }));
        }
        drop(open);
        self.remember_others(store, &read);
        Ok(None)
    }

    /// One that was asked before, or else one that is opened now; `None` if there is none that can
    /// be used.
    fn opened(&self, files: &IndexFiles) -> Result<Option<OpenIndex>, IndexError> {
        if let Some(held) = self.indexes.take(files.file_identity()) {
            return Ok(Some(held));
        }
        let Some(index) = files.open(&|waited| self.waits(waited))? else {
            return Ok(None);
        };
        if held::is_kept() {
            index.stay_open()?;
        }
        // Nobody replaces it while it is open.
        let file = files.file_identity();
        Ok(Some(OpenIndex { index, file }))
    }

    /// Removes the index: what was deleted in it may still stand in its free pages.
    ///
    /// # Errors
    /// If another process keeps it for itself for too long, or if the disk refuses.
    pub(super) fn remove_index(&self) -> Result<(), IndexError> {
        self.indexes.let_go(self.now());
        IndexFiles::new(self.home()).remove(&|waited| self.waits(waited))
    }

    fn rebuild(&self, files: &IndexFiles, seen: Option<FileIdentity>) -> Result<(), WorkError> {
        self.indexes.let_go(self.now());
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
        drop(store);
        let filled = builder.fill(|give| self.feed(&plan, give));
        self.tell(&Notice::Indexed);
        if let Some(store) = Store::open(self.home())? {
            self.remember_others(&store, &plan.owners());
        }
        filled
    }

    /// Some answer at once, from what the index knows without reading many files; for completion.
    pub(super) fn with_index_in_passing<T>(
        &self,
        store: &Store,
        question: &dyn Fn(&Index) -> Result<T, IndexError>,
    ) -> Result<Option<T>, WorkError> {
        let Some(mut index) = IndexFiles::new(self.home()).open(&|_| false)? else {
            if Plan::make(store, &[])?.files() > MANY {
                return Ok(None);
            }
            return self.with_index_file(store, question).map(Some);
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
        let mut progress = Progress {
            done: 0,
            total: plan.files(),
        };
        let mut shared = SharedFiles::default();
        for branch in &plan.branches {
            shared.removed(&branch.changes.removed);
            shared.erased(&branch.changes.erased);
            self.feed_branch(branch, &mut progress, &mut shared, give)?;
        }
        for owner in &plan.gone {
            give(Update::Forget(*owner))?;
        }
        self.feed_together(&shared, give)
    }

    fn feed_branch(
        &self,
        branch: &BranchUpdate,
        progress: &mut Progress,
        shared: &mut SharedFiles,
        give: &mut UpdateSink<'_>,
    ) -> Result<(), WorkError> {
        let owner = branch.owner;
        let changes = &branch.changes;
        if branch.is_anew {
            give(Update::Forget(owner))?;
        }
        for path in &changes.removed {
            give(Update::Remove(owner, path.clone()))?;
        }
        for Trouble { place, why } in changes.troubles.iter().cloned() {
            give(Update::Trouble { owner, place, why })?;
        }
        let mut is_whole = !changes.is_partial;
        let mut files = 0;
        read_in_batches(self.home(), &changes.changed, branch.is_anew, |batch| {
            files += batch.len();
            for file in batch {
                is_whole &= file.is_final;
                shared.found(file.shared);
                give(file.update)?;
            }
            self.tell(&Notice::Indexing {
                done: progress.done + files,
                total: progress.total,
            });
            Ok(())
        })?;
        progress.done += files;
        // The repository may have gone meanwhile.
        is_whole &= files == changes.changed.len();
        // What could not be read may be readable next time: then the whole branch is looked at
        // again.
        let mark = branch.mark.clone().filter(|_| is_whole);
        give(Update::Seen(owner, mark))?;
        Ok(())
    }
}

/// How many files of a plan were read.
struct Progress {
    done: usize,
    total: usize,
}

/// How the index writes that a branch is known to be gone.
const GONE: &str = "gone";

/// What the index has written of a branch when it has seen this; `None` if it must be looked at
/// each time.
fn mark(tip: &Result<Option<CommitId>, StoreError>) -> Option<String> {
    match tip {
        Ok(Some(tip)) => Some(tip.to_string()),
        Ok(None) => Some(GONE.to_owned()),
        Err(_) => None,
    }
}

/// Both are in the order of their owners.
fn is_up_to_date(seen: &[(PublicKey, String)], tips: &[BranchTip]) -> bool {
    if seen.len() != tips.len() {
        return false;
    }
    for ((owner, seen), tip) in seen.iter().zip(tips) {
        if *owner != tip.owner || mark(&tip.commit).as_ref() != Some(seen) {
            return false;
        }
    }
    true
}

/// An index that is up to date.
struct Fresh {
    open: OpenIndex,
    /// Whose branches were read for that. They are remembered once the index is closed: for the
    /// repository's lock nobody waits who has the index open.
    read: Vec<PublicKey>,
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
        if let Ok(Some(tip)) = tip
            && let Some(changes) = changes_since(store, &owner, before, tip)
        {
            return Self {
                owner,
                mark: Some(tip.to_string()),
                is_anew: false,
                changes,
            };
        }
        Self::anew(store, owner, tip)
    }

    /// All that is there, as if nothing of it were known.
    fn anew(store: &Store, owner: PublicKey, tip: Result<Option<CommitId>, StoreError>) -> Self {
        let mut mark = mark(&tip);
        let found = match tip {
            Ok(Some(tip)) => store.diff_from_nothing(&owner, tip),
            Ok(None) => Ok(only(Trouble::branch_gone(&owner))),
            Err(error) => Err(error),
        };
        let changes = found.unwrap_or_else(|error| {
            mark = None;
            only(Trouble::branch_unreadable(&owner, &error))
        });
        Self {
            owner,
            mark,
            is_anew: true,
            changes,
        }
    }
}

/// What a branch changed since the index has seen it, if that can be told.
fn changes_since(
    store: &Store,
    owner: &PublicKey,
    before: Option<&str>,
    tip: CommitId,
) -> Option<BranchDiff> {
    let before = before?.parse::<CommitId>().ok()?;
    store.diff_between(owner, before, tip).ok().flatten()
}

fn only(trouble: Trouble) -> BranchDiff {
    BranchDiff {
        troubles: vec![trouble],
        ..BranchDiff::default()
    }
}
