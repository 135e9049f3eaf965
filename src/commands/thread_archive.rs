//! `mmogit thread-archive`.

use super::change_each;
use crate::cli::{Environment, Exit, Failure, Ui};
use crate::model::State;
use crate::render::safe::safe_line;

/// Put threads away: they stay, and are not gone on with until they are restored
#[derive(clap::Args)]
pub struct Args {
    /// Threads: for each its id, or a unique part of its id or title
    #[arg(required = true, value_name = "THREAD")]
    threads: Vec<String>,
}

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    change_each(&args.threads, environment, ui, |workspace, keys, found| {
        let id = found.reading.id();
        Ok(match workspace.set_state(keys, found, State::Archived)? {
            Some(thread) => format!("⚫ Archived: {} - {}", safe_line(thread.title()), thread.id()),
            None => format!("{} is archived already", safe_line(&id)),
        })
    })
}
