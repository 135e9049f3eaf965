//! `mmogit verify`.

use super::completions::thread_names;
use super::thread_import;
use crate::cli::{self, Environment, Exit, Failure, Progress, Ui};
use crate::render::branch::Advice;
use crate::render::verification;
use crate::transfer::bundle::Part;
use crate::verify::Verdict;
use crate::workspace::{FileReport, StoreReport, check_file};
use clap_complete::ArgValueCompleter;
use std::path::PathBuf;

/// Check every signature, every link, and that nothing was taken away
///
/// Without a thread or a file: every thread on every branch, every commit, and the history of each
/// branch. Needs no key and no passphrase. Exits with 3 if anything is bad.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit verify
  mmogit verify auth
  mmogit verify --file all.bundle")]
pub struct Args {
    /// A thread's id, or a unique part of its id or title
    #[arg(conflicts_with_all = ["all", "file"], add = ArgValueCompleter::new(thread_names))]
    thread: Option<String>,
    /// Everything (what is checked when nothing is named)
    #[arg(long, conflicts_with = "file")]
    all: bool,
    /// One thread file, or a bundle, from anywhere
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Print JSON: {"good": bool, "files": […], "branches": […], "troubles": […]}
    #[arg(long)]
    json: bool,
}

/// So many malformed lines of a bundle are told one by one; of all others only how many they are.
const MOST_MALFORMED: usize = 1_000;

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let named = args.file.is_some() || args.thread.is_some();
    let report = match (&args.file, &args.thread) {
        (Some(path), _) => {
            let progress = Progress::new(ui);
            let (mut files, mut malformed) = (Vec::new(), 0);
            for (part, done) in thread_import::open(path)?.zip(0..) {
                progress.count("Checking", done);
                let report = check_part(part?);
                malformed += usize::from(report.verdict == Verdict::Malformed);
                if malformed <= MOST_MALFORMED || report.verdict != Verdict::Malformed {
                    files.push(report);
                }
            }
            files.extend(malformed.checked_sub(MOST_MALFORMED + 1).map(|more| {
                let content = Err(format!("{} more of its lines are no threads", more + 1));
                check_part(Part {
                    place: path.display().to_string(),
                    content,
                })
            }));
            StoreReport {
                files,
                ..StoreReport::default()
            }
        }
        (None, query) => {
            let workspace = environment.workspace_for_reading(ui);
            // What is missing is told, and by no means brought back before.
            let own = workspace.vault()?.map(|vault| vault.author());
            let is_whole = own.is_none_or(|own| {
                workspace
                    .findings_at_a_glance(&own)
                    .is_ok_and(|f| f.is_empty())
            });
            if is_whole {
                cli::recover_if_unlocked(&workspace, environment, ui)?;
            }
            match query {
                Some(query) => workspace.verifier().thread(query)?,
                None => workspace.verifier().all()?,
            }
        }
    };
    if args.json {
        ui.json(&verification::json(&report))?;
    } else {
        let (workspace, _) = environment.workspace_and_trouble();
        let own = workspace.owner_if_readable();
        let advice = Advice {
            home: &environment.home,
            own,
        };
        ui.data(verification::text(&report, named, Some(&advice)))?;
    }
    let unproven = named
        && report
            .files
            .iter()
            .any(|file| file.verdict == Verdict::Legacy);
    Ok(if report.is_good() && !unproven {
        Exit::Done
    } else {
        Exit::Unverified
    })
}

/// The verdict on a thread's file, alone or in a bundle; or what is wrong with the bundle.
pub(super) fn check_part(part: Part) -> FileReport {
    match part.content {
        Ok(bytes) => check_file(&part.place, &bytes, None),
        Err(why) => FileReport::unreadable(&part.place, why),
    }
}
