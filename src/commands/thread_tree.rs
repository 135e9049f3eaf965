//! `mmogit thread-tree`.

use super::completions::thread_names;
use super::paging::Paging;
use crate::cli::{self, Environment, Exit, Failure, ThreadOpener, Ui};
use crate::model::Reading;
use crate::render::safe::SafeText;
use crate::render::tree;
use crate::safe_format;
use crate::verify::{self, Verdict};
use clap_complete::ArgValueCompleter;

/// Draw a thread's messages as a tree, with what was set aside
///
/// The numbers are those that thread-fork, thread-split and /edit take. Exits with 3 if the thread
/// does not verify.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-tree auth")]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: String,
    /// Print JSON: {"id", "title", "heads", "aside", "messages": […]}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    paging: Paging,
}

/// Draws a thread as a tree.
///
/// # Errors
/// If the thread can't be found or read.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace_for_reading(ui);
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let mut found = workspace.threads().find(&args.thread)?;
    ThreadOpener::new(&workspace, environment, ui).open_reading(&mut found.reading)?;
    let thread = match found.reading {
        Reading::Thread(thread) => thread,
        Reading::Legacy(legacy) => {
            return Err(
                Failure::new(Exit::Failed, "a thread of the older mmogit has no branches").hint(
                    safe_format!(
                        "Read it with `mmogit thread-replay {}`.",
                        SafeText::line(&legacy.id)
                    ),
                ),
            );
        }
    };
    if args.json {
        ui.json(&tree::json(&thread))?;
    } else {
        args.paging
            .show(&tree::text(&thread, ui.width()), environment, ui)?;
    }
    if verify::thread(&thread).verdict() == Verdict::Valid {
        return Ok(Exit::Done);
    }
    ui.warning(safe_format!(
        "❌ This thread does not verify; see `mmogit verify {}`",
        thread.id()
    ));
    Ok(Exit::Unverified)
}
