//! Who reads a thread: sealing one, letting readers in, removing them.

use super::sealer::{CannotSeal, FindReader, Readied, Sealer};
use super::{Epochs, Plan, Reader, begin_epoch};
use crate::model::json::{Map, Value};
use crate::model::{Birth, Epoch, Hash, PublicKey, Thread, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

impl Sealer<'_> {
    /// Seals a thread that lies open: its title and tags now, and whatever is said from now on, for
    /// these readers and its author.
    ///
    /// # Errors
    /// If it is another's, or sealed already, or a reader has no good key.
    pub fn encrypt(
        &self,
        thread: &mut Thread,
        readers: &[Reader],
        at: Timestamp,
    ) -> Result<(), CannotSeal> {
        if thread.is_sealed() {
            return Err(CannotSeal::AlreadySealed);
        }
        let inside = header_of(thread);
        self.begin_for(thread, readers, at)?;
        self.put_header(thread, inside, at)
    }

    /// A thread that is sealed from its beginning: its true title, tags and project are inside.
    ///
    /// # Errors
    /// If a reader has no good key.
    pub fn begin_sealed(&self, birth: Birth, readers: &[Reader]) -> Result<Thread, CannotSeal> {
        let at = birth.created_at;
        let inside = header_of(&Thread::begin(birth.clone()));
        let mut thread = Thread::begin(birth.covered());
        self.begin_for(&mut thread, readers, at)?;
        self.put_header(&mut thread, inside, at)?;
        Ok(thread)
    }

    /// Seals what was derived from others, a part of which is sealed: a new epoch after all that
    /// was copied, for its author alone. `birth` is what it hides.
    ///
    /// # Errors
    /// If it is another's.
    pub fn encrypt_derived<'e>(
        &self,
        thread: &mut Thread,
        birth: Birth,
        copied: impl Iterator<Item = &'e Epoch>,
    ) -> Result<(), CannotSeal> {
        let at = birth.created_at;
        let mut epochs: BTreeMap<Hash, Epoch> = BTreeMap::new();
        for epoch in copied {
            let known = epochs.entry(epoch.id).or_insert_with(|| epoch.clone());
            known.readers.extend(epoch.readers.iter().cloned());
            known.after.extend(&epoch.after);
            known.without.extend(&epoch.without);
        }
        let epochs: Vec<Epoch> = epochs.into_values().collect();
        thread.set_epochs(&epochs, at);
        self.begin_for(thread, &[], at)?;
        self.put_header(thread, header_of(&Thread::begin(birth)), at)
    }

    /// Lets a reader in: they read what is sealed in the epoch in force, from its beginning on.
    /// Says whether they were none before.
    ///
    /// # Errors
    /// If the thread is another's or not sealed, is not ready, or the reader has no good key.
    pub fn add_reader(
        &self,
        thread: &mut Thread,
        reader: &Reader,
        at: Timestamp,
    ) -> Result<bool, CannotSeal> {
        self.check_author(thread)?;
        let in_force = self.in_force(thread)?;
        if is_reader(thread, &in_force, reader) {
            return Ok(false);
        }
        self.let_in(thread, &in_force, &[*reader], at)?;
        let can_read_header = thread
            .sealed()
            .is_some_and(|sealed| is_reader(thread, &sealed.epoch, reader));
        if !can_read_header {
            let inside = self.inside(thread)?;
            self.put_header(thread, inside, at)?;
        }
        Ok(true)
    }

    /// Removes a reader: what is said from now on they can't read. Says whether they were one.
    ///
    /// # Errors
    /// If the thread is another's or not sealed, or the reader is its author.
    pub fn remove_reader(
        &self,
        thread: &mut Thread,
        reader: &PublicKey,
        find: FindReader<'_>,
        at: Timestamp,
    ) -> Result<Option<Readied>, CannotSeal> {
        self.check_author(thread)?;
        if *reader == self.own.author {
            return Err(CannotSeal::AuthorStays);
        }
        let epochs = Epochs::of(thread.epochs());
        let mut left = epochs.readers();
        if !left.remove(reader) {
            return Ok(None);
        }
        let plan = epochs.plan(left);
        let (readers, unreached) = self.found(&plan.readers, find);
        self.begin(thread, &plan, readers, at)?;
        Ok(Some(Readied {
            is_changed: true,
            unreached,
        }))
    }

    pub(super) fn check_author(&self, thread: &Thread) -> Result<(), CannotSeal> {
        if !thread.is_sealed() {
            return Err(CannotSeal::NotSealed);
        }
        if thread.author() != self.own.author || thread.kept_by().is_some() {
            return Err(CannotSeal::NotTheAuthor);
        }
        Ok(())
    }

    /// A new epoch for these readers and the author.
    fn begin_for(
        &self,
        thread: &mut Thread,
        readers: &[Reader],
        at: Timestamp,
    ) -> Result<(), CannotSeal> {
        let mut keys: BTreeSet<PublicKey> = readers.iter().map(|reader| reader.author).collect();
        keys.insert(self.own.author);
        let plan = Epochs::of(thread.epochs()).plan(keys);
        self.begin(thread, &plan, readers.to_vec(), at)
    }

    pub(super) fn begin(
        &self,
        thread: &mut Thread,
        plan: &Plan,
        mut readers: Vec<Reader>,
        at: Timestamp,
    ) -> Result<(), CannotSeal> {
        if thread.author() != self.own.author || thread.kept_by().is_some() {
            return Err(CannotSeal::NotTheAuthor);
        }
        readers.retain(|reader| reader.author != self.own.author);
        readers.push(self.own);
        readers.sort_unstable();
        readers.dedup();
        let begun = begin_epoch(plan, &readers, &mut |bytes| (self.random)(bytes))?;
        let mut epochs = thread.epochs().to_vec();
        epochs.push(begun.epoch);
        self.keep_at_hand(begun.key);
        thread.set_epochs(&epochs, at);
        Ok(())
    }

    pub(super) fn let_in(
        &self,
        thread: &mut Thread,
        id: &Hash,
        readers: &[Reader],
        at: Timestamp,
    ) -> Result<(), CannotSeal> {
        if readers.is_empty() {
            return Ok(());
        }
        let key = self.opener.key_of(thread.epochs(), id)?;
        let mut entries = Vec::new();
        for reader in readers {
            entries.push(key.entry(reader, &mut |bytes| (self.random)(bytes))?);
        }
        let mut epochs = thread.epochs().to_vec();
        let mut this = epochs.iter_mut().filter(|epoch| epoch.id == *id);
        if let Some(epoch) = this.next() {
            epoch.readers.extend(entries);
        }
        thread.set_epochs(&epochs, at);
        Ok(())
    }

    /// Those whose encryption key is known, and the others.
    pub(super) fn found(
        &self,
        keys: &BTreeSet<PublicKey>,
        find: FindReader<'_>,
    ) -> (Vec<Reader>, Vec<PublicKey>) {
        let (mut readers, mut unreached) = (Vec::new(), Vec::new());
        for key in keys {
            if *key == self.own.author {
                readers.push(self.own);
            } else if let Some(encryption) = find(key) {
                let author = *key;
                readers.push(Reader { author, encryption });
            } else {
                unreached.push(*key);
            }
        }
        (readers, unreached)
    }
}

/// What a header that lies open would hide.
fn header_of(thread: &Thread) -> Map<String, Value> {
    let mut inside = Map::new();
    inside.insert("title".to_owned(), thread.title().into());
    inside.insert("tags".to_owned(), thread.tags().into());
    let project = thread.project().map_or(Value::Null, Value::from);
    inside.insert("project".to_owned(), project);
    if let Some(what_for) = thread.intent_context() {
        inside.insert("intent_context".to_owned(), what_for.into());
    }
    inside
}

/// Whether an epoch has an entry for just this key of this reader.
fn is_reader(thread: &Thread, epoch: &Hash, reader: &Reader) -> bool {
    let epoch = thread.epochs().iter().find(|entry| entry.id == *epoch);
    let entries = epoch.map(|epoch| epoch.readers.as_slice());
    entries
        .unwrap_or_default()
        .iter()
        .any(|entry| entry.author == reader.author && entry.encryption == reader.encryption)
}
