//! `mmogit doctor`.

mod answers;
mod home;
mod journals;
mod repository;

use crate::cli::{Environment, Exit, Failure, Ui};
use crate::render::doctor::{self as shown, Finding, Health};
use crate::workspace::WorkError;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Check what is set up here, and whether a chat could work
///
/// Looks at your home folder, settings, identity, repository, and at who would answer. Changes
/// nothing. Exits with 1 if something needs you, as when a chat could not work; with 0 also where
/// all is well but nobody would answer.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit doctor
  mmogit doctor --json")]
pub struct Args {
    /// Print JSON: {"findings": [{"what", "health": "good|note|bad", "said", "next"}]}
    #[arg(long)]
    json: bool,
}

/// Looks at everything, and says what it found.
///
/// # Errors
/// If nothing can be written. What is wrong is a finding, and no error.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let mut findings = vec![Finding::good("mmogit", env!("CARGO_PKG_VERSION"))];
    findings.extend(home::home(&environment.home));
    let (workspace, trouble) = environment.workspace_and_trouble();
    findings.push(home::identity(&workspace));
    findings.extend(repository::repository(&workspace));
    findings.extend(journals::journals(&workspace));
    match trouble {
        None => {
            findings.extend(answers::persona(&workspace));
            findings.extend(answers::unused_personas(&workspace));
            findings.extend(answers::answers(environment, &workspace));
            findings.extend(answers::profiles(environment, &workspace));
        }
        Some(failure) => findings.push(bad("settings", failure)),
    }
    findings.push(answers::git(environment));
    findings.push(answers::verifier());
    if args.json {
        ui.json(&shown::json(&findings))?;
    } else {
        for line in shown::lines(&findings) {
            ui.report(line)?;
        }
    }
    let is_well = findings.iter().all(|finding| finding.health != Health::Bad);
    Ok(if is_well { Exit::Done } else { Exit::Failed })
}

/// What an error says, as a finding.
fn bad(what: &'static str, failure: impl Into<Failure>) -> Finding {
    let failure = failure.into();
    Finding::bad(what, failure.what(), failure.next_step())
}

/// What is in a folder; nothing if there is none.
///
/// # Errors
/// If it can't be listed, whole: what is not seen is not sound.
fn names_in(folder: &Path) -> Result<Vec<PathBuf>, WorkError> {
    let disk = |source| WorkError::Disk {
        path: folder.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(disk(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(disk)?.path());
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_listed_is_not_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        assert!(names_in(&folder.path().join("missing")).unwrap().is_empty());
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(names_in(&file).is_err());
        assert_eq!(names_in(folder.path()).unwrap(), [file]);
    }
}
