//! Verifying a file, a thread, or all there is.

use super::{ClosedBranches, Notice, WorkError, Workspace};
use crate::home::Home;
use crate::model::{Malformed, PublicKey, Reading, Thread, ThreadId};
use crate::store::{BranchFinding, BranchReport, ClosedAt, Entry, Store, StoreError, Trouble};
use crate::verify::{self, FilePlace, PlaceFault, ThreadFinding, ThreadReport, Verdict};
use std::fmt;

/// How many threads are verified between two words of how far that has come.
const AT_ONCE: usize = 1_000;

/// The verdict on one thread file.
#[derive(Debug)]
pub struct FileReport {
    /// Where the file is.
    pub path: String,
    /// The verdict on the whole.
    pub verdict: Verdict,
    /// The thread's id, where there is one of this format, with each check.
    pub thread: Option<(ThreadId, ThreadReport)>,
    /// What is wrong with it; for a legacy thread, that nothing can be proven.
    pub findings: Vec<FileFinding>,
}

/// What is wrong with a thread's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFinding {
    /// It can't be read, or could not be got.
    Unreadable {
        /// Why not.
        why: String,
    },
    /// It is no thread.
    Malformed(Malformed),
    /// The older mmogit wrote it.
    Legacy,
    /// Something in the thread is not true, or it lies where it may not.
    Thread(ThreadFinding),
}

impl FileFinding {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Malformed(why) => why.code(),
            Self::Legacy => "legacy",
            Self::Thread(finding) => finding.code(),
        }
    }

    /// The place in the file, counted from 1, of the message that it is about, if it is about one.
    pub fn message(&self) -> Option<usize> {
        match self {
            Self::Thread(finding) => finding.message(),
            Self::Malformed(Malformed::Message { number, .. }) => Some(*number),
            Self::Unreadable { .. } | Self::Malformed(_) | Self::Legacy => None,
        }
    }
}

impl fmt::Display for FileFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { why } => f.write_str(why),
            Self::Malformed(why) => why.fmt(f),
            Self::Legacy => {
                f.write_str("written by the older mmogit, whose signatures prove nothing")
            }
            Self::Thread(finding) => finding.fmt(f),
        }
    }
}

/// The verdicts on a whole store.
#[derive(Debug, Default)]
pub struct StoreReport {
    /// Each thread's.
    pub files: Vec<FileReport>,
    /// Each branch's.
    pub branches: Vec<BranchReport>,
    /// What is there and is no thread.
    pub troubles: Vec<Trouble>,
    /// What should have been looked at, and could not be.
    pub unchecked: Vec<Trouble>,
}

impl StoreReport {
    /// Whether nothing is bad. A legacy thread is unproven, which is not bad; a file named as a
    /// thread's where no thread may lie is.
    pub fn is_good(&self) -> bool {
        self.has_good_threads()
            && self.unchecked.is_empty()
            && self
                .branches
                .iter()
                .all(|branch| branch.problems().is_empty())
    }

    /// Whether no thread's file is bad, and none lies astray. What else was found has no part in it.
    pub fn has_good_threads(&self) -> bool {
        let is_stray = |trouble: &Trouble| trouble.place.ends_with(".json");
        self.files.iter().all(|file| !file.is_bad()) && !self.troubles.iter().any(is_stray)
    }
}

impl FileReport {
    /// Of a file that can't be read, or could not be got.
    pub fn unreadable(path: &str, why: String) -> Self {
        Self {
            path: path.to_owned(),
            verdict: Verdict::Malformed,
            thread: None,
            findings: vec![FileFinding::Unreadable { why }],
        }
    }

    /// Invalid or malformed.
    pub fn is_bad(&self) -> bool {
        matches!(self.verdict, Verdict::Invalid | Verdict::Malformed)
    }

    fn add_place_fault(&mut self, fault: PlaceFault) {
        let finding = ThreadFinding::Place(fault);
        self.findings.push(FileFinding::Thread(finding));
        if !self.is_bad() {
            self.verdict = Verdict::Invalid;
        }
    }

    fn without_thread(path: &str, verdict: Verdict, finding: FileFinding) -> Self {
        Self {
            path: path.to_owned(),
            verdict,
            thread: None,
            findings: vec![finding],
        }
    }

    fn of_thread(path: &str, thread: &Thread, place: Vec<PlaceFault>) -> Self {
        let checks = verify::thread(thread);
        let mut findings = checks.findings();
        findings.extend(place.into_iter().map(ThreadFinding::Place));
        let verdict = if findings.is_empty() {
            Verdict::Valid
        } else {
            Verdict::Invalid
        };
        Self {
            path: path.to_owned(),
            verdict,
            thread: Some((thread.id(), checks)),
            findings: findings.into_iter().map(FileFinding::Thread).collect(),
        }
    }
}

/// A thread's file that was looked into.
#[derive(Debug)]
pub struct Checked {
    /// The verdict.
    pub report: FileReport,
    /// The thread itself, where there is one.
    pub reading: Option<Reading>,
}

/// Verifies a thread file's bytes: by themselves, or as they lie at a place on a branch. `name` is
/// what the report calls the file.
pub fn check_file(name: &str, bytes: &[u8], place: Option<FilePlace<'_>>) -> Checked {
    let read = Thread::read(bytes);
    let mut report = match &read {
        Ok(Reading::Thread(thread)) => {
            let faults = place.map(|place| verify::placed(place, thread));
            FileReport::of_thread(name, thread, faults.unwrap_or_default())
        }
        Ok(Reading::Legacy(_)) => {
            FileReport::without_thread(name, Verdict::Legacy, FileFinding::Legacy)
        }
        Err(why) => {
            let finding = FileFinding::Malformed(why.clone());
            FileReport::without_thread(name, Verdict::Malformed, finding)
        }
    };
    // Of a thread its own check has told this.
    if report.thread.is_none() && place.is_some_and(|place| !place.is_plain) {
        report.add_place_fault(PlaceFault::NotPlain);
    }
    Checked {
        report,
        reading: read.ok(),
    }
}

/// Verifies a thread's file as it lies on its branch; that it could not be read is a finding.
pub(super) fn check_entry(entry: &Entry, bytes: Result<&[u8], &StoreError>) -> Checked {
    match bytes {
        Ok(bytes) => check_file(&entry.path, bytes, Some(entry.place())),
        Err(error) => Checked {
            report: FileReport::unreadable(&entry.path, error.to_string()),
            reading: None,
        },
    }
}

/// Verifies what a home has.
pub struct Verifier<'w> {
    pub(super) workspace: &'w Workspace,
}

impl Verifier<'_> {
    /// Verifies one thread as it stands on its branch, and that branch.
    ///
    /// # Errors
    /// If no thread fits, or several do; if the store can't be read.
    pub fn thread(&self, query: &str) -> Result<StoreReport, WorkError> {
        let not_found = || WorkError::NotFound(query.to_owned());
        let store = self.workspace.store()?.ok_or_else(not_found)?;
        let entry = self.workspace.threads().find_entry(&store, query)?;
        let bytes = store.read(&entry);
        let files = vec![check_entry(&entry, bytes.as_deref()).report];
        let mut unchecked = Vec::new();
        let closed = self.closed_branches(&mut unchecked);
        let closed = closed.get(&entry.owner);
        let branches = vec![self.check_branch(&store, &entry.owner, closed)];
        Ok(StoreReport {
            files,
            branches,
            unchecked,
            ..StoreReport::default()
        })
    }

    /// Verifies every thread on every branch, every commit, and that nothing was taken away. On all
    /// cores.
    ///
    /// # Errors
    /// If the store can't be opened or its branches can't be listed. What can't be read in it is a
    /// finding.
    pub fn all(&self) -> Result<StoreReport, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(StoreReport::default());
        };
        let listing = store.list()?;
        let files = self.files(&store, &listing.entries);
        let mut unchecked = Vec::new();
        let authors = store.known_authors().or_else(|error| {
            let place = Home::at(self.workspace.home()).tips().display().to_string();
            unchecked.push(Trouble {
                place,
                why: format!("tells no more what was there: {error}"),
            });
            store.authors()
        });
        let closed = self.closed_branches(&mut unchecked);
        let check = |author: &PublicKey| self.check_branch(&store, author, closed.get(author));
        let branches = authors?.iter().map(check).collect();
        Ok(StoreReport {
            files,
            branches,
            troubles: listing.troubles,
            unchecked,
        })
    }

    /// Verifies threads as they stand on their branches. On all cores.
    pub fn files(&self, store: &Store, entries: &[Entry]) -> Vec<FileReport> {
        let mut files = Vec::with_capacity(entries.len());
        let check = |entry: &Entry, bytes: Result<Vec<u8>, StoreError>| {
            check_entry(entry, bytes.as_deref()).report
        };
        for some in entries.chunks(AT_ONCE) {
            files.extend(store.read_all(some, check));
            self.workspace.tell(&Notice::Checking {
                done: files.len(),
                total: entries.len(),
            });
        }
        self.workspace.tell(&Notice::Checked);
        files
    }

    /// Where branches end whose owners have newer keys.
    fn closed_branches(&self, unchecked: &mut Vec<Trouble>) -> ClosedBranches {
        let Some(own) = self.workspace.owner_if_readable() else {
            return ClosedBranches::new();
        };
        match self.workspace.closed_branches(&own) {
            Ok(closed) => closed,
            Err(error) => {
                let place = Home::at(self.workspace.home()).contacts();
                unchecked.push(Trouble {
                    place: place.display().to_string(),
                    why: error.to_string(),
                });
                ClosedBranches::new()
            }
        }
    }

    /// A branch that can't be read through is a finding, and says nothing about the others.
    fn check_branch(
        &self,
        store: &Store,
        owner: &PublicKey,
        closed: Option<&ClosedAt>,
    ) -> BranchReport {
        let mut report = store
            .check_branch(owner)
            .unwrap_or_else(|error| BranchReport::unreadable(*owner, &error));
        if let (Some(closed), Ok(Some(tip))) = (closed, store.tip(owner)) {
            let found = store.beyond(owner, closed, tip);
            let unreadable = |error: StoreError| {
                let why = error.to_string();
                Some(BranchFinding::Unreadable { why })
            };
            report.whole.extend(found.unwrap_or_else(unreadable));
        }
        if report.findings().is_empty() {
            self.workspace.remember_others(store, &[*owner]);
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stray_thread_file_is_bad_and_another_file_is_only_told() {
        let report = |place: &str| {
            let trouble = Trouble {
                place: place.to_owned(),
                why: String::new(),
            };
            StoreReport {
                troubles: vec![trouble],
                ..StoreReport::default()
            }
        };
        assert!(!report(".mmogit/threads/thread_1.json").is_good());
        assert!(report(".mmogit/threads/notes.txt").is_good());
    }
}
