//! The repositories with which this one exchanges commits. They stand in the repository's settings
//! as git keeps them, so that git by itself knows them too.
//!
//! ```text
//! address   where one is: read, told apart, and shown without its password
//! notes     what was pushed there, and what it was seen to have
//! consent   whether threads that anybody can read may go there
//! ```

mod address;
mod consent;
pub(super) mod notes;

pub use address::{Address, AddressFault};

use super::{Store, StoreError};
use git2::{Config, ConfigLevel};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The longest name of a remote.
const MAX_NAME: usize = 50;

/// The name of a remote: it stands in names of references and of files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RemoteName(String);

/// A text that can't be the name of a remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a remote can't be called that")]
pub struct BadRemoteName;

impl FromStr for RemoteName {
    type Err = BadRemoteName;

    fn from_str(text: &str) -> Result<Self, BadRemoteName> {
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
        let is_name = !text.is_empty()
            && text.len() <= MAX_NAME
            && !text.starts_with('-')
            && text.chars().all(is_plain);
        is_name.then(|| Self(text.to_owned())).ok_or(BadRemoteName)
    }
}

impl RemoteName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RemoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A repository with which this one exchanges commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// What it is called here.
    pub name: String,
    /// Where it is, without a password.
    pub address: String,
    /// The same for whoever goes there; or why nobody goes.
    pub place: Result<Address, AddressFault>,
}

impl Store {
    /// The remotes that are set up, in the order of their names.
    ///
    /// # Errors
    ///
    /// If the repository's settings can't be read.
    pub fn remotes(&self) -> Result<Vec<Remote>, StoreError> {
        let names = self.repo.remotes().map_err(|e| self.git(e))?;
        let mut remotes = Vec::new();
        for name in names.iter().filter_map(|name| name.ok().flatten()) {
            let found = self.repo.find_remote(name).ok();
            let url = found.as_ref().and_then(|remote| remote.url().ok());
            let url = url.unwrap_or_default();
            remotes.push(Remote {
                name: name.to_owned(),
                address: address::masked(url),
                place: Address::read(url),
            });
        }
        remotes.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(remotes)
    }

    /// Sets up a remote.
    ///
    /// # Errors
    ///
    /// If there is one of this name, or the repository's settings can't be written.
    pub fn add_remote(&self, name: &RemoteName, address: &Address) -> Result<(), StoreError> {
        let mut known = self.remotes()?.into_iter();
        if known.any(|known| known.name == name.as_str()) {
            return Err(StoreError::RemoteExists {
                name: name.to_string(),
            });
        }
        let branches = format!("+refs/heads/users/*:refs/remotes/{name}/users/*");
        let mut settings = self.own_settings()?;
        let mut set = |key: &str, value: &str| {
            let key = format!("remote.{name}.{key}");
            settings.set_str(&key, value).map_err(|e| self.git(e))
        };
        set("fetch", &branches)?;
        set("url", address.with_login())
    }

    /// The settings that git reads too; those of libgit2 alone stand before them.
    fn own_settings(&self) -> Result<Config, StoreError> {
        let all = self.repo.config().map_err(|e| self.git(e))?;
        all.open_level(ConfigLevel::Local).map_err(|e| self.git(e))
    }

    /// Forgets a remote. What came from there stays.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or the repository's settings can't be written.
    pub fn remove_remote(&self, name: &str) -> Result<(), StoreError> {
        let known = self.remotes()?.into_iter().map(|remote| remote.name);
        let known: Vec<String> = known.collect();
        if !known.iter().any(|known| known == name) {
            return Err(StoreError::NoSuchRemote {
                name: name.to_owned(),
                known,
            });
        }
        let mut settings = self.own_settings()?;
        for key in self.settings_of(name, &settings)? {
            let removed = settings.remove_multivar(&key, ".*");
            removed.map_err(|e| self.git(e))?;
        }
        self.remove_references(&format!("refs/remotes/{name}/"))
    }

    fn settings_of(&self, name: &str, settings: &Config) -> Result<BTreeSet<String>, StoreError> {
        let section = format!("remote.{name}.");
        let mut keys = BTreeSet::new();
        let mut entries = settings.entries(None).map_err(|e| self.git(e))?;
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(|e| self.git(e))?;
            let key = entry.name().ok().filter(|key| key.starts_with(&section));
            keys.extend(key.map(str::to_owned));
        }
        Ok(keys)
    }

    pub(super) fn remove_references(&self, folder: &str) -> Result<(), StoreError> {
        for reference in self.references_below(folder)? {
            let mut reference = reference.map_err(|e| self.git(e))?;
            reference.delete().map_err(|e| self.git(e))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path_no_option_and_no_reference() {
        for good in ["origin", "my-server_2", "a"] {
            assert!(good.parse::<RemoteName>().is_ok(), "{good}");
        }
        let long = "a".repeat(51);
        for bad in [
            "", "-x", "a/b", "..", "a b", "a.lock", "é", "a\n", "a:b", &long,
        ] {
            assert_eq!(bad.parse::<RemoteName>(), Err(BadRemoteName), "{bad}");
        }
    }
}
