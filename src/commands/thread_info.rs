//! `mmogit thread-info`.

use super::completions::thread_names;
use crate::cli::{self, Environment, Exit, Failure, ThreadOpener, Ui};
use crate::model::{Hash, Thread};
use crate::render::info;
use crate::workspace::Workspace;
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
    let mut info = workspace.threads().info(&args.thread)?;
    if let Some(thread) = &mut info.thread {
        ThreadOpener::new(&workspace, environment, ui).open(thread)?;
    }
    info.project_name = project_name(&workspace, info.thread.as_ref());
    let people = info.shared.as_ref().map(|copies| copies.thread.everybody());
    let people = workspace.acquaintances(people.unwrap_or_default());
    if args.json {
        ui.json(&info::json(&info, &people))?;
    } else {
        ui.data(info::text(&info, &people))?;
    }
    Ok(if info.file.is_bad() {
        Exit::Unverified
    } else {
        Exit::Done
    })
}

/// What the project of a thread is called; a label is called as it says.
fn project_name(workspace: &Workspace, thread: Option<&Thread>) -> Option<String> {
    let id = thread?.project()?.parse::<Hash>().ok()?;
    let reader = workspace.owner_if_readable()?;
    let project = workspace.projects().with_id(&reader, &id).ok()??;
    Some(project.name.clone())
}
