//! `mmogit verify`.

use super::completions::thread_names;
use super::thread_import;
use crate::cli::{self, Advice, Environment, Exit, Failure, Progress, Ui};
use crate::model::PublicKey;
use crate::render::verification;
use crate::store::BranchFinding;
use crate::transfer::bundle::Part;
use crate::verify::Verdict;
use crate::workspace::{FileReport, StoreReport, check_file};
use clap_complete::ArgValueCompleter;
use std::path::{Path, PathBuf};

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

/// Verifies a file, a thread or everything, and says what it found.
///
/// # Errors
/// If what is to be verified can't be found, or nothing can be written. What does not verify is no
/// error: it is told, and the exit code says so.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let is_named = args.file.is_some() || args.thread.is_some();
    let report = match &args.file {
        Some(path) => of_file(path, ui)?,
        None => of_store(args.thread.as_deref(), environment, ui)?,
    };
    if args.json {
        ui.json(&verification::json(&report))?;
    } else {
        let (workspace, _) = environment.workspace_and_trouble();
        let advice = Advice {
            home: &environment.home,
            own: workspace.owner_if_readable(),
        };
        let next = |owner: &PublicKey, finding: &BranchFinding| advice.next(owner, finding);
        ui.data(verification::text(&report, is_named, &next))?;
    }
    let is_legacy = |file: &FileReport| file.verdict == Verdict::Legacy;
    let is_unproven = is_named && report.files.iter().any(is_legacy);
    Ok(if report.is_good() && !is_unproven {
        Exit::Done
    } else {
        Exit::Unverified
    })
}

/// Each thread in a file; of lines that are none only so many are named.
fn of_file(path: &Path, ui: &Ui) -> Result<StoreReport, Failure> {
    let progress = Progress::new(ui);
    let (mut files, mut malformed) = (Vec::new(), 0);
    for (part, done) in thread_import::open(path)?.zip(0..) {
        progress.count("Checking", done);
        let report = check_part(part?);
        let is_malformed = report.verdict == Verdict::Malformed;
        malformed += usize::from(is_malformed);
        if !is_malformed || malformed <= MOST_MALFORMED {
            files.push(report);
        }
    }
    if malformed > MOST_MALFORMED {
        let more = malformed - MOST_MALFORMED;
        let place = path.display().to_string();
        let why = format!("{more} more of its lines are no threads");
        files.push(FileReport::unreadable(&place, why));
    }
    Ok(StoreReport {
        files,
        ..StoreReport::default()
    })
}

fn of_store(
    query: Option<&str>,
    environment: &Environment,
    ui: &Ui,
) -> Result<StoreReport, Failure> {
    let workspace = environment.workspace_for_reading(ui);
    // What is missing is told, and by no means brought back before.
    let is_whole = match workspace.vault()? {
        Some(vault) => {
            let findings = workspace.findings_at_a_glance(&vault.author());
            findings.is_ok_and(|findings| findings.is_empty())
        }
        None => true,
    };
    if is_whole {
        cli::recover_if_unlocked(&workspace, environment, ui)?;
    }
    Ok(match query {
        Some(query) => workspace.verifier().thread(query)?,
        None => workspace.verifier().all()?,
    })
}

/// The verdict on a thread's file, alone or in a bundle; or what is wrong with the bundle.
pub(super) fn check_part(part: Part) -> FileReport {
    match part.content {
        Ok(bytes) => check_file(&part.place, &bytes, None).report,
        Err(fault) => FileReport::unreadable(&part.place, fault.to_string()),
    }
}
