//! The keys that follow from the words.

use super::Words;
use crate::model::{Agent, PublicKey};
use crate::sign::Signer;
use hkdf::Hkdf;
use sha2::Sha512;
use zeroize::Zeroizing;

const SALT: &[u8] = b"mmogit";
const INFO_PREFIX: &str = "mmogit.v1/";

/// The keys of one owner. They can't be printed, copied or written.
pub struct Keys {
    seed: Zeroizing<[u8; 64]>,
    owner: Signer,
}

impl Keys {
    /// The keys of these words: always the same ones.
    pub fn from_words(words: &Words) -> Self {
        let seed = words.seed();
        let mut secret = Zeroizing::new([0; 32]);
        secret.copy_from_slice(&seed[..32]);
        Self {
            owner: Signer::from_secret(&secret),
            seed,
        }
    }

    /// The key with which the owner signs.
    pub fn owner(&self) -> &Signer {
        &self.owner
    }

    /// Who the owner is.
    pub fn public(&self) -> PublicKey {
        self.owner.public()
    }

    /// The key with which an agent of the owner's signs its answers.
    pub fn agent(&self, name: &str) -> Signer {
        Signer::from_secret(&self.derive(&format!("agent:{name}")))
    }

    /// An agent's entry in a thread.
    pub fn agent_entry(&self, name: &str) -> Agent {
        Agent {
            name: name.to_owned(),
            key: self.agent(name).public(),
        }
    }

    /// The secret under a label: HKDF-SHA512 (RFC 5869) of the seed.
    pub fn derive(&self, label: &str) -> Zeroizing<[u8; 32]> {
        let mut secret = Zeroizing::new([0; 32]);
        Hkdf::<Sha512>::new(Some(SALT), &*self.seed)
            .expand(format!("{INFO_PREFIX}{label}").as_bytes(), &mut *secret)
            .expect("32 bytes are within HKDF's reach");
        secret
    }
}
