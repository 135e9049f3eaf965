//! What lies in a folder under a name, and the names of what has to give way.
//!
//! What gave way tells by its name what it was called: that ends in its own object's id. So the
//! names of a folder follow from what is in it alone, and not from the order in which it came.

use git2::{FileMode, ObjectType, Oid, TreeEntry};
use std::collections::{BTreeMap, BTreeSet};

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Item {
    pub(super) name: Vec<u8>,
    pub(super) object: Oid,
    pub(super) mode: i32,
}

impl Item {
    pub(super) fn of(entry: &TreeEntry<'_>) -> Self {
        Self {
            name: entry.name_bytes().to_vec(),
            object: entry.id(),
            mode: mode_of(entry).into(),
        }
    }

    pub(super) fn is_folder(&self) -> bool {
        self.mode == i32::from(FileMode::Tree)
    }

    pub(super) fn is_file(&self) -> bool {
        !self.is_folder() && self.mode != i32::from(FileMode::Commit)
    }

    /// What it was called before it gave way; of what never did, its name.
    pub(super) fn name_at_first(&self) -> Vec<u8> {
        let mut name = self.name.clone();
        while let Some(shorter) = name_without_id(&name, self.object) {
            name = shorter;
        }
        name
    }
}

/// What lies under a name. Of several the first keeps the name: a file before anything else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Content {
    pub(super) is_other: bool,
    pub(super) object: Oid,
    pub(super) mode: i32,
}

impl Content {
    pub(super) fn of(item: &Item) -> Self {
        Self {
            is_other: !item.is_file(),
            object: item.object,
            mode: item.mode,
        }
    }

    pub(super) fn called(self, name: &[u8]) -> Item {
        Item {
            name: name.to_vec(),
            object: self.object,
            mode: self.mode,
        }
    }
}

/// Git knows no others; a mode that some other program wrote becomes one of them.
fn mode_of(entry: &TreeEntry<'_>) -> FileMode {
    match entry.kind() {
        Some(ObjectType::Tree) => FileMode::Tree,
        Some(ObjectType::Commit) => FileMode::Commit,
        _ if entry.filemode() == i32::from(FileMode::Link) => FileMode::Link,
        _ if entry.filemode() == i32::from(FileMode::BlobExecutable) => FileMode::BlobExecutable,
        _ => FileMode::Blob,
    }
}

/// Who gets which name in a folder: some have theirs, and the others give way.
#[derive(Default)]
pub(super) struct Names {
    given: BTreeMap<Vec<u8>, (Oid, i32)>,
    giving_way: BTreeSet<Item>,
}

impl Names {
    /// Something has its name, before anything that gives way. Each name is given once.
    pub(super) fn give(&mut self, item: Item) {
        self.given.insert(item.name, (item.object, item.mode));
    }

    /// Something gets a name beside the one that it has.
    pub(super) fn give_way(&mut self, item: Item) {
        self.giving_way.insert(item);
    }

    /// Everything, with the name that it got.
    pub(super) fn all(self) -> Vec<Item> {
        let mut given = self.given;
        for item in self.giving_way {
            let id = item.object.to_string();
            let mut name = name_with(&item.name, &id[..SHORT]);
            // Readers take some short names for files of ours.
            if given.contains_key(&name) || !item.is_file() {
                name = name_with(&item.name, &id);
            }
            while given.contains_key(&name) {
                name = name_with(&name, &id);
            }
            given.insert(name, (item.object, item.mode));
        }
        let item = |(name, (object, mode))| Item { name, object, mode };
        given.into_iter().map(item).collect()
    }
}

/// So many digits of its object's id follow the name of what gave way; all, where those are taken.
const SHORT: usize = 8;

/// `thread_1.json` as `thread_1-0123abcd.json`.
fn name_with(name: &[u8], digits: &str) -> Vec<u8> {
    let (stem, ending) = stem_and_ending(name);
    [stem, b"-", digits.as_bytes(), ending].concat()
}

/// The name before [`name_with`] of this object's id, if it has that.
fn name_without_id(name: &[u8], object: Oid) -> Option<Vec<u8>> {
    let id = object.to_string();
    let (stem, ending) = stem_and_ending(name);
    let stem = [&id[..], &id[..SHORT]]
        .into_iter()
        .find_map(|digits| stem.strip_suffix(digits.as_bytes())?.strip_suffix(b"-"))?;
    let shorter = [stem, ending].concat();
    // Git has no such names.
    let is_none: [&[u8]; 5] = [b"", b".", b"..", b".git", b"git~1"];
    let is_name = !is_none.contains(&&shorter.to_ascii_lowercase()[..]);
    // It ends where the longer name ends.
    let is_same_ending = stem_and_ending(&shorter) == (stem, ending);
    (is_name && is_same_ending).then_some(shorter)
}

fn stem_and_ending(name: &[u8]) -> (&[u8], &[u8]) {
    let dot = name
        .iter()
        .rposition(|byte| *byte == b'.')
        .filter(|dot| *dot > 0);
    name.split_at(dot.unwrap_or(name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str, object: &str, mode: FileMode) -> Item {
        Item {
            name: name.as_bytes().to_vec(),
            object: Oid::from_str(object).unwrap(),
            mode: mode.into(),
        }
    }

    const OBJECT: &str = "0123abcd0123abcd0123abcd0123abcd0123abcd";
    const ALIKE: &str = "0123abcdffffffffffffffffffffffffffffffff";

    #[test]
    fn what_gives_way_is_named_after_its_content_and_tells_what_it_was_called() {
        for (name, expected) in [
            ("thread_1.json", "thread_1-0123abcd.json"),
            ("my-notes.txt", "my-notes-0123abcd.txt"),
            ("notes", "notes-0123abcd"),
            (".hidden", ".hidden-0123abcd"),
            ("a.b.c", "a.b-0123abcd.c"),
        ] {
            let mut names = Names::default();
            names.give_way(item(name, OBJECT, FileMode::Blob));
            let all = names.all();
            assert_eq!(String::from_utf8(all[0].name.clone()).unwrap(), expected);
            assert_eq!(all[0].name_at_first(), name.as_bytes());
        }
    }

    #[test]
    fn names_that_are_taken_are_given_to_nothing_else() {
        let mut names = Names::default();
        names.give(item("a", ALIKE, FileMode::Blob));
        names.give(item("a-0123abcd", &"4".repeat(40), FileMode::Blob));
        let giving_way = [
            item("a", OBJECT, FileMode::Blob),
            item("a", OBJECT, FileMode::BlobExecutable),
        ];
        for item in giving_way.clone() {
            names.give_way(item);
        }
        let all = names.all();
        assert_eq!(all.len(), 4);
        for gave_way in giving_way {
            let is_it = |item: &&Item| item.object == gave_way.object && item.mode == gave_way.mode;
            let found = all.iter().find(is_it).unwrap();
            assert_eq!(found.name_at_first(), b"a");
        }
    }

    #[test]
    fn a_name_that_only_looks_so_is_its_own() {
        for name in [
            "a-4123abcd",
            "-0123abcd",
            "..-0123abcd",
            ".git-0123abcd",
            "0123abcd",
        ] {
            let item = item(name, OBJECT, FileMode::Blob);
            assert_eq!(item.name_at_first(), name.as_bytes());
        }
    }
}
