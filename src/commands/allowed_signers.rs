//! `mmogit allowed-signers`.

use crate::cli::{Environment, Exit, Failure, Ui};

/// Print the file with which stock git and ssh-keygen check what was signed
///
/// It names the author of each branch. Save it and tell git about it, then check any commit without
/// mmogit:
///
///   mmogit allowed-signers > signers
///   git -C ~/.mmogit/repo.git -c gpg.ssh.allowedSignersFile="$PWD/signers" verify-commit HEAD
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {}

/// Prints the keys in the form in which git and ssh-keygen take them.
///
/// # Errors
/// If there is no identity, or nothing can be written.
pub fn run(_: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let store = environment
        .workspace_for_reading(ui)
        .store()?
        .ok_or_else(|| {
            Failure::new(Exit::Failed, "there is no repository yet")
                .hint("Start a chat with `mmogit chat`.")
        })?;
    ui.bytes(store.allowed_signers()?.as_bytes())?;
    Ok(Exit::Done)
}
