//! `mmogit chat`.

use crate::cli::{Environment, Exit, Failure, Ui};

/// Talk to an AI
#[derive(clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(_args: Args, _environment: &Environment, _ui: &Ui) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
