//! `mmogit thread-encrypt`.

use super::completions::{contact_names, thread_names};
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::render::safe::SafeText;
use crate::safe_format;
use clap_complete::ArgValueCompleter;

/// Seal a thread: what is said in it from now on only its readers can read
///
/// Its title and tags are sealed too. What was said before stays as it is, readable for whoever has
/// the thread or an earlier state of your branch; thread-erase takes a whole thread out of the
/// history.
///
/// A sealed thread still tells everybody whose it is, who speaks in it and when, how long each
/// message is, roughly, and for how many readers it is. An AI that is asked in it reads it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-encrypt salaries
  mmogit thread-encrypt salaries --to ana --to boris")]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: String,
    /// Somebody who is to read it too: a contact's name, a key, or a card's file. May be given more
    /// than once
    #[arg(long, value_name = "WHO", add = ArgValueCompleter::new(contact_names))]
    to: Vec<String>,
}

/// Seals a thread from now on.
///
/// # Errors
/// If the thread can't be found or sealed, or a reader is not known.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let found = workspace.threads().find(&args.thread)?;
    let readers = workspace.readers(&keys, &args.to)?;
    let thread = workspace.organiser().encrypt(&keys, found, &readers)?;
    ui.data_line(safe_format!(
        "🔒 Sealed from now on: {} - {}",
        SafeText::line(thread.title()),
        thread.id()
    ))?;
    if !thread.messages().is_empty() {
        ui.hint(safe_format!(
            "   What was said before lies open still, in the thread and in the history of your branch. \
             `mmogit thread-erase {}` takes all of it out.",
            thread.id()
        ));
    }
    Ok(Exit::Done)
}
