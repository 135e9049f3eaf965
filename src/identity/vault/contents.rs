//! What a vault's file says, and how the words in it are sealed.

use crate::identity::{Keys, Random, Words};
use crate::model::PublicKey;
use crate::seal::{CannotOpen, Cost, PassphraseKey};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// How a file can be no vault, or a damaged one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It is something else.
    #[error("it is not the JSON of a vault")]
    NoVault,
    /// It is of another version than this one.
    #[error("its version is not 1; a newer mmogit may read it")]
    OtherVersion,
    /// It does not say whose it is.
    #[error("its author is not a key")]
    NoAuthor,
    /// A field is not hex.
    #[error("its {0} is not hex")]
    NotHex(&'static str),
    /// A field is too short or too long.
    #[error("its {0} has a wrong length")]
    WrongLength(&'static str),
    /// What it holds and what it says don't fit together.
    #[error("its words belong to another author than it names")]
    OthersWords,
}

/// Why a vault's contents give no words.
pub(super) enum NoEntropy {
    /// They are damaged.
    Damaged(Damage),
    /// They are sealed and no passphrase was given.
    Locked,
    /// The passphrase doesn't open them.
    CannotOpen(CannotOpen),
}

impl From<Damage> for NoEntropy {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}

/// The fields of the file, of either form.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Contents {
    Plain(Plain),
    Sealed(Sealed),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plain {
    version: u32,
    author: String,
    entropy: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    version: u32,
    author: String,
    pub(super) salt: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    pub(super) nonce: String,
    sealed: String,
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.entropy.zeroize();
    }
}

impl Contents {
    /// These words, sealed if there is a passphrase.
    pub(super) fn of(words: &Words, passphrase: Option<&str>, random: Random<'_>) -> Self {
        let author = Keys::from_words(words).public();
        match passphrase {
            None => Self::Plain(Plain {
                version: 1,
                author: author.to_string(),
                entropy: hex::encode(&*words.entropy()),
            }),
            Some(passphrase) => Self::Sealed(Sealed::of(author, words, passphrase, random)),
        }
    }

    /// Reads a file; its fields are not looked into.
    pub(super) fn read(file: &[u8]) -> Result<Self, Damage> {
        let contents: Self = serde_json::from_slice(file).map_err(|_| Damage::NoVault)?;
        let version = match &contents {
            Self::Plain(plain) => plain.version,
            Self::Sealed(sealed) => sealed.version,
        };
        if version == 1 {
            Ok(contents)
        } else {
            Err(Damage::OtherVersion)
        }
    }

    /// The file.
    pub(super) fn to_file(&self) -> Zeroizing<Vec<u8>> {
        let bytes = serde_json::to_vec_pretty(self).expect("a vault is writable");
        let mut bytes = Zeroizing::new(bytes);
        bytes.push(b'\n');
        bytes
    }

    /// Whose the words are, as the file says.
    pub(super) fn author(&self) -> Result<PublicKey, Damage> {
        let author = match self {
            Self::Plain(plain) => &plain.author,
            Self::Sealed(sealed) => &sealed.author,
        };
        author.parse().map_err(|_| Damage::NoAuthor)
    }

    /// Whether the words are under a passphrase.
    pub(super) fn is_sealed(&self) -> bool {
        matches!(self, Self::Sealed(_))
    }

    /// The entropy of the words. What is plain ignores a passphrase.
    pub(super) fn entropy(
        &self,
        passphrase: Option<&str>,
    ) -> Result<Zeroizing<Vec<u8>>, NoEntropy> {
        match self {
            Self::Plain(plain) => Ok(Zeroizing::new(read_hex(&plain.entropy, "entropy")?)),
            Self::Sealed(sealed) => sealed.open(passphrase.ok_or(NoEntropy::Locked)?),
        }
    }
}

impl Sealed {
    pub(super) fn of(
        author: PublicKey,
        words: &Words,
        passphrase: &str,
        random: Random<'_>,
    ) -> Self {
        let (mut salt, mut nonce) = ([0; 16], [0; 24]);
        random(&mut salt);
        random(&mut nonce);
        let cost = Cost::RECOMMENDED;
        let author = author.to_string();
        let key = PassphraseKey::derive(passphrase, &salt, cost)
            .expect("the recommended cost is reasonable");
        let sealed = key.seal(&nonce, author.as_bytes(), &words.entropy());
        Self {
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

    fn open(&self, passphrase: &str) -> Result<Zeroizing<Vec<u8>>, NoEntropy> {
        let salt = read_hex(&self.salt, "salt")?.try_into();
        let salt = salt.map_err(|_| Damage::WrongLength("salt"))?;
        let nonce = read_hex(&self.nonce, "nonce")?.try_into();
        let nonce = nonce.map_err(|_| Damage::WrongLength("nonce"))?;
        let cost = Cost {
            memory: self.memory_kib,
            passes: self.passes,
            lanes: self.lanes,
        };
        let key = PassphraseKey::derive(passphrase, &salt, cost).map_err(NoEntropy::CannotOpen)?;
        let sealed = read_hex(&self.sealed, "sealed text")?;
        key.open(&nonce, self.author.as_bytes(), &sealed)
            .map_err(NoEntropy::CannotOpen)
    }
}

fn read_hex(text: &str, name: &'static str) -> Result<Vec<u8>, Damage> {
    hex::decode(text).map_err(|_| Damage::NotHex(name))
}
