//! `mmogit doctor`.

use crate::backend::choose::BackendOverrides;
use crate::backend::crush::Version;
use crate::backend::find_in;
use crate::chat::backends::choose;
use crate::chat::default_persona;
use crate::cli::{Environment, Exit, Failure, Ui, after_no_reply};
use crate::home::Home;
use crate::model::PublicKey;
use crate::render::branch::{Advice, quoted};
use crate::render::counted::counted;
use crate::render::doctor::{self, Finding, Health};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::store::{BranchFinding, BranchReport, Entry, Store, StoreError};
use crate::transfer::bundle::verifier_sha256;
use crate::workspace::{FileReport, WorkError, Workspace};
use rustix::fs::{Access, access};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let mut findings = vec![Finding::good("mmogit", env!("CARGO_PKG_VERSION"))];
    findings.extend(home(&environment.home));
    let (workspace, trouble) = environment.workspace_and_trouble();
    findings.push(identity(&workspace));
    findings.extend(repository(&workspace));
    findings.extend(journals(&workspace));
    match trouble {
        None => {
            findings.extend(persona(&workspace));
            findings.extend(unused_personas(&workspace));
            findings.extend(answers(environment, &workspace));
            findings.extend(profiles(environment, &workspace));
        }
        Some(failure) => findings.push(bad("settings", failure)),
    }
    findings.push(git(environment));
    findings.push(verifier());
    if args.json {
        ui.json(&doctor::json(&findings))?;
    } else {
        doctor::lines(&findings)
            .into_iter()
            .try_for_each(|line| ui.report(line))?;
    }
    let is_well = findings.iter().all(|finding| finding.health != Health::Bad);
    Ok(if is_well { Exit::Done } else { Exit::Failed })
}

/// How many findings of one branch are named.
const NAMED: usize = 10;

fn bad(what: &'static str, failure: impl Into<Failure>) -> Finding {
    let failure = failure.into();
    Finding::bad(what, failure.what(), failure.next_step())
}

fn home(home: &Path) -> Vec<Finding> {
    let place = SafeText::shown(home.display());
    let Ok(found) = fs::metadata(home) else {
        let nearest = home
            .ancestors()
            .find(|folder| folder.exists())
            .unwrap_or(home);
        return vec![if can_hold_a_folder(nearest) {
            Finding::note(
                "home",
                safe_format!("{} does not exist yet", place),
                "The first chat makes it.",
            )
        } else {
            let said = safe_format!("{} does not exist, and can't be made", place);
            Finding::bad(
                "home",
                said,
                "Set MMOGIT_HOME to a folder that you can write.",
            )
        }];
    };
    let mut findings = Vec::new();
    if !found.is_dir() {
        let next = "Move it away, or set MMOGIT_HOME to a folder.";
        return vec![Finding::bad(
            "home",
            safe_format!("{} is not a folder", place),
            next,
        )];
    }
    if !is_writable(home) {
        let next = "A chat keeps what is said there: make it writable, or set MMOGIT_HOME to another folder.";
        findings.push(Finding::bad(
            "home",
            safe_format!("{} can't be written", place),
            next,
        ));
    }
    if found.permissions().mode() & 0o077 != 0 {
        let said = safe_format!("{} can be entered by others", place);
        findings.push(Finding::note(
            "home",
            said,
            safe_format!("chmod 700 {}", quoted(home)),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good("home", place));
    }
    findings.extend(drafts_of_identities(home));
    findings
}

fn is_writable(folder: &Path) -> bool {
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// Some file systems give leave to write, and then refuse: so it is tried, and what was made is
/// removed at once.
fn can_hold_a_folder(folder: &Path) -> bool {
    tempfile::tempdir_in(folder).is_ok()
}

/// A change of passphrase that was broken off leaves the file that was to take the place of the
/// identity's.
fn drafts_of_identities(home: &Path) -> Vec<Finding> {
    let entries = fs::read_dir(home).into_iter().flatten().flatten();
    let drafts = entries.filter(|entry| {
        entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(b".identity-")
    });
    let finding = |entry: fs::DirEntry| {
        let said = safe_format!(
            "{} was left by a change that broke off",
            SafeText::shown(entry.path().display())
        );
        Finding::note(
            "identity",
            said,
            "It may hold your words in plain; delete it.",
        )
    };
    drafts.map(finding).collect()
}

fn identity(workspace: &Workspace) -> Finding {
    match workspace.vault() {
        Err(error) => bad("identity", error),
        Ok(None) => Finding::note(
            "identity",
            "none yet",
            "The first chat makes one, or `mmogit init`.",
        ),
        Ok(Some(vault)) => {
            let sealed = if vault.is_sealed() {
                "sealed under a passphrase"
            } else {
                "without a passphrase"
            };
            Finding::good(
                "identity",
                safe_format!("{}..., {}", vault.author().short(), sealed),
            )
        }
    }
}

fn repository(workspace: &Workspace) -> Vec<Finding> {
    let store = match workspace.store() {
        Err(error) => return vec![no_repository(workspace, error)],
        Ok(None) => {
            return vec![Finding::note(
                "repository",
                "none yet",
                "The first chat makes it.",
            )];
        }
        Ok(Some(store)) => store,
    };
    let mut findings = not_writable(workspace.home());
    match store.list() {
        Err(error) => findings.push(bad("repository", error)),
        Ok(listing) => {
            let threads = counted(listing.entries.len(), "thread");
            let said = safe_format!("{}, {}", SafeText::shown(store.path().display()), threads);
            findings.push(Finding::good("repository", &said));
            findings.extend(threads_that_do_not_verify(
                workspace,
                &store,
                &listing.entries,
            ));
            for trouble in listing.troubles {
                findings.push(Finding::note(
                    "repository",
                    safe_format!(
                        "{} {}",
                        SafeText::line(&trouble.place),
                        SafeText::line(&trouble.why)
                    ),
                    "",
                ));
            }
        }
    }
    match store.kept_states() {
        Ok(names) => findings.extend(names.iter().map(|name| {
            let said = safe_format!("{} keeps an older state of a branch", SafeText::line(name));
            Finding::note(
                "repository",
                said,
                "What was erased since may be in it still.",
            )
        })),
        Err(error) => findings.push(bad("repository", error)),
    }
    match store.known_authors().or_else(|error| {
        findings.push(bad("branch", error));
        store.authors()
    }) {
        Ok(authors) => findings.extend(
            authors
                .iter()
                .flat_map(|author| branch(workspace, &store, author)),
        ),
        Err(error) => findings.push(bad("branch", error)),
    }
    findings
}

/// What a chat writes into, as far as it is there and does not let it.
fn not_writable(home: &Path) -> Vec<Finding> {
    let folders = ["", "objects", "refs", "refs/heads", "refs/heads/users"];
    let folders = folders.map(|folder| ("repository", Home::at(home).repository().join(folder)));
    let others = [
        ("journal", Home::at(home).journals()),
        ("state", Home::at(home).tips()),
    ];
    let locked = folders
        .into_iter()
        .chain(others)
        .filter(|(_, path)| path.exists() && !is_writable(path));
    let finding = |(what, path): (&'static str, PathBuf)| {
        let said = safe_format!("{} can't be written", SafeText::shown(path.display()));
        Finding::bad(
            what,
            said,
            safe_format!(
                "No chat can be saved before it can: chmod u+rwx {}",
                quoted(&path)
            ),
        )
    };
    locked.map(finding).collect()
}

fn no_repository(workspace: &Workspace, error: WorkError) -> Finding {
    let path = Home::at(workspace.home()).repository();
    let is_broken = matches!(error, WorkError::Store(StoreError::Git { .. }));
    let finding = bad("repository", error);
    if !is_broken {
        return finding;
    }
    let head = path.join("HEAD");
    let next = match workspace.vault() {
        Ok(Some(vault)) if !head.exists() => safe_format!(
            "Its HEAD is gone. Make it anew: echo 'ref: refs/heads/users/{}' > {}",
            vault.author(),
            quoted(&head)
        ),
        _ => safe_format!(
            "Move {} away and put a copy of it in its place, or import your threads from a bundle.",
            quoted(&path)
        ),
    };
    Finding { next, ..finding }
}

/// The threads that can't be read, or do not verify.
fn threads_that_do_not_verify(
    workspace: &Workspace,
    store: &Store,
    entries: &[Entry],
) -> Vec<Finding> {
    let files = workspace.verifier().files(store, entries);
    let bad: Vec<&FileReport> = files.iter().filter(|file| file.is_bad()).collect();
    let of = |file: &&FileReport| {
        let why = file.findings.first().map(SafeText::shown);
        let why = why.unwrap_or_default();
        let said = safe_format!("{}: {}", SafeText::line(&file.path), why);
        Finding::bad(
            "thread",
            said,
            "`mmogit verify` names all that is wrong with it.",
        )
    };
    let mut findings: Vec<Finding> = bad.iter().take(NAMED).map(of).collect();
    if bad.len() > NAMED {
        let said = safe_format!("{} more that do not verify", bad.len() - NAMED);
        findings.push(Finding::bad(
            "thread",
            said,
            "`mmogit verify` names them all.",
        ));
    }
    findings
}

/// What is wrong with a branch, and with every commit of it.
fn branch(workspace: &Workspace, store: &Store, owner: &PublicKey) -> Vec<Finding> {
    let own = workspace.owner_if_readable();
    let advice = Advice {
        home: workspace.home(),
        own,
    };
    let report = match store.check_branch(owner) {
        Ok(report) => report,
        Err(error) => BranchReport::unreadable(*owner, &error),
    };
    let of = |finding: &BranchFinding| {
        let said = safe_format!("of {}...: {}", owner.short(), SafeText::shown(finding));
        Finding::bad(
            "branch",
            said,
            advice.next(owner, finding).unwrap_or_default(),
        )
    };
    let all = report.findings();
    let mut findings: Vec<Finding> = all.iter().take(NAMED).map(of).collect();
    if all.len() > NAMED {
        let said = safe_format!(
            "of {}...: {} more findings",
            owner.short(),
            all.len() - NAMED
        );
        findings.push(Finding::bad(
            "branch",
            said,
            "`mmogit verify` names them all.",
        ));
    }
    findings
}

fn journals(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    match workspace.waiting_to_be_recovered() {
        Ok(0) => {}
        Ok(count) => findings.push(Finding::note(
            "journal",
            safe_format!("broken-off sessions that wait to be recovered: {}", count),
            "`mmogit thread-list` or the next chat does it.",
        )),
        // What is wrong with the repository is told already.
        Err(_) if workspace.store().is_err() => {}
        Err(error) => findings.push(bad("journal", error)),
    }
    findings.extend(journals_of_others(workspace));
    let folder = fs::read_dir(Home::at(workspace.home()).journals());
    let paths = folder
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    for path in paths.filter(|path| {
        path.extension()
            .is_some_and(|e| e.to_string_lossy().starts_with("damaged"))
    }) {
        findings.push(Finding::note(
            "journal",
            safe_format!(
                "{} was set aside as damaged",
                SafeText::shown(path.display())
            ),
            "What could be read of it is in your threads; delete it when you have looked at it.",
        ));
    }
    findings
}

fn journals_of_others(workspace: &Workspace) -> Vec<Finding> {
    // What is wrong with either is told already.
    let (Ok(Some(store)), Ok(Some(vault))) = (workspace.store(), workspace.vault()) else {
        return Vec::new();
    };
    let foreign = |(path, author): (PathBuf, PublicKey)| {
        let place = SafeText::shown(path.display());
        let said = safe_format!(
            "{} is not yours but {}...'s, and is never folded in",
            place,
            author.short()
        );
        Finding::bad(
            "journal",
            said,
            "Use the home of that identity, or move the file away.",
        )
    };
    match store.journals_of_others(&vault.author()) {
        Ok(found) => found.into_iter().map(foreign).collect(),
        Err(error) => vec![bad("journal", error)],
    }
}

/// The persona as which the AI would answer in a new thread.
fn persona(workspace: &Workspace) -> Option<Finding> {
    match default_persona(workspace) {
        Ok(None) => None,
        Ok(Some(persona)) => Some(Finding::good("persona", SafeText::line(&persona.name))),
        Err(failure) => Some(bad("persona", failure)),
    }
}

/// A folder of personas that nothing looks into.
fn unused_personas(workspace: &Workspace) -> Option<Finding> {
    let unused = workspace.personas().unused_folder()?;
    let folder = workspace.personas().folder();
    Some(Finding::note(
        "persona",
        safe_format!(
            "{} is of an older mmogit; nothing in it is used",
            SafeText::shown(unused.display())
        ),
        safe_format!(
            "Move what you need from there to {}, then remove it.",
            SafeText::shown(folder.display())
        ),
    ))
}

/// The profiles that could not answer. The one that the settings ask for is told already.
fn profiles(environment: &Environment, workspace: &Workspace) -> Vec<Finding> {
    let settings = workspace.settings();
    let others = settings
        .profile
        .keys()
        .filter(|name| settings.backend.as_ref() != Some(*name));
    let finding = |name: &String| {
        let named = BackendOverrides {
            backend: Some(name.clone()),
            ..BackendOverrides::default()
        };
        let failure = choose(&named, environment, workspace).err()?;
        let said = safe_format!("`{}`: {}", SafeText::line(name), failure.what());
        Some(Finding::note("profile", said, failure.next_step()))
    };
    others.filter_map(finding).collect()
}

/// Who would answer a chat that says nothing else, and what that needs.
fn answers(environment: &Environment, workspace: &Workspace) -> Vec<Finding> {
    let chosen = match choose(&BackendOverrides::default(), environment, workspace) {
        Ok(chosen) => chosen,
        Err(failure) => return vec![bad("answers", failure)],
    };
    let is_crush = chosen.backend.name() == "crush";
    let by = SafeText::line(&chosen.backend.description());
    let mut findings = Vec::new();
    if chosen.backend.name() != "offline" {
        findings.push(Finding::good("answers", by));
    } else if workspace.settings().backend.is_some() {
        findings.push(Finding::note("answers", "nobody: the settings say so", ""));
    } else {
        let next = "Install Crush (https://github.com/charmbracelet/crush), or name another program in the settings \
                    or with --command 'PROGRAM ARGS'. Until then messages are kept, and nobody answers.";
        findings.push(Finding::note(
            "answers",
            "nobody: there will be no answers",
            next,
        ));
    }
    match find_in(&environment.path, "crush") {
        Some(program) => {
            findings.push(crush(&program, is_crush, environment));
            findings.push(program_for(
                environment,
                "bwrap",
                "keeps an old Crush from using its tools",
            ));
        }
        None => findings.push(Finding::note("crush", "not found", "")),
    }
    findings
}

fn crush(program: &Path, is_asked: bool, environment: &Environment) -> Finding {
    // Crush reads a `.env` where it runs, so it runs where there is none.
    let empty = tempfile::tempdir();
    let place = empty
        .as_ref()
        .map_or(Path::new("/"), |folder| folder.path());
    let path = SafeText::shown(program.display());
    match Version::of(program, place, &environment.variables) {
        Ok(version) => Finding::good(
            "crush",
            safe_format!("{} at {}", SafeText::shown(version), path),
        ),
        Err(error) => {
            let said = safe_format!("{}: {}", path, SafeText::shown(&error));
            let kind = if is_asked {
                Finding::bad
            } else {
                Finding::note
            };
            kind("crush", said, after_no_reply(&error).unwrap_or_default())
        }
    }
}

fn program_for(environment: &Environment, name: &'static str, purpose: &'static str) -> Finding {
    match find_in(&environment.path, name) {
        Some(path) => Finding::good(name, SafeText::shown(path.display())),
        None => Finding::note(name, safe_format!("not found; it {}", purpose), ""),
    }
}

fn git(environment: &Environment) -> Finding {
    let Some(path) = find_in(&environment.path, "git") else {
        return Finding::note(
            "git",
            "not found; it syncs your threads and checks them without mmogit",
            "",
        );
    };
    let version = Command::new(&path).arg("--version").output().ok();
    let said = version
        .map(|output| SafeText::line(String::from_utf8_lossy(&output.stdout).trim()))
        .unwrap_or_default();
    Finding::good(
        "git",
        safe_format!("{} at {}", said, SafeText::shown(path.display())),
    )
}

/// For whoever holds a bundle, and wants to know whether the verifier in it is ours.
fn verifier() -> Finding {
    let sum = SafeText::line(&verifier_sha256());
    Finding::good(
        "verifier",
        safe_format!("verify.py of this version has the SHA-256 {}", sum),
    )
}
