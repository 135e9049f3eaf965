//! Getting at the owner's keys, and what is done with them before anything else: recovery.

use super::passphrase::{handed_over, read_twice};
use super::{Advice, Environment, Failure, Ui};
use crate::identity::{Keys, Vault, VaultError, Words};
use crate::render::counted::counted;
use crate::render::safe::SafeText;
use crate::render::threads;
use crate::safe_format;
use crate::store::{BranchFinding, LeftJournal, Store};
use crate::workspace::Workspace;
use zeroize::Zeroizing;

const TRIES: usize = 3;

/// The owner's keys, once the vault is open.
pub fn unlock(vault: &Vault, environment: &Environment, ui: &Ui) -> Result<Keys, Failure> {
    with_passphrase(vault, environment, ui, |passphrase| {
        vault.unlock(passphrase)
    })
}

/// Opens the vault: with a file or descriptor that holds the passphrase, or by asking at the
/// terminal.
pub fn open(vault: &Vault, environment: &Environment, ui: &Ui) -> Result<Words, Failure> {
    with_passphrase(vault, environment, ui, |passphrase| vault.open(passphrase))
}

fn with_passphrase<T>(
    vault: &Vault,
    environment: &Environment,
    ui: &Ui,
    open: impl Fn(Option<&str>) -> Result<T, VaultError>,
) -> Result<T, Failure> {
    if !vault.is_sealed() {
        return Ok(open(None)?);
    }
    if let Some(passphrase) = given_passphrase(environment)? {
        return Ok(open(Some(&passphrase))?);
    }
    if !ui.stdin_is_terminal {
        return Err(VaultError::Locked.into());
    }
    let mut left = TRIES;
    loop {
        left -= 1;
        match open(Some(&ui.read_secret("Passphrase: ")?)) {
            Ok(opened) => return Ok(opened),
            Err(error @ VaultError::CannotOpen(_)) if left > 0 => {
                ui.warning(SafeText::shown(error))
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The passphrase of a new vault: given, or asked for twice; `None` if it is to have none.
pub fn new_passphrase(
    environment: &Environment,
    ui: &Ui,
) -> Result<Option<Zeroizing<String>>, Failure> {
    let not_empty = |passphrase: Zeroizing<String>| (!passphrase.is_empty()).then_some(passphrase);
    if let Some(given) = given_passphrase(environment)? {
        return Ok(not_empty(given));
    }
    if !ui.stdin_is_terminal {
        return Ok(None);
    }
    Ok(not_empty(read_twice(
        "Passphrase for this computer (empty for none): ",
        ui,
    )?))
}

/// The passphrase from `MMOGIT_PASSPHRASE_FILE` or `MMOGIT_PASSPHRASE_FD`; a last newline is not
/// part of it.
pub(super) fn given_passphrase(
    environment: &Environment,
) -> Result<Option<Zeroizing<String>>, Failure> {
    handed_over(
        environment.passphrase_file.as_ref(),
        environment.passphrase_fd.as_ref(),
        "MMOGIT_PASSPHRASE_FILE names a file, \
         MMOGIT_PASSPHRASE_FD the number of an open descriptor.",
    )
}

/// The keys to chat with. Without an identity one is made on the spot: nothing may stand before the
/// first chat.
pub fn identity_for_chat(
    workspace: &Workspace,
    environment: &Environment,
    ui: &Ui,
) -> Result<Keys, Failure> {
    if let Some(vault) = workspace.vault()? {
        return unlock(&vault, environment, ui);
    }
    let words = workspace.new_words();
    let passphrase = given_passphrase(environment)?;
    workspace.create_identity(
        &words,
        passphrase.as_ref().map(|passphrase| passphrase.as_str()),
    )?;
    let keys = Keys::from_words(&words);
    ui.status(safe_format!(
        "✨ Made a new identity for you: {}… in {}",
        keys.public().short(),
        SafeText::shown(workspace.home().display())
    ));
    ui.hint("   Back up its 24 words, the only way to bring it back: mmogit identity words");
    Ok(keys)
}

/// The owner's keys, for a command that changes what is stored, once what dead sessions left is
/// recovered.
pub fn keys_of_owner(
    workspace: &Workspace,
    environment: &Environment,
    ui: &Ui,
) -> Result<Keys, Failure> {
    let vault = workspace
        .vault()?
        .ok_or_else(|| VaultError::Missing(workspace.vault_path()))?;
    let keys = unlock(&vault, environment, ui)?;
    recover(workspace, &keys, ui)?;
    Ok(keys)
}

/// Recovers what dead sessions left, and says so; before that, what is missing from the branch.
pub fn recover(workspace: &Workspace, keys: &Keys, ui: &Ui) -> Result<(), Failure> {
    bring_together(workspace, keys, ui)?;
    let recovery = workspace.recover(keys)?;
    for session in &recovery.sessions {
        ui.status(threads::recovered(session));
    }
    for journal in &recovery.left {
        ui.warning(left_journal(journal));
    }
    Ok(())
}

/// A journal that is still there, and how it goes away where that is up to the user.
fn left_journal(journal: &LeftJournal) -> SafeText {
    let path = SafeText::shown(journal.path().display());
    let said = safe_format!("⚠️  {}: {}", path, SafeText::shown(journal));
    match journal {
        LeftJournal::Erased { id, .. } => {
            safe_format!("{}; `mmogit thread-erase {}` removes it", said, id)
        }
        _ => said,
    }
}

/// Says what is missing from the owner's branch, and brings back what can be.
fn bring_together(workspace: &Workspace, keys: &Keys, ui: &Ui) -> Result<(), Failure> {
    let author = keys.public();
    let findings = workspace.findings_at_a_glance(&author)?;
    if findings.is_empty() {
        return Ok(());
    }
    for finding in &findings {
        ui.warning(safe_format!(
            "⚠️  Your branch: {}",
            SafeText::shown(finding)
        ));
    }
    if let Some(united) = workspace.bring_together(keys)? {
        let commit = SafeText::shown(united.commit);
        ui.status(safe_format!(
            "   ✅ What it had and what was there are together again in commit {}",
            commit
        ));
        if let Some(kept_at) = united.kept_at {
            let kept_at = SafeText::line(&kept_at);
            ui.status(safe_format!(
                "   What could not be taken over is kept at {}",
                kept_at
            ));
        }
    }
    let advice = Advice {
        home: workspace.home(),
        own: Some(author),
    };
    for finding in workspace.findings_at_a_glance(&author)? {
        let is_united_by_nothing = matches!(
            finding,
            BranchFinding::MovedBack {
                each_erased: false,
                ..
            }
        );
        if is_united_by_nothing {
            ui.hint("   → It stays as it is: not all of it can be read, or is signed by you.");
        } else if let Some(next) = advice.next(&author, &finding) {
            ui.hint_to_copy(safe_format!("   → {}", next));
        }
    }
    Ok(())
}

/// The same for commands that need no key: a locked vault is left alone, and told what waits for
/// it.
pub fn recover_if_unlocked(
    workspace: &Workspace,
    environment: &Environment,
    ui: &Ui,
) -> Result<(), Failure> {
    let waiting = workspace.waiting_to_be_recovered()?;
    let Some(vault) = workspace.vault()?.filter(|_| waiting > 0) else {
        return Ok(());
    };
    if vault.is_sealed() && given_passphrase(environment)?.is_none() {
        ui.status(safe_format!(
            "♻️  {} will be recovered by the next command that asks for your passphrase",
            counted(waiting, "broken-off session")
        ));
        return Ok(());
    }
    recover(workspace, &unlock(&vault, environment, ui)?, ui)
}

/// Finishes an erasure that was broken off, and says so. Where it can't, that is told, and the
/// command goes on.
pub fn finish_broken_off_erasure(environment: &Environment, ui: &Ui) {
    // Each command asks this, so the home is opened only if there is something to do.
    if !Store::is_erasing(&environment.home) {
        return;
    }
    // What is wrong with the settings is told by whoever needs them.
    let (workspace, _) = environment.workspace_and_trouble();
    match workspace.eraser().finish_broken_off_erasure() {
        Ok(None) => {}
        Ok(Some(erased)) => ui.status(safe_format!(
            "🪦 Finished erasing {}",
            erased.erasure.thread
        )),
        Err(why) => {
            ui.warning(safe_format!(
                "⚠️  An erasure that was broken off can't be finished: {}",
                SafeText::shown(&why)
            ));
            let next = Failure::from(why).next_step();
            if !next.is_empty() {
                ui.warning(safe_format!("   → {}", next));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ThreadId;

    #[test]
    fn the_journal_of_an_erased_thread_is_told_with_the_way_to_remove_it() {
        let path = "/home/me/journal/thread_1.0.ndjson".into();
        let id = ThreadId::read("thread_1").unwrap();
        let told = left_journal(&LeftJournal::Erased { path, id }).to_string();
        let said = "thread_1 was erased; what is in the journal stays there; \
                    `mmogit thread-erase thread_1` removes it";
        assert!(told.ends_with(said), "{told}");
    }
}
