//! What the identity and its vault can fail with.

use crate::cli::{Exit, Failure};
use crate::identity::{BadComparison, BadWords, VaultError};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::seal::CannotOpen;

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        let hint = next_step(&error);
        Failure::of(error, Exit::Failed, Some(hint))
    }
}

impl From<BadWords> for Failure {
    fn from(error: BadWords) -> Self {
        let hint = "Compare the words with what you wrote down, then try again.";
        Failure::of(error, Exit::Usage, Some(hint.into()))
    }
}

impl From<BadComparison> for Failure {
    fn from(error: BadComparison) -> Self {
        let hint =
            "Nothing was compared. Give all the words that they see, in the order of the numbers.";
        Failure::of(error, Exit::Usage, Some(hint.into()))
    }
}

fn next_step(error: &VaultError) -> SafeText {
    match error {
        VaultError::Missing(_) => {
            "Make one with `mmogit init`, or bring yours with `mmogit init --recover`.".into()
        }
        VaultError::Exists(path) => safe_format!(
            "It is kept as it is. `mmogit identity` shows whose it is. For another identity beside it, \
             set MMOGIT_HOME to another folder; to replace it, first move {} away.",
            SafeText::shown(path.display())
        ),
        VaultError::Permissions { path, .. } => {
            safe_format!(
                "Only you may read it: chmod 600 {}",
                SafeText::shown(path.display())
            )
        }
        VaultError::Damaged { path, .. } => safe_format!(
            "Move {} away and bring your identity back \
             with `mmogit init --recover` and your words.",
            SafeText::shown(path.display())
        ),
        VaultError::Locked => {
            "Run this in a terminal, or name a file that holds the passphrase in \
                               MMOGIT_PASSPHRASE_FILE."
                .into()
        }
        VaultError::CannotOpen(why) => why_closed(why).into(),
        VaultError::Changed(_) => {
            "Nothing was changed. Look at `mmogit identity`, then try again.".into()
        }
        VaultError::Disk { .. } => {
            "Check that the folder exists, can be written and has room.".into()
        }
    }
}

fn why_closed(why: &CannotOpen) -> &'static str {
    match why {
        CannotOpen::WrongPassphraseOrAltered => {
            "Try again. If the passphrase is lost, your words still bring the identity back: \
             `mmogit init --recover` with MMOGIT_HOME set to a new folder."
        }
        CannotOpen::Unreasonable => {
            "The file was altered; bring your identity back with `mmogit init --recover`."
        }
    }
}
