//! `mmogit thread-fork`.

use super::completions::thread_names;
use super::{check_new_title, show_derived};
use crate::cli::{self, Environment, Exit, Failure, Ui};
use clap_complete::ArgValueCompleter;

/// Copy a conversation into a new thread, to go on differently there
///
/// The copied messages keep their signatures, and the other thread stays as it is. What it set
/// aside is not copied.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-fork auth
  mmogit thread-fork auth --at 4 --title 'rotation only'")]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: String,
    /// Copy up to this message, as thread-tree numbers them (default: all that is shown)
    #[arg(long, value_name = "N")]
    at: Option<usize>,
    /// The title of the new thread (default: that of the other one and “(fork)”)
    #[arg(short, long)]
    title: Option<String>,
    /// Print JSON: {"id", "title", "message_count", "derived_from"}
    #[arg(long)]
    json: bool,
}

/// Copies a thread, to go on differently.
///
/// # Errors
/// If the thread can't be found or copied.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    check_new_title(args.title.as_deref())?;
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let found = workspace.threads().find(&args.thread)?;
    let thread = workspace
        .organiser()
        .fork(&keys, found, args.at, args.title.as_deref())?;
    show_derived(&thread, args.json, ui)
}
