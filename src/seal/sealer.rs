//! Sealing in a thread: epochs made such that all its readers can open what follows, then messages
//! and the header under the epoch in force.

use super::{CannotWrap, Due, EpochKey, Epochs, Locked, NoKey, Opener, Reader, TooLong};
use crate::model::json::{Map, Value};
use crate::model::{EncryptionKey, Hash, MessageDraft, Nonce, PublicKey, Thread, Timestamp};
use std::sync::{Arc, Mutex};

/// Why something can't be sealed. Nothing was changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotSeal {
    /// It is too long.
    #[error("it can't be sealed: {0}")]
    TooLong(#[from] TooLong),
    /// The author's two machines began epochs at once, and only the author settles that.
    #[error(
        "two of its author's devices changed its readers at once; \
         nothing can be said until its author has said something, which settles it"
    )]
    SeveralInForce,
    /// Who would seal is no reader of the epoch in force.
    #[error("what is said in it now is not for this key: {0}")]
    NoKey(#[from] NoKey),
    /// A reader's encryption key is none.
    #[error("it can't be sealed: {0}")]
    Wrap(#[from] CannotWrap),
    /// The title and the tags are sealed together, and can't be opened.
    #[error("its title and tags can't be opened, so neither can be changed: {0}")]
    HeaderClosed(Locked),
    /// Only the author lets readers in and removes them.
    #[error("only its author can change who reads it")]
    NotTheAuthor,
    /// The author can't be removed.
    #[error("its author always reads it")]
    AuthorStays,
    /// The thread is not sealed.
    #[error("it is not sealed")]
    NotSealed,
    /// The thread is sealed already.
    #[error("it is sealed already")]
    AlreadySealed,
}

/// Fills bytes with chance.
type Chance<'r> = Box<dyn Fn(&mut [u8]) + Send + 'r>;

/// One who writes sealed parts: what they open with, and where their chance comes from.
pub struct Sealer<'r> {
    pub(super) opener: Opener,
    pub(super) own: Reader,
    pub(super) random: Chance<'r>,
    /// The key that was used last, with its epoch.
    last: Mutex<Option<Arc<EpochKey>>>,
}

/// Finds the encryption key of a reader, from their card; none, if there is no card.
pub type FindReader<'f> = &'f mut dyn FnMut(&PublicKey) -> Option<EncryptionKey>;

/// What was done so that something can be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readied {
    /// Whether the epochs changed.
    pub is_changed: bool,
    /// Readers who can't read what follows, since no card of theirs is known here.
    pub unreached: Vec<PublicKey>,
}

impl<'r> Sealer<'r> {
    /// Seals for `own`, who opens with `opener`.
    pub fn new(opener: Opener, own: Reader, random: impl Fn(&mut [u8]) + Send + 'r) -> Self {
        Self {
            opener,
            own,
            random: Box::new(random),
            last: Mutex::new(None),
        }
    }

    /// Lays over a thread what its reader sees of it.
    pub fn open(&self, thread: &mut Thread) -> super::StillClosed {
        self.opener.open(thread)
    }

    /// Makes the epochs of a sealed thread such that something can be sealed: in the author's
    /// thread whoever is to read it is let in, and of several epochs in force one is made.
    ///
    /// # Errors
    /// If this is not for its writer to do, or they can't open the epoch in force.
    pub fn ready(
        &self,
        thread: &mut Thread,
        find: FindReader<'_>,
        at: Timestamp,
    ) -> Result<Readied, CannotSeal> {
        let epochs = Epochs::of(thread.epochs());
        let due = epochs.due();
        if thread.author() != self.own.author {
            return match epochs.in_force().len() {
                1 => Ok(Readied::default()),
                _ => Err(CannotSeal::SeveralInForce),
            };
        }
        match due {
            Due::Nothing(_) => Ok(Readied::default()),
            Due::Readers { epoch, missing } => {
                let (readers, unreached) = self.found(&missing, find);
                let is_changed = !readers.is_empty();
                self.let_in(thread, &epoch, &readers, at)?;
                Ok(Readied {
                    is_changed,
                    unreached,
                })
            }
            Due::Begin(plan) => {
                let (readers, unreached) = self.found(&plan.readers, find);
                self.begin(thread, &plan, readers, at)?;
                Ok(Readied {
                    is_changed: true,
                    unreached,
                })
            }
        }
    }

    /// Seals a draft for a thread that is ready.
    ///
    /// # Errors
    /// If it is too long, or its writer can't open the epoch in force.
    pub fn seal(&self, thread: &Thread, draft: MessageDraft) -> Result<MessageDraft, CannotSeal> {
        let key = self.key_in_force(thread)?;
        Ok(key.seal_draft(self.nonce(), draft)?)
    }

    /// Changes the title, sealed where the thread is.
    ///
    /// # Errors
    /// If the header can't be opened, or nothing can be sealed.
    pub fn set_title(
        &self,
        thread: &mut Thread,
        title: &str,
        at: Timestamp,
    ) -> Result<(), CannotSeal> {
        if !thread.is_sealed() {
            thread.set_title(title, at);
            return Ok(());
        }
        self.change_header(thread, at, "title", title.into())
    }

    /// Changes the tags, sealed where the thread is.
    ///
    /// # Errors
    /// If the header can't be opened, or nothing can be sealed.
    pub fn set_tags(
        &self,
        thread: &mut Thread,
        tags: &[String],
        at: Timestamp,
    ) -> Result<(), CannotSeal> {
        if !thread.is_sealed() {
            thread.set_tags(tags, at);
            return Ok(());
        }
        self.change_header(thread, at, "tags", tags.into())
    }

    /// Changes what the thread is for, sealed where the thread is.
    ///
    /// # Errors
    /// If the header can't be opened, or nothing can be sealed.
    pub fn set_intent_context(
        &self,
        thread: &mut Thread,
        what_for: Option<&str>,
        at: Timestamp,
    ) -> Result<(), CannotSeal> {
        if !thread.is_sealed() {
            thread.set_intent_context(what_for, at);
            return Ok(());
        }
        self.change_header(thread, at, "intent_context", what_for.into())
    }

    fn change_header(
        &self,
        thread: &mut Thread,
        at: Timestamp,
        name: &str,
        value: Value,
    ) -> Result<(), CannotSeal> {
        let mut inside = self.inside(thread)?;
        if inside.get(name) == Some(&value) {
            return Ok(());
        }
        inside.insert(name.to_owned(), value);
        self.put_header(thread, inside, at)
    }

    /// The key with which this thread is sealed now.
    ///
    /// # Errors
    /// If none or several are in force, or it is not for this reader.
    pub fn key_in_force(&self, thread: &Thread) -> Result<Arc<EpochKey>, CannotSeal> {
        let id = self.in_force(thread)?;
        let mut last = self
            .last
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(key) = last.as_ref().filter(|key| key.id() == id) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(self.opener.key_of(thread.epochs(), &id)?);
        *last = Some(Arc::clone(&key));
        Ok(key)
    }

    pub(super) fn keep_at_hand(&self, key: EpochKey) {
        let mut last = self
            .last
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        *last = Some(Arc::new(key));
    }

    pub(super) fn in_force(&self, thread: &Thread) -> Result<Hash, CannotSeal> {
        let in_force: Vec<Hash> = Epochs::of(thread.epochs()).in_force().into_iter().collect();
        match in_force[..] {
            [one] => Ok(one),
            [] => Err(CannotSeal::NotSealed),
            _ => Err(CannotSeal::SeveralInForce),
        }
    }

    /// What the header hides, opened if need be.
    pub(super) fn inside(&self, thread: &mut Thread) -> Result<Map<String, Value>, CannotSeal> {
        if let Some(inside) = thread.inside() {
            return Ok(inside.clone());
        }
        let still = self.opener.open(thread);
        match (thread.inside(), still.header) {
            (Some(inside), _) => Ok(inside.clone()),
            (None, Some(why)) => Err(CannotSeal::HeaderClosed(why)),
            (None, None) => Err(CannotSeal::NotSealed),
        }
    }

    pub(super) fn put_header(
        &self,
        thread: &mut Thread,
        inside: Map<String, Value>,
        at: Timestamp,
    ) -> Result<(), CannotSeal> {
        let key = self.key_in_force(thread)?;
        let sealed = key.seal_header(self.nonce(), &thread.root(), &inside)?;
        thread.set_sealed(&sealed, at);
        thread.put_inside(inside);
        Ok(())
    }

    pub(super) fn nonce(&self) -> Nonce {
        let mut nonce = Nonce([0; 24]);
        (self.random)(&mut nonce.0);
        nonce
    }
}

#[cfg(test)]
mod tests;
