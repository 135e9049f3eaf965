//! `mmogit thread-archive`.

use super::change_each;
use super::completions::thread_names;
use crate::cli::{Environment, Exit, Failure, Ui};
use crate::model::State;
use crate::render::safe::SafeText;
use crate::safe_format;
use clap_complete::ArgValueCompleter;

/// Put threads away: they stay, and are not gone on with until they are restored
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-archive auth 'refresh tokens'")]
pub struct Args {
    /// Threads: for each its id, or a unique part of its id or title
    #[arg(required = true, value_name = "THREAD", add = ArgValueCompleter::new(thread_names))]
    threads: Vec<String>,
}

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    change_each(&args.threads, environment, ui, |workspace, keys, found| {
        let id = found.reading.id();
        Ok(match workspace.set_state(keys, found, State::Archived)? {
            Some(thread) => safe_format!("⚫ Archived: {} - {}", SafeText::line(thread.title()), thread.id()),
            None => safe_format!("{} is archived already", SafeText::line(&id)),
        })
    })
}
