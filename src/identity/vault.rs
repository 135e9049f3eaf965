//! The file in which the words rest: sealed under a passphrase, or plain and readable by its owner
//! only.
//!
//! ```json
//! {"version": 1, "author": "<64 hex>", "entropy": "<hex>"}
//! {"version": 1, "author": "<64 hex>", "salt": "<32 hex>", "memory_kib": 65536, "passes": 3, "lanes": 4,
//!  "nonce": "<48 hex>", "sealed": "<hex>"}
//! ```
//! It is never written over: there may be no other copy of what it holds. Another passphrase makes
//! another file, which takes the place of the first in one step, and only when it was read back and
//! opened.

mod contents;

pub use contents::Damage;

use super::{Keys, Random, Words};
use crate::bounded;
use crate::files::{self, Existing, NewFile, Readers};
use crate::home::Home;
use crate::model::{PublicKey, crash_point};
use crate::seal::{CannotOpen, Cost, PassphraseKey};
use contents::{Contents, NoEntropy};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The vault file, read but not opened.
pub struct Vault {
    path: PathBuf,
    /// The file as it was read.
    bytes: Zeroizing<Vec<u8>>,
    author: PublicKey,
    contents: Contents,
}

/// What goes wrong with a vault.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is none.
    #[error("there is no identity at {}", .0.display())]
    Missing(PathBuf),
    /// There is one already.
    #[error("there is an identity at {} already", .0.display())]
    Exists(PathBuf),
    /// Others can read or change it.
    #[error("{} can be read or changed by others (mode {mode:03o})", path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not what a vault looks like.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: Damage,
    },
    /// It is sealed and no passphrase was given.
    #[error("the identity is locked by a passphrase")]
    Locked,
    /// The passphrase doesn't open it.
    #[error("{0}")]
    CannotOpen(CannotOpen),
    /// Another program wrote it while a new passphrase was being set.
    #[error("{} was changed meanwhile", .0.display())]
    Changed(PathBuf),
    /// The disk refused.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl Vault {
    /// Writes a new vault; without a passphrase it is plain. An existing one is never touched.
    ///
    /// # Errors
    /// If there is a vault already, or if the disk refuses.
    pub fn create(
        path: &Path,
        words: &Words,
        passphrase: Option<&str>,
        random: Random<'_>,
    ) -> Result<Self, VaultError> {
        let bytes = Contents::of(words, passphrase, random).to_file();
        write_new(path, &bytes).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => VaultError::Exists(path.to_owned()),
            _ => VaultError::Disk {
                path: path.to_owned(),
                source,
            },
        })?;
        Self::read(path)
    }

    /// Seals the words under another passphrase, or under none. Until the new file is whole on disk
    /// and proven to open, the old one stays; then the new one takes its place in one step.
    ///
    /// # Errors
    /// If the words are not this vault's, if its file was changed meanwhile, or if the disk
    /// refuses.
    pub fn change_passphrase(
        &self,
        words: &Words,
        passphrase: Option<&str>,
        random: Random<'_>,
    ) -> Result<Self, VaultError> {
        let disk = |source| VaultError::Disk {
            path: self.path.clone(),
            source,
        };
        // Behind a link: where the link stands nothing would be replaced.
        let path = fs::canonicalize(&self.path).map_err(disk)?;
        let file =
            written(&path, &Contents::of(words, passphrase, random).to_file()).map_err(disk)?;
        if Keys::from_words(&Self::read(file.path())?.open(passphrase)?).public() != self.author {
            return Err(self.damaged(Damage::OthersWords));
        }
        if Self::read(&self.path)?.bytes != self.bytes {
            return Err(VaultError::Changed(self.path.clone()));
        }
        crash_point!("vault-before-replacement");
        file.keep(Existing::Replace).map_err(disk)?;
        crash_point!("vault-replaced");
        files::sync(files::folder_of(&path)).map_err(disk)?;
        Self::read(&self.path)
    }

    /// Reads a vault and checks that nobody else can.
    ///
    /// # Errors
    /// If there is none, if others can read it, or if it is damaged.
    pub fn read(path: &Path) -> Result<Self, VaultError> {
        let disk = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => VaultError::Missing(path.to_owned()),
            _ => VaultError::Disk {
                path: path.to_owned(),
                source,
            },
        };
        let mode = fs::metadata(path).map_err(disk)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(VaultError::Permissions {
                path: path.to_owned(),
                mode,
            });
        }
        let text = Zeroizing::new(bounded::read_plain(path, bounded::FEW_LINES).map_err(disk)?);
        let damaged = |why: Damage| VaultError::Damaged {
            path: path.to_owned(),
            why,
        };
        let contents = Contents::read(&text).map_err(damaged)?;
        let author = contents.author().map_err(damaged)?;
        Ok(Self {
            path: path.to_owned(),
            bytes: text,
            author,
            contents,
        })
    }

    /// Whose it is; known without opening it.
    pub fn author(&self) -> PublicKey {
        self.author
    }

    /// Whether opening it takes a passphrase.
    pub fn is_sealed(&self) -> bool {
        self.contents.is_sealed()
    }

    /// The words. A plain vault needs no passphrase and ignores one.
    ///
    /// # Errors
    /// If the passphrase is missing or wrong, or if the vault is damaged.
    pub fn open(&self, passphrase: Option<&str>) -> Result<Words, VaultError> {
        self.open_checked(passphrase).map(|(words, _)| words)
    }

    /// The keys of the words. They are derived once, which takes as long as most commands do. With
    /// them come those of the older vaults beside it that open alike.
    ///
    /// # Errors
    /// Those of [`Vault::open`].
    pub fn unlock(&self, passphrase: Option<&str>) -> Result<Keys, VaultError> {
        let (_, keys) = self.open_checked(passphrase)?;
        Ok(keys.with_former(self.former(passphrase)))
    }

    /// The keys of the older vaults. What they alone would open stays shown as closed where one of
    /// them does not open: the identity in use must not depend on them.
    fn former(&self, passphrase: Option<&str>) -> Vec<Keys> {
        let home = Home::at(files::folder_of(&self.path));
        let Ok(found) = fs::read_dir(home.former_identities()) else {
            return Vec::new();
        };
        let mut keys = Vec::new();
        for path in found.flatten().map(|entry| entry.path()) {
            let Ok(vault) = Self::read(&path) else {
                continue;
            };
            // Each under its own name, so that none is opened twice.
            if path != home.former_identity(&vault.author) {
                continue;
            }
            if let Ok((_, former)) = vault.open_checked(passphrase) {
                keys.push(former);
            }
        }
        keys
    }

    fn open_checked(&self, passphrase: Option<&str>) -> Result<(Words, Keys), VaultError> {
        let entropy = match self.contents.entropy(passphrase) {
            Ok(entropy) => entropy,
            Err(NoEntropy::Damaged(why)) => return Err(self.damaged(why)),
            Err(NoEntropy::Locked) => return Err(VaultError::Locked),
            Err(NoEntropy::CannotOpen(why)) => return Err(VaultError::CannotOpen(why)),
        };
        let words = Words::from_entropy(&entropy);
        let words = words.ok_or_else(|| self.damaged(Damage::WrongLength("entropy")))?;
        let keys = Keys::from_words(&words);
        if keys.public() != self.author {
            return Err(self.damaged(Damage::OthersWords));
        }
        Ok((words, keys))
    }

    fn damaged(&self, why: Damage) -> VaultError {
        VaultError::Damaged {
            path: self.path.clone(),
            why,
        }
    }
}

/// Takes as long as trying a passphrase on a vault, where there is none: so that nobody learns from the
/// time whether there is one.
pub fn try_no_vault(passphrase: &str) {
    // No vault has that salt, and what comes of it opens nothing.
    let key = PassphraseKey::derive(passphrase, &[0; 16], Cost::RECOMMENDED);
    drop(std::hint::black_box(key));
}

/// Never in the place of another.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    written(path, bytes)?.keep(Existing::Keep)?;
    files::sync(files::folder_of(path))
}

/// A file that only its owner may read, and that is gone again unless it is kept.
fn written(place: &Path, bytes: &[u8]) -> io::Result<NewFile> {
    let mut file = NewFile::beside(place, ".identity-", Readers::Owner)?;
    crash_point!(
        "vault-half-written",
        file.write_all(&bytes[..bytes.len() / 2])
    );
    file.write_all(bytes)?;
    Ok(file)
}

#[cfg(test)]
mod tests;
