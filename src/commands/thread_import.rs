//! `mmogit thread-import`.

use crate::cli::{self, Environment, Exit, Failure, Progress, Ui};
use crate::identity::VaultError;
use crate::render::imports;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::transfer::bundle::Parts;
use crate::transfer::{Import, ImportMode, ImportOutcome, import_all};
use crate::workspace::Workspace;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

const FOREIGN: &str = "
A branch holds only what its owner signed, so others' threads stay in their file, which proves itself:
check them with `mmogit verify --file`, read them with `mmogit thread-replay --file`.
";
const UNPROVEN: &str = "
What does not verify was left outside, whole; `mmogit thread-replay --file` shows what is there.
";

/// Bring your threads in from files: bundles, or single threads
///
/// Each thread is checked first, and taken whole or not at all, all that are taken by one commit;
/// what is there already is united with it, and nothing is ever replaced or lost. Only what you
/// signed yourself can come into your branch. Others' threads prove themselves where they are:
/// `mmogit verify --file`, `mmogit thread-replay --file`. Exits with 3 if anything does not verify,
/// with 1 if something good was left out.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-import all.bundle
  mmogit thread-import *.json --dry-run")]
pub struct Args {
    /// Bundles or thread files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON: {"threads": [{"place", "id", "title", "outcome", …}]}
    #[arg(long)]
    json: bool,
}

/// Takes threads in from files: all of them, or none.
///
/// # Errors
/// If a file can't be read, or what is in it can't be kept.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let vault = workspace
        .vault()?
        .ok_or_else(|| VaultError::Missing(workspace.vault_path()))?;
    // A path that can't be read is told before anything is imported.
    let files = args
        .paths
        .iter()
        .map(|path| open(path))
        .collect::<Result<Vec<_>, _>>()?;
    let done = if args.dry_run {
        take(&workspace, files, &ImportMode::DryRun(vault.author()), ui)?
    } else {
        let keys = cli::unlock(&vault, environment, ui)?;
        cli::recover(&workspace, &keys, ui)?;
        take(&workspace, files, &ImportMode::Save(keys.owner()), ui)?
    };
    if args.json {
        ui.json(&imports::json(&done))?;
    } else {
        ui.data(imports::text(&done, args.dry_run) + &left_outside(&done))?;
    }
    let any = |fits: fn(&ImportOutcome) -> bool| done.iter().any(|import| fits(&import.outcome));
    Ok(
        if any(|outcome| matches!(outcome, ImportOutcome::Unproven(_))) {
            Exit::Unverified
        } else if any(|outcome| {
            matches!(outcome, ImportOutcome::Foreign(_) | ImportOutcome::Erased)
        }) {
            Exit::Failed
        } else {
            Exit::Done
        },
    )
}

/// What to do about those that stayed outside.
fn left_outside(imports: &[Import]) -> SafeText {
    let has = |fits: fn(&ImportOutcome) -> bool| imports.iter().any(|import| fits(&import.outcome));
    let mut text = SafeText::new();
    if has(|outcome| matches!(outcome, ImportOutcome::Foreign(_))) {
        text += FOREIGN;
    }
    if has(|outcome| matches!(outcome, ImportOutcome::Unproven(_))) {
        text += UNPROVEN;
    }
    text
}

fn take(
    workspace: &Workspace,
    files: Vec<Parts<BufReader<File>>>,
    mode: &ImportMode<'_>,
    ui: &Ui,
) -> Result<Vec<Import>, Failure> {
    let progress = Progress::new(ui);
    let parts = files.into_iter().flatten().zip(0..).map(|(part, done)| {
        progress.count("Importing", done);
        part.map_err(Failure::from)
    });
    import_all(workspace, parts, mode)
}

/// Opens a bundle or a thread's file.
pub(super) fn open(path: &Path) -> Result<Parts<BufReader<File>>, Failure> {
    let failed = |error| {
        Failure::new(
            Exit::Failed,
            safe_format!(
                "{}: {}",
                SafeText::shown(path.display()),
                SafeText::shown(error)
            ),
        )
        .hint("Name a bundle, or a thread's JSON file.")
    };
    let mut file = File::open(path).map_err(failed)?;
    // A folder opens, and only then can't be read.
    file.read(&mut [])
        .and_then(|_| file.metadata())
        .map_err(failed)
        .and_then(|found| {
            if found.is_dir() {
                Err(failed(std::io::ErrorKind::IsADirectory.into()))
            } else {
                Ok(())
            }
        })?;
    let whole = file.metadata().map_or(0, |found| found.len());
    let mut reader = BufReader::new(file);
    let start = reader.fill_buf().map_err(failed)?;
    if is_something_else(start, whole == start.len() as u64) {
        let what = safe_format!(
            "{} is no thread and no bundle",
            SafeText::shown(path.display())
        );
        return Err(
            Failure::new(Exit::Failed, what).hint("Name a bundle, or a thread's JSON file.")
        );
    }
    Ok(Parts::new(path.display().to_string(), reader))
}

/// Whether a file that begins so never was a thread or a bundle. One that is damaged is another
/// matter, and checked.
fn is_something_else(start: &[u8], is_all: bool) -> bool {
    let has = |name: &[u8]| start.windows(name.len()).any(|part| part == name);
    let begins = start.trim_ascii_start().starts_with(b"{");
    let names = [
        b"\"messages\"".as_slice(),
        b"\"author\"",
        b"\"mmogit_bundle\"",
    ];
    !begins || (is_all && !names.into_iter().any(has))
}
