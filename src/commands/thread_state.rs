//! `mmogit thread-archive` and `mmogit thread-restore`: one change, there and back.

use super::completions::thread_names;
use super::organise::{Echo, FilterArgs, change_each};
use crate::cli::{Environment, Exit, Failure, Ui};
use crate::model::State;
use clap_complete::ArgValueCompleter;

/// The threads that are to be put away or brought back.
#[derive(clap::Args)]
pub struct Args {
    /// Threads: for each its id, or a unique part of its id or title
    #[arg(required_unless_present = "filter", conflicts_with = "filter", value_name = "THREAD", add = ArgValueCompleter::new(thread_names))]
    threads: Vec<String>,
    #[command(flatten)]
    by_filter: FilterArgs,
}

/// How each of the two commands speaks.
struct Words {
    /// Asked before many are changed: `Archive 12 threads?`
    what: &'static str,
    /// `⚫ Archived`
    done: &'static str,
    /// What a thread is that needs no change.
    already: &'static str,
}

impl Words {
    fn of(state: State) -> Self {
        match state {
            State::Archived => Self {
                what: "Archive",
                done: "⚫ Archived",
                already: "is archived already",
            },
            State::Active => Self {
                what: "Restore",
                done: "🟢 Restored",
                already: "is in use already",
            },
        }
    }
}

/// Brings the threads into this state.
///
/// # Errors
/// If a thread can't be found or changed: then none was.
pub fn run(args: &Args, state: State, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let words = Words::of(state);
    if args.by_filter.is_given()? {
        let is_archived = state == State::Active;
        return args.by_filter.change(
            &words.what.into(),
            &words.done.into(),
            environment,
            ui,
            |filter| filter.is_archived = filter.is_archived.or(Some(is_archived)),
            |changing| {
                changing.set_state(state);
                Ok(())
            },
        );
    }
    change_each(&args.threads, environment, ui, |workspace, keys, found| {
        let before = Echo::before(&found);
        let changed = workspace.organiser().set_state(keys, found, state)?;
        Ok(match changed {
            Some(thread) => Echo::changed(words.done, &thread),
            None => before.unchanged(words.already),
        })
    })
}
