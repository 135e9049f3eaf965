//! What one state of a branch holds and another lacks. What can't be read counts as missing, never
//! as nothing.

mod card;
mod filed;
mod folders;
mod kept;

pub(in crate::store) use folders::FolderKind;

use crate::model::layout::CARD;
use crate::model::{ErasedId, Erasure, KeptDraft, OwnedProject, PublicKey, Timestamp};
use crate::store::history::findings::CommitFinding;
use crate::store::objects;
use crate::store::objects::ObjectError;
use crate::store::objects::places::PLAIN;
use crate::store::objects::threads::LARGE;
use crate::verify;
use card::{Lessened, Said};
use git2::{ObjectType, Oid, Repository, Tree, TreeEntry};
use kept::{Kept, Version, what_it_keeps};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What is missing, or not as it should be, in a commit, against one before it; without one, all of
/// the commit is looked at as new. What is missing of the threads `but` (by root, or by an older
/// mmogit's id) does not count. `None` only where large files are left.
pub(in crate::store) fn losses(
    repo: &Repository,
    owner: &PublicKey,
    old: Option<Oid>,
    new: Oid,
    but: &HashSet<String>,
    large: Large,
) -> Option<Vec<CommitFinding>> {
    let (threads, erasures, cards, projects, drafts) = Default::default();
    let mut walk = Walk {
        repo,
        findings: Vec::new(),
        threads,
        erasures,
        cards,
        projects,
        drafts,
        large,
        is_left: false,
    };
    let (before, after) = (old.and_then(|old| walk.tree_of(old)), walk.tree_of(new));
    if after.is_some() && (old.is_none() || before.is_some()) {
        walk.compare(before.as_ref(), after.as_ref(), FolderKind::Top, "");
    }
    walk.miss_erasures(owner);
    walk.miss_card(owner);
    walk.miss_filed::<OwnedProject>(owner, but);
    walk.miss_filed::<KeptDraft>(owner, but);
    walk.miss_threads(but);
    (!walk.is_left).then_some(walk.findings)
}

/// What becomes of files that are too large for many of them to be in memory together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Large {
    Read,
    /// Nothing is said then of the commit that has them.
    Leave,
}

struct File {
    path: String,
    blob: Oid,
}

/// The files that one of the two states has, or has with other content.
#[derive(Default)]
struct Sides {
    before: Vec<File>,
    after: Vec<File>,
}

struct Walk<'r> {
    repo: &'r Repository,
    findings: Vec<CommitFinding>,
    threads: Sides,
    erasures: Sides,
    cards: Sides,
    projects: Sides,
    drafts: Sides,
    large: Large,
    is_left: bool,
}

impl<'r> Walk<'r> {
    fn tree_of(&mut self, commit: Oid) -> Option<Tree<'r>> {
        match objects::commit(self.repo, commit) {
            Ok(found) => self.read_tree("", found.tree_id()),
            Err(error) => {
                self.unreadable("", commit, &error);
                None
            }
        }
    }

    fn read_tree(&mut self, path: &str, id: Oid) -> Option<Tree<'r>> {
        match objects::folder(self.repo, id) {
            Ok(tree) => Some(tree),
            Err(error) => {
                self.unreadable(path, id, &error);
                None
            }
        }
    }

    fn read_blob(&mut self, file: &File) -> Option<Vec<u8>> {
        let is_large = || objects::size_of(self.repo, file.blob).is_ok_and(|size| size > LARGE);
        self.is_left |= self.large == Large::Leave && (self.is_left || is_large());
        if self.is_left {
            return None;
        }
        match objects::file(self.repo, file.blob) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.unreadable(&file.path, file.blob, &error);
                None
            }
        }
    }

    fn unreadable(&mut self, path: &str, object: Oid, error: &ObjectError) {
        self.found(unreadable(path, object, error));
    }

    fn found(&mut self, finding: CommitFinding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Notes the files in which two folders differ. Folders that are the same are not entered, so a
    /// commit costs the same among ten threads and among 100,000.
    fn compare(
        &mut self,
        old: Option<&Tree<'_>>,
        new: Option<&Tree<'_>>,
        place: FolderKind,
        path: &str,
    ) {
        for name in new.map(names_twice).unwrap_or_default() {
            self.found(CommitFinding::Twice {
                path: path_of(path, &name),
            });
        }
        // Most entries stand side by side, so most are not searched for.
        let (mut next, mut met) = (0, 0);
        for entry in new.into_iter().flat_map(Tree::iter) {
            let beside = old
                .and_then(|old| old.get(next))
                .filter(|b| b.name_bytes() == entry.name_bytes());
            next += usize::from(beside.is_some());
            let before = match (beside, old) {
                (None, Some(old)) => old.get_name_bytes(entry.name_bytes()),
                (beside, _) => beside.map(|beside| beside.to_owned()),
            };
            met += usize::from(before.is_some());
            if !before
                .as_ref()
                .is_some_and(|before| is_same(before, &entry))
            {
                self.compare_entries(before.as_ref(), Some(&entry), place, path);
            }
        }
        if old.is_none_or(|old| met == old.len()) {
            return;
        }
        for entry in old.into_iter().flat_map(Tree::iter) {
            if new.is_none_or(|new| new.get_name_bytes(entry.name_bytes()).is_none()) {
                self.compare_entries(Some(&entry), None, place, path);
            }
        }
    }

    /// Two entries of one name, of which there is at least one.
    fn compare_entries(
        &mut self,
        old: Option<&TreeEntry<'_>>,
        new: Option<&TreeEntry<'_>>,
        place: FolderKind,
        path: &str,
    ) {
        let Some(entry) = new.or(old) else { return };
        let path = path_of(path, entry.name_bytes());
        if let Some(place) = place.folder(entry.name_bytes()) {
            let (before, after) = (self.folder(old, &path), self.folder(new, &path));
            return self.compare(before.as_ref(), after.as_ref(), place, &path);
        }
        if !entry.name().is_ok_and(|name| place.has_file(name)) {
            return;
        }
        let mode = new.map_or(PLAIN, |entry| entry.filemode_raw());
        if mode != PLAIN {
            self.found(CommitFinding::NotPlain {
                path: path.clone(),
                mode: mode.cast_unsigned(),
            });
        }
        let sides = match place {
            FolderKind::Erased => &mut self.erasures,
            FolderKind::Mmogit => &mut self.cards,
            FolderKind::Projects => &mut self.projects,
            FolderKind::Drafts => &mut self.drafts,
            _ => &mut self.threads,
        };
        let file = |entry: &TreeEntry<'_>| File {
            path: path.clone(),
            blob: entry.id(),
        };
        let is_file = |entry: &&TreeEntry<'_>| entry.kind() == Some(ObjectType::Blob);
        sides.before.extend(old.filter(is_file).map(file));
        sides.after.extend(new.filter(is_file).map(file));
    }

    fn folder(&mut self, entry: Option<&TreeEntry<'_>>, path: &str) -> Option<Tree<'r>> {
        let id = entry
            .filter(|entry| entry.kind() == Some(ObjectType::Tree))?
            .id();
        self.read_tree(path, id)
    }

    fn miss_erasures(&mut self, owner: &PublicKey) {
        let Sides { before, after } = std::mem::take(&mut self.erasures);
        let told = |walk: &mut Self, file: &File| walk.true_erasure(owner, file);
        let before: Vec<_> = before
            .iter()
            .filter_map(|file| Some((told(self, file)?, file)))
            .collect();
        if before.is_empty() {
            return;
        }
        let after: HashSet<_> = after.iter().filter_map(|file| told(self, file)).collect();
        for (_, file) in before
            .into_iter()
            .filter(|(erased, _)| !after.contains(erased))
        {
            self.found(CommitFinding::ErasureTakenAway {
                path: file.path.clone(),
            });
        }
    }

    /// What a file says was erased, if its owner signed that.
    fn true_erasure(&mut self, owner: &PublicKey, file: &File) -> Option<ErasedId> {
        let erasure = Erasure::read(&self.read_blob(file)?).ok()?;
        let name = file.path.rsplit('/').next()?;
        verify::erasure(owner, &erasure, name).ok()?;
        Some(erasure.erased_id())
    }

    fn miss_card(&mut self, owner: &PublicKey) {
        let Sides { before, after } = std::mem::take(&mut self.cards);
        let [before, after] = [before, after].map(|mut sides| sides.pop());
        let said = |walk: &mut Self, file: Option<&File>| {
            let bytes = walk.read_blob(file?)?;
            Said::of(owner, &bytes)
        };
        let Some(told) = said(self, before.as_ref()) else {
            return;
        };
        let now = said(self, after.as_ref());
        let path = CARD.join("/");
        match told.lessened_in(now.as_ref()) {
            Some(Lessened::Taken) => self.found(CommitFinding::CardTakenAway { path }),
            Some(Lessened::Older) => self.found(CommitFinding::OlderVersion { path }),
            None => {}
        }
    }

    fn miss_threads(&mut self, but: &HashSet<String>) {
        let Sides { before, after } = std::mem::take(&mut self.threads);
        let mut held = self.what_was_held(&before, but);
        if held.kept.is_empty() {
            return;
        }
        // Most threads stay where they are; one may have moved to another path, so then all that is
        // new is looked through.
        let places: HashSet<&str> = before.iter().map(|file| file.path.as_str()).collect();
        let is_same = |file: &&File| places.contains(file.path.as_str());
        let (same, other): (Vec<_>, Vec<_>) = after.iter().partition(is_same);
        for file in same {
            self.find_again(file, &mut held);
        }
        for file in other {
            if held.kept.is_empty() {
                break;
            }
            self.find_again(file, &mut held);
        }
        self.tell_older(&held);
        self.tell_lost(&held);
    }

    /// What the state before held, but for some threads.
    fn what_was_held<'f>(&mut self, before: &'f [File], but: &HashSet<String>) -> Held<'f> {
        let mut held = Held::default();
        for file in before {
            let Some(bytes) = self.read_blob(file) else {
                continue;
            };
            let (kept, age) = what_it_keeps(&bytes);
            for kept in kept {
                if !but.contains(&kept.thread) {
                    held.kept.insert(kept, file);
                }
            }
            if let Some((version, changed)) = age {
                let known = held.ages.entry(version).or_insert((changed, file));
                if changed > known.0 {
                    *known = (changed, file);
                }
            }
        }
        held
    }

    /// Takes off the list what a file of the state after has, and notes how old it is.
    fn find_again<'f>(&mut self, file: &'f File, held: &mut Held<'f>) {
        let Some(bytes) = self.read_blob(file) else {
            held.unreadable.insert(&file.path);
            return;
        };
        let (kept, age) = what_it_keeps(&bytes);
        for kept in &kept {
            held.kept.remove(kept);
        }
        if let Some((version, changed)) = age
            && held.ages.contains_key(&version)
        {
            let newest = held.ages_after.entry(version).or_insert(changed);
            *newest = changed.max(*newest);
        }
    }

    /// Of several files of one thread, some of which may be what somebody made of it, the newest
    /// counts.
    fn tell_older(&mut self, held: &Held<'_>) {
        for (version, newest) in &held.ages_after {
            let (before, was) = &held.ages[version];
            if newest < before {
                self.found(CommitFinding::OlderVersion {
                    path: was.path.clone(),
                });
            }
        }
    }

    /// What was not found again is lost.
    fn tell_lost(&mut self, held: &Held<'_>) {
        let mut lost: BTreeMap<&String, usize> = BTreeMap::new();
        for (kept, file) in &held.kept {
            // What can't be read is said already; what it holds is not known.
            if !held.unreadable.contains(&file.path) {
                let messages = lost.entry(&file.path).or_default();
                *messages += usize::from(kept.message.is_some());
            }
        }
        for (path, messages) in lost {
            let path = path.clone();
            self.found(match messages {
                0 => CommitFinding::ThreadTakenAway { path },
                _ => CommitFinding::MessagesTakenAway { path, messages },
            });
        }
    }
}

/// What the state before held, and was not found again yet.
#[derive(Default)]
struct Held<'f> {
    kept: BTreeMap<Kept, &'f File>,
    /// When each version was changed.
    ages: HashMap<Version, (Timestamp, &'f File)>,
    /// The same of the state after.
    ages_after: BTreeMap<Version, Timestamp>,
    /// The files of the state after that can't be read.
    unreadable: HashSet<&'f String>,
}

/// An object that can't be read; the path of a commit is empty.
pub(in crate::store) fn unreadable(path: &str, object: Oid, error: &ObjectError) -> CommitFinding {
    CommitFinding::Unreadable {
        path: path.to_owned(),
        object: object.to_string(),
        why: error.to_string(),
    }
}

pub(in crate::store) fn is_same(one: &TreeEntry<'_>, other: &TreeEntry<'_>) -> bool {
    one.id() == other.id() && one.filemode_raw() == other.filemode_raw()
}

/// The names that stand in a folder more than once. In the order of names, which nearly every
/// folder keeps, none does.
fn names_twice(tree: &Tree<'_>) -> Vec<Vec<u8>> {
    let is_before =
        |(one, other): (TreeEntry<'_>, TreeEntry<'_>)| one.name_bytes() < other.name_bytes();
    if tree.iter().zip(tree.iter().skip(1)).all(is_before) {
        return Vec::new();
    }
    let mut names = HashSet::new();
    let all = tree.iter().map(|entry| entry.name_bytes().to_vec());
    all.filter(|name| !names.insert(name.clone())).collect()
}

fn path_of(folder: &str, name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    if folder.is_empty() {
        name.into_owned()
    } else {
        format!("{folder}/{name}")
    }
}
