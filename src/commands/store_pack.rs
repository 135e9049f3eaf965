//! `mmogit store-pack`: packing the repository, in the background of no one's wait.

use crate::cli::{Environment, Exit, Failure, Ui};
use crate::safe_format;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Pack the repository's loose objects into one file
///
/// Runs by itself in the background when it pays.
#[derive(clap::Args)]
pub struct Args {}

/// Packs loose objects, so that the repository stays quick.
///
/// # Errors
/// If the repository can't be read or written.
pub fn run(_: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let packed = match environment.workspace()?.store()? {
        Some(store) => store.pack()?,
        None => 0,
    };
    ui.status(safe_format!("Packed {} objects", packed));
    Ok(Exit::Done)
}

/// Starts it beside us if it pays. That it can't be started is no one's trouble: the next chat
/// tries again.
pub fn in_background(environment: &Environment) {
    let store = environment
        .workspace()
        .ok()
        .and_then(|workspace| workspace.store().ok().flatten());
    if !store.is_some_and(|store| store.wants_packing()) {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        let _ = Command::new(program)
            .arg("store-pack")
            .env("MMOGIT_HOME", &environment.home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
    }
}
