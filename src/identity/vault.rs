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

use super::{Keys, Random, Words};
use crate::bounded;
use crate::files::{self, Draft, Existing, Readers};
use crate::model::{PublicKey, crash_point};
use crate::seal::{CannotOpen, Cost, PassphraseKey};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, Zeroizing};

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
        why: String,
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

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    version: u32,
    author: String,
    entropy: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    version: u32,
    author: String,
    salt: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    nonce: String,
    sealed: String,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Contents {
    Plain(Plain),
    Sealed(Sealed),
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.entropy.zeroize();
    }
}

impl Vault {
    /// Writes a new vault; without a passphrase it is plain. An existing one is never touched.
    pub fn create(
        path: &Path,
        words: &Words,
        passphrase: Option<&str>,
        random: Random<'_>,
    ) -> Result<Self, VaultError> {
        let bytes = file_of(words, passphrase, random);
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
        let draft = draft(&path, &file_of(words, passphrase, random)).map_err(disk)?;
        if Keys::from_words(&Self::read(draft.path())?.open(passphrase)?).public() != self.author {
            return Err(self.damaged("its words belong to another author than it names"));
        }
        if Self::read(&self.path)?.bytes != self.bytes {
            return Err(VaultError::Changed(self.path.clone()));
        }
        crash_point!("vault-before-replacement");
        draft.keep(Existing::Replace).map_err(disk)?;
        crash_point!("vault-replaced");
        files::sync(files::folder_of(&path)).map_err(disk)?;
        Self::read(&self.path)
    }

    /// Reads a vault and checks that nobody else can.
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
        let text = Zeroizing::new(bounded::read(path, bounded::FEW_LINES).map_err(disk)?);
        let damaged = |why: &str| VaultError::Damaged {
            path: path.to_owned(),
            why: why.to_owned(),
        };
        let contents: Contents =
            serde_json::from_slice(&text).map_err(|_| damaged("it is not the JSON of a vault"))?;
        let (version, author) = match &contents {
            Contents::Plain(plain) => (plain.version, &plain.author),
            Contents::Sealed(sealed) => (sealed.version, &sealed.author),
        };
        if version != 1 {
            return Err(damaged("its version is not 1; a newer mmogit may read it"));
        }
        let author = author
            .parse()
            .map_err(|_| damaged("its author is not a key"))?;
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
        matches!(self.contents, Contents::Sealed(_))
    }

    /// The words. A plain vault needs no passphrase and ignores one.
    pub fn open(&self, passphrase: Option<&str>) -> Result<Words, VaultError> {
        self.open_checked(passphrase).map(|(words, _)| words)
    }

    /// The keys of the words. They are derived once, which takes as long as most commands do.
    ///
    /// # Errors
    /// Those of [`Vault::open`].
    pub fn unlock(&self, passphrase: Option<&str>) -> Result<Keys, VaultError> {
        self.open_checked(passphrase).map(|(_, keys)| keys)
    }

    fn open_checked(&self, passphrase: Option<&str>) -> Result<(Words, Keys), VaultError> {
        let entropy = match &self.contents {
            Contents::Plain(plain) => Zeroizing::new(
                hex::decode(&plain.entropy).map_err(|_| self.damaged("its entropy is not hex"))?,
            ),
            Contents::Sealed(sealed) => {
                self.unseal(sealed, passphrase.ok_or(VaultError::Locked)?)?
            }
        };
        let words = Words::from_entropy(&entropy)
            .ok_or_else(|| self.damaged("its entropy has a wrong length"))?;
        let keys = Keys::from_words(&words);
        if keys.public() != self.author {
            return Err(self.damaged("its words belong to another author than it names"));
        }
        Ok((words, keys))
    }

    fn unseal(&self, sealed: &Sealed, passphrase: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let field = |text: &str, name: &str| {
            hex::decode(text).map_err(|_| self.damaged(&format!("its {name} is not hex")))
        };
        let length = |name: &str| self.damaged(&format!("its {name} has a wrong length"));
        let salt = field(&sealed.salt, "salt")?
            .try_into()
            .map_err(|_| length("salt"))?;
        let nonce = field(&sealed.nonce, "nonce")?
            .try_into()
            .map_err(|_| length("nonce"))?;
        let cost = Cost {
            memory: sealed.memory_kib,
            passes: sealed.passes,
            lanes: sealed.lanes,
        };
        let key = PassphraseKey::derive(passphrase, &salt, cost).map_err(VaultError::CannotOpen)?;
        key.open(
            &nonce,
            sealed.author.as_bytes(),
            &field(&sealed.sealed, "sealed text")?,
        )
        .map_err(VaultError::CannotOpen)
    }

    fn damaged(&self, why: &str) -> VaultError {
        VaultError::Damaged {
            path: self.path.clone(),
            why: why.to_owned(),
        }
    }
}

fn seal(author: PublicKey, words: &Words, passphrase: &str, random: Random<'_>) -> Sealed {
    let (mut salt, mut nonce) = ([0; 16], [0; 24]);
    random(&mut salt);
    random(&mut nonce);
    let cost = Cost::RECOMMENDED;
    let author = author.to_string();
    let key =
        PassphraseKey::derive(passphrase, &salt, cost).expect("the recommended cost is reasonable");
    let sealed = key.seal(&nonce, author.as_bytes(), &words.entropy());
    Sealed {
        version: 1,
        author,
        salt: hex::encode(salt),
        memory_kib: cost.memory,
        passes: cost.passes,
        lanes: cost.lanes,
        nonce: hex::encode(nonce),
        sealed: hex::encode(sealed),
    }
}

/// A vault's file: with these words, under this passphrase.
fn file_of(words: &Words, passphrase: Option<&str>, random: Random<'_>) -> Zeroizing<Vec<u8>> {
    let author = Keys::from_words(words).public();
    let contents = match passphrase {
        None => Contents::Plain(Plain {
            version: 1,
            author: author.to_string(),
            entropy: hex::encode(&*words.entropy()),
        }),
        Some(passphrase) => Contents::Sealed(seal(author, words, passphrase, random)),
    };
    let mut bytes =
        Zeroizing::new(serde_json::to_vec_pretty(&contents).expect("a vault is writable"));
    bytes.push(b'\n');
    bytes
}

/// Never in the place of another.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    draft(path, bytes)?.keep(Existing::Keep)?;
    files::sync(files::folder_of(path))
}

/// A file that only its owner may read, and that is gone again unless it is kept.
fn draft(place: &Path, bytes: &[u8]) -> io::Result<Draft> {
    let mut draft = Draft::beside(place, ".identity-", Readers::Owner)?;
    crash_point!(
        "vault-half-written",
        draft.write_all(&bytes[..bytes.len() / 2])
    );
    draft.write_all(bytes)?;
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next = 0u8;
        move |bytes| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(1);
            }
        }
    }

    fn vault(passphrase: Option<&str>) -> (tempfile::TempDir, PathBuf, PublicKey) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.json");
        let words = Words::generate(&mut counting());
        let vault = Vault::create(&path, &words, passphrase, &mut counting()).unwrap();
        (folder, path, vault.author())
    }

    #[test]
    fn a_plain_vault_gives_its_words_back_and_is_private() {
        let (_folder, path, author) = vault(None);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let words = Vault::read(&path).unwrap().open(None).unwrap();
        assert_eq!(Keys::from_words(&words).public(), author);
    }

    #[test]
    fn a_sealed_vault_opens_with_its_passphrase_only() {
        let (_folder, path, author) = vault(Some("correct horse"));
        let vault = Vault::read(&path).unwrap();
        assert!(vault.is_sealed());
        assert_eq!(vault.author(), author);
        assert!(matches!(vault.open(None), Err(VaultError::Locked)));
        assert!(matches!(
            vault.open(Some("wrong")),
            Err(VaultError::CannotOpen(_))
        ));
        assert!(vault.open(Some("correct horse")).is_ok());
        let keys = vault.unlock(Some("correct horse")).unwrap();
        assert_eq!(keys.public(), vault.author());
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("entropy"), "{text}");
    }

    /// As it was written once, and must be readable for ever. Its author is bound to the sealed
    /// text.
    const SEALED: &str = r#"{
  "version": 1,
  "author": "6a8eac28582e0a3b19f4f1e799d34c19cb076d38e9c80a13852a92cb885babcd",
  "salt": "000102030405060708090a0b0c0d0e0f",
  "memory_kib": 65536,
  "passes": 3,
  "lanes": 4,
  "nonce": "101112131415161718191a1b1c1d1e1f2021222324252627",
  "sealed": "7fb862ea464454d87cba345736983727be477d32859e9ab20373476a7c1752ad0d17989e2a7f45ba5500a369c62fd89d"
}
"#;

    #[test]
    fn a_vault_that_was_sealed_long_ago_opens_and_is_written_the_same_today() {
        let (_folder, path, author) = vault(Some("correct horse"));
        assert_eq!(fs::read_to_string(&path).unwrap(), SEALED);
        fs::write(&path, SEALED).unwrap();
        let words = Vault::read(&path)
            .unwrap()
            .open(Some("correct horse"))
            .unwrap();
        assert_eq!(Keys::from_words(&words).public(), author);
    }

    #[test]
    fn no_two_vaults_share_salt_or_nonce() {
        let words = Words::generate(&mut counting());
        let author = Keys::from_words(&words).public();
        let mut random = counting();
        let [one, other] = [0, 1].map(|_| seal(author, &words, "x", &mut random));
        assert_ne!(one.salt, other.salt);
        assert_ne!(one.nonce, other.nonce);
    }

    #[test]
    fn it_is_never_overwritten() {
        let (_folder, path, _) = vault(None);
        let before = fs::read(&path).unwrap();
        let words = Words::generate(&mut counting());
        assert!(matches!(
            Vault::create(&path, &words, None, &mut counting()),
            Err(VaultError::Exists(_))
        ));
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn another_passphrase_opens_the_same_words() {
        let (folder, path, author) = vault(None);
        for (before, after) in [
            (None, Some("one")),
            (Some("one"), Some("two")),
            (Some("two"), None),
        ] {
            let vault = Vault::read(&path).unwrap();
            let words = vault.open(before).unwrap();
            let changed = vault
                .change_passphrase(&words, after, &mut counting())
                .unwrap();
            assert_eq!(
                (changed.author(), changed.is_sealed()),
                (author, after.is_some())
            );
            let words = Vault::read(&path).unwrap().open(after).unwrap();
            assert_eq!(Keys::from_words(&words).public(), author);
            assert!(after.is_none() || Vault::read(&path).unwrap().open(Some("wrong")).is_err());
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
            assert_eq!(
                fs::read_dir(folder.path()).unwrap().count(),
                1,
                "a draft is left"
            );
        }
    }

    #[test]
    fn what_cannot_be_replaced_stays_as_it_is() {
        let (folder, path, _) = vault(None);
        let before = fs::read(&path).unwrap();
        let vault = Vault::read(&path).unwrap();
        let words = vault.open(None).unwrap();
        let others = Words::generate(&mut |bytes| bytes.fill(7));
        let wrong = vault.change_passphrase(&others, None, &mut counting());
        assert!(matches!(wrong, Err(VaultError::Damaged { .. })));
        assert_eq!(fs::read(&path).unwrap(), before);

        // Somebody put another identity there meanwhile.
        fs::remove_file(&path).unwrap();
        Vault::create(&path, &others, None, &mut counting()).unwrap();
        let theirs = fs::read(&path).unwrap();
        assert!(matches!(
            vault.change_passphrase(&words, Some("x"), &mut counting()),
            Err(VaultError::Changed(_))
        ));
        assert_eq!(fs::read(&path).unwrap(), theirs);

        // Where nothing can be written, nothing is lost.
        let vault = Vault::read(&path).unwrap();
        let gone = folder.path().join("gone");
        fs::rename(&path, &gone).unwrap();
        assert!(
            vault
                .change_passphrase(&others, Some("x"), &mut counting())
                .is_err()
        );
        assert_eq!(fs::read(&gone).unwrap(), theirs);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "a draft is left"
        );
    }

    #[test]
    fn a_link_stays_one_and_what_it_leads_to_is_sealed() {
        let (folder, path, _) = vault(None);
        let elsewhere = tempfile::tempdir().unwrap();
        let target = elsewhere.path().join("kept.json");
        fs::copy(&path, &target).unwrap();
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        let vault = Vault::read(&path).unwrap();
        let words = vault.open(None).unwrap();
        assert!(
            vault
                .change_passphrase(&words, Some("x"), &mut counting())
                .unwrap()
                .is_sealed()
        );
        assert!(
            fs::symlink_metadata(folder.path().join("identity.json"))
                .unwrap()
                .is_symlink()
        );
        assert!(!fs::read_to_string(&target).unwrap().contains("entropy"));
    }

    #[test]
    fn others_must_not_be_able_to_read_it() {
        let (_folder, path, _) = vault(None);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            Vault::read(&path),
            Err(VaultError::Permissions { mode: 0o644, .. })
        ));
    }

    #[test]
    fn damage_is_told_from_a_wrong_passphrase_where_it_can_be() {
        let (_folder, path, _) = vault(None);
        let text = fs::read_to_string(&path).unwrap();
        let broken = [
            text[..text.len() / 2].to_owned(),
            text.replace("\"version\": 1", "\"version\": 2"),
            text.replace("\"entropy\": \"00", "\"entropy\": \"01"),
            text.replace("\"entropy\": \"00", "\"entropy\": \""),
            String::new(),
        ];
        for text in broken {
            fs::write(&path, &text).unwrap();
            let result = Vault::read(&path).and_then(|vault| vault.open(None));
            assert!(matches!(result, Err(VaultError::Damaged { .. })), "{text}");
        }
    }

    #[test]
    fn a_hostile_cost_is_refused_before_any_work() {
        let (_folder, path, _) = vault(Some("x"));
        let text = fs::read_to_string(&path)
            .unwrap()
            .replace("65536", "4294967295");
        fs::write(&path, text).unwrap();
        let result = Vault::read(&path).unwrap().open(Some("x"));
        assert!(matches!(
            result,
            Err(VaultError::CannotOpen(CannotOpen::Unreasonable))
        ));
    }
}
