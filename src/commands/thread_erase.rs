//! `mmogit thread-erase`.

use super::completions::thread_names;
use crate::cli::{self, Environment, Exit, Failure, Ui, quoted};
use crate::home::Home;
use crate::model::ThreadId;
use crate::render::erasure;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::store::Erased;
use crate::store::Remote;
use crate::workspace::{Erasable, WorkError, Workspace};
use clap_complete::ArgValueCompleter;
use std::path::Path;

/// Erase a thread from your branch for good, its history included
///
/// Says what can and can't be erased, then asks you to type the thread's id or its title. Your
/// branch is written anew without the thread, and signed; a signed word that it was there stays.
/// Other threads and their signatures stay as they are. No other git program may write into the
/// repository meanwhile. If it is broken off, the next command finishes it. Run again with the
/// whole id, it removes what is left here once something else stopped holding it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-erase auth
  mmogit thread-erase thread_1756140749 --yes")]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: String,
    /// Don't ask; the thread must then be named by its whole id
    #[arg(long)]
    yes: bool,
    /// Print JSON; needs --yes
    #[arg(long, requires = "yes")]
    json: bool,
}

/// Erases a thread, once the user has confirmed it.
///
/// # Errors
/// If it can't be found or erased, or was not confirmed.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    if !args.yes && !ui.stdin_is_terminal {
        return Err(Failure::new(
            Exit::Usage,
            "there is no terminal to ask whether you are sure",
        )
        .hint("Name the thread by its whole id, and add --yes."));
    }
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let erasable = match workspace.eraser().erasable(&keys.public(), &args.thread) {
        Err(not_found @ (WorkError::NotFound(_) | WorkError::ErasedByYou(_))) => {
            // Erased before; something of it may be left.
            let id = ThreadId::read(&args.thread);
            let erased = id
                .map(|id| workspace.eraser().finish_erasure(&keys.public(), id))
                .transpose()?
                .flatten();
            tell(args, &erased.ok_or(not_found)?, None, ui)?;
            return name_kept_states(&workspace, ui);
        }
        found => found?,
    };
    ui.warning(erasure::warning(&erasable).trimmed_end());
    confirm(args, &erasable, ui)?;
    let erased = workspace.eraser().erase(&keys, &erasable)?;
    tell(args, &erased, Some(&erasable), ui)?;
    let repository = Home::at(&environment.home).repository();
    let steps = next_steps(&erased, &erasable, &repository);
    steps.in_lines().for_each(|step| ui.hint_to_copy(step));
    Ok(Exit::Done)
}

/// What is left to do by hand, where remotes or something in the repository may still hold it.
fn next_steps(erased: &Erased, erasable: &Erasable, repository: &Path) -> SafeText {
    let repository = SafeText::shown(repository.display());
    let branch = safe_format!("users/{}", erased.erasure.author());
    let mut text = SafeText::new();
    for Remote { name, .. } in &erasable.remotes {
        text += safe_format!(
            "   If your branch is on {}: git -C {} push --force-with-lease {} {}\n",
            SafeText::line(name),
            repository,
            SafeText::line(name),
            branch
        );
    }
    if !erasable.remotes.is_empty() || !erasable.kept_in.is_empty() {
        text += safe_format!(
            "   Once nothing named above holds it any more: mmogit thread-erase {}\n",
            erased.erasure.thread
        );
    }
    text
}

fn tell(
    args: &Args,
    erased: &Erased,
    erasable: Option<&Erasable>,
    ui: &Ui,
) -> Result<Exit, Failure> {
    if args.json {
        ui.json(&erasure::json(erased, erasable))?
    } else {
        ui.data(erasure::done(erased))?
    };
    Ok(Exit::Done)
}

/// A state that an uniting left aside may hold the thread still; nothing here removes it unasked.
fn name_kept_states(workspace: &Workspace, ui: &Ui) -> Result<Exit, Failure> {
    let Some(store) = workspace.store()? else {
        return Ok(Exit::Done);
    };
    for name in store.kept_states()? {
        let name = SafeText::line(&name);
        ui.warning(safe_format!(
            "⚠️  {} keeps an older state of your branch, and may hold the thread still.",
            name
        ));
        ui.hint_to_copy(safe_format!(
            "   Once you are sure: git -C {} update-ref -d {}, then run this command again.",
            quoted(store.path()),
            name
        ));
    }
    Ok(Exit::Done)
}

fn confirm(args: &Args, erasable: &Erasable, ui: &Ui) -> Result<(), Failure> {
    if args.yes {
        return if args.thread == erasable.name() {
            Ok(())
        } else {
            Err(Failure::new(
                Exit::Usage,
                "--yes takes the thread's whole id, so that no other is meant",
            )
            .hint(safe_format!(
                "mmogit thread-erase {} --yes",
                SafeText::line(erasable.name())
            )))
        };
    }
    let typed = ui.read_line("Type its id or its title to erase it (Ctrl-C stops): ")?;
    let typed = typed.trim();
    if !typed.is_empty()
        && (typed == erasable.name() || Some(typed) == erasable.title.as_deref().map(str::trim))
    {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Failed,
        "that is neither its id nor its title; nothing was erased",
    )
    .hint("Run it again, and type one of them as it is shown."))
}
