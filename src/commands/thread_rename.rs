//! `mmogit thread-rename`.

use super::completions::thread_names;
use super::organise::Echo;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::workspace::{WorkError, check_title};
use clap_complete::ArgValueCompleter;

/// Give a thread another title
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-rename auth 'refresh tokens'")]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: String,
    /// The new title: 1 to 200 characters
    title: String,
}

/// Gives a thread another title.
///
/// # Errors
/// If the title is none, or the thread can't be found or changed.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    check_title(&args.title).map_err(WorkError::from)?;
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let mut found = workspace.threads().find(&args.thread)?;
    workspace.organiser().open(&keys, &mut found);
    let before = Echo::before(&found);
    let echo = match workspace.organiser().rename(&keys, found, &args.title)? {
        Some(thread) => Echo::changed("💬 Renamed", &thread),
        None => before.unchanged("has that title already"),
    };
    echo.tell(ui)?;
    Ok(Exit::Done)
}
