//! `mmogit thread-merge`.

use super::completions::thread_names;
use super::{check_new_title, show_derived};
use crate::cli::{self, Environment, Exit, Failure, Ui};
use clap_complete::ArgValueCompleter;

/// Make a new thread of two conversations, in order of time
///
/// The copied messages keep their signatures, and both threads stay as they are. What they set
/// aside is not copied.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-merge 'rotation only' 'refresh tokens' --title together")]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    one: String,
    /// Another thread, of the same mode and project
    #[arg(add = ArgValueCompleter::new(thread_names))]
    other: String,
    /// The title of the new thread (default: both titles)
    #[arg(short, long)]
    title: Option<String>,
    /// Print JSON: {"id", "title", "message_count", "derived_from"}
    #[arg(long)]
    json: bool,
}

/// Makes a thread of two.
///
/// # Errors
/// If a thread can't be found or read.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    check_new_title(args.title.as_deref())?;
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let (one, other) = (
        workspace.threads().find(&args.one)?,
        workspace.threads().find(&args.other)?,
    );
    let thread = workspace
        .organiser()
        .merge(&keys, one, other, args.title.as_deref())?;
    show_derived(&thread, args.json, ui)
}
