//! The history of a branch: every commit signed by its owner, and nothing ever taken away.

use super::changes::threads_at;
use super::commit::principal;
use super::files::THREADS;
use super::{CommitId, ErasureVerdict, Store, StoreError};
use crate::model::{PublicKey, Reading, Thread, Timestamp};
use crate::sign::{Namespace, allowed_signers_line};
use crate::verify::{self, Check};
use git2::{ObjectType, Oid, Repository, Tree};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Months and days; what lies deeper is no thread.
const FOLDERS: usize = 2;

/// The verdict on one commit of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitVerdict {
    /// The commit.
    pub id: CommitId,
    /// Signed by the branch's owner.
    pub signature: Check,
    /// Every thread of its parents, and every message in it, is still there, and none is older than it was.
    pub append_only: Check,
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
        let erasures = self
            .erasures
            .iter()
            .filter_map(|erasure| erasure.check.as_ref().err().map(|why| format!("{}: {why}", erasure.path)));
        commits.chain(erasures).chain(self.not_moved_back.as_ref().err().cloned()).collect()
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
            let (commits, erasures) = Default::default();
            return Ok(BranchReport { owner: *owner, commits, erasures, not_moved_back });
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
        let erasures = self.erasures(owner)?;
        Ok(BranchReport { owner: *owner, commits, erasures, not_moved_back })
    }

    /// The allowed-signers file (ssh-keygen(1)) with which stock git calls every author's commits good, and stock
    /// ssh-keygen their messages and threads.
    pub fn allowed_signers(&self) -> Result<String, StoreError> {
        let authors = self.authors()?;
        let kinds = [Namespace::Git, Namespace::Message, Namespace::Thread, Namespace::Erasure];
        let lines = authors.iter().map(|author| allowed_signers_line(&principal(author), &kinds, author));
        Ok(lines.collect())
    }

    /// What a commit lost against an older one, but for the threads of these roots (or older mmogit's ids).
    pub(super) fn lost_between(
        &self,
        old: Oid,
        new: Oid,
        but: &HashSet<String>,
    ) -> Result<Vec<String>, StoreError> {
        lost_between(&self.repo, old, new, but).map_err(|e| self.git(e))
    }
}

fn check_commit(repo: &Repository, owner: &PublicKey, id: Oid) -> CommitVerdict {
    let object = repo.odb().and_then(|objects| Ok(objects.read(id)?.data().to_vec()));
    let signature = match object {
        Ok(object) => verify::commit(owner, &object),
        Err(error) => Err(error.message().to_owned()),
    };
    let parents = repo.find_commit(id).map(|commit| commit.parent_ids().collect::<Vec<_>>());
    let lost = parents.and_then(|parents| {
        let lost = parents.into_iter().map(|parent| lost_between(repo, parent, id, &HashSet::new()));
        lost.collect::<Result<Vec<_>, _>>()
    });
    let append_only = match lost.map(|lost| lost.concat()) {
        Ok(lost) if lost.is_empty() => Ok(()),
        Ok(lost) => Err(lost.join("; ")),
        Err(error) => Err(error.message().to_owned()),
    };
    CommitVerdict { id: CommitId(id), signature, append_only }
}

fn unreadable(id: Oid, error: &git2::Error) -> CommitVerdict {
    let why = error.message().to_owned();
    CommitVerdict { id: CommitId(id), signature: Err(why.clone()), append_only: Err(why) }
}

fn lost_between(
    repo: &Repository,
    old: Oid,
    new: Oid,
    but: &HashSet<String>,
) -> Result<Vec<String>, git2::Error> {
    let (old, new) = (threads_at(repo, old)?, threads_at(repo, new)?);
    let mut before: HashMap<Kept, String> = HashMap::new();
    let mut ages: HashMap<(String, PublicKey), (Timestamp, String)> = HashMap::new();
    for (path, blob) in differing(repo, old.as_ref(), new.as_ref())? {
        let (kept, age) = kept_in(repo, blob);
        let kept = kept.into_iter().filter(|kept| !but.contains(&kept.thread));
        before.extend(kept.map(|kept| (kept, path.clone())));
        ages.extend(age.map(|(version, changed)| (version, (changed, path))));
    }
    if before.is_empty() {
        return Ok(Vec::new());
    }
    // A thread may have moved to another path, so added files are looked through too.
    let added = differing(repo, new.as_ref(), old.as_ref())?;
    let (after, new_ages): (Vec<_>, Vec<_>) = added.into_iter().map(|(_, blob)| kept_in(repo, blob)).unzip();
    let after: HashSet<Kept> = after.into_iter().flatten().collect();
    let mut lost: BTreeMap<String, usize> = BTreeMap::new();
    for (kept, path) in before.into_iter().filter(|(kept, _)| !after.contains(kept)) {
        *lost.entry(path).or_default() += usize::from(kept.message.is_some());
    }
    let gone = lost.into_iter().map(|(path, messages)| match messages {
        0 => format!("the thread {path}, without messages, was taken away"),
        _ => format!("{messages} messages of {path} were taken away"),
    });
    let older = new_ages.into_iter().flatten().filter_map(|(version, changed)| {
        let (before, path) = ages.get(&version)?;
        (changed < *before).then(|| format!("an older version of {path} was put back"))
    });
    Ok(gone.chain(older).collect())
}

/// The files below one folder of all threads that the other does not have, or has with other content. Folders that are
/// the same are not entered, so a commit costs the same among ten threads and among 100,000.
fn differing(
    repo: &Repository,
    one: Option<&Tree<'_>>,
    other: Option<&Tree<'_>>,
) -> Result<Vec<(String, Oid)>, git2::Error> {
    let mut found = Vec::new();
    note_differing(repo, one, other, &THREADS.join("/"), FOLDERS, &mut found)?;
    Ok(found)
}

fn note_differing(
    repo: &Repository,
    one: Option<&Tree<'_>>,
    other: Option<&Tree<'_>>,
    path: &str,
    deeper: usize,
    found: &mut Vec<(String, Oid)>,
) -> Result<(), git2::Error> {
    for entry in one.into_iter().flat_map(Tree::iter) {
        let beside = other.and_then(|other| other.get_name_bytes(entry.name_bytes()));
        if beside.as_ref().is_some_and(|beside| beside.id() == entry.id()) {
            continue;
        }
        let path = format!("{path}/{}", String::from_utf8_lossy(entry.name_bytes()));
        match entry.kind() {
            Some(ObjectType::Tree) if deeper > 0 => {
                let beside = beside.filter(|beside| beside.kind() == Some(ObjectType::Tree));
                let other = beside.map(|beside| repo.find_tree(beside.id())).transpose()?;
                let one = repo.find_tree(entry.id())?;
                note_differing(repo, Some(&one), other.as_ref(), &path, deeper - 1, found)?;
            }
            Some(ObjectType::Blob) => found.push((path, entry.id())),
            _ => {}
        }
    }
    Ok(())
}

/// What no commit may take away: a thread, or a message of it.
#[derive(PartialEq, Eq, Hash)]
struct Kept {
    /// Its root; for a thread of the older mmogit, its id.
    thread: String,
    /// Its id; for the older mmogit, all that it says.
    message: Option<String>,
}

/// Whose version of which thread (by its root) it is, and its `updated_at`, which only goes on, also in a union. One
/// signer's versions can be told apart by age; what another signer claims of time is no measure for them.
type Age = ((String, PublicKey), Timestamp);

/// What a thread's file keeps. A file that is no thread keeps nothing.
fn kept_in(repo: &Repository, blob: Oid) -> (Vec<Kept>, Option<Age>) {
    let Ok(blob) = repo.find_blob(blob) else { return Default::default() };
    let (thread, messages, age): (String, Vec<String>, _) = match Thread::read(blob.content()) {
        Ok(Reading::Thread(thread)) => {
            let ids = thread.messages().iter().map(|message| message.id().to_string());
            let root = thread.root().to_string();
            (root.clone(), ids.collect(), Some(((root, thread.signer()), thread.updated_at())))
        }
        Ok(Reading::Legacy(legacy)) => {
            let said = legacy.messages.into_iter();
            let said = said.map(|said| format!("{} {} {}", said.timestamp, said.role, said.content));
            (legacy.id, said.collect(), None)
        }
        Err(_) => return Default::default(),
    };
    let messages = messages.into_iter().map(Some);
    let kept = std::iter::once(None).chain(messages);
    (kept.map(|message| Kept { thread: thread.clone(), message }).collect(), age)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Birth, ThreadId, Timestamp};
    use crate::sign::Signer;
    use crate::store::files::components;

    /// A branch of two commits: one with an empty thread's file, one where `then` says what became of it.
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
            store.tree_with(None, &[(&path[..], blob)], &mut Vec::new()).unwrap()
        };
        let first = store.commit(&owner, with(&name), 1, None, now).unwrap();
        let tree = match then(&name) {
            Some(other) => with(&other),
            None => store.repo.treebuilder(None).unwrap().write().unwrap(),
        };
        let second = store.commit(&owner, tree, 1, Some(first), now).unwrap();
        check_commit(&store.repo, &owner.public(), second)
    }

    #[test]
    fn a_thread_without_messages_is_missed_too() {
        let verdict = second_commit(|_| None);
        assert_eq!(verdict.signature, Ok(()));
        let why = verdict.append_only.unwrap_err();
        assert!(why.contains("thread_1756140749.json, without messages, was taken away"), "{why}");
    }

    #[test]
    fn a_thread_under_its_other_name_is_not_missed() {
        let verdict = second_commit(|name| Some(name.replace(".json", "-0123abcd.json")));
        assert_eq!(verdict.append_only, Ok(()));
    }
}
