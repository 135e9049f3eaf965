//! Branches and refs that nobody's git would make: objects byte by byte, refs as files.

use git2::{ObjectType, Oid, Repository};
use mmogit::model::PublicKey;
use mmogit::sign::{Namespace, Signer};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The modes of a tree's entries.
pub mod mode {
    pub const FILE: &str = "100644";
    pub const PROGRAM: &str = "100755";
    pub const LINK: &str = "120000";
    pub const FOLDER: &str = "40000";
    pub const SUBMODULE: &str = "160000";
}

/// An entry of a tree, as its bytes say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub mode: String,
    pub name: Vec<u8>,
    pub id: Oid,
}

impl Entry {
    pub fn new(mode: &str, name: impl AsRef<[u8]>, id: Oid) -> Self {
        Self {
            mode: mode.to_owned(),
            name: name.as_ref().to_owned(),
            id,
        }
    }

    /// Git sorts a folder as if its name ended with a slash.
    fn place(&self) -> Vec<u8> {
        let mut place = self.name.clone();
        if self.mode == mode::FOLDER {
            place.push(b'/');
        }
        place
    }
}

/// A bare repository whose every byte its owner chose.
pub struct Hostile {
    folder: PathBuf,
    repo: Repository,
}

impl Hostile {
    /// Whose repository it is, and with whatever lies there already.
    pub fn at(repository: &Path) -> Self {
        Self {
            folder: repository.to_owned(),
            repo: Repository::open_bare(repository).unwrap(),
        }
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The ref of an author's branch.
    pub fn branch(author: &PublicKey) -> String {
        format!("refs/heads/users/{author}")
    }

    pub fn blob(&self, bytes: &[u8]) -> Oid {
        self.object(ObjectType::Blob, bytes)
    }

    /// Bytes that pack to next to nothing.
    pub fn blob_of_zeros(&self, length: usize) -> Oid {
        let mut writer = self.repo.blob_writer(None).unwrap();
        let zeros = vec![0; 1 << 20];
        let mut left = length;
        while left > 0 {
            let now = left.min(zeros.len());
            writer.write_all(&zeros[..now]).unwrap();
            left -= now;
        }
        writer.commit().unwrap()
    }

    /// Any object, whatever it says.
    pub fn object(&self, kind: ObjectType, bytes: &[u8]) -> Oid {
        self.repo.odb().unwrap().write(kind, bytes).unwrap()
    }

    /// A tree of these entries, in git's order.
    pub fn tree(&self, mut entries: Vec<Entry>) -> Oid {
        entries.sort_by_key(Entry::place);
        self.tree_as_given(&entries)
    }

    /// A tree of these entries, in no order but their own.
    pub fn tree_as_given(&self, entries: &[Entry]) -> Oid {
        let mut bytes = Vec::new();
        for entry in entries {
            bytes.extend_from_slice(entry.mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(&entry.name);
            bytes.push(0);
            bytes.extend_from_slice(entry.id.as_bytes());
        }
        self.object(ObjectType::Tree, &bytes)
    }

    /// What a tree holds.
    pub fn entries(&self, tree: Oid) -> Vec<Entry> {
        let tree = self.repo.find_tree(tree).unwrap();
        tree.iter()
            .map(|entry| {
                let mode = format!("{:o}", entry.filemode_raw());
                Entry::new(&mode, entry.name_bytes(), entry.id())
            })
            .collect()
    }

    /// A tree with one entry put into it at a path, whatever its names are; what is there gives way.
    pub fn with(&self, tree: Option<Oid>, folders: &[&[u8]], entry: Entry) -> Oid {
        let mut entries = tree.map(|tree| self.entries(tree)).unwrap_or_default();
        let entry = match folders {
            [] => entry,
            [folder, below @ ..] => {
                let inner = entries.iter().find(|entry| entry.name == *folder);
                let inner = inner.map(|entry| entry.id);
                Entry::new(mode::FOLDER, folder, self.with(inner, below, entry))
            }
        };
        entries.retain(|other| other.name != entry.name);
        entries.push(entry);
        self.tree(entries)
    }

    /// So many folders in each other, around one file.
    pub fn deep_tree(&self, depth: usize) -> Oid {
        let file = Entry::new(mode::FILE, "deep", self.blob(b"deep"));
        let mut tree = self.tree(vec![file]);
        for _ in 0..depth {
            tree = self.tree(vec![Entry::new(mode::FOLDER, "d", tree)]);
        }
        tree
    }

    /// One folder with so many files, all of them the same.
    pub fn wide_tree(&self, count: usize) -> Oid {
        let blob = self.blob(b"{}");
        let entries = (0..count)
            .map(|number| Entry::new(mode::FILE, format!("file-{number:09}"), blob))
            .collect();
        self.tree(entries)
    }

    /// A tree that says ten times the tree below it, so many times over: a few objects, and
    /// 10^depth files.
    pub fn tree_bomb(&self, depth: u32) -> Oid {
        let file = self.blob(b"{}");
        let ten = |mode: &str, id: Oid| -> Vec<Entry> {
            let names = (0..10).map(|number| format!("{number}"));
            names.map(|name| Entry::new(mode, name, id)).collect()
        };
        let mut tree = self.tree(ten(mode::FILE, file));
        for _ in 1..depth {
            tree = self.tree(ten(mode::FOLDER, tree));
        }
        tree
    }

    /// A commit, signed if somebody signs it.
    pub fn commit(&self, tree: Oid, parents: &[Oid], by: Option<&Signer>) -> Oid {
        let mut text = format!("tree {tree}\n");
        for parent in parents {
            text.push_str(&format!("parent {parent}\n"));
        }
        let who = "mmogit <x@users.mmogit.invalid> 1767225700 +0000";
        text.push_str(&format!("author {who}\ncommitter {who}\n\n1 thread\n"));
        self.signed_commit(&text, by)
    }

    /// A commit of any text, signed if somebody signs it.
    pub fn signed_commit(&self, text: &str, by: Option<&Signer>) -> Oid {
        let Some(by) = by else {
            return self.object(ObjectType::Commit, text.as_bytes());
        };
        let armour = by.sign_armoured(Namespace::Git, text.as_bytes());
        let header = armour.trim_end().replace('\n', "\n ");
        let (head, body) = text.split_once("\n\n").expect("a commit has a message");
        let signed = format!("{head}\ngpgsig {header}\n\n{body}");
        self.object(ObjectType::Commit, signed.as_bytes())
    }

    /// So many commits of one tree, one after another, all signed.
    pub fn chain(&self, tree: Oid, parent: Option<Oid>, count: usize, by: &Signer) -> Oid {
        let mut tip = parent;
        for _ in 0..count {
            let parents: Vec<Oid> = tip.into_iter().collect();
            tip = Some(self.commit(tree, &parents, Some(by)));
        }
        tip.expect("at least one commit")
    }

    /// Where a ref stands.
    pub fn tip(&self, name: &str) -> Oid {
        self.repo.refname_to_id(name).unwrap()
    }

    /// The tip of an author's branch.
    pub fn tip_of(&self, author: &PublicKey) -> Oid {
        self.tip(&Self::branch(author))
    }

    pub fn tree_of(&self, commit: Oid) -> Oid {
        self.repo.find_commit(commit).unwrap().tree_id()
    }

    pub fn parent_of(&self, commit: Oid) -> Oid {
        self.repo.find_commit(commit).unwrap().parent_id(0).unwrap()
    }

    /// A ref, written as a file, since no git would take all names.
    pub fn set_ref(&self, name: &str, id: Oid) {
        self.write_ref(name, &format!("{id}\n"));
    }

    /// A ref that names another.
    pub fn point_ref(&self, name: &str, to: &str) {
        self.write_ref(name, &format!("ref: {to}\n"));
    }

    fn write_ref(&self, name: &str, text: &str) {
        let place = self.folder.join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    pub fn delete_ref(&self, name: &str) {
        self.repo.find_reference(name).unwrap().delete().unwrap();
    }

    /// Moves an author's branch.
    pub fn move_branch(&self, author: &PublicKey, to: Oid) {
        self.set_ref(&Self::branch(author), to);
    }

    /// Where the file of a loose object lies.
    pub fn loose(&self, id: Oid) -> PathBuf {
        let id = id.to_string();
        self.folder.join("objects").join(&id[..2]).join(&id[2..])
    }

    /// Takes an object away.
    pub fn remove(&self, id: Oid) {
        fs::remove_file(self.loose(id)).unwrap();
    }

    /// Writes other bytes in the place of a loose object.
    pub fn spoil(&self, id: Oid, bytes: &[u8]) {
        let place = self.loose(id);
        fs::remove_file(&place).unwrap();
        fs::write(place, bytes).unwrap();
    }
}
