//! `mmogit thread-split`.

use super::completions::thread_names;
use super::{check_new_title, show_derived};
use crate::cli::{self, Environment, Exit, Failure, Ui};
use clap_complete::ArgValueCompleter;

/// Make a new thread of a conversation from some message on
///
/// The copied messages keep their signatures. The other thread stays as it is, unless --aside asks
/// for more.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-split auth --at 5
  mmogit thread-split auth --at 5 --aside")]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: String,
    /// The first message of the new thread, as thread-tree numbers them
    #[arg(long, value_name = "N")]
    at: usize,
    /// The title of the new thread (default: that of the other one and “(split)”)
    #[arg(short, long)]
    title: Option<String>,
    /// Set aside in the other thread what was copied: it is kept there, and no longer shown
    #[arg(long)]
    aside: bool,
    /// Print JSON: {"id", "title", "message_count", "derived_from"}
    #[arg(long)]
    json: bool,
}

/// Makes a thread of the end of another.
///
/// # Errors
/// If the thread can't be found, read or split there.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    check_new_title(args.title.as_deref())?;
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let found = workspace.threads().find(&args.thread)?;
    if args.aside {
        workspace.organiser().changeable(&found, &keys.public())?;
    }
    let thread =
        workspace
            .organiser()
            .split(&keys, found.clone(), args.at, args.title.as_deref())?;
    if args.aside {
        // Last: what is set aside must stand in the new thread already.
        workspace
            .organiser()
            .set_aside_from(&keys, found, args.at)?;
    }
    show_derived(&thread, args.json, ui)
}
