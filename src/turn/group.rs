//! Saying several things at once: each is signed at once, and all of them come to disk together.
//! Until then they are accepted by nobody; should the disk refuse, they were never said.

use super::Session;
use crate::model::json::{Map, Value};
use crate::model::{Hash, Message, MessageDraft, Role, Savepoint, Timestamp};
use crate::store::{JournalGroup, StoreError};

/// Something to be said that is no chat's own question or answer.
#[derive(Debug, Clone)]
pub struct Saying {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
    /// The same as blocks, which the record has in the place of the text.
    pub structured: Option<Value>,
    /// The AI whose word it is. What a person says has none, nor has what came from elsewhere,
    /// which its owner vouches for.
    pub agent: Option<String>,
    /// What it is signed with besides: `meta`, `client_timestamp`, `idempotency`, `source`, …
    pub fields: Map<String, Value>,
}

/// Why something can't be said so.
#[derive(Debug, thiserror::Error)]
pub enum SayingError {
    /// An AI's word without an AI, or a person's with one.
    #[error("what a person says is no AI's word, and what an AI says has its name")]
    WrongSpeaker,
    /// A field that the record has for itself.
    #[error("the field {0:?} is the record's own")]
    ReservedField(String),
    /// It could not be signed or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came to disk together.
#[derive(Debug)]
pub struct Committed {
    /// The messages, in the order in which they were said.
    pub messages: Vec<Hash>,
    /// Why the thread could not be saved just now, where it was time; they are in the journal all
    /// the same.
    pub not_saved: Option<StoreError>,
    /// How many messages another session added to this thread meanwhile.
    pub from_elsewhere: usize,
}

/// What is signed and not on disk yet.
pub(super) struct Staged {
    before: Savepoint,
    size_before: usize,
    lines: JournalGroup,
    messages: Vec<Hash>,
}

/// The fields of a message that are not for others to set.
const RESERVED: [&str; 8] = [
    "role",
    "content",
    "timestamp",
    "author",
    "prev",
    "signature",
    "sealed",
    "agent",
];

impl Saying {
    fn check(&self) -> Result<(), SayingError> {
        let is_imported = self.fields.contains_key("source");
        let is_right = match self.agent {
            Some(_) => !self.role.is_persons(),
            None => self.role.is_persons() || is_imported,
        };
        if !is_right {
            return Err(SayingError::WrongSpeaker);
        }
        let mut names = self.fields.keys();
        match names.find(|name| RESERVED.contains(&name.as_str())) {
            Some(name) => Err(SayingError::ReservedField(name.clone())),
            None => Ok(()),
        }
    }
}

impl Session<'_> {
    /// From now on the thread is saved when somebody says so, not by every fifth message.
    pub fn save_when_asked(&mut self) {
        self.held.is_saved_when_asked = true;
    }

    /// Signs something that stands after all that is shown, and after what is staged already. It is
    /// not on disk before [`Session::commit_staged`] returns, and is to be shown to nobody.
    ///
    /// # Errors
    /// When it can't be said so, when the thread has no room for it or was erased. All that was
    /// staged before stays staged.
    pub fn stage(&mut self, saying: Saying) -> Result<Hash, SayingError> {
        saying.check()?;
        self.check_capacity(self.held.size + saying.content.len())?;
        if self.held.staged.is_none() {
            self.begin_group()?;
        }
        let staged = self.stage_message(saying);
        let is_empty = |staged: &Staged| staged.messages.is_empty();
        if staged.is_err() && self.held.staged.as_ref().is_some_and(is_empty) {
            self.held.staged = None;
        }
        Ok(staged?)
    }

    /// Brings all that is staged to disk, together. When this returns, it is accepted.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it was said, and nothing is staged any more.
    pub fn commit_staged(&mut self) -> Result<Committed, StoreError> {
        let messages = self.sync_staged()?;
        let mut committed = Committed {
            messages,
            not_saved: None,
            from_elsewhere: 0,
        };
        match self.save_if_due() {
            Ok(count) => committed.from_elsewhere = count,
            Err(error) => committed.not_saved = Some(error),
        }
        Ok(committed)
    }

    /// Whatever else writes or asks waits until all that is staged is on disk: it would stand on
    /// what may never have been said.
    pub(super) fn check_nothing_staged(&self) -> Result<(), StoreError> {
        match self.held.staged {
            None => Ok(()),
            Some(_) => Err(StoreError::NotOnDisk {
                id: self.thread().id(),
            }),
        }
    }

    fn sync_staged(&mut self) -> Result<Vec<Hash>, StoreError> {
        let Some(staged) = self.held.staged.take() else {
            return Ok(Vec::new());
        };
        let written = match self.held.journal.group(&staged.lines) {
            // The thread has what is staged already.
            Err(StoreError::JournalLost { .. }) => self.replace_lost_journal(),
            written => written,
        };
        let held = &mut self.held;
        if let Err(error) = written {
            held.thread.go_back_to(staged.before);
            held.size = staged.size_before;
            return Err(error);
        }
        held.unsaved += staged.messages.len();
        Ok(staged.messages)
    }

    fn stage_message(&mut self, saying: Saying) -> Result<Hash, StoreError> {
        let agent = saying.agent.clone();
        let message = self.signed(saying)?;
        let size = self.size_with(&message)?;
        if let Some(agent) = agent {
            self.list_staged_agent(&agent);
        }
        let id = message.id();
        let held = &mut self.held;
        let staged = held.staged.as_mut().expect("it was begun");
        staged.lines.message(&message);
        staged.messages.push(id);
        held.thread.append(message);
        held.size = size;
        Ok(id)
    }

    /// What may change the journal or the thread for itself is done before anything is staged.
    fn begin_group(&mut self) -> Result<(), StoreError> {
        self.check_not_erased()?;
        self.take_over()?;
        self.rebase_journal()?;
        self.ready_to_seal()?;
        let held = &mut self.held;
        held.staged = Some(Staged {
            before: held.thread.savepoint(),
            size_before: held.size,
            lines: JournalGroup::default(),
            messages: Vec::new(),
        });
        Ok(())
    }

    fn signed(&mut self, saying: Saying) -> Result<Message, StoreError> {
        let signer = saying.agent.as_deref().map(|name| self.keys.agent(name));
        let signer = signer.as_ref().unwrap_or(self.keys.owner());
        let draft = MessageDraft::new(
            saying.role,
            &saying.content,
            self.moment_of_next()?,
            signer.public(),
            &self.after(),
        )
        .with("content", saying.structured)
        .with("agent", saying.agent.as_deref())
        .with_all(saying.fields);
        self.seal_and_sign(signer, draft)
    }

    /// The agent's key comes to disk with what it signed.
    fn list_staged_agent(&mut self, name: &str) {
        let entry = self.keys.agent_entry_in(self.thread(), name);
        let held = &mut self.held;
        if held.thread.agents().contains(&entry) {
            return;
        }
        held.thread.add_agent(&entry);
        if held.thread.is_sealed() {
            self.keys.owner().sign_thread(&mut held.thread);
        }
        let staged = held.staged.as_mut().expect("it was begun");
        staged.lines.header(&held.thread);
    }

    /// The time for a message after all that is shown. Where nothing is set aside nothing else
    /// stands there, so no other time is to be kept clear of.
    fn moment_of_next(&self) -> Result<Timestamp, StoreError> {
        if self.thread().aside().is_empty() {
            Ok(self.workspace.now())
        } else {
            self.moment()
        }
    }
}

#[cfg(test)]
mod tests;
