//! Passphrases that a script hands over in a file or a descriptor, and a new one for an identity
//! that is there.

use super::{Environment, Exit, Failure, Ui};
use crate::bounded;
use crate::render::safe::SafeText;
use crate::safe_format;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The passphrase in a file or behind an open descriptor, if one is named; a last newline is not
/// part of it.
pub(super) fn handed_over(
    file: Option<&PathBuf>,
    descriptor: Option<&String>,
    hint: &'static str,
) -> Result<Option<Zeroizing<String>>, Failure> {
    let descriptor = descriptor.map(|fd| PathBuf::from("/dev/fd").join(fd));
    let Some(path) = file.cloned().or(descriptor) else {
        return Ok(None);
    };
    let read = bounded::read_text(&path, bounded::FEW_LINES).map(Zeroizing::new);
    let text = read.map_err(|error| {
        let (path, why) = (SafeText::shown(path.display()), SafeText::shown(error));
        let what = safe_format!("the passphrase can't be read from {}: {}", path, why);
        Failure::new(Exit::Failed, what).hint(hint)
    })?;
    Ok(Some(Zeroizing::new(
        text.trim_end_matches(['\n', '\r']).to_owned(),
    )))
}

/// The passphrase that is to take the place of another, or of none: handed over, or asked for
/// twice. Never an empty one: what an empty file or a slip of the finger says is not that a
/// passphrase be taken away.
pub fn another_passphrase(
    environment: &Environment,
    ui: &Ui,
) -> Result<Zeroizing<String>, Failure> {
    let passphrase = match given_newer(environment)? {
        Some(given) => given,
        None if ui.stdin_is_terminal => read_twice("New passphrase: ", ui)?,
        None => {
            return Err(Failure::new(Exit::Usage, "there is no terminal to ask for the new passphrase")
                .hint("Name a file that holds it in MMOGIT_NEW_PASSPHRASE_FILE, or say --remove for none."));
        }
    };
    if passphrase.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "the new passphrase is empty; nothing was changed",
        )
        .hint("To have none: mmogit identity passphrase --remove"));
    }
    Ok(passphrase)
}

/// The passphrase from `MMOGIT_NEW_PASSPHRASE_FILE` or `MMOGIT_NEW_PASSPHRASE_FD`.
pub(super) fn given_newer(environment: &Environment) -> Result<Option<Zeroizing<String>>, Failure> {
    handed_over(
        environment.new_passphrase_file.as_ref(),
        environment.new_passphrase_fd.as_ref(),
        "MMOGIT_NEW_PASSPHRASE_FILE names a file, \
         MMOGIT_NEW_PASSPHRASE_FD the number of an open descriptor.",
    )
}

/// Asks until the same was typed twice.
pub(super) fn read_twice(question: &'static str, ui: &Ui) -> Result<Zeroizing<String>, Failure> {
    loop {
        let passphrase = ui.read_secret(question)?;
        if *passphrase == *ui.read_secret("The same again: ")? {
            return Ok(passphrase);
        }
        ui.warning("The two are not the same.");
    }
}
