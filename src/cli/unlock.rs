//! Getting at the owner's keys, and what is done with them before anything else: recovery.

use super::{Environment, Failure, Ui};
use crate::identity::{Keys, Vault};
use crate::workspace::Workspace;
use std::fs;
use std::path::PathBuf;
use zeroize::Zeroizing;

const TRIES: usize = 3;

/// Opens the vault: with a file or descriptor that holds the passphrase, or by asking at the terminal.
pub fn unlock(vault: &Vault, environment: &Environment, ui: &Ui) -> Result<Keys, Failure> {
    if !vault.is_sealed() {
        return Ok(Keys::from_words(&vault.open(None)?));
    }
    if let Some(passphrase) = given_passphrase(environment)? {
        return Ok(Keys::from_words(&vault.open(Some(&passphrase))?));
    }
    if !ui.stdin_is_terminal {
        return Ok(Keys::from_words(&vault.open(None)?));
    }
    for left in (0..TRIES).rev() {
        let passphrase = ui.ask_secret("Passphrase: ")?;
        match vault.open(Some(&passphrase)) {
            Ok(words) => return Ok(Keys::from_words(&words)),
            Err(error) if left == 0 => return Err(error.into()),
            Err(error) => ui.note(&format!("{error}")),
        }
    }
    unreachable!("the last try returns")
}

/// The passphrase from `MMOGIT_PASSPHRASE_FILE` or `MMOGIT_PASSPHRASE_FD`; a last newline is not part of it.
pub(super) fn given_passphrase(environment: &Environment) -> Result<Option<Zeroizing<String>>, Failure> {
    let descriptor = environment.passphrase_fd.as_ref().map(|fd| PathBuf::from("/dev/fd").join(fd));
    let Some(path) = environment.passphrase_file.clone().or(descriptor) else { return Ok(None) };
    let read = fs::read_to_string(&path).map(Zeroizing::new);
    let text = read.map_err(|error| {
        Failure::new(super::Exit::Failed, format!("the passphrase can't be read from {}: {error}", path.display()))
            .hint("MMOGIT_PASSPHRASE_FILE names a file, MMOGIT_PASSPHRASE_FD the number of an open descriptor.")
    })?;
    Ok(Some(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned())))
}

/// The keys to chat with. Without an identity one is made on the spot: nothing may stand before the first chat.
pub fn identity_for_chat(workspace: &Workspace, environment: &Environment, ui: &Ui) -> Result<Keys, Failure> {
    if let Some(vault) = workspace.vault()? {
        return unlock(&vault, environment, ui);
    }
    let words = workspace.new_words();
    let passphrase = given_passphrase(environment)?;
    workspace.create_identity(&words, passphrase.as_ref().map(|passphrase| passphrase.as_str()))?;
    let keys = Keys::from_words(&words);
    ui.note(&format!("✨ Made a new identity for you: {}… in {}", keys.public().short(), workspace.home().display()));
    ui.note("   Back up its 24 words, they are the only way to bring it back: mmogit identity words");
    Ok(keys)
}

/// Folds in what dead sessions left, and says so.
pub fn recover(workspace: &Workspace, keys: &Keys, ui: &Ui) -> Result<(), Failure> {
    let (recovered, troubles) = workspace.recover(keys)?;
    for found in recovered {
        let s = if found.messages == 1 { "" } else { "s" };
        let title = crate::render::safe::safe_line(&found.title).into_owned();
        ui.note(&format!("♻️  Recovered {} message{s} of “{title}” ({}) from a session that broke off", found.messages, found.id));
    }
    for trouble in troubles {
        ui.note(&format!("⚠️  {}: {}", trouble.place, trouble.why));
    }
    Ok(())
}
