//! Saying something: signed, and on disk before anybody is asked.

use super::{Session, capacity};
use crate::model::json::Value;
use crate::model::{Hash, Message, MessageDraft, Role, Timestamp};
use crate::store::StoreError;
use std::collections::HashSet;

/// A thread is saved when so many messages are not saved yet, unless it is saved when asked.
const AUTO_SAVE: usize = 5;

/// A message or an answer that was accepted.
#[derive(Debug)]
pub struct Accepted {
    /// Its id.
    pub id: Hash,
    /// Why the thread could not be saved just now; the message is in the journal all the same.
    pub not_saved: Option<StoreError>,
    /// How many messages another session added to this thread meanwhile.
    pub from_elsewhere: usize,
}

impl Session<'_> {
    /// Signs a person's message and puts it on disk. `context` says what was brought into the text
    /// from elsewhere.
    ///
    /// # Errors
    /// When the thread has no room for it, or it can't be written; then nothing was said.
    pub fn say_with(&mut self, text: &str, context: Option<Value>) -> Result<Accepted, StoreError> {
        self.check_nothing_staged()?;
        self.check_not_erased()?;
        let persona = self.persona_due().map_or(0, |persona| persona.text.len());
        self.check_capacity(self.held.size + text.len() + persona)?;
        let before = self.take_on_persona()?;
        let owner = self.keys.owner();
        let draft = MessageDraft::new(
            Role::Human,
            text,
            self.moment()?,
            owner.public(),
            &self.after(),
        )
        .with("context", context);
        let message = self.sign(owner, draft)?;
        let mut accepted = self.accept(message)?;
        accepted.from_elsewhere += before.map_or(0, |persona| persona.from_elsewhere);
        self.held.asked = Some(accepted.id);
        Ok(accepted)
    }

    /// Says something in the place of an earlier question, which is put aside with all that stands
    /// on it. Where it can't be said, all stays as it was.
    ///
    /// # Errors
    /// Those of [`Session::say_with`].
    pub fn say_instead(
        &mut self,
        question: &Hash,
        text: &str,
        context: Option<Value>,
    ) -> Result<Accepted, StoreError> {
        self.check_nothing_staged()?;
        let heads = self.thread().heads();
        self.take_back(question)?;
        let said = self.say_with(text, context);
        if said.is_err() {
            self.show(&heads)?;
        }
        said
    }

    /// Puts a message on disk, after what is shown.
    pub(super) fn accept(&mut self, message: Message) -> Result<Accepted, StoreError> {
        self.take_over()?;
        let size = self.size_with(&message)?;
        self.rebase_journal()?;
        self.note(|journal, _| journal.message(&message))?;
        let id = message.id();
        self.held.thread.append(message);
        Ok(self.accepted(id, size))
    }

    /// A message is on disk and in the thread: counts it, and saves when it is time.
    pub(super) fn accepted(&mut self, id: Hash, size: usize) -> Accepted {
        self.held.size = size;
        self.held.unsaved += 1;
        let mut accepted = Accepted {
            id,
            not_saved: None,
            from_elsewhere: 0,
        };
        match self.save_if_due() {
            Ok(count) => accepted.from_elsewhere = count,
            Err(error) => accepted.not_saved = Some(error),
        }
        accepted
    }

    /// Saves when it is time; returns how many messages came from elsewhere.
    pub(super) fn save_if_due(&mut self) -> Result<usize, StoreError> {
        if self.held.is_saved_when_asked || self.held.unsaved < AUTO_SAVE {
            return Ok(0);
        }
        self.save()
    }

    /// The time for a new message: now, or the next millisecond that no message of the thread has.
    /// Two that say the same after the same, as when an answer is asked for again, would otherwise
    /// be one message.
    pub(super) fn moment(&self) -> Result<Timestamp, StoreError> {
        let messages = self.thread().messages().iter();
        let taken: HashSet<Timestamp> = messages.map(Message::timestamp).collect();
        let mut moment = self.workspace.now();
        while taken.contains(&moment) {
            moment = moment.next().ok_or(StoreError::NoTimeLeft)?;
        }
        Ok(moment)
    }

    /// What the next message stands after.
    pub(super) fn after(&self) -> Vec<Hash> {
        let heads = self.thread().heads();
        if heads.is_empty() {
            vec![self.thread().root()]
        } else {
            heads
        }
    }

    /// How large the thread is with a message, if it has room for it.
    pub(super) fn size_with(&self, message: &Message) -> Result<usize, StoreError> {
        let size = self.held.size + capacity::taken_by(message);
        self.check_capacity(size)?;
        Ok(size)
    }

    /// Another machine may have erased the thread, and a sync have brought word of it: nothing more
    /// is said in it then.
    pub(super) fn check_not_erased(&self) -> Result<(), StoreError> {
        let thread = self.thread();
        let is_stored = self.held.stored.is_some();
        if is_stored && self.store.is_erased(&self.keys.public(), thread)? {
            return Err(StoreError::Erased { id: thread.id() });
        }
        Ok(())
    }

    /// A thread never grows beyond what can be read back.
    pub(super) fn check_capacity(&self, size: usize) -> Result<(), StoreError> {
        if size <= capacity::IN_ALL {
            return Ok(());
        }
        Err(StoreError::TooLarge {
            title: self.thread().title().to_owned(),
        })
    }
}
