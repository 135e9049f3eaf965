//! Speaking in a sealed thread: what is said is sealed before it is signed.

use super::Session;
use crate::identity::Keys;
use crate::model::{Message, MessageDraft, PublicKey, Thread};
use crate::seal::{CannotSeal, NoKey, Sealer};
use crate::sign::Signer;
use crate::store::StoreError;
use crate::workspace::{Obstacle, Purpose, WorkError, Workspace};
use std::cell::OnceCell;

/// What seals and opens with the owner's keys, made when it is first needed: to make it costs more
/// than to sign, and most threads are open.
pub(super) struct OwnSealer<'a> {
    workspace: &'a Workspace,
    keys: &'a Keys,
    made: OnceCell<Sealer<'a>>,
}

impl<'a> OwnSealer<'a> {
    pub(super) fn new(workspace: &'a Workspace, keys: &'a Keys) -> Self {
        Self {
            workspace,
            keys,
            made: OnceCell::new(),
        }
    }

    pub(super) fn get(&self) -> &Sealer<'a> {
        self.made.get_or_init(|| self.workspace.sealer(self.keys))
    }
}

/// Refuses a thread of somebody else in which what is said now is for others.
pub(super) fn ensure_reader(
    owner: &PublicKey,
    sealer: &Sealer<'_>,
    thread: &Thread,
) -> Result<(), WorkError> {
    let is_own = *owner == thread.author();
    match sealer.key_in_force(thread) {
        Err(CannotSeal::NoKey(NoKey::NotAReader)) if !is_own => Err(WorkError::Unfit {
            id: thread.id().to_string(),
            what: Purpose::Continue,
            why: Obstacle::SealedForOthers,
        }),
        _ => Ok(()),
    }
}

impl Session<'_> {
    /// Readers who can't read what is said now, since no card of theirs is known here. Each is told
    /// once.
    pub fn take_unreached(&mut self) -> Vec<PublicKey> {
        std::mem::take(&mut self.unreached)
    }

    /// Signs a message, sealed where the thread is.
    pub(super) fn sign(
        &mut self,
        signer: &Signer,
        draft: MessageDraft,
    ) -> Result<Message, StoreError> {
        self.ready_to_seal()?;
        self.seal_and_sign(signer, draft)
    }

    /// The same in a thread that is ready.
    pub(super) fn seal_and_sign(
        &mut self,
        signer: &Signer,
        draft: MessageDraft,
    ) -> Result<Message, StoreError> {
        let draft = if self.thread().is_sealed() {
            self.sealer.get().seal(&self.held.thread, draft)?
        } else {
            draft
        };
        Ok(signer.sign_message(draft))
    }

    /// What other sessions, or other machines, put into the thread is opened too.
    pub(super) fn open_what_came(&mut self) {
        if self.thread().is_sealed() {
            self.sealer.get().open(&mut self.held.thread);
        }
    }

    /// A sealed thread is made ready for what is sealed in it next.
    pub(super) fn ready_to_seal(&mut self) -> Result<(), StoreError> {
        if !self.thread().is_sealed() {
            return Ok(());
        }
        let owner = self.keys.public();
        let now = self.workspace.now();
        let find = &mut |key: &PublicKey| self.workspace.encryption_of(&owner, key);
        let readied = self.sealer.get().ready(&mut self.held.thread, find, now)?;
        self.unreached.extend(readied.unreached);
        if readied.is_changed {
            self.note_change()?;
        }
        Ok(())
    }
}
