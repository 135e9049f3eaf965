//! `mmogit thread-info`.

use super::completions::thread_names;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::render::info;
use clap_complete::ArgValueCompleter;

/// Show all there is to know about a thread: counts, tokens, models, proofs, sizes, commits
///
/// Exits with 3 if the thread does not verify.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-info auth
  mmogit thread-info auth --json")]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows all there is to know about a thread.
///
/// # Errors
/// If the thread can't be found or read.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace_for_reading(ui);
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let info = workspace.threads().info(&args.thread)?;
    if args.json {
        ui.json(&info::json(&info))?;
    } else {
        ui.data(info::text(&info))?;
    }
    Ok(if info.file.is_bad() {
        Exit::Unverified
    } else {
        Exit::Done
    })
}
