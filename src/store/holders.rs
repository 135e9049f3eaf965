//! What keeps objects in the repository, beside the owner's branch: it is named before an erasure, and what it leads to
//! stays.

use super::repository::branch_of;
use super::rewrite::Target;
use super::{Entry, Store, StoreError};
use crate::model::PublicKey;
use git2::{Index, ObjectType, Oid};
use std::fs;
use std::path::{Path, PathBuf};

/// Something that keeps objects.
pub(super) struct Holder {
    /// What it is, for a person.
    pub name: String,
    /// What it leads to.
    pub ids: Vec<Oid>,
}

impl Store {
    /// Whatever leads to objects in this repository, but the owner's own branch: other references, their logs, work
    /// trees, and an index of the repository itself.
    pub(super) fn holders(&self, owner: &PublicKey) -> Result<Vec<Holder>, StoreError> {
        let own = branch_of(owner);
        let mut found = Vec::new();
        for reference in self.repo.references().map_err(|e| self.git(e))? {
            let reference = reference.map_err(|e| self.git(e))?;
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            found.extend(reference.target().filter(|_| name != own).map(|id| Holder { name, ids: vec![id] }));
        }
        let logs = self.path().join("logs");
        for path in files_below(&logs) {
            let name = path.strip_prefix(&logs).unwrap_or(&path).to_string_lossy().into_owned();
            if name != own && name != "HEAD" {
                found.push(Holder { name: format!("the log of {name}"), ids: ids_in_log(&path) });
            }
        }
        let name = "the repository's own HEAD and index".to_owned();
        let mut ids = self.ids_in_index(&self.path().join("index"))?;
        ids.extend(id_in_head(&self.path().join("HEAD")));
        found.push(Holder { name, ids });
        for place in fs::read_dir(self.path().join("worktrees")).into_iter().flatten().flatten() {
            found.push(self.work_tree(&place.path())?);
        }
        Ok(found)
    }

    fn work_tree(&self, place: &Path) -> Result<Holder, StoreError> {
        let folder = fs::read_to_string(place.join("gitdir")).unwrap_or_default();
        let folder = folder.trim().trim_end_matches("/.git");
        let mut ids = self.ids_in_index(&place.join("index"))?;
        ids.extend(id_in_head(&place.join("HEAD")));
        ids.extend(files_below(&place.join("logs")).iter().flat_map(|log| ids_in_log(log)));
        Ok(Holder { name: format!("the work tree {folder}"), ids })
    }

    fn ids_in_index(&self, path: &Path) -> Result<Vec<Oid>, StoreError> {
        if !path.exists() {
            return Ok(Vec::new());
        }
        let index = Index::open(path).map_err(|e| self.git(e))?;
        Ok(index.iter().map(|entry| entry.id).collect())
    }

    /// What in this repository, beside the branch that it is on, holds a thread, and goes on holding it.
    pub fn kept_in(&self, entry: &Entry) -> Result<Vec<String>, StoreError> {
        let target = Target::of(entry, self.root_of(entry)?);
        let mut found = Vec::new();
        for holder in self.holders(&entry.owner)? {
            if holder.ids.iter().any(|id| self.leads_to(*id, entry, &target).unwrap_or(false)) {
                found.push(holder.name);
            }
        }
        Ok(found)
    }

    fn leads_to(&self, id: Oid, entry: &Entry, target: &Target) -> Result<bool, git2::Error> {
        let object = self.repo.find_object(id, None)?;
        if let Some(blob) = object.as_blob() {
            let names_it = String::from_utf8_lossy(blob.content()).contains(&entry.id.to_string());
            return Ok(id == entry.blob || names_it && target.is(blob.content(), false));
        }
        let mut walk = self.repo.revwalk()?;
        walk.push(object.peel(ObjectType::Commit)?.id())?;
        for commit in walk {
            if target.is_in(&self.repo, &self.repo.find_commit(commit?)?.tree()?) {
                return Ok(true);
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
            let url = remote.as_ref().and_then(|remote| remote.url().ok()).unwrap_or_default();
            match (url.split_once("://"), url.split_once('@')) {
                (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{place}"),
                _ => url.to_owned(),
            }
        };
        Ok(names.map(|name| (name.to_owned(), address(name))).collect())
    }

    /// The other repositories that this one borrows objects from.
    pub fn alternates(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path().join("objects/info/alternates")).unwrap_or_default();
        text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
    }
}

fn id_in_head(path: &Path) -> Option<Oid> {
    Oid::from_str(fs::read_to_string(path).ok()?.trim()).ok()
}

/// The commits before and after each step.
fn ids_in_log(path: &Path) -> Vec<Oid> {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let ids = text.lines().flat_map(|line| line.split(' ').take(2)).filter_map(|id| Oid::from_str(id).ok());
    ids.filter(|id| !id.is_zero()).collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}
