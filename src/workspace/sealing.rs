//! Sealed threads at work: what opens and seals with the owner's keys, and whom a thread is for.

use super::contacts::{Contact, Contacts};
use super::{FoundThread, Purpose, WorkError, Workspace};
use crate::identity::Keys;
use crate::model::{EncryptionKey, PublicKey, Reading, Thread, ThreadId, Timestamp};
use crate::seal::{CannotSeal, Epochs, Reader, Readied, Sealer};
use std::collections::BTreeMap;

/// What became of the readers of a thread.
#[derive(Debug)]
pub struct ReadersChanged {
    /// The thread, saved.
    pub thread: Thread,
    /// Readers who can't read what follows, since no card of theirs is known here.
    pub unreached: Vec<PublicKey>,
}

/// Who reads a sealed thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadReaders {
    /// The thread.
    pub id: ThreadId,
    /// Whoever reads any of it.
    pub readers: Vec<ThreadReader>,
}

/// One who reads a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadReader {
    /// Their key.
    pub key: PublicKey,
    /// What the owner of this home calls them; empty if they are no contact.
    pub name: String,
    /// Whether it is the owner of this home.
    pub is_you: bool,
    /// Whether they read what is said now, and not only what was said before.
    pub reads_on: bool,
}

impl Workspace {
    /// What opens and seals with these keys.
    pub fn sealer(&self, keys: &Keys) -> Sealer<'_> {
        let own = Reader {
            author: keys.public(),
            encryption: keys.encryption(),
        };
        let random = |bytes: &mut [u8]| (self.setup.random)(bytes);
        Sealer::new(keys.opener(), own, random)
    }

    /// The encryption key of somebody whose card is known here.
    pub(crate) fn encryption_of(
        &self,
        owner: &PublicKey,
        reader: &PublicKey,
    ) -> Option<EncryptionKey> {
        let contacts = self.contacts(*owner).ok()?;
        contacts.with_key(reader)?.encryption
    }

    /// Who reads a sealed thread, as its header says.
    pub fn readers_of(&self, thread: &Thread) -> ThreadReaders {
        let own = self.owner_if_readable();
        let contacts = own.and_then(|own| self.contacts(own).ok());
        let name = |key: &PublicKey| {
            let contact = contacts.as_ref()?.with_key(key)?;
            Some(contact.name)
        };
        let now = Epochs::of(thread.epochs()).in_force();
        let mut readers: BTreeMap<PublicKey, bool> = BTreeMap::new();
        for epoch in thread.epochs() {
            for reader in &epoch.readers {
                *readers.entry(reader.author).or_default() |= now.contains(&epoch.id);
            }
        }
        let readers = readers.into_iter().map(|(key, reads_on)| ThreadReader {
            name: name(&key).unwrap_or_default(),
            is_you: own == Some(key),
            key,
            reads_on,
        });
        ThreadReaders {
            id: thread.id(),
            readers: readers.collect(),
        }
    }

    /// Lets somebody read a sealed thread that is being changed.
    ///
    /// # Errors
    /// If the thread is another's or not sealed, or nothing can be sealed for them.
    pub fn let_read(
        &self,
        keys: &Keys,
        thread: &mut Thread,
        readers: &[Reader],
        at: Timestamp,
    ) -> Result<(), WorkError> {
        self.ensure_card(keys)?;
        let sealer = self.sealer(keys);
        let find = &mut |key: &PublicKey| self.encryption_of(&keys.public(), key);
        sealer.ready(thread, find, at)?;
        for reader in readers {
            sealer.add_reader(thread, reader, at)?;
        }
        Ok(())
    }

    /// Lets somebody read nothing more of what is said in a sealed thread that is being changed.
    ///
    /// # Errors
    /// If the thread is another's or not sealed, or it is its author.
    pub fn stop_reading(
        &self,
        keys: &Keys,
        thread: &mut Thread,
        reader: PublicKey,
        at: Timestamp,
    ) -> Result<(), WorkError> {
        self.ensure_card(keys)?;
        let sealer = self.sealer(keys);
        let find = &mut |key: &PublicKey| self.encryption_of(&keys.public(), key);
        sealer.remove_reader(thread, &reader, find, at)?;
        Ok(())
    }

    /// The readers that these names or keys mean, each remembered as a contact.
    ///
    /// # Errors
    /// If one is not known, or no card of theirs was seen; if what is known of them can't be
    /// written.
    pub fn readers(&self, keys: &Keys, who: &[String]) -> Result<Vec<Reader>, WorkError> {
        let mut contacts = self.contacts(keys.public())?;
        let mut readers = Vec::new();
        for who in who {
            readers.push(reader(&mut contacts, keys, who)?);
        }
        Ok(readers)
    }
}

fn reader(contacts: &mut Contacts<'_>, keys: &Keys, who: &str) -> Result<Reader, WorkError> {
    let contact = contacts.find(who)?;
    let encryption = encryption_in_use(contacts, &contact)?;
    let author = contact.key;
    if author != keys.public() {
        contacts.remember(keys, &contact)?;
    }
    Ok(Reader { author, encryption })
}

/// The key to seal with for somebody. A key whose place another one took may be in other hands:
/// nothing is sealed for it, not even while that is only claimed.
pub(super) fn encryption_in_use(
    contacts: &Contacts<'_>,
    contact: &Contact,
) -> Result<EncryptionKey, WorkError> {
    let who = contact.called();
    let successors = contacts.succession_of(&contact.key)?.keys();
    if let Some(newer) = successors.first() {
        return Err(WorkError::GivenUp { who, newer: *newer });
    }
    contact.encryption.ok_or(WorkError::NoCard { who })
}

impl super::Organiser<'_> {
    /// Lays over a thread that was found what the owner of these keys sees of it.
    pub fn open(&self, keys: &Keys, found: &mut FoundThread) {
        if let Reading::Thread(thread) = &mut found.reading {
            self.workspace.sealer(keys).open(thread);
        }
    }

    /// Seals a thread of the owner's from now on, for these readers. What was saved before stays
    /// readable in the history.
    ///
    /// # Errors
    /// If it is not the owner's own and true, or sealed already, or if it can't be saved.
    pub fn encrypt(
        &self,
        keys: &Keys,
        found: FoundThread,
        readers: &[Reader],
    ) -> Result<Thread, WorkError> {
        let changed = self.change_readers(keys, found, |sealer, thread, now| {
            sealer.encrypt(thread, readers, now)?;
            Ok(Some(Readied::default()))
        })?;
        let changed = changed.ok_or(CannotSeal::AlreadySealed)?;
        self.workspace.eraser().forget_open_words(&changed.thread)?;
        Ok(changed.thread)
    }

    /// Lets readers into a thread. `None`: all of them read it already.
    ///
    /// # Errors
    /// If it is not the owner's own, true and sealed, or if it can't be saved.
    pub fn add_readers(
        &self,
        keys: &Keys,
        found: FoundThread,
        readers: &[Reader],
    ) -> Result<Option<ReadersChanged>, WorkError> {
        self.change_readers(keys, found, |sealer, thread, now| {
            let find = &mut |key: &PublicKey| self.workspace.encryption_of(&keys.public(), key);
            let mut readied = sealer.ready(thread, find, now)?;
            for reader in readers {
                readied.is_changed |= sealer.add_reader(thread, reader, now)?;
            }
            Ok(readied.is_changed.then_some(readied))
        })
    }

    /// Removes readers of a thread: what is said from now on they can't read. `None`: they read it
    /// no longer.
    ///
    /// # Errors
    /// If it is not the owner's own, true and sealed, or if it can't be saved.
    pub fn remove_readers(
        &self,
        keys: &Keys,
        found: FoundThread,
        readers: &[PublicKey],
    ) -> Result<Option<ReadersChanged>, WorkError> {
        self.change_readers(keys, found, |sealer, thread, now| {
            let find = &mut |key: &PublicKey| self.workspace.encryption_of(&keys.public(), key);
            let mut removed = None;
            for reader in readers {
                let readied = sealer.remove_reader(thread, reader, find, now)?;
                removed = readied.or(removed);
            }
            Ok(removed)
        })
    }

    fn change_readers(
        &self,
        keys: &Keys,
        found: FoundThread,
        change: impl FnOnce(&Sealer<'_>, &mut Thread, Timestamp) -> Result<Option<Readied>, CannotSeal>,
    ) -> Result<Option<ReadersChanged>, WorkError> {
        self.workspace.ensure_card(keys)?;
        let before = found.own(Purpose::Change, &keys.public())?.into_inner();
        let sealer = self.workspace.sealer(keys);
        let now = self.workspace.now();
        let mut thread = before.clone();
        sealer.open(&mut thread);
        let Some(Readied { unreached, .. }) = change(&sealer, &mut thread, now)? else {
            return Ok(None);
        };
        let thread = self.save_change(keys, &before, &thread, now)?;
        Ok(Some(ReadersChanged { thread, unreached }))
    }
}
