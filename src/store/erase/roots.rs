//! The roots of a repository: what keeps objects in it, beside the owner's branch. They are named
//! before an erasure, and what they lead to stays.

use super::rewrite::Target;
use crate::model::PublicKey;
use crate::store::disk::{bytes_of, entries_of};
use crate::store::objects::repository::branch_of;
use crate::store::objects::{ObjectError, ancestry};
use crate::store::{Entry, Store, StoreError, objects};
use git2::{Index, ObjectType, Oid};
use std::fs;
use std::path::{Path, PathBuf};

/// Something that keeps objects.
pub(in crate::store) struct Root {
    /// What it is, for a person.
    pub name: String,
    /// What it leads to.
    pub ids: Vec<Oid>,
    /// It only remembers, so what it names may be there no more. Of a reference all must be there.
    pub may_be_gone: bool,
}

impl Store {
    /// Whatever leads to objects in this repository, but the owner's own branch: other references,
    /// their logs, work trees, and an index of the repository itself.
    pub(in crate::store) fn roots(&self, owner: &PublicKey) -> Result<Vec<Root>, StoreError> {
        let own = branch_of(owner);
        let mut roots = self.references_but(&own)?;
        roots.extend(self.logs_but(&own)?);
        roots.push(self.head_and_index()?);
        for place in entries_of(&self.path().join("worktrees"))? {
            roots.push(self.work_tree(&place)?);
        }
        Ok(roots)
    }

    fn references_but(&self, own: &str) -> Result<Vec<Root>, StoreError> {
        let mut roots = Vec::new();
        for reference in self.references_below("refs/")? {
            let reference = reference.map_err(|e| self.git(e))?;
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            let Some(id) = reference.target() else {
                // It names another one.
                continue;
            };
            if name != own {
                roots.push(Root {
                    name,
                    ids: vec![id],
                    may_be_gone: false,
                });
            }
        }
        Ok(roots)
    }

    fn logs_but(&self, own: &str) -> Result<Vec<Root>, StoreError> {
        let mut roots = Vec::new();
        let logs = self.path().join("logs");
        for path in files_below(&logs)? {
            let name = path.strip_prefix(&logs).unwrap_or(&path).to_string_lossy();
            if name != own && name != "HEAD" {
                roots.push(Root {
                    name: format!("the log of {name}"),
                    ids: ids_in_log(&path)?,
                    may_be_gone: true,
                });
            }
        }
        Ok(roots)
    }

    fn head_and_index(&self) -> Result<Root, StoreError> {
        let mut ids = self.ids_in_index(&self.path().join("index"))?;
        ids.extend(id_in_head(&self.path().join("HEAD"))?);
        Ok(Root {
            name: "the repository's own HEAD and index".to_owned(),
            ids,
            may_be_gone: true,
        })
    }

    fn work_tree(&self, place: &Path) -> Result<Root, StoreError> {
        let folder = fs::read_to_string(place.join("gitdir")).unwrap_or_default();
        let folder = folder.trim().trim_end_matches("/.git");
        let mut ids = self.ids_in_index(&place.join("index"))?;
        ids.extend(id_in_head(&place.join("HEAD"))?);
        for log in files_below(&place.join("logs"))? {
            ids.extend(ids_in_log(&log)?);
        }
        Ok(Root {
            name: format!("the work tree {folder}"),
            ids,
            may_be_gone: true,
        })
    }

    fn ids_in_index(&self, path: &Path) -> Result<Vec<Oid>, StoreError> {
        if !path.exists() {
            return Ok(Vec::new());
        }
        let index = Index::open(path).map_err(|e| self.git(e))?;
        Ok(index.iter().map(|entry| entry.id).collect())
    }

    /// What in this repository, beside the branch that it is on, leads to a thread, and goes on
    /// leading to it.
    ///
    /// # Errors
    ///
    /// If a root, or what it leads to, can't be read.
    pub fn roots_holding(&self, entry: &Entry) -> Result<Vec<String>, StoreError> {
        let target = Target::of(entry, self.root_of(entry)?);
        let mut names = Vec::new();
        for root in self.roots(&entry.owner)? {
            if self.holds(&root, entry, &target)? {
                names.push(root.name);
            }
        }
        Ok(names)
    }

    fn holds(&self, root: &Root, entry: &Entry, target: &Target) -> Result<bool, StoreError> {
        for id in &root.ids {
            match self.leads_to(*id, entry, target) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                // What is not here holds nothing.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(self.git(error)),
            }
        }
        Ok(false)
    }

    fn leads_to(&self, id: Oid, entry: &Entry, target: &Target) -> Result<bool, ObjectError> {
        let (id, kind) = objects::peeled(&self.repo, id)?;
        if kind == ObjectType::Blob {
            return Ok(id == entry.blob || target.is_at(&self.repo, id, false)?);
        }
        for commit in ancestry::whole_history(&self.repo, id)? {
            let tree = objects::tree_of(&self.repo, commit)?;
            match target.is_in(&self.repo, &tree) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                // A file that is not here holds nothing; one of another commit may.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// The other repositories that this one borrows objects from.
    ///
    /// # Errors
    ///
    /// If the file that names them can't be read.
    pub fn alternates(&self) -> Result<Vec<String>, StoreError> {
        let text = bytes_of(&self.path().join("objects/info/alternates"))?.unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let named = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(named.map(str::to_owned).collect())
    }
}

fn id_in_head(path: &Path) -> Result<Option<Oid>, StoreError> {
    let bytes = bytes_of(path)?.unwrap_or_default();
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Ok(None);
    };
    Ok(Oid::from_str(text.trim()).ok())
}

/// The commits before and after each step.
fn ids_in_log(path: &Path) -> Result<Vec<Oid>, StoreError> {
    let bytes = bytes_of(path)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let mut ids = Vec::new();
    for line in text.lines() {
        let named = line.split(' ').take(2);
        ids.extend(named.filter_map(|id| Oid::from_str(id).ok()));
    }
    ids.retain(|id| !id.is_zero());
    Ok(ids)
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    for path in entries_of(folder)? {
        // A link to a folder is no folder here: it could lead back to where it stands.
        let about = path.symlink_metadata().map_err(StoreError::disk(&path))?;
        if about.is_dir() {
            found.extend(files_below(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
