//! Getting at the owner's keys, and what is done with them before anything else: recovery.

use super::passphrase::{handed_over, read_twice};
use super::{Advice, Environment, Exit, Failure, Ui};
use crate::home::Home;
use crate::identity::{Keys, Vault, VaultError, Words};
use crate::render::counted::counted;
use crate::render::safe::SafeText;
use crate::render::threads;
use crate::safe_format;
use crate::store::{BranchFinding, LeftJournal, Store};
use crate::workspace::{WorkError, Workspace};
use std::fs;
use std::path::Path;
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

/// The keys of the newer words of a rotation that was broken off.
pub fn unlock_newer(vault: &Vault, environment: &Environment, ui: &Ui) -> Result<Keys, Failure> {
    match super::passphrase::given_newer(environment)? {
        Some(passphrase) if vault.is_sealed() => Ok(vault.unlock(Some(&passphrase))?),
        _ => unlock(vault, environment, ui),
    }
}

/// The passphrase of newer words: given for them, or as that of any new vault.
pub fn newer_passphrase(
    environment: &Environment,
    ui: &Ui,
) -> Result<Option<Zeroizing<String>>, Failure> {
    match super::passphrase::given_newer(environment)? {
        Some(given) => Ok((!given.is_empty()).then_some(given)),
        None => new_passphrase(environment, ui),
    }
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
    given_or_asked(environment, ui, || {
        let typed = read_twice("Passphrase for this computer (empty for none): ", ui)?;
        Ok(not_empty(typed))
    })
}

/// The passphrase with which somebody is to log in: given, or asked for until there is one. `None`
/// if nobody gave any.
pub fn login_passphrase(
    environment: &Environment,
    ui: &Ui,
) -> Result<Option<Zeroizing<String>>, Failure> {
    given_or_asked(environment, ui, || {
        for _ in 0..TRIES {
            let typed = not_empty(read_twice("Passphrase to log in with: ", ui)?);
            if typed.is_some() {
                return Ok(typed);
            }
            ui.warning("It can't be empty: it is what one logs in with.");
        }
        Ok(None)
    })
}

fn given_or_asked(
    environment: &Environment,
    ui: &Ui,
    ask: impl FnOnce() -> Result<Option<Zeroizing<String>>, Failure>,
) -> Result<Option<Zeroizing<String>>, Failure> {
    match given_passphrase(environment)? {
        Some(given) => Ok(not_empty(given)),
        None if ui.stdin_is_terminal => ask(),
        None => Ok(None),
    }
}

fn not_empty(passphrase: Zeroizing<String>) -> Option<Zeroizing<String>> {
    (!passphrase.is_empty()).then_some(passphrase)
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
        let keys = workspace.with_retired(unlock(&vault, environment, ui)?);
        workspace.read_as(&keys);
        return Ok(keys);
    }
    refuse_foreign(workspace.home())?;
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

/// A folder that is full of other things is a home by mistake, and gets no identity unasked.
fn refuse_foreign(home: &Path) -> Result<(), Failure> {
    let Ok(found) = fs::read_dir(home) else {
        // Whoever makes the identity says what is wrong there.
        return Ok(());
    };
    let names = found.flatten().map(|entry| entry.file_name());
    // But for what the system or the desktop puts everywhere.
    let names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && name != "lost+found")
        .collect();
    if names.is_empty() || Home::has_any_of(names.iter().map(String::as_str)) {
        return Ok(());
    }
    let what = safe_format!(
        "{} holds other things, and no identity",
        SafeText::shown(home.display())
    );
    Err(Failure::new(Exit::Failed, what).hint(
        "Set MMOGIT_HOME to a folder of its own, or make an identity there all the same: mmogit \
         init",
    ))
}

/// The owner's keys, for a command that changes what is stored, once what dead sessions left is
/// recovered.
pub fn keys_of_owner(
    workspace: &Workspace,
    environment: &Environment,
    ui: &Ui,
) -> Result<Keys, Failure> {
    let keys = keys_to_rotate(workspace, environment, ui)?;
    workspace.check_in_use(&keys)?;
    workspace.read_as(&keys);
    Ok(keys)
}

/// The same for a rotation: of a key that has a successor already, too.
pub fn keys_to_rotate(
    workspace: &Workspace,
    environment: &Environment,
    ui: &Ui,
) -> Result<Keys, Failure> {
    let vault = workspace.existing_vault()?;
    let keys = workspace.with_retired(unlock(&vault, environment, ui)?);
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

/// Sees to it that others find the owner's card on their branch. Where it can't be put there, that is
/// told, and the next chat tries again; a card that would have others seal for a wrong key stops
/// all.
pub fn ensure_card(workspace: &Workspace, keys: &Keys, ui: &Ui) -> Result<(), Failure> {
    match workspace.ensure_card(keys) {
        Ok(_) => Ok(()),
        Err(error @ (WorkError::OtherEncryptionKey { .. } | WorkError::Succeeded { .. })) => {
            Err(error.into())
        }
        Err(error) => {
            ui.warning(safe_format!("⚠️  Your card: {}", SafeText::shown(error)));
            Ok(())
        }
    }
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
        if matches!(finding, BranchFinding::MovedBack { .. }) {
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
    let keys = workspace.with_retired(unlock(&vault, environment, ui)?);
    recover(workspace, &keys, ui)
}

/// The owner's keys for a command that is more use with them and works without: where no passphrase
/// is needed, or it is given, or is to be asked for.
pub fn keys_if_unlocked(
    workspace: &Workspace,
    environment: &Environment,
    is_to_ask: bool,
    ui: &Ui,
) -> Result<Option<Keys>, Failure> {
    let Some(vault) = workspace.vault()? else {
        return Ok(None);
    };
    // Where nothing is said how to open it, it stays closed.
    let needs_asking = vault.is_sealed() && given_passphrase(environment)?.is_none();
    if needs_asking && !is_to_ask {
        return Ok(None);
    }
    let keys = unlock(&vault, environment, ui)?;
    workspace.read_as(&keys);
    Ok(Some(keys))
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
