//! The persona in which an AI is to answer: a system message, signed by the person, that stands
//! before what it is for.

use super::{Accepted, Session};
use crate::model::{Message, MessageDraft, Role};
use crate::store::StoreError;
use crate::workspace::{self, Persona};

impl Session<'_> {
    /// From the next message on, whatever is shown then, the AI is to answer in this persona. It
    /// enters the thread with that message, so that a persona with which nothing was asked leaves
    /// nothing behind.
    pub fn set_persona(&mut self, persona: Persona) {
        self.held.persona = Some(persona);
    }

    /// The persona that was set in this session.
    pub fn persona_set(&self) -> Option<&Persona> {
        self.held.persona.as_ref()
    }

    /// The newest persona that the thread shows: that in which the next answer is given, unless
    /// another is due. One that was left is none.
    pub fn persona_in_force(&self) -> Option<&Message> {
        workspace::persona_in_force(self.thread())
    }

    /// The persona that will enter the thread with the next message: the one that was set, if what
    /// is in force says anything else.
    pub fn persona_due(&self) -> Option<&Persona> {
        let set = self.held.persona.as_ref()?;
        if Persona::is_none_name(&set.name) {
            return self.persona_in_force().map(|_| set);
        }
        let is_in_force = self.persona_in_force().is_some_and(|message| {
            message.persona_name().as_ref() == Some(&set.name) && message.text() == set.text
        });
        (!is_in_force).then_some(set)
    }

    /// Signs the persona that is due and puts it on disk.
    pub(super) fn take_on_persona(&mut self) -> Result<Option<Accepted>, StoreError> {
        let Some(Persona { name, text }) = self.persona_due().cloned() else {
            return Ok(None);
        };
        let owner = self.keys.owner();
        let draft = MessageDraft::new(
            Role::System,
            &text,
            self.moment()?,
            owner.public(),
            &self.after(),
        )
        .with("role_name", Some(name));
        let message = self.sign(owner, draft)?;
        self.accept(message).map(Some)
    }
}
