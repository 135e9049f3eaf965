//! What the contacts can fail with.

use super::quoted;
use crate::cli::{Exit, Failure};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::{Contact, ContactError};

impl From<ContactError> for Failure {
    fn from(error: ContactError) -> Self {
        match error {
            ContactError::Store(error) => error.into(),
            error => {
                let hint = next_step(&error);
                let exit = exit_of(&error);
                Failure::of(error, exit, hint)
            }
        }
    }
}

fn exit_of(error: &ContactError) -> Exit {
    match error {
        ContactError::Unknown(_)
        | ContactError::Ambiguous { .. }
        | ContactError::BadName { .. }
        | ContactError::NameTaken { .. }
        | ContactError::Yourself => Exit::Usage,
        ContactError::CardUntrue { .. }
        | ContactError::NoCard { .. }
        | ContactError::Damaged { .. }
        | ContactError::EncryptionKeyChanged { .. } => Exit::Unverified,
        ContactError::Disk { .. } | ContactError::Store(_) | ContactError::NothingToCompare(_) => {
            Exit::Failed
        }
    }
}

fn next_step(error: &ContactError) -> Option<SafeText> {
    let hint = match error {
        ContactError::Unknown(_) => {
            "Name a contact, a key or its beginning, or the file of a card; `mmogit contact list` shows \
             your contacts."
        }
        ContactError::Ambiguous { candidates, .. } => return Some(one_of(candidates)),
        ContactError::NameTaken { .. } => "Give another name: mmogit contact add … --name NAME",
        ContactError::BadName { .. } => {
            "A name has 1 to 100 characters that can be seen, and is not like a key."
        }
        ContactError::Damaged { path, .. } => {
            return Some(safe_format!(
                "Nothing in it is believed. Move it away ({}) and add your contacts again, comparing the \
                 words anew.",
                quoted(path)
            ));
        }
        ContactError::EncryptionKeyChanged { contact, .. } => return Some(after_change(contact)),
        ContactError::CardUntrue { .. } => "`mmogit verify` shows each finding.",
        ContactError::NoCard { .. } => {
            "Ask them for it again: it is what their `mmogit identity card --json` prints."
        }
        ContactError::NothingToCompare(_) => {
            "Get their card first: sync with a remote where they are, or add its file with \
             `mmogit contact add FILE`."
        }
        ContactError::Disk { .. } => {
            "Check that it can be read and written and that there is room."
        }
        ContactError::Yourself | ContactError::Store(_) => return None,
    };
    Some(hint.into())
}

fn after_change(contact: &Contact) -> SafeText {
    let key = contact.key;
    safe_format!(
        "An encryption key follows from the words and never changes by itself. Ask them, not over \
         the same way. To begin anew with the one that is there now: mmogit contact remove {}",
        key
    )
}

fn one_of(candidates: &[Contact]) -> SafeText {
    let mut lines = vec![SafeText::from("Name one of them by its key:")];
    for contact in candidates {
        let key = contact.key;
        lines.push(safe_format!("  {} {}", key, SafeText::line(&contact.name)));
    }
    SafeText::joined(lines, "\n")
}
