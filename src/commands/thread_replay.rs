//! `mmogit thread-replay`.

use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::model::Reading;
use crate::render::threads::{self, Page};
use crate::verify::{self, Verdict};

/// Read a thread again, each message with its proof
///
/// A message has its ✅ only after its signature was checked, just now. Exits with 3 if the thread does not verify.
#[derive(clap::Args)]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    thread: String,
    /// Print JSON: {"thread": {…as stored…}, "verification": {…}}
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let found = workspace.find(&args.thread)?;
    let page =
        if ui.stdout_is_terminal { Page::terminal(ui.width(), ui.has_colour()) } else { Page::plain() };
    match found.reading {
        Reading::Legacy(legacy) => {
            let text = if args.json { threads::legacy_json(&legacy) } else { page.legacy(&legacy) };
            ui.line(text.trim_end())?;
            Ok(Exit::Done)
        }
        Reading::Thread(thread) => {
            let report = verify::thread(&thread);
            let text = if args.json {
                threads::replay_json(&thread, &report)
            } else {
                page.thread(&thread, &report)
            };
            ui.line(text.trim_end())?;
            let is_valid = report.verdict() == Verdict::Valid;
            if !is_valid {
                ui.note(&format!("❌ This thread does not verify; see `mmogit verify {}`", thread.id()));
            }
            Ok(if is_valid { Exit::Done } else { Exit::Unverified })
        }
    }
}
