//! The history of a branch: every commit signed by its owner, and nothing ever taken away.

use crate::model::layout::{CARD, ERASED, THREADS};
use crate::model::{Filed, KeptDraft, OwnedProject, PublicKey};
use crate::sign::{Namespace, allowed_signers_line};
use crate::store::history::findings::{BranchFinding, CommitFinding};
use crate::store::history::losses::{Large, losses, unreadable};
use crate::store::objects::ObjectError;
use crate::store::objects::ancestry;
use crate::store::save::commit::principal;
use crate::store::{
    CardVerdict, CommitId, DraftVerdict, ErasureVerdict, FiledVerdict, ProjectVerdict, Store,
    StoreError, objects,
};
use crate::verify;
use git2::{Oid, Repository};
use rayon::prelude::*;
use std::collections::HashSet;

/// The verdict on one commit of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitVerdict {
    /// The commit.
    pub id: CommitId,
    /// What is wrong with it; nothing, if the branch's owner signed it, and every thread of its
    /// parents, every message in it and every erasure is still there, and no thread is older than
    /// it was.
    pub findings: Vec<CommitFinding>,
}

/// The verdicts on a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchReport {
    /// Whose branch it is.
    pub owner: PublicKey,
    /// Each commit's, newest first.
    pub commits: Vec<CommitVerdict>,
    /// What its owner erased, as the branch tells it.
    pub erasures: Vec<ErasureVerdict>,
    /// Its owner's card, if it has one.
    pub card: Option<CardVerdict>,
    /// Its owner's projects.
    pub projects: Vec<ProjectVerdict>,
    /// Its owner's drafts.
    pub drafts: Vec<DraftVerdict>,
    /// What is wrong with the branch as a whole.
    pub whole: Vec<BranchFinding>,
}

impl BranchReport {
    /// Of a branch that can't be looked into at all.
    pub fn unreadable(owner: PublicKey, why: &StoreError) -> Self {
        let why = why.to_string();
        Self::without_commits(owner, vec![BranchFinding::Unreadable { why }])
    }

    fn without_commits(owner: PublicKey, whole: Vec<BranchFinding>) -> Self {
        Self {
            owner,
            commits: Vec::new(),
            erasures: Vec::new(),
            card: None,
            projects: Vec::new(),
            drafts: Vec::new(),
            whole,
        }
    }

    /// All that is wrong, commit by commit, and then with the whole.
    pub fn findings(&self) -> Vec<BranchFinding> {
        let of_commit = |commit: &CommitVerdict| {
            let id = commit.id;
            let found = commit.findings.iter().cloned();
            found
                .map(move |finding| BranchFinding::Commit { id, finding })
                .collect::<Vec<_>>()
        };
        let untrue = |erasure: &ErasureVerdict| {
            let fault = erasure.check.clone().err()?;
            Some(BranchFinding::Erasure {
                path: erasure.path.clone(),
                fault,
            })
        };
        let card_fault = |card: &CardVerdict| {
            let fault = card.check.clone().err()?;
            let path = CARD.join("/");
            Some(BranchFinding::Card { path, fault })
        };
        let commits = self.commits.iter().flat_map(of_commit);
        commits
            .chain(self.erasures.iter().filter_map(untrue))
            .chain(self.card.iter().filter_map(card_fault))
            .chain(self.projects.iter().filter_map(document_fault))
            .chain(self.drafts.iter().filter_map(document_fault))
            .chain(self.whole.iter().cloned())
            .collect()
    }

    /// The same, in words.
    pub fn problems(&self) -> Vec<String> {
        self.findings().iter().map(ToString::to_string).collect()
    }
}

fn document_fault<Kind: Filed>(verdict: &FiledVerdict<Kind>) -> Option<BranchFinding> {
    let fault = verdict.check.clone().err()?;
    Some(BranchFinding::Document {
        path: verdict.path.clone(),
        fault,
    })
}

impl Store {
    /// Checks an author's branch: its history, and that it still has what it was seen to have.
    ///
    /// # Errors
    ///
    /// If it can't even be told where the branch is, or what it was seen to have. What can't be
    /// read of its history is a finding.
    pub fn check_branch(&self, owner: &PublicKey) -> Result<BranchReport, StoreError> {
        let tip = self.tip(owner)?;
        let lost = self.lost_at(owner, tip)?;
        let mut report = match tip {
            Some(tip) => self.check_history(owner, tip)?,
            None => BranchReport::without_commits(*owner, Vec::new()),
        };
        report.whole.splice(..0, lost);
        Ok(report)
    }

    /// Checks every commit that a tip stands on, and itself, as the history of an owner. No branch
    /// need have it: so what comes from elsewhere is checked before any branch is moved to it.
    ///
    /// # Errors
    ///
    /// If the repository can't be read. What can't be read of the history is a finding.
    pub fn check_history(
        &self,
        owner: &PublicKey,
        tip: CommitId,
    ) -> Result<BranchReport, StoreError> {
        let (ids, broken) = ancestry::history(&self.repo, tip.0);
        self.check_these(owner, tip, ids, broken)
    }

    /// Checks commits of a tip, which are all of its history that was not checked before.
    pub(in crate::store) fn check_these(
        &self,
        owner: &PublicKey,
        tip: CommitId,
        ids: Vec<Oid>,
        broken: Option<ObjectError>,
    ) -> Result<BranchReport, StoreError> {
        let mut whole = Vec::new();
        whole.extend(broken.map(|error| BranchFinding::Unreadable {
            why: error.to_string(),
        }));
        let commits = self.check_commits(owner, ids);
        let mut findings = commits.iter().flat_map(|commit| &commit.findings);
        let is_told = findings.any(CommitFinding::is_unreadable);
        let mut tell = |folder: &str, error: StoreError| {
            if !is_told {
                whole.push(BranchFinding::FolderUnreadable {
                    path: format!("{}/{folder}", THREADS[0]),
                    why: error.to_string(),
                });
            }
        };
        let erasures = self.erasures_at(owner, tip).unwrap_or_else(|error| {
            tell(ERASED, error);
            Vec::new()
        });
        let projects = self.filed_at(owner, tip).unwrap_or_else(|error| {
            tell(OwnedProject::FOLDER, error);
            Vec::new()
        });
        let drafts = self.filed_at(owner, tip).unwrap_or_else(|error| {
            tell(KeptDraft::FOLDER, error);
            Vec::new()
        });
        // What can't be read of the newest commit is told already.
        let card = self.card_at(owner, tip).ok().flatten();
        if let Some(Ok(card)) = card.clone().map(CardVerdict::good) {
            match self.said_after_retirement(owner, &card, tip) {
                Ok(found) => whole.extend(found),
                Err(error) => whole.push(BranchFinding::Unreadable {
                    why: error.to_string(),
                }),
            }
        }
        Ok(BranchReport {
            owner: *owner,
            commits,
            erasures,
            card,
            projects,
            drafts,
            whole,
        })
    }

    /// Checks commits on all cores, but for large files: those are looked at on all cores
    /// themselves, and only those of one commit are in memory at a time.
    fn check_commits(&self, owner: &PublicKey, ids: Vec<Oid>) -> Vec<CommitVerdict> {
        let path = self.repo.path();
        let checked: Vec<Option<CommitVerdict>> = ids
            .par_iter()
            .map_init(
                || Repository::open_bare(path).map_err(ObjectError::from),
                |repo, id| match repo {
                    Ok(repo) => check_commit(repo, owner, *id, Large::Leave),
                    Err(error) => {
                        let findings = vec![unreadable("", *id, error)];
                        Some(CommitVerdict {
                            id: CommitId(*id),
                            findings,
                        })
                    }
                },
            )
            .collect();
        let again = |id| check_commit(&self.repo, owner, id, Large::Read);
        ids.into_iter()
            .zip(checked)
            .filter_map(|(id, checked)| checked.or_else(|| again(id)))
            .collect()
    }

    /// The allowed-signers file (ssh-keygen(1)) with which stock git calls every author's commits
    /// good, and stock ssh-keygen their messages and threads.
    ///
    /// # Errors
    ///
    /// If the repository's references can't be read.
    pub fn allowed_signers(&self) -> Result<String, StoreError> {
        let authors = self.authors()?;
        let kinds = [
            Namespace::Git,
            Namespace::Message,
            Namespace::Thread,
            Namespace::Erasure,
            Namespace::Card,
            Namespace::Project,
            Namespace::Draft,
        ];
        let lines = authors
            .iter()
            .map(|author| allowed_signers_line(&principal(author), &kinds, author));
        Ok(lines.collect())
    }

    /// Whether the owner of a branch signed a commit.
    pub(in crate::store) fn is_signed_by(&self, owner: &PublicKey, commit: Oid) -> bool {
        signature_of(&self.repo, owner, commit).is_ok()
    }
}

/// Whether the owner of a branch signed a commit, and why not.
pub(in crate::store) fn signature_of(
    repo: &Repository,
    owner: &PublicKey,
    id: Oid,
) -> Result<(), CommitFinding> {
    let object = objects::commit_bytes(repo, id).map_err(|error| unreadable("", id, &error))?;
    verify::commit(owner, &object).map_err(CommitFinding::NotTheOwners)
}

/// `None`: a large file is to be read for it, and is not.
fn check_commit(
    repo: &Repository,
    owner: &PublicKey,
    id: Oid,
    large: Large,
) -> Option<CommitVerdict> {
    let mut findings: Vec<_> = signature_of(repo, owner, id).err().into_iter().collect();
    let parents =
        objects::commit(repo, id).map(|commit| commit.parent_ids().map(Some).collect::<Vec<_>>());
    let missing = match parents {
        Ok(mut parents) => {
            if parents.is_empty() {
                parents.push(None);
            }
            let but = HashSet::new();
            let lost = |parent| losses(repo, owner, parent, id, &but, large);
            parents
                .into_iter()
                .map(lost)
                .collect::<Option<Vec<_>>>()?
                .concat()
        }
        Err(error) => vec![unreadable("", id, &error)],
    };
    for finding in missing {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    Some(CommitVerdict {
        id: CommitId(id),
        findings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::layout::components;
    use crate::model::{Birth, Thread, ThreadId, Timestamp};
    use crate::sign::Signer;

    /// A branch of two commits: one with an empty thread's file, one where `then` says what became
    /// of it.
    fn second_commit(then: impl Fn(&str) -> Option<String>) -> CommitVerdict {
        let home = tempfile::tempdir().unwrap();
        let owner = Signer::from_secret(&[7; 32]);
        let store = Store::open_or_create(home.path(), &owner.public()).unwrap();
        let now = Timestamp::from_millis(1_756_140_749_000);
        let mut thread = Thread::begin(Birth {
            id: ThreadId::at(now),
            title: "nothing said yet".to_owned(),
            author: owner.public(),
            created_at: now,
            mode: "conversation".to_owned(),
            project: None,
            tags: Vec::new(),
        });
        owner.sign_thread(&mut thread);
        let name = format!("{}.json", thread.id());
        let blob = store.repo.blob(&thread.to_file()).unwrap();
        let with = |name: &str| {
            let path = components(thread.id(), name);
            store
                .tree_with(None, &[(&path[..], blob)], &mut Vec::new())
                .unwrap()
        };
        let first = store.commit(&owner, with(&name), 1, &[], now).unwrap();
        let tree = match then(&name) {
            Some(other) => with(&other),
            None => store.repo.treebuilder(None).unwrap().write().unwrap(),
        };
        let second = store.commit(&owner, tree, 1, &[first], now).unwrap();
        check_commit(&store.repo, &owner.public(), second, Large::Read).unwrap()
    }

    #[test]
    fn a_thread_without_messages_is_missed_too() {
        let verdict = second_commit(|_| None);
        let path = ".mmogit/threads/2025-08/25/thread_1756140749.json".to_owned();
        assert_eq!(verdict.findings, [CommitFinding::ThreadTakenAway { path }]);
    }

    #[test]
    fn a_thread_under_its_other_name_is_not_missed() {
        let verdict = second_commit(|name| Some(name.replace(".json", "-0123abcd.json")));
        assert_eq!(verdict.findings, []);
    }
}
