//! `mmogit thread-replay`.

use super::completions::thread_names;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::model::Reading;
use crate::render::threads::{self, Page};
use crate::verify::{self, Verdict};
use clap_complete::ArgValueCompleter;

/// Read a thread again, each message with its proof
///
/// A message has its ✅ only after its signature was checked, just now. Exits with 3 if the thread does not verify.
#[derive(clap::Args)]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: String,
    /// Begin at this message, counted from 1
    #[arg(long, value_name = "N", conflicts_with = "json", value_parser = clap::value_parser!(u32).range(1..))]
    at: Option<u32>,
    /// Print JSON: {"thread": {…as stored…}, "verification": {…}}
    #[arg(long)]
    json: bool,
}

impl Args {
    /// To replay one thread, from a message on.
    pub(super) fn of(thread: &str, at: Option<usize>) -> Self {
        let at = at.and_then(|at| u32::try_from(at).ok());
        Self { thread: thread.to_owned(), at, json: false }
    }
}

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let found = workspace.find(&args.thread)?;
    let messages = match &found.reading {
        Reading::Legacy(legacy) => legacy.messages.len(),
        Reading::Thread(thread) => thread.visible().len(),
    };
    let start = args.at.map_or(1, |at| at as usize);
    if start > messages.max(1) {
        return Err(Failure::new(Exit::Usage, format!("there is no message {start}"))
            .hint(format!("The thread has {}.", threads::count(messages))));
    }
    let page =
        if ui.stdout_is_terminal { Page::terminal(ui.width(), ui.has_colour()) } else { Page::plain() };
    let page = page.starting_at(start);
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
