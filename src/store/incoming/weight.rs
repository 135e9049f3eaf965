//! How much there is to look at in what came. A few small objects can name each other so often that
//! looking at all they say would never end.

use crate::store::history::losses::FolderKind;
use crate::store::objects;
use git2::{ObjectType, Oid, Repository, Tree, TreeEntry};
use std::collections::HashMap;

/// The most commits of one branch that come at once.
pub(super) const MAX_COMMITS: usize = 1 << 20;
/// The most parents of one commit, each of which it is compared with. Those made here have two at
/// most.
const MAX_PARENTS: usize = 64;
/// The most files that one commit changes.
const MAX_FILES_OF_ONE: u64 = 1 << 20;
/// The most files that all of them change.
const MAX_FILES: u64 = 1 << 24;
/// The most bytes that these files have.
const MAX_BYTES: u64 = 64 << 30;

/// Of what there is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// Commits.
    #[error("it has more than {MAX_COMMITS} new commits")]
    Commits,
    /// Parents of one commit.
    #[error("one of its commits has more than {MAX_PARENTS} parents")]
    Parents,
    /// Files that commits change.
    #[error("its commits change more files than are looked at")]
    Files,
    /// Bytes of these files.
    #[error("the files that its commits change have more than {} GiB", MAX_BYTES >> 30)]
    Bytes,
}

/// What there is to look at between two folders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Weight {
    files: u64,
    bytes: u64,
}

impl Weight {
    fn add(&mut self, other: Self) {
        self.files = self.files.saturating_add(other.files);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// Of what commits have too much, if they do. What can't be read weighs nothing: the check of the
/// commits names it.
pub(super) fn excess_of(repo: &Repository, commits: &[Oid]) -> Option<Excess> {
    let mut scales = Scales {
        repo,
        known: HashMap::new(),
    };
    let mut all = Weight::default();
    for commit in commits {
        if has_too_many_parents(repo, *commit) {
            return Some(Excess::Parents);
        }
        let one = scales.commit(*commit).unwrap_or_default();
        all.add(one);
        if one.files > MAX_FILES_OF_ONE || all.files > MAX_FILES {
            return Some(Excess::Files);
        }
        if all.bytes > MAX_BYTES {
            return Some(Excess::Bytes);
        }
    }
    None
}

fn has_too_many_parents(repo: &Repository, commit: Oid) -> bool {
    objects::commit(repo, commit).is_ok_and(|commit| commit.parent_count() > MAX_PARENTS)
}

/// Two folders, of which there is at least one, and what they are.
type Pair = (Option<Oid>, Option<Oid>, FolderKind);

struct Scales<'r> {
    repo: &'r Repository,
    /// Pairs that were weighed: each is looked into once, however often it is named.
    known: HashMap<Pair, Weight>,
}

impl Scales<'_> {
    fn commit(&mut self, id: Oid) -> Option<Weight> {
        let commit = objects::commit(self.repo, id).ok()?;
        let mut weight = Weight::default();
        let parents: Vec<Oid> = commit.parent_ids().collect();
        if parents.is_empty() {
            weight.add(self.folders((None, Some(commit.tree_id()), FolderKind::Top)));
        }
        for parent in parents {
            let before = objects::commit(self.repo, parent).ok();
            let before = before.map(|before| before.tree_id());
            weight.add(self.folders((before, Some(commit.tree_id()), FolderKind::Top)));
        }
        Some(weight)
    }

    fn folders(&mut self, pair: Pair) -> Weight {
        let (before, after, kind) = pair;
        if before == after {
            return Weight::default();
        }
        if let Some(known) = self.known.get(&pair) {
            return *known;
        }
        let open = |id: Option<Oid>| objects::folder(self.repo, id?).ok();
        let (old, new) = (open(before), open(after));
        let mut weight = Weight::default();
        for entry in new.iter().flat_map(Tree::iter) {
            let beside = old
                .as_ref()
                .and_then(|old| old.get_name_bytes(entry.name_bytes()));
            weight.add(self.entries(beside.as_ref(), Some(&entry), kind));
        }
        for entry in old.iter().flat_map(Tree::iter) {
            let is_gone = |new: &Tree<'_>| new.get_name_bytes(entry.name_bytes()).is_none();
            if new.as_ref().is_none_or(is_gone) {
                weight.add(self.entries(Some(&entry), None, kind));
            }
        }
        self.known.insert(pair, weight);
        weight
    }

    fn entries(
        &mut self,
        before: Option<&TreeEntry<'_>>,
        after: Option<&TreeEntry<'_>>,
        kind: FolderKind,
    ) -> Weight {
        let id = |entry: Option<&TreeEntry<'_>>| entry.map(TreeEntry::id);
        if id(before) == id(after) {
            return Weight::default();
        }
        let name = after.or(before).map(TreeEntry::name_bytes);
        if let Some(below) = name.and_then(|name| kind.folder(name)) {
            let folder = |entry: Option<&TreeEntry<'_>>| {
                let entry = entry.filter(|entry| entry.kind() == Some(ObjectType::Tree));
                entry.map(TreeEntry::id)
            };
            return self.folders((folder(before), folder(after), below));
        }
        let size = |entry: Option<&TreeEntry<'_>>| {
            let size = entry.and_then(|entry| objects::size_of(self.repo, entry.id()).ok());
            size.unwrap_or_default() as u64
        };
        Weight {
            files: 1,
            bytes: size(before).saturating_add(size(after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use git2::{FileMode, Signature};

    fn commit(repo: &Repository, tree: Oid) -> Oid {
        let who = Signature::now("a", "a@example.invalid").unwrap();
        let tree = repo.find_tree(tree).unwrap();
        repo.commit(None, &who, &who, "", &tree, &[]).unwrap()
    }

    #[test]
    fn a_commit_of_many_parents_is_not_compared_with_each() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repository::init_bare(folder.path()).unwrap();
        let tree = folder_of(&repo, 0, Oid::ZERO_SHA1, FileMode::Blob);
        let parent = commit(&repo, tree);
        let of_parents = |count| {
            let parents = format!("parent {parent}\n").repeat(count);
            let who = "a <a@example.invalid> 0 +0000";
            let text = format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\n");
            let objects = repo.odb().unwrap();
            objects.write(ObjectType::Commit, text.as_bytes()).unwrap()
        };
        let excess = |count| excess_of(&repo, &[of_parents(count)]);
        assert_eq!(excess(MAX_PARENTS + 1), Some(Excess::Parents));
        assert_eq!(excess(MAX_PARENTS), None);
    }

    fn folder_of(repo: &Repository, count: usize, of: Oid, mode: FileMode) -> Oid {
        let mut builder = repo.treebuilder(None).unwrap();
        for number in 0..count {
            let name = format!("thread_{number}.json");
            builder.insert(name, of, mode.into()).unwrap();
        }
        builder.write().unwrap()
    }

    fn under(repo: &Repository, name: &str, of: Oid) -> Oid {
        let mut builder = repo.treebuilder(None).unwrap();
        builder.insert(name, of, FileMode::Tree.into()).unwrap();
        builder.write().unwrap()
    }

    /// Three folders of a thousand names each say that there are a thousand million files.
    #[test]
    fn folders_that_name_each_other_are_weighed_and_not_walked_through() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repository::init_bare(folder.path()).unwrap();
        let blob = repo.blob(b"{}").unwrap();
        let mut tree = folder_of(&repo, 1_000, blob, FileMode::Blob);
        let few = tree;
        for _ in 0..2 {
            tree = folder_of(&repo, 1_000, tree, FileMode::Tree);
        }
        let at = |tree| {
            commit(
                &repo,
                under(&repo, ".mmogit", under(&repo, "threads", tree)),
            )
        };
        assert_eq!(excess_of(&repo, &[at(tree)]), Some(Excess::Files));
        let day = under(&repo, "2025-01", under(&repo, "01", few));
        assert_eq!(excess_of(&repo, &[at(day)]), None);
    }
}
