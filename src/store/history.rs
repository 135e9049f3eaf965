//! The history of a branch: every commit signed by its owner, and nothing ever taken away.

use super::commit::principal;
use super::files::THREADS;
use super::{CommitId, Store, StoreError};
use crate::model::{Message, PublicKey, Reading, Thread};
use crate::sign::{Namespace, allowed_signers_line};
use crate::verify::{self, Check};
use git2::{Delta, DiffOptions, Oid, Repository};
use rayon::prelude::*;
use std::collections::HashSet;

/// The verdict on one commit of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitVerdict {
    /// The commit.
    pub id: CommitId,
    /// Signed by the branch's owner.
    pub signature: Check,
    /// Every message of its parents is still there.
    pub append_only: Check,
}

/// The verdicts on a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchReport {
    /// Whose branch it is.
    pub owner: PublicKey,
    /// Each commit's, newest first.
    pub commits: Vec<CommitVerdict>,
    /// The branch still has all that it was seen to have.
    pub not_moved_back: Check,
}

impl BranchReport {
    /// Every check that did not pass, in words.
    pub fn problems(&self) -> Vec<String> {
        let commits = self.commits.iter().flat_map(|commit| {
            let failed =
                [&commit.signature, &commit.append_only].into_iter().filter_map(|check| check.as_ref().err());
            failed.map(move |why| format!("commit {:.10}: {why}", commit.id.to_string()))
        });
        commits.chain(self.not_moved_back.as_ref().err().cloned()).collect()
    }
}

impl Store {
    /// Checks every commit of an author's branch.
    pub fn check_branch(&self, owner: &PublicKey) -> Result<BranchReport, StoreError> {
        let not_moved_back = match self.moved_back(owner)? {
            None => Ok(()),
            Some(seen) => Err(format!(
                "the branch was moved back: it had commit {seen}; to put it back: {}",
                self.restore_command(owner, seen)
            )),
        };
        let Some(CommitId(tip)) = self.tip(owner)? else {
            return Ok(BranchReport { owner: *owner, commits: Vec::new(), not_moved_back });
        };
        let mut walk = self.repo.revwalk().map_err(|e| self.git(e))?;
        walk.push(tip).map_err(|e| self.git(e))?;
        let ids: Vec<Oid> = walk.collect::<Result<_, _>>().map_err(|e| self.git(e))?;
        let path = self.repo.path();
        let commits = ids
            .par_iter()
            .map_init(
                || Repository::open_bare(path),
                |repo, id| match repo {
                    Ok(repo) => check_commit(repo, owner, *id),
                    Err(error) => unreadable(*id, error),
                },
            )
            .collect();
        Ok(BranchReport { owner: *owner, commits, not_moved_back })
    }

    /// The allowed-signers file (ssh-keygen(1)) with which stock git calls every author's commits good.
    pub fn allowed_signers(&self) -> Result<String, StoreError> {
        let authors = self.authors()?;
        let lines =
            authors.iter().map(|author| allowed_signers_line(&principal(author), &[Namespace::Git], author));
        Ok(lines.collect())
    }

    /// What a tree lost against an older one.
    pub(super) fn lost_between(&self, old: Option<Oid>, new: Oid) -> Result<Vec<String>, StoreError> {
        lost_between(&self.repo, old, new).map_err(|e| self.git(e))
    }
}

fn check_commit(repo: &Repository, owner: &PublicKey, id: Oid) -> CommitVerdict {
    let signature = match repo.extract_signature(&id, None) {
        Ok((armour, signed)) => check_signature(owner, &armour, &signed),
        Err(_) => Err("it is not signed".to_owned()),
    };
    let parents = repo.find_commit(id).map(|commit| commit.parent_ids().collect::<Vec<_>>());
    let lost = parents.and_then(|parents| {
        let lost = parents.into_iter().map(|parent| lost_between(repo, Some(parent), id));
        lost.collect::<Result<Vec<_>, _>>()
    });
    let append_only = match lost.map(|lost| lost.concat()) {
        Ok(lost) if lost.is_empty() => Ok(()),
        Ok(lost) => Err(lost.join("; ")),
        Err(error) => Err(error.message().to_owned()),
    };
    CommitVerdict { id: CommitId(id), signature, append_only }
}

fn check_signature(owner: &PublicKey, armour: &[u8], signed: &[u8]) -> Check {
    let armour = std::str::from_utf8(armour).map_err(|_| "its signature is no text".to_owned())?;
    verify::commit(owner, &format!("{}\n", armour.trim_end()), signed)
}

fn unreadable(id: Oid, error: &git2::Error) -> CommitVerdict {
    let why = error.message().to_owned();
    CommitVerdict { id: CommitId(id), signature: Err(why.clone()), append_only: Err(why) }
}

fn lost_between(repo: &Repository, old: Option<Oid>, new: Oid) -> Result<Vec<String>, git2::Error> {
    let tree = |id: Oid| repo.find_commit(id)?.tree();
    let (old, new) = (old.map(tree).transpose()?, tree(new)?);
    let mut options = DiffOptions::new();
    options.pathspec(THREADS.join("/")).skip_binary_check(true);
    let diff = repo.diff_tree_to_tree(old.as_ref(), Some(&new), Some(&mut options))?;
    let mut lost = Vec::new();
    for delta in diff.deltas().filter(|delta| delta.status() != Delta::Added) {
        let path = delta.old_file().path().map(|path| path.display().to_string()).unwrap_or_default();
        let before = messages_in(repo, delta.old_file().id());
        let after = messages_in(repo, delta.new_file().id());
        match before.difference(&after).count() {
            0 => {}
            missing => lost.push(format!("{missing} messages of {path} were taken away")),
        }
    }
    Ok(lost)
}

/// The messages of a thread's file; those of the older mmogit by what they say. A file that is no thread has none.
fn messages_in(repo: &Repository, blob: Oid) -> HashSet<String> {
    let Ok(blob) = repo.find_blob(blob) else { return HashSet::new() };
    match Thread::read(blob.content()) {
        Ok(Reading::Thread(thread)) => {
            thread.messages().iter().map(Message::id).map(|id| id.to_string()).collect()
        }
        Ok(Reading::Legacy(legacy)) => legacy
            .messages
            .into_iter()
            .map(|message| format!("{} {} {}", message.timestamp, message.role, message.content))
            .collect(),
        Err(_) => HashSet::new(),
    }
}
