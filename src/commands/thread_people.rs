//! `mmogit thread-invite` and `mmogit thread-drop`.

use super::completions::{contact_names, thread_names};
use super::organise::Echo;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::render::contacts::called;
use crate::safe_format;
use clap_complete::ArgValueCompleter;

/// A thread, and somebody.
#[derive(clap::Args)]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: String,
    /// A contact's name, a key or its unique beginning, or the file of a card
    #[arg(add = ArgValueCompleter::new(contact_names))]
    who: String,
}

/// Lets somebody speak in a thread.
///
/// # Errors
/// If the thread or the person can't be found, or it can't be changed.
pub fn invite(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let mut contacts = workspace.contacts(keys.public())?;
    let contact = contacts.find(&args.who)?;
    let mut found = workspace.threads().find(&args.thread)?;
    workspace.organiser().open(&keys, &mut found);
    let before = Echo::before(&found);
    let Some(thread) = workspace.organiser().invite(&keys, found, &contact)? else {
        before.unchanged("has them already").tell(ui)?;
        return Ok(Exit::Done);
    };
    let contact = contacts.remember(&keys, &contact)?;
    let who = called(&contact.name, &contact.key);
    Echo::changed_to("👥 Invited", &thread, &who).tell(ui)?;
    if thread.is_sealed() {
        ui.hint(
            "   They read it, too: also what was said before, since a reader was last removed.",
        );
    }
    if !contact.verified {
        ui.hint(safe_format!(
            "Compare keys with them, so that nobody stands between you: mmogit contact verify {}",
            contact.key.short()
        ));
    }
    ui.hint("Let them know of it: mmogit sync");
    Ok(Exit::Done)
}

/// Takes somebody's part in a thread from them.
///
/// # Errors
/// If the thread or the person can't be found, or it can't be changed.
pub fn drop_person(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let contacts = workspace.contacts(keys.public())?;
    // Whatever their card says now: nobody keeps a part by changing it.
    let contact = match contacts.known(&args.who) {
        Ok(contact) => contact,
        Err(_) => contacts.find(&args.who)?,
    };
    let mut found = workspace.threads().find(&args.thread)?;
    workspace.organiser().open(&keys, &mut found);
    let before = Echo::before(&found);
    let dropped = workspace
        .organiser()
        .drop_person(&keys, found, contact.key)?;
    let Some(thread) = dropped else {
        before.unchanged("has no part for them").tell(ui)?;
        return Ok(Exit::Done);
    };
    let who = called(&contact.name, &contact.key);
    Echo::changed_to("👥 Dropped", &thread, &who).tell(ui)?;
    if thread.is_sealed() {
        ui.hint(
            "   They read nothing that is said from now on. What was said before they may have \
             kept: nothing takes that back.",
        );
    }
    ui.hint("Let everyone in it know: mmogit sync");
    Ok(Exit::Done)
}
