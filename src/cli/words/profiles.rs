//! What the profiles of several people can fail with.

use super::quoted;
use crate::buffer::BufferError;
use crate::cli::{Exit, Failure};
use crate::profiles::{CannotLogIn, NotPrivate, ProfilesError};
use crate::render::safe::SafeText;
use crate::safe_format;
use std::path::Path;

impl From<ProfilesError> for Failure {
    fn from(error: ProfilesError) -> Self {
        let hint = next_step(&error);
        let exit = match &error {
            ProfilesError::BadName(_) | ProfilesError::Unknown(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        Failure::of(error, exit, hint)
    }
}

impl From<CannotLogIn> for Failure {
    fn from(error: CannotLogIn) -> Self {
        match error {
            CannotLogIn::Home(error) => error.into(),
            CannotLogIn::Vault(error) => error.into(),
            CannotLogIn::Removed | CannotLogIn::NoPassphrase => {
                Failure::of(error, Exit::Failed, None)
            }
        }
    }
}

impl From<BufferError> for Failure {
    fn from(error: BufferError) -> Self {
        let hint = "Check that the file it names can be read and written and that there is room.";
        Failure::of(error, Exit::Failed, Some(hint.into()))
    }
}

fn next_step(error: &ProfilesError) -> Option<SafeText> {
    let hint = match error {
        ProfilesError::BadName(_) => "Take another name.".into(),
        ProfilesError::NoFolder(folder) => safe_format!(
            "The first profile makes it: mmogit profile add NAME --owner --profiles {}",
            quoted(folder)
        ),
        ProfilesError::NoHome(home) => safe_format!(
            "If it lies elsewhere, move it to {} again.",
            quoted(home)
        ),
        ProfilesError::NotPrivate { path, why } => after_not_private(path, *why),
        ProfilesError::RegisterMissing(_) => {
            "Bring it back from a copy; or admit each of them again, with the roles that they had: \
             `mmogit profile add NAME`, with --owner for whom the server is. Their homes are not touched."
                .into()
        }
        ProfilesError::RegisterDamaged { path, .. } => safe_format!(
            "Nothing in it is believed, and nobody can log in. Correct it, or move it away ({}) and admit \
             each of them again: `mmogit profile add NAME`, with --owner for whom the server is. Their \
             homes are not touched.",
            quoted(path)
        ),
        ProfilesError::Unknown(_) => "`mmogit profile list` shows those there are.".into(),
        ProfilesError::Disk { .. } => {
            "Check that it can be read and written and that there is room.".into()
        }
    };
    Some(hint)
}

fn after_not_private(path: &Path, why: NotPrivate) -> SafeText {
    match why {
        NotPrivate::Mode(_) => safe_format!(
            "Nobody but you may enter it or read it: chmod go= {}",
            quoted(path)
        ),
        NotPrivate::Link => {
            "Put the folder or file itself there: who can change where a link leads says whose it is."
                .into()
        }
        NotPrivate::OtherUser => {
            "Run this as the user to whom it belongs, or make it yours (chown -R).".into()
        }
        NotPrivate::OtherKind => "Look at what is there, and move it away.".into(),
    }
}
