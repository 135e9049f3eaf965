//! The keys that follow from the words.

use super::Words;
use crate::model::{Agent, EncryptionKey, PublicKey, Thread};
use crate::seal::{DecryptionKey, EpochKey, Opener};
use crate::sign::Signer;
use hkdf::Hkdf;
use sha2::Sha512;
use std::collections::BTreeSet;
use zeroize::Zeroizing;

const SALT: &[u8] = b"mmogit";
const INFO_PREFIX: &str = "mmogit.v1/";

/// The keys of one owner. They can't be printed, copied or written.
pub struct Keys {
    seed: Zeroizing<[u8; 64]>,
    owner: Signer,
    /// The agents' keys that sign no more.
    retired: BTreeSet<PublicKey>,
    /// The keys that were the owner's before, to read with.
    former: Vec<Keys>,
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
            retired: BTreeSet::new(),
            former: Vec::new(),
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

    /// The same keys, without these of agents: the next one of each name signs in their place.
    pub fn without_agents(mut self, retired: impl IntoIterator<Item = PublicKey>) -> Self {
        self.retired.extend(retired);
        self
    }

    /// The same keys, and to read with, those that were the owner's before.
    pub fn with_former(mut self, former: Vec<Keys>) -> Self {
        self.former = former;
        self
    }

    /// The key with which an agent of the owner's signs its answers: the first of this name that is
    /// not retired.
    pub fn agent(&self, name: &str) -> Signer {
        let mut number = 1;
        loop {
            let signer = self.agent_of_number(name, number);
            if !self.retired.contains(&signer.public()) {
                return signer;
            }
            number += 1;
        }
    }

    /// Whether a key is, or was, an agent's of this name.
    pub fn is_agents(&self, name: &str, key: &PublicKey) -> bool {
        let newest = self.agent(name).public();
        let of_number = |number| self.agent_of_number(name, number).public();
        let mut all = (1..).map(of_number).take_while(|one| *one != newest);
        newest == *key || all.any(|one| one == *key)
    }

    fn agent_of_number(&self, name: &str, number: usize) -> Signer {
        let label = match number {
            1 => format!("agent:{name}"),
            _ => format!("agent-{number}:{name}"),
        };
        Signer::from_secret(&self.derive(&label))
    }

    /// An agent's entry in a thread.
    pub fn agent_entry(&self, name: &str) -> Agent {
        Agent {
            name: name.to_owned(),
            key: self.agent(name).public(),
            by: None,
        }
    }

    /// The same in a thread that may be somebody else's: there it says whose agent it is.
    pub fn agent_entry_in(&self, thread: &Thread, name: &str) -> Agent {
        let is_own = thread.author() == self.public();
        Agent {
            by: (!is_own).then(|| self.public()),
            ..self.agent_entry(name)
        }
    }

    /// The key with which the owner opens what is sealed for them.
    pub fn decryption(&self) -> DecryptionKey {
        DecryptionKey::from_secret(&self.derive("encryption"))
    }

    /// The key to which others seal for the owner: the one that the owner's card names.
    pub fn encryption(&self) -> EncryptionKey {
        self.decryption().public()
    }

    /// What opens what the owner is a reader of, or was under a former key.
    pub fn opener(&self) -> Opener {
        let former = self.former.iter().map(Keys::opener);
        Opener::new(self.public(), self.decryption()).with_former(former)
    }

    /// The key for what a journal holds of sealed threads and nobody signed yet. It is the owner's
    /// alone: who reads a thread with them can't write into their journals.
    pub fn journal(&self) -> EpochKey {
        EpochKey::new(self.derive("journal"))
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
