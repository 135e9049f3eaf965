//! Verifying a file, a thread, or all there is.

use super::{Notice, WorkError, Workspace};
use crate::home::Home;
use crate::model::{PublicKey, Reading, Thread, ThreadId};
use crate::store::{BranchReport, Entry, Store, StoreError, Trouble, places_of};
use crate::verify::{self, ThreadReport, Verdict};

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
    /// What is wrong, in words; for a legacy thread, why nothing can be proven.
    pub problems: Vec<String>,
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
        let is_stray = |trouble: &Trouble| trouble.place.ends_with(".json");
        self.files.iter().all(|file| !file.is_bad())
            && self.unchecked.is_empty()
            && !self.troubles.iter().any(is_stray)
            && self
                .branches
                .iter()
                .all(|branch| branch.problems().is_empty())
    }
}

impl FileReport {
    /// Invalid or malformed.
    pub fn is_bad(&self) -> bool {
        matches!(self.verdict, Verdict::Invalid | Verdict::Malformed)
    }
}

/// Verifies a thread file's bytes by themselves. Where it is on a branch, `owner` is whose, and
/// `path` its place there.
pub fn check_file(path: &str, bytes: &[u8], owner: Option<&PublicKey>) -> FileReport {
    look_into(path, bytes, owner).0
}

/// The same, with what was read.
pub(super) fn look_into(
    path: &str,
    bytes: &[u8],
    owner: Option<&PublicKey>,
) -> (FileReport, Option<Reading>) {
    let report = |verdict, thread, problems| FileReport {
        path: path.to_owned(),
        verdict,
        thread,
        problems,
    };
    match Thread::read(bytes) {
        Err(why) => (
            report(Verdict::Malformed, None, vec![why.to_string()]),
            None,
        ),
        Ok(legacy @ Reading::Legacy(_)) => {
            let why = "written by the older mmogit, whose signatures prove nothing";
            (
                report(Verdict::Legacy, None, vec![why.to_owned()]),
                Some(legacy),
            )
        }
        Ok(Reading::Thread(thread)) => {
            let checks = verify::thread(&thread);
            let mut problems = checks.problems();
            if let Some(owner) = owner
                && *owner != thread.signer()
            {
                problems.push(format!(
                    "it is {}…'s thread on the branch of {}…",
                    thread.signer().short(),
                    owner.short()
                ));
            }
            if owner.is_some() && !places_of(&thread).iter().any(|place| place == path) {
                problems.push(format!("its place is {}", places_of(&thread)[0]));
            }
            let verdict = if problems.is_empty() {
                Verdict::Valid
            } else {
                Verdict::Invalid
            };
            (
                report(verdict, Some((thread.id(), checks)), problems),
                Some(Reading::Thread(thread)),
            )
        }
    }
}

impl Workspace {
    /// Verifies one thread as it stands on its branch, and that branch.
    pub fn verify_thread(&self, query: &str) -> Result<StoreReport, WorkError> {
        let not_found = || WorkError::NotFound(query.to_owned());
        let store = self.store()?.ok_or_else(not_found)?;
        let entry = self.find_entry(&store, query)?;
        let files = vec![check_entry(&entry, store.read(&entry))];
        let branches = vec![self.check_branch(&store, &entry.owner)];
        Ok(StoreReport {
            files,
            branches,
            ..StoreReport::default()
        })
    }

    /// Verifies every thread on every branch, every commit, and that nothing was taken away. On all
    /// cores.
    pub fn verify_all(&self) -> Result<StoreReport, WorkError> {
        let Some(store) = self.store()? else {
            return Ok(StoreReport::default());
        };
        let listing = store.list()?;
        let files = self.verify_files(&store, &listing.entries);
        let mut unchecked = Vec::new();
        let authors = store.known_authors().or_else(|error| {
            let place = Home::at(self.home()).tips().display().to_string();
            unchecked.push(Trouble {
                place,
                why: format!("tells no more what was there: {error}"),
            });
            store.authors()
        });
        let branches = authors?
            .iter()
            .map(|author| self.check_branch(&store, author))
            .collect();
        Ok(StoreReport {
            files,
            branches,
            troubles: listing.troubles,
            unchecked,
        })
    }

    /// Verifies threads as they stand on their branches. On all cores.
    pub fn verify_files(&self, store: &Store, entries: &[Entry]) -> Vec<FileReport> {
        let mut files = Vec::with_capacity(entries.len());
        for some in entries.chunks(AT_ONCE) {
            files.extend(store.read_all(some, check_entry));
            self.tell(&Notice::Checking {
                done: files.len(),
                total: entries.len(),
            });
        }
        self.tell(&Notice::Checked);
        files
    }

    /// A branch that can't be read through is a finding, and says nothing about the others.
    fn check_branch(&self, store: &Store, owner: &PublicKey) -> BranchReport {
        let report = store
            .check_branch(owner)
            .unwrap_or_else(|error| BranchReport::unreadable(*owner, &error));
        if report.findings().is_empty() {
            self.remember_others(store, &[*owner]);
        }
        report
    }

    /// What other authors' branches have now they must not lose unnoticed. The owner's own is
    /// remembered by what is saved on it. On a disk that may only be read there is nothing to
    /// remember anything by.
    pub(super) fn remember_others(&self, store: &Store, owners: &[PublicKey]) {
        let own = self.owner_if_readable().or_else(|| store.made_for());
        for owner in owners.iter().filter(|owner| own != Some(**owner)) {
            let _ = store.remember(owner);
        }
    }
}

fn check_entry(entry: &Entry, bytes: Result<Vec<u8>, StoreError>) -> FileReport {
    look_into_entry(entry, bytes.as_deref()).0
}

pub(super) fn look_into_entry(
    entry: &Entry,
    bytes: Result<&[u8], &StoreError>,
) -> (FileReport, Option<Reading>) {
    let error = match bytes {
        Ok(bytes) => {
            let (mut report, reading) = look_into(&entry.path, bytes, Some(&entry.owner));
            if !entry.is_plain {
                report
                    .problems
                    .push("it is not a plain file, but a link or one that can be run".to_owned());
                report.verdict = if report.is_bad() {
                    report.verdict
                } else {
                    Verdict::Invalid
                };
            }
            return (report, reading);
        }
        Err(error) => error,
    };
    let (path, problems) = (entry.path.clone(), vec![error.to_string()]);
    (
        FileReport {
            path,
            verdict: Verdict::Malformed,
            thread: None,
            problems,
        },
        None,
    )
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
