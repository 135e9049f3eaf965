//! `mmogit doctor`.

use crate::backend::crush::Version;
use crate::backend::find_in;
use crate::cli::{Environment, Exit, Failure, Ui};
use crate::render::checkup::{self, Finding, Health};
use crate::render::counted::counted;
use crate::transfer::bundle::verifier_sha256;
use crate::workspace::Workspace;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Check what is in your home folder, and who could answer
///
/// Changes nothing. Exits with 1 if something needs you.
#[derive(clap::Args)]
pub struct Args {
    /// Print JSON: {"findings": [{"what", "health": "good|note|bad", "said", "next"}]}
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let mut findings = vec![Finding::good("mmogit", env!("CARGO_PKG_VERSION"))];
    findings.push(home(&environment.home));
    match environment.workspace() {
        Ok(workspace) => {
            findings.push(identity(&workspace));
            findings.extend(repository(&workspace));
            findings.extend(journals(&workspace));
        }
        Err(failure) => findings.push(bad("settings", failure)),
    }
    findings.push(crush(environment));
    findings.push(program(environment, "bwrap", "keeps an old Crush from using its tools"));
    findings.push(git(environment));
    findings.push(verifier());
    let text = if args.json { checkup::json(&findings) + "\n" } else { checkup::text(&findings) };
    ui.print(&text)?;
    let is_well = findings.iter().all(|finding| finding.health != Health::Bad);
    Ok(if is_well { Exit::Done } else { Exit::Failed })
}

fn bad(what: &'static str, failure: impl Into<Failure>) -> Finding {
    let failure = failure.into();
    Finding::bad(what, &failure.error.to_string(), failure.hint.as_deref().unwrap_or_default())
}

fn home(home: &Path) -> Finding {
    let place = home.display().to_string();
    match fs::metadata(home) {
        Err(_) => Finding::note("home", &format!("{place} does not exist yet"), "The first chat makes it."),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            Finding::note("home", &format!("{place} can be entered by others"), &format!("chmod 700 {place}"))
        }
        Ok(_) => Finding::good("home", &place),
    }
}

fn identity(workspace: &Workspace) -> Finding {
    match workspace.vault() {
        Err(error) => bad("identity", error),
        Ok(None) => Finding::note("identity", "none yet", "The first chat makes one, or `mmogit init`."),
        Ok(Some(vault)) => {
            let sealed = if vault.is_sealed() { "sealed under a passphrase" } else { "without a passphrase" };
            Finding::good("identity", &format!("{}..., {sealed}", vault.author().short()))
        }
    }
}

fn repository(workspace: &Workspace) -> Vec<Finding> {
    let store = match workspace.store() {
        Err(error) => return vec![bad("repository", error)],
        Ok(None) => return vec![Finding::note("repository", "none yet", "The first chat makes it.")],
        Ok(Some(store)) => store,
    };
    let mut findings = Vec::new();
    match store.list() {
        Err(error) => findings.push(bad("repository", error)),
        Ok(listing) => {
            let threads = counted(listing.entries.len(), "thread");
            let said = format!("{}, {threads}", store.path().display());
            findings.push(Finding::good("repository", &said));
            for trouble in listing.troubles {
                findings.push(Finding::note("repository", &format!("{} {}", trouble.place, trouble.why), ""));
            }
        }
    }
    for author in store.authors().unwrap_or_default() {
        match store.moved_back(&author) {
            Ok(None) => {}
            Ok(Some(seen)) => findings.push(Finding::bad(
                "branch",
                &format!("the branch of {}... was moved back; it had commit {seen}", author.short()),
                &store.restore_command(&author, seen),
            )),
            Err(error) => findings.push(bad("branch", error)),
        }
    }
    findings
}

fn journals(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    match workspace.waiting_to_be_recovered() {
        Ok(0) => {}
        Ok(count) => findings.push(Finding::note(
            "journal",
            &format!("broken-off sessions that wait to be recovered: {count}"),
            "`mmogit thread-list` or the next chat does it.",
        )),
        Err(error) => findings.push(bad("journal", error)),
    }
    let folder = fs::read_dir(workspace.home().join("journal"));
    let paths = folder.into_iter().flatten().flatten().map(|entry| entry.path());
    for path in
        paths.filter(|path| path.extension().is_some_and(|e| e.to_string_lossy().starts_with("damaged")))
    {
        findings.push(Finding::note(
            "journal",
            &format!("{} was set aside as damaged", path.display()),
            "What could be read of it is in your threads; delete it when you have looked at it.",
        ));
    }
    findings
}

fn crush(environment: &Environment) -> Finding {
    let Some(program) = find_in(&environment.path, "crush") else {
        let next = "Install it (https://github.com/charmbracelet/crush), or name another program: --command 'PROGRAM ARGS'.";
        return Finding::note("crush", "not found: there will be no answers by default", next);
    };
    // Crush reads a `.env` where it runs, so it runs where there is none.
    let empty = tempfile::tempdir();
    let place = empty.as_ref().map_or(Path::new("/"), |folder| folder.path());
    match Version::of(&program, place, &environment.variables) {
        Ok(version) => Finding::good("crush", &format!("{version} at {}", program.display())),
        Err(error) => Finding::bad("crush", &format!("{}: {error}", program.display()), &error.hint),
    }
}

fn program(environment: &Environment, name: &'static str, purpose: &str) -> Finding {
    match find_in(&environment.path, name) {
        Some(path) => Finding::good(name, &path.display().to_string()),
        None => Finding::note(name, &format!("not found; it {purpose}"), ""),
    }
}

/// For whoever holds a bundle, and wants to know whether the verifier in it is ours.
fn verifier() -> Finding {
    Finding::good("verifier", &format!("verify.py of this version has the SHA-256 {}", verifier_sha256()))
}

fn git(environment: &Environment) -> Finding {
    let Some(path) = find_in(&environment.path, "git") else {
        return Finding::note("git", "not found; it syncs your threads and checks them without mmogit", "");
    };
    let version = Command::new(&path).arg("--version").output().ok();
    let said =
        version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    Finding::good("git", &format!("{said} at {}", path.display()))
}
