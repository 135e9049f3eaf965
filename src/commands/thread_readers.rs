//! `mmogit thread-readers`.

use super::completions::{contact_names, thread_names};
use crate::cli::{self, Environment, Exit, Failure, ThreadOpener, Ui};
use crate::model::{PublicKey, Reading, Thread};
use crate::render::readers;
use crate::render::threads::titled;
use crate::safe_format;
use crate::workspace::{Acquaintances, ReadersChanged, ThreadReaders, WorkError, Workspace};
use clap::ValueEnum;
use clap_complete::ArgValueCompleter;

/// Show who reads a sealed thread, let readers in, or remove them
///
/// Whoever is let in reads what was said since the last reader was removed, or since the thread was
/// sealed. Whoever is removed reads nothing that is said from then on; what they could read before
/// they may have kept, and nothing takes it back.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-readers salaries
  mmogit thread-readers salaries add ana
  mmogit thread-readers salaries remove boris")]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: String,
    /// What to do (default: show them)
    #[arg(value_enum, requires = "who")]
    what: Option<What>,
    /// Who: contacts' names, keys, or cards' files
    #[arg(value_name = "WHO", add = ArgValueCompleter::new(contact_names))]
    who: Vec<String>,
    /// Print JSON: {"id", "sealed", "readers": [{"key", "name", "verified", "is_you", "reads_on"}]}
    #[arg(long, conflicts_with = "what")]
    json: bool,
}

/// What to do with readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Let them in
    Add,
    /// Remove them
    Remove,
}

/// Shows or changes who reads a thread.
///
/// # Errors
/// If the thread or a reader can't be found, or the thread can't be changed.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    match args.what {
        None => show(args, environment, ui),
        Some(what) => change(what, args, environment, ui),
    }
}

fn show(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace_for_reading(ui);
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let mut found = workspace.threads().find(&args.thread)?;
    ThreadOpener::new(&workspace, environment, ui).open_reading(&mut found.reading)?;
    match &found.reading {
        Reading::Thread(thread) if thread.is_sealed() => {
            let readers = workspace.readers_of(thread);
            let people = people(&readers, &workspace);
            if args.json {
                ui.json(&readers::json(&readers, &people))?;
            } else {
                ui.data(readers::text(&readers, &people))?;
            }
        }
        open => show_open(&open.id(), args.json, ui)?,
    }
    Ok(Exit::Done)
}

fn show_open(id: &str, is_json: bool, ui: &Ui) -> Result<(), Failure> {
    if is_json {
        return ui.json(&readers::open_json(id));
    }
    ui.data_line("Not sealed: everybody who has it reads it")?;
    ui.hint("   `mmogit thread-encrypt` seals it from now on.");
    Ok(())
}

fn people(readers: &ThreadReaders, workspace: &Workspace) -> Acquaintances {
    workspace.acquaintances(readers.readers.iter().map(|reader| reader.key))
}

fn change(what: What, args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let found = workspace.threads().find(&args.thread)?;
    let organiser = workspace.organiser();
    let changed = match what {
        What::Add => organiser.add_readers(&keys, found, &workspace.readers(&keys, &args.who)?)?,
        What::Remove => {
            let contacts = workspace.contacts(keys.public())?;
            let mut gone: Vec<PublicKey> = Vec::new();
            for who in &args.who {
                gone.push(contacts.find(who).map_err(WorkError::from)?.key);
            }
            organiser.remove_readers(&keys, found, &gone)?
        }
    };
    let Some(ReadersChanged { thread, unreached }) = changed else {
        ui.status("Nothing was changed: it is so already.");
        return Ok(Exit::Done);
    };
    tell(what, &thread, &workspace, ui)?;
    for key in unreached {
        ui.warning(safe_format!(
            "⚠️  {}… can't read what is said from now on: no card of theirs is known here.",
            key.short()
        ));
    }
    Ok(Exit::Done)
}

fn tell(what: What, thread: &Thread, workspace: &Workspace, ui: &Ui) -> Result<(), Failure> {
    let readers: ThreadReaders = workspace.readers_of(thread);
    ui.data_line(safe_format!(
        "{} - {}",
        titled(thread.title(), true),
        thread.id()
    ))?;
    ui.data(readers::text(&readers, &people(&readers, workspace)))?;
    if what == What::Remove {
        ui.hint("   What was said before they may have kept: nothing takes that back.");
    }
    Ok(())
}
