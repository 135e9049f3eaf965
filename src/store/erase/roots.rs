//! What keeps objects in the repository, beside the owner's branch: it is named before an erasure,
//! and what it leads to stays.

use crate::model::PublicKey;
use crate::store::disk::{bytes_of, entries_of};
use crate::store::erase::rewrite::Target;
use crate::store::objects::ObjectError;
use crate::store::objects::ancestry;
use crate::store::objects::repository::branch_of;
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
        let mut found = Vec::new();
        for reference in self.repo.references().map_err(|e| self.git(e))? {
            let reference = reference.map_err(|e| self.git(e))?;
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            found.extend(reference.target().filter(|_| name != own).map(|id| Root {
                name,
                ids: vec![id],
                may_be_gone: false,
            }));
        }
        let logs = self.path().join("logs");
        for path in files_below(&logs)? {
            let name = path
                .strip_prefix(&logs)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            if name != own && name != "HEAD" {
                found.push(Root {
                    name: format!("the log of {name}"),
                    ids: ids_in_log(&path)?,
                    may_be_gone: true,
                });
            }
        }
        let name = "the repository's own HEAD and index".to_owned();
        let mut ids = self.ids_in_index(&self.path().join("index"))?;
        ids.extend(id_in_head(&self.path().join("HEAD"))?);
        found.push(Root {
            name,
            ids,
            may_be_gone: true,
        });
        for place in entries_of(&self.path().join("worktrees"))? {
            found.push(self.work_tree(&place)?);
        }
        Ok(found)
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

    /// What in this repository, beside the branch that it is on, holds a thread, and goes on
    /// holding it.
    pub fn roots_holding(&self, entry: &Entry) -> Result<Vec<String>, StoreError> {
        let target = Target::of(entry, self.root_of(entry)?);
        let mut found = Vec::new();
        for root in self.roots(&entry.owner)? {
            let mut holds = false;
            for id in &root.ids {
                holds = holds || self.leads_to(*id, entry, &target)?;
            }
            found.extend(holds.then_some(root.name));
        }
        Ok(found)
    }

    fn leads_to(&self, id: Oid, entry: &Entry, target: &Target) -> Result<bool, StoreError> {
        match self.leads_there(id, entry, target) {
            // What is not here holds nothing.
            Err(error) if error.is_not_found() => Ok(false),
            led => led.map_err(|e| self.git(e)),
        }
    }

    fn leads_there(&self, id: Oid, entry: &Entry, target: &Target) -> Result<bool, ObjectError> {
        let (id, kind) = objects::peeled(&self.repo, id)?;
        if kind == ObjectType::Blob {
            return Ok(id == entry.blob || target.is_at(&self.repo, id, false)?);
        }
        for commit in ancestry::whole_history(&self.repo, id)? {
            match target.is_in(&self.repo, &objects::tree_of(&self.repo, commit)?) {
                Ok(true) => return Ok(true),
                // A file that is not here holds nothing; one of another commit may.
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        Ok(false)
    }

    /// The remotes that are set up, each with its address but without a password in it.
    pub fn remotes(&self) -> Result<Vec<(String, String)>, StoreError> {
        let names = self.repo.remotes().map_err(|e| self.git(e))?;
        let names = names.iter().filter_map(|name| name.ok().flatten());
        let address = |name: &str| {
            let remote = self.repo.find_remote(name).ok();
            let url = remote
                .as_ref()
                .and_then(|remote| remote.url().ok())
                .unwrap_or_default();
            match (url.split_once("://"), url.split_once('@')) {
                (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{place}"),
                _ => url.to_owned(),
            }
        };
        Ok(names.map(|name| (name.to_owned(), address(name))).collect())
    }

    /// The other repositories that this one borrows objects from.
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
    let text = bytes_of(path)?.unwrap_or_default();
    Ok(std::str::from_utf8(&text)
        .ok()
        .and_then(|text| Oid::from_str(text.trim()).ok()))
}

/// The commits before and after each step.
fn ids_in_log(path: &Path) -> Result<Vec<Oid>, StoreError> {
    let text = bytes_of(path)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let ids = text
        .lines()
        .flat_map(|line| line.split(' ').take(2))
        .filter_map(|id| Oid::from_str(id).ok());
    Ok(ids.filter(|id| !id.is_zero()).collect())
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    for path in entries_of(folder)? {
        // A link to a folder is no folder here: it could lead back to where it stands.
        let is_folder = path
            .symlink_metadata()
            .map_err(StoreError::disk(&path))?
            .is_dir();
        if is_folder {
            found.extend(files_below(&path)?)
        } else {
            found.push(path)
        }
    }
    Ok(found)
}
