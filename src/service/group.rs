//! Saying: what waits for one conversation is signed one by one, and comes to disk together.

use super::names_in_text::names_in;
use super::tags::resolve;
use super::{Conversations, NewMessage, Scope, ServiceError};
use crate::buffer::{Appended, Work};
use crate::model::Hash;
use std::collections::HashMap;

/// A message that was signed, and is neither on disk nor shown yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staged {
    /// The root of its conversation's thread.
    pub root: Hash,
    /// Its id.
    pub id: Hash,
}

/// What became of all that was staged.
#[derive(Debug, Default)]
pub struct Committed {
    written: HashMap<Hash, Appended>,
    failed: HashMap<Hash, String>,
}

impl Committed {
    /// What became of one message.
    ///
    /// # Errors
    /// If it was not written; then nobody will ever see it.
    pub fn of(&self, staged: &Staged) -> Result<Appended, ServiceError> {
        if let Some(appended) = self.written.get(&staged.id) {
            return Ok(*appended);
        }
        let why = self.failed.get(&staged.root).cloned();
        let why = why.unwrap_or_else(|| "it was not staged".to_owned());
        Err(ServiceError::GroupNotWritten(why))
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.written.extend(other.written);
        self.failed.extend(other.failed);
    }
}

impl Conversations {
    /// Signs a message for a conversation. It is neither on disk nor shown before
    /// [`Conversations::commit`].
    ///
    /// # Errors
    /// If the conversation takes none, or can't be opened. All that was staged before stays staged.
    pub fn stage(
        &mut self,
        work: Work<'_>,
        root: &Hash,
        message: NewMessage,
    ) -> Result<Staged, ServiceError> {
        let names = names_in(message.content.as_text())?;
        if !names.is_empty() {
            // What they stand for is looked up in what is saved.
            self.save(work);
        }
        let mut session = self.session(work, root)?;
        let scope = Scope::of(session.thread(), message.embedder.as_ref());
        let tags = resolve(work.workspace, &scope, &names);
        let staged = tags.map(|tags| session.stage(message.into_saying(&tags)));
        self.put_down(work, session);
        let id = staged??;
        self.staged.insert(*root);
        Ok(Staged { root: *root, id })
    }

    /// Brings to disk all that is staged: what of one conversation is written together, or not at
    /// all.
    pub fn commit(&mut self, work: Work<'_>) -> Committed {
        let roots: Vec<Hash> = self.staged.iter().copied().collect();
        for root in roots {
            self.flush(work, &root);
        }
        std::mem::take(&mut self.committed)
    }

    /// Brings to disk what is staged for one conversation.
    pub(super) fn flush(&mut self, work: Work<'_>, root: &Hash) {
        if !self.staged.remove(root) {
            return;
        }
        let mut committed = Committed::default();
        let mut session = match self.session(work, root) {
            Ok(session) => session,
            Err(error) => {
                committed.failed.insert(*root, error.to_string());
                return self.committed.extend(committed);
            }
        };
        match session.commit_staged() {
            Ok(written) => {
                let messages = written.messages;
                let shown = session.thread().messages().len() - session.thread().aside().len();
                let first = shown - messages.len();
                for (place, id) in messages.into_iter().enumerate() {
                    let message_count = first + place + 1;
                    committed.written.insert(id, Appended { id, message_count });
                }
            }
            Err(error) => {
                committed.failed.insert(*root, error.to_string());
            }
        }
        self.put_down(work, session);
        self.committed.extend(committed);
    }
}
