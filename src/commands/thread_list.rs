//! `mmogit thread-list`.

use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::render::threads;

/// List your threads, newest first
#[derive(clap::Args)]
pub struct Args {
    /// Print JSON: {"threads": […], "troubles": […]}
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let summaries = workspace.summaries()?;
    if args.json {
        ui.line(&threads::list_json(&summaries))?;
        return Ok(Exit::Done);
    }
    ui.print(&threads::list(&summaries.threads))?;
    for trouble in &summaries.troubles {
        ui.note(&threads::trouble(trouble));
    }
    Ok(Exit::Done)
}
