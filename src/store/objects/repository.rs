//! The bare repository: made explicitly, opened carefully.

use super::ObjectError;
use crate::bounded;
use crate::files::{self, Readers};
use crate::home::Home;
use crate::model::{PublicKey, crash_point};
use crate::store::StoreError;
use crate::store::disk::sync;
use crate::store::error::RepositoryKind;
use git2::{Oid, References, Repository, RepositoryInitOptions};
use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Settings for libgit2 alone: git itself warns about this name of the setting at each command.
const LIBGIT2_SETTINGS: &str = "mmogit.config";
const LIBGIT2_SETTINGS_TEXT: &str = "[core]\n\tfsyncObjectFiles = true\n";

/// What libgit2 reads of a repository by opening it or by looking a reference up. It would wait for
/// ever at a pipe in the place of one.
const READ_ON_OPENING: [&str; 7] = [
    "HEAD",
    "config",
    "packed-refs",
    "commondir",
    "gitdir",
    "objects/info/alternates",
    LIBGIT2_SETTINGS,
];
const BRANCH_PREFIX: &str = "refs/heads/users/";

/// A commit's id, as git shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub(in crate::store) Oid);

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CommitId {
    type Err = StoreError;
    fn from_str(text: &str) -> Result<Self, StoreError> {
        Oid::from_str(text)
            .map(CommitId)
            .map_err(|_| StoreError::Misplaced {
                path: text.to_owned(),
            })
    }
}

/// The store in one home folder.
pub struct Store {
    pub(in crate::store) repo: Repository,
    home: PathBuf,
}

impl Store {
    /// Opens the store; `None` if there is none yet.
    ///
    /// # Errors
    ///
    /// If what is there is no repository that libgit2 can open.
    pub fn open(home: &Path) -> Result<Option<Self>, StoreError> {
        let path = Home::at(home).repository();
        if !path.exists() {
            return Ok(None);
        }
        for name in READ_ON_OPENING {
            let file = path.join(name);
            bounded::refuse_unless_plain(&file).map_err(StoreError::disk(&file))?;
        }
        let failed = |source| {
            unsupported(&path).unwrap_or(StoreError::Git {
                path: path.clone(),
                source,
            })
        };
        let repo = Repository::open_bare(&path).map_err(failed)?;
        let settings = path.join(LIBGIT2_SETTINGS);
        if !settings.exists() {
            // A clone brought in by hand has no such file, and must be synced to disk all the same.
            // Where it can't be made nothing can be saved either.
            let text = LIBGIT2_SETTINGS_TEXT.as_bytes();
            let _ = files::replace(&settings, "mmogit.config-", Readers::AsUmask, text);
        }
        if settings.exists() {
            let mut config = repo.config().map_err(failed)?;
            config
                .add_file(&settings, git2::ConfigLevel::App, false)
                .map_err(failed)?;
        }
        Ok(Some(Self {
            repo,
            home: home.to_owned(),
        }))
    }

    /// Opens the store, or makes one whose `HEAD` names the author's branch.
    ///
    /// # Errors
    ///
    /// If what is there is no repository that libgit2 can open, or if the disk refuses.
    pub fn open_or_create(home: &Path, author: &PublicKey) -> Result<Self, StoreError> {
        if let Some(store) = Self::open(home)? {
            return Ok(store);
        }
        let path = Home::at(home).repository();
        // Made beside its place and renamed, so that a crash leaves no half repository.
        let draft = tempfile::Builder::new()
            .prefix("repo-")
            .tempdir_in(home)
            .map_err(StoreError::disk(home))?;
        let mut options = RepositoryInitOptions::new();
        options
            .bare(true)
            .external_template(false)
            .initial_head(&branch_of(author));
        Repository::init_opts(draft.path(), &options).map_err(|source| StoreError::Git {
            path: path.clone(),
            source,
        })?;
        // libgit2 opened the folder to everyone; the home around it need not be closed, if it was
        // there before.
        fs::set_permissions(draft.path(), fs::Permissions::from_mode(0o700))
            .map_err(StoreError::disk(draft.path()))?;
        let settings = draft.path().join(LIBGIT2_SETTINGS);
        fs::write(&settings, LIBGIT2_SETTINGS_TEXT).map_err(StoreError::disk(&settings))?;
        sync_all_below(draft.path())?;
        crash_point!("repository-drafted");
        match fs::rename(draft.path(), &path) {
            Ok(()) => {
                drop(draft.keep());
                sync(home)?;
            }
            Err(_) if path.exists() => {}
            Err(source) => return Err(StoreError::Disk { path, source }),
        }
        Self::open(home)?.ok_or(StoreError::Vanished { path })
    }

    /// The home that it is in.
    pub(in crate::store) fn home(&self) -> Home<'_> {
        Home::at(&self.home)
    }

    /// Where the repository is.
    pub fn path(&self) -> &Path {
        self.repo.path()
    }

    /// The newest commit of an author's branch.
    ///
    /// # Errors
    ///
    /// If the reference can't be read, or is only another name of something else.
    pub fn tip(&self, author: &PublicKey) -> Result<Option<CommitId>, StoreError> {
        let place = self.path().join(branch_of(author));
        // A folder of that name is no reference.
        if !place.is_dir() {
            bounded::refuse_unless_plain(&place).map_err(StoreError::disk(&place))?;
        }
        let branch = match self.repo.find_reference(&branch_of(author)) {
            Ok(branch) => branch,
            Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(self.git(error)),
        };
        // Moving it would move another branch, or nothing.
        match branch.target() {
            Some(id) => Ok(Some(CommitId(id))),
            None => Err(self.symbolic(author, &branch)),
        }
    }

    fn symbolic(&self, author: &PublicKey, branch: &git2::Reference<'_>) -> StoreError {
        let commit = branch.resolve().ok().and_then(|found| found.target());
        StoreError::SymbolicBranch {
            path: self.path().to_owned(),
            branch: branch_of(author),
            target: String::from_utf8_lossy(branch.symbolic_target_bytes().unwrap_or_default())
                .into_owned(),
            commit: commit.map(|commit| commit.to_string()),
        }
    }

    /// The author whose branch `HEAD` names.
    pub fn made_for(&self) -> Option<PublicKey> {
        let head = self.repo.find_reference("HEAD").ok()?;
        head.symbolic_target()
            .ok()??
            .strip_prefix(BRANCH_PREFIX)?
            .parse()
            .ok()
    }

    /// Makes `HEAD` name an author's branch.
    ///
    /// # Errors
    ///
    /// If the reference can't be written.
    pub fn make_for(&self, author: &PublicKey) -> Result<(), StoreError> {
        self.repo
            .set_head(&branch_of(author))
            .map_err(|e| self.git(e))
    }

    /// The authors who have a branch here; other branches are not ours to read.
    ///
    /// # Errors
    ///
    /// If the repository's references can't be read.
    pub fn authors(&self) -> Result<Vec<PublicKey>, StoreError> {
        let mut authors = Vec::new();
        for reference in self.references_below(BRANCH_PREFIX)? {
            let reference = reference.map_err(|e| self.git(e))?;
            let name = reference
                .name()
                .ok()
                .and_then(|name| name.strip_prefix(BRANCH_PREFIX));
            authors.extend(name.and_then(|name| name.parse::<PublicKey>().ok()));
        }
        Ok(authors)
    }

    /// The authors who have a branch here, or once had one: a branch that is gone is no reason to
    /// fall silent.
    ///
    /// # Errors
    ///
    /// If the references, or the notes of what was seen, can't be read.
    pub fn known_authors(&self) -> Result<Vec<PublicKey>, StoreError> {
        let mut authors = self.authors()?;
        authors.extend(self.remembered_authors()?);
        authors.sort_unstable();
        authors.dedup();
        Ok(authors)
    }

    /// The references below a folder, such as `refs/heads/`. Of those that are files each is one:
    /// libgit2 would wait for ever at a pipe.
    pub(in crate::store) fn references_below(
        &self,
        folder: &str,
    ) -> Result<References<'_>, StoreError> {
        let place = self.path().join(folder);
        bounded::refuse_unless_all_plain(&place).map_err(StoreError::disk(&place))?;
        let found = self.repo.references_glob(&format!("{folder}*"));
        found.map_err(|e| self.git(e))
    }

    /// What stopped a look into this repository.
    pub(in crate::store) fn git(&self, why: impl Into<ObjectError>) -> StoreError {
        StoreError::of_object(self.repo.path(), why.into())
    }
}

/// libgit2 syncs objects and references, but not what it makes a repository of.
fn sync_all_below(folder: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).map_err(StoreError::disk(folder))? {
        let path = entry.map_err(StoreError::disk(folder))?.path();
        if path.is_dir() {
            sync_all_below(&path)?
        } else {
            sync(&path)?
        }
    }
    sync(folder)
}

pub(in crate::store) fn branch_of(author: &PublicKey) -> String {
    format!("{BRANCH_PREFIX}{author}")
}

/// Git 3 makes repositories that libgit2 can't open; its own message would not say so.
fn unsupported(path: &Path) -> Option<StoreError> {
    let config = fs::read_to_string(path.join("config")).ok()?.to_lowercase();
    let setting = |name: &str, value: &str| {
        config.lines().any(|line| {
            line.split_once('=')
                .is_some_and(|(n, v)| n.trim() == name && v.trim() == value)
        })
    };
    let uses = if setting("refstorage", "reftable") {
        RepositoryKind::Reftable
    } else if setting("objectformat", "sha256") {
        RepositoryKind::Sha256
    } else {
        return None;
    };
    Some(StoreError::Unsupported {
        path: path.to_owned(),
        uses,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// libgit2 syncs what it writes only where it is told to, and git does not know the setting any
    /// more.
    #[test]
    fn every_repository_is_opened_so_that_it_syncs_what_it_writes() {
        let author = PublicKey([1; 32]);
        let (made, by_hand) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        Repository::init_bare(Home::at(by_hand.path()).repository()).unwrap();
        for home in [made.path(), by_hand.path()] {
            let store = Store::open_or_create(home, &author).unwrap();
            let again = Store::open(home).unwrap().unwrap();
            for store in [store, again] {
                assert!(
                    store
                        .repo
                        .config()
                        .unwrap()
                        .get_bool("core.fsyncObjectFiles")
                        .unwrap()
                );
            }
            // For git itself the setting is not there.
            let config = fs::read_to_string(Home::at(home).repository().join("config")).unwrap();
            assert!(!config.to_lowercase().contains("fsync"), "{config}");
        }
    }
}
