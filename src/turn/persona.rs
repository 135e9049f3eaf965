//! The role in which an AI is to answer: a system message, signed by the person, that stands before
//! what it is for.

use super::{Accepted, Session};
use crate::model::{Message, MessageDraft, Role};
use crate::prompt;
use crate::store::StoreError;
use crate::workspace::Persona;

impl Session<'_> {
    /// From the next message on, whatever is shown then, the AI is to answer in this role. It
    /// enters the thread with that message, so that a role with which nothing was asked leaves
    /// nothing behind.
    pub fn set_persona(&mut self, role: Persona) {
        self.held.persona = Some(role);
    }

    /// The role that was set in this session.
    pub fn persona_set(&self) -> Option<&Persona> {
        self.held.persona.as_ref()
    }

    /// The newest role that the thread shows: that in which the next answer is given, unless
    /// another is due. One that was left is none.
    pub fn persona_in_force(&self) -> Option<&Message> {
        prompt::persona_in_force(self.thread()).filter(|message| !is_left(message))
    }

    /// The role that will enter the thread with the next message: the one that was set, if what is
    /// in force says anything else.
    pub fn persona_due(&self) -> Option<&Persona> {
        let role = self.held.persona.as_ref()?;
        if Persona::is_none_name(&role.name) {
            return self.persona_in_force().map(|_| role);
        }
        let is_in_force = self.persona_in_force().is_some_and(|message| {
            message.persona_name().as_ref() == Some(&role.name) && message.text() == role.text
        });
        (!is_in_force).then_some(role)
    }

    /// Signs the role that is due and puts it on disk.
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
        self.accept(owner.sign_message(draft)).map(Some)
    }
}

fn is_left(message: &Message) -> bool {
    message
        .persona_name()
        .is_some_and(|name| Persona::is_none_name(&name))
}
