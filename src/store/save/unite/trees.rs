//! Two trees of one owner become one, which does not depend on which of them came first.
//!
//! Folders that are the same on both sides are not entered, and what only one side has comes along
//! as it is. In a folder that both have the names are given anew, from what both hold: a folder
//! before anything else, then what is true, and of the rest the first by its object.

use super::day::id_of;
use super::names::{Content, Item, Names};
use crate::model::layout::{CARD, components};
use crate::model::{Erasure, PublicKey, ThreadId};
use crate::sign::Signer;
use crate::store::erase::erasures::names_as_kept;
use crate::store::history::losses::FolderKind;
use crate::store::objects::places::PLAIN;
use crate::store::{Store, StoreError, objects};
use git2::{FileMode, Oid, Tree, TreeBuilder};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// How deep folders that are not ours are united name by name; what lies deeper conflicts as a
/// whole.
const DEEPEST: usize = 16;

/// What is asked of a union of two trees.
pub(super) struct Trees<'u> {
    pub(super) owner: &'u Signer,
    /// The erasures of either side.
    pub(super) erasures: &'u [Erasure],
    /// What the word of an erasure becomes that was carried out once more.
    pub(super) again: &'u [Erasure],
    /// Whether what is no thread of the owner's comes along from the other tree too.
    pub(super) takes_all: bool,
}

/// What came of it.
pub(super) struct UnitedTree {
    pub(super) tree: Oid,
    /// How many files are new, or have other content than in the first tree.
    pub(super) changed: usize,
    /// The threads of which two versions fit into no one file, by their paths.
    pub(super) apart: Vec<String>,
}

/// A union under way.
pub(super) struct Uniting<'u, 'r> {
    pub(super) store: &'r Store,
    pub(super) asked: &'u Trees<'u>,
    /// By root, or by an older mmogit's id.
    pub(super) erased: HashSet<String>,
    /// A folder in which nothing is.
    empty: Oid,
    pub(super) changed: usize,
    pub(super) apart: Vec<String>,
}

/// A folder that is being put together.
pub(super) struct FolderDraft<'r> {
    builder: TreeBuilder<'r>,
    store: &'r Store,
}

impl<'r> FolderDraft<'r> {
    fn like(store: &'r Store, base: &Tree<'_>) -> Result<Self, StoreError> {
        let builder = store.repo.treebuilder(Some(base));
        let builder = builder.map_err(|e| store.git(e))?;
        Ok(Self { builder, store })
    }

    /// Puts some items into the place of others. Gives how many files are new.
    pub(super) fn replace(&mut self, old: &[Item], new: &[Item]) -> Result<usize, StoreError> {
        let are: HashSet<&Item> = new.iter().collect();
        for item in old.iter().filter(|item| !are.contains(item)) {
            let removed = self.builder.remove(&item.name);
            removed.map_err(|e| self.store.git(e))?;
        }
        let mut changed = 0;
        for item in new {
            let there = self.builder.get(&item.name);
            let there = there.map_err(|e| self.store.git(e))?;
            // As it was written: some programs write modes that git does not know.
            let is_there = there.is_some_and(|entry| {
                entry.id() == item.object && entry.filemode_raw() == item.mode
            });
            if !is_there {
                let put = self.builder.insert(&item.name[..], item.object, item.mode);
                put.map_err(|e| self.store.git(e))?;
                changed += usize::from(!item.is_folder());
            }
        }
        Ok(changed)
    }

    fn write(self) -> Result<Oid, StoreError> {
        let id = self.builder.write().map_err(|e| self.store.git(e))?;
        // What could not be read back is refused before anything leads to it.
        objects::is_readable_folder(&self.store.repo, id).map_err(|e| self.store.git(e))?;
        Ok(id)
    }
}

/// What is, or was before it gave way, under one name.
#[derive(Default)]
struct Namesakes {
    /// The folders that may become one: ours, and theirs.
    folders: [Option<Oid>; 2],
    documents: BTreeSet<Oid>,
    others: BTreeSet<Content>,
}

/// What becomes of an entry of a folder.
enum Part {
    /// A thread's file, or what lies in the place of one.
    Thread,
    Folder,
    Document,
    /// The draft of a thread that was erased: it goes with it.
    Erased,
    Other,
}

/// Which of the two sides a folder is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

impl Store {
    /// The union of two trees of an owner's branch. The first has nothing of what was erased.
    pub(super) fn unite_trees<'r>(
        &'r self,
        asked: &Trees<'_>,
        base: &Tree<'r>,
        other: &Tree<'r>,
    ) -> Result<UnitedTree, StoreError> {
        let mut uniting = Uniting {
            store: self,
            asked,
            erased: asked.erasures.iter().map(names_as_kept).collect(),
            empty: self.tree_or_empty(None)?.id(),
            changed: 0,
            apart: Vec::new(),
        };
        let tree = uniting.folder(FolderKind::Top, base, other, 0)?;
        let tree = uniting.without_erased(tree)?;
        Ok(UnitedTree {
            tree,
            changed: uniting.changed,
            apart: uniting.apart,
        })
    }
}

impl<'r> Uniting<'_, 'r> {
    pub(super) fn owner(&self) -> PublicKey {
        self.asked.owner.public()
    }

    fn folder(
        &mut self,
        kind: FolderKind,
        base: &Tree<'r>,
        other: &Tree<'r>,
        depth: usize,
    ) -> Result<Oid, StoreError> {
        let mut draft = FolderDraft::like(self.store, base)?;
        if kind == FolderKind::Day {
            self.threads_of_day(&mut draft, base, other)?;
        }
        let mut all = BTreeMap::new();
        let before = self.sort(kind, depth, (base, Side::Ours), &mut all)?;
        self.sort(kind, depth, (other, Side::Theirs), &mut all)?;
        let named = self.name_all_namesakes(kind, depth, all)?;
        self.changed += draft.replace(&before, &named)?;
        draft.write()
    }

    /// Sorts what a folder holds, but for the threads, by the names that it has or had. Gives what
    /// was sorted.
    fn sort(
        &mut self,
        kind: FolderKind,
        depth: usize,
        (folder, side): (&Tree<'r>, Side),
        all: &mut BTreeMap<Vec<u8>, Namesakes>,
    ) -> Result<Vec<Item>, StoreError> {
        let takes_others = side == Side::Ours || self.asked.takes_all;
        let mut items = Vec::new();
        for entry in folder.iter() {
            let item = Item::of(&entry);
            let part = self.part(kind, depth, &item)?;
            let is_known = kind.folder(&item.name).is_some();
            match part {
                Part::Thread => continue,
                Part::Erased => {}
                Part::Folder if is_known || takes_others => {
                    let namesakes = all.entry(item.name.clone()).or_default();
                    namesakes.folders[side as usize] = Some(item.object);
                }
                Part::Document => {
                    let namesakes = all.entry(item.name_at_first()).or_default();
                    namesakes.documents.insert(item.object);
                }
                Part::Other if takes_others => {
                    let namesakes = all.entry(item.name_at_first()).or_default();
                    namesakes.others.insert(Content::of(&item));
                }
                _ => continue,
            }
            items.push(item);
        }
        Ok(items)
    }

    fn part(&self, kind: FolderKind, depth: usize, item: &Item) -> Result<Part, StoreError> {
        if kind == FolderKind::Day && id_of(item).is_some() {
            return Ok(Part::Thread);
        }
        if item.is_folder() {
            let is_in_the_way = is_place_of_document(kind, &item.name_at_first());
            let may_be_united = depth < DEEPEST && !is_in_the_way;
            return Ok(match may_be_united || kind.folder(&item.name).is_some() {
                true => Part::Folder,
                false => Part::Other,
            });
        }
        let name = item.name_at_first();
        let is_document = item.is_file()
            && is_place_of_document(kind, &name)
            && self.is_true_document(kind, &name, item.object)?;
        if !is_document {
            return Ok(Part::Other);
        }
        let is_erased = kind == FolderKind::Drafts && self.is_erased_draft(&name, item.object)?;
        Ok(match is_erased {
            true => Part::Erased,
            false => Part::Document,
        })
    }

    fn name_all_namesakes(
        &mut self,
        kind: FolderKind,
        depth: usize,
        all: BTreeMap<Vec<u8>, Namesakes>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut names = Names::default();
        for (name, namesakes) in all {
            let below = kind.folder(&name).unwrap_or(FolderKind::Other);
            let folder = self.united_folder(below, namesakes.folders, depth)?;
            let document = self.united_document(kind, &name, &namesakes.documents)?;
            let item = |object, mode| Item {
                name: name.clone(),
                object,
                mode,
            };
            let ranked = document
                .map(|document| item(document, PLAIN))
                .into_iter()
                .chain(folder.map(|folder| item(folder, FileMode::Tree.into())))
                .chain(
                    namesakes
                        .others
                        .into_iter()
                        .map(|other| other.called(&name)),
                );
            for (rank, item) in ranked.enumerate() {
                match rank {
                    0 => names.give(item),
                    _ => names.give_way(item),
                }
            }
        }
        Ok(names.all())
    }

    /// One folder of two. One in which nothing is left is none.
    fn united_folder(
        &mut self,
        kind: FolderKind,
        folders: [Option<Oid>; 2],
        depth: usize,
    ) -> Result<Option<Oid>, StoreError> {
        let is_always_entered = matches!(
            kind,
            FolderKind::Mmogit | FolderKind::Erased | FolderKind::Projects | FolderKind::Drafts
        );
        let united = match folders {
            [None, None] => return Ok(None),
            [Some(ours), None] if !is_always_entered => ours,
            [None, Some(theirs)] if !is_always_entered && self.asked.takes_all => {
                self.changed += self.files_below(kind, theirs)?;
                theirs
            }
            [Some(ours), Some(theirs)] if ours == theirs => ours,
            folders => {
                let [base, other] = folders.map(|folder| folder.unwrap_or(self.empty));
                let (base, other) = (
                    self.store.open_folder(base)?,
                    self.store.open_folder(other)?,
                );
                self.folder(kind, &base, &other, depth + 1)?
            }
        };
        Ok((united != self.empty).then_some(united))
    }

    /// How many files lie in a folder that comes along. What is not ours to read counts as one.
    fn files_below(&self, kind: FolderKind, folder: Oid) -> Result<usize, StoreError> {
        if kind == FolderKind::Other {
            return Ok(1);
        }
        let mut files = 0;
        for entry in self.store.open_folder(folder)?.iter() {
            let item = Item::of(&entry);
            files += match kind.folder(&item.name) {
                Some(below) if item.is_folder() => self.files_below(below, item.object)?,
                _ => 1,
            };
        }
        Ok(files)
    }

    /// Where a thread was erased, nothing of it is left, and what had given way to it has the names
    /// that it would have had without.
    fn without_erased(&mut self, tree: Oid) -> Result<Oid, StoreError> {
        let mut erased = ErasedBelow::default();
        for erasure in self.asked.erasures {
            let path = components(erasure.thread, "");
            let [day @ .., _] = &path[..] else { continue };
            let mut folder = &mut erased;
            for name in day {
                folder = folder.folders.entry(name.clone()).or_default();
            }
            folder.ids.insert(erasure.thread);
        }
        match erased.folders.is_empty() {
            true => Ok(tree),
            false => self.folder_without_erased(FolderKind::Top, tree, &erased),
        }
    }

    fn folder_without_erased(
        &mut self,
        kind: FolderKind,
        folder: Oid,
        erased: &ErasedBelow,
    ) -> Result<Oid, StoreError> {
        let tree = self.store.open_folder(folder)?;
        let mut draft = FolderDraft::like(self.store, &tree)?;
        self.threads_left(&mut draft, &tree, &erased.ids)?;
        let mut all = BTreeMap::new();
        let before = self.sort(kind, 0, (&tree, Side::Ours), &mut all)?;
        for (name, namesakes) in &mut all {
            let [ours, theirs] = &mut namesakes.folders;
            let inside = str::from_utf8(name)
                .ok()
                .and_then(|name| erased.folders.get(name));
            if let (Some(ours), Some(inside), Some(below)) = (&mut *ours, inside, kind.folder(name))
            {
                *ours = self.folder_without_erased(below, *ours, inside)?;
            }
            // It is not entered once more.
            *theirs = *ours;
        }
        let named = self.name_all_namesakes(kind, 0, all)?;
        self.changed += draft.replace(&before, &named)?;
        draft.write()
    }
}

/// Where threads were erased: in which folders, and there by which ids.
#[derive(Default)]
struct ErasedBelow {
    folders: BTreeMap<String, ErasedBelow>,
    ids: BTreeSet<ThreadId>,
}

/// Whether readers take a file of this name in such a folder for a signed document.
fn is_place_of_document(folder: FolderKind, name: &[u8]) -> bool {
    match folder {
        FolderKind::Mmogit => name == CARD[1].as_bytes(),
        FolderKind::Erased | FolderKind::Projects | FolderKind::Drafts => name.ends_with(b".json"),
        _ => false,
    }
}
