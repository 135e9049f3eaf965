//! What the people of a thread are called.

use super::{Contact, ShownNames, Workspace};
use crate::model::PublicKey;
use std::collections::{BTreeMap, BTreeSet};

/// People by their keys, as the owner's contacts and their own cards name them.
#[derive(Debug, Default)]
pub struct Acquaintances {
    owner: Option<PublicKey>,
    /// The keys that the owner had before, as their own cards say.
    older: BTreeSet<PublicKey>,
    known: BTreeMap<PublicKey, Contact>,
    names: ShownNames,
}

impl Workspace {
    /// What these people are called. Of whom no contact and no good card tells, there is only the
    /// key; so it is for all where the contacts can't be read.
    pub fn acquaintances(&self, keys: impl IntoIterator<Item = PublicKey>) -> Acquaintances {
        let owner = self.owner_if_readable();
        let mut all = Acquaintances {
            owner,
            ..Acquaintances::default()
        };
        all.older = owner.map_or_else(BTreeSet::new, |owner| self.older_keys(&owner));
        let Some(contacts) = owner.and_then(|owner| self.contacts(owner).ok()) else {
            return all;
        };
        for contact in contacts.list() {
            all.add_name(&contact);
        }
        for key in keys {
            if let Ok(contact) = contacts.by_key(key) {
                all.add_name(&contact);
                all.known.insert(key, contact);
            }
        }
        all
    }

    fn older_keys(&self, owner: &PublicKey) -> BTreeSet<PublicKey> {
        let older = self.own_older(owner).unwrap_or_default();
        older.into_keys().collect()
    }
}

impl Acquaintances {
    /// Whether somebody is who reads.
    pub fn is_owner(&self, key: &PublicKey) -> bool {
        self.owner == Some(*key)
    }

    /// Whether a key is one that who reads had before.
    pub fn is_owners_older(&self, key: &PublicKey) -> bool {
        self.older.contains(key)
    }

    /// What is known of somebody, if anything is.
    pub fn get(&self, key: &PublicKey) -> Option<&Contact> {
        self.known.get(key)
    }

    /// Whether a name must not stand without its key: another's looks the same.
    pub fn is_ambiguous(&self, name: &str) -> bool {
        self.names.is_shared(name)
    }

    fn add_name(&mut self, contact: &Contact) {
        if !contact.name.is_empty() {
            self.names.add(contact.key, &contact.name);
        }
    }
}
