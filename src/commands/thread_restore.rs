//! `mmogit thread-restore`.

use super::completions::thread_names;
use super::{FilterArgs, change_each};
use crate::cli::{Environment, Exit, Failure, Ui};
use crate::model::State;
use crate::render::safe::SafeText;
use crate::safe_format;
use clap_complete::ArgValueCompleter;

/// Bring archived threads back into use
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-restore auth")]
pub struct Args {
    /// Threads: for each its id, or a unique part of its id or title
    #[arg(required_unless_present = "filter", conflicts_with = "filter", value_name = "THREAD", add = ArgValueCompleter::new(thread_names))]
    threads: Vec<String>,
    #[command(flatten)]
    by_filter: FilterArgs,
}

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    if args.by_filter.is_given()? {
        let (what, done) = ("Restore".into(), "🟢 Restored".into());
        return args.by_filter.change(
            &what,
            &done,
            environment,
            ui,
            |filter| filter.is_archived = filter.is_archived.or(Some(true)),
            |thread| thread.set_state(State::Active),
        );
    }
    change_each(&args.threads, environment, ui, |workspace, keys, found| {
        let id = found.reading.id();
        Ok(match workspace.set_state(keys, found, State::Active)? {
            Some(thread) => safe_format!(
                "🟢 Restored: {} - {}",
                SafeText::line(thread.title()),
                thread.id()
            ),
            None => safe_format!("{} is in use already", SafeText::line(&id)),
        })
    })
}
