//! What `mmogit serve` says at its beginning: who is served, who answers, and how to get in.

use crate::backend::choose::{BackendOverrides, ReadyBackend};
use crate::cli::{Failure, Ui};
use crate::identity::Keys;
use crate::profiles::Profiles;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::server::Links;
use crate::workspace::Workspace;
use serde_json::json;

/// How whoever opens the page gets in.
#[derive(Clone, Copy)]
pub enum Way {
    /// The link is enough.
    Link,
    /// By a name and a passphrase.
    Login,
}

/// Whose home it is, and who answers, as `mmogit chat` says it.
pub fn who(workspace: &Workspace, keys: &Keys, backend: &ReadyBackend, ui: &Ui) {
    ui.status(safe_format!(
        "🔐 Using identity: {}... in {}",
        keys.public().short(),
        SafeText::shown(workspace.home().display())
    ));
    let description = backend.backend.description();
    ui.status(safe_format!("🤖 AI: {}", SafeText::line(&description)));
}

/// Whose homes they are, and who answers.
///
/// # Errors
/// If who may log in can't be read.
pub fn profiles(profiles: &Profiles, overrides: &BackendOverrides, ui: &Ui) -> Result<(), Failure> {
    let register = profiles.register()?;
    let count = register.entries().filter(|(_, one)| one.may_log_in).count();
    ui.status(safe_format!(
        "👥 Profiles: {} in {}, each unlocked when its owner logs in",
        count,
        SafeText::shown(profiles.folder().display())
    ));
    if count == 0 {
        ui.hint("Nobody can log in yet: mmogit profile add NAME");
    }
    match (&overrides.command, &overrides.backend) {
        (Some(_), _) => ui.status("🤖 AI: the program of --command, for all of them"),
        (None, Some(name)) => {
            ui.status(safe_format!(
                "🤖 AI: {}, for all of them",
                SafeText::line(name)
            ));
        }
        (None, None) => ui.status("🤖 AI: as the settings of each home say"),
    }
    Ok(())
}

/// Says how to get in, once it listens.
pub fn links(links: &Links, way: Way, is_json: bool, ui: &Ui) {
    let told = if is_json {
        let line = json!({
            "url": links.url.expose(),
            "port": links.address.port(),
            "token": links.script.expose(),
            "pid": std::process::id(),
        });
        ui.stored_json(format!("{line}\n").as_bytes())
    } else {
        let told = link(links.url.expose(), way, ui);
        ui.hint("It serves until Ctrl-C.");
        told
    };
    // Whoever doesn't listen is served all the same.
    let _ = told;
}

/// Says where the page is.
///
/// # Errors
/// If nobody takes it.
pub fn link(url: &str, way: Way, ui: &Ui) -> Result<(), Failure> {
    ui.data_line(SafeText::line(url))?;
    ui.hint(match way {
        Way::Link => "Open it in your browser: it is good once, for ten minutes.",
        Way::Login => "Open it in a browser, and log in there.",
    });
    Ok(())
}
