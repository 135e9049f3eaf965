//! The repository: whether it can be read and written, and what is wrong with what it holds.

use super::bad;
use super::home::is_writable;
use crate::cli::{Advice, quoted};
use crate::home::Home;
use crate::model::PublicKey;
use crate::render::counted::counted;
use crate::render::doctor::Finding;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::store::{BranchFinding, BranchReport, Entry, Store, StoreError};
use crate::workspace::{FileReport, WorkError, Workspace};
use std::path::{Path, PathBuf};

/// How many findings of one branch are named.
const NAMED: usize = 10;

pub(super) fn repository(workspace: &Workspace) -> Vec<Finding> {
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
    findings.extend(threads(workspace, &store));
    findings.extend(kept_states(&store));
    findings.extend(branches(workspace, &store));
    findings
}

fn threads(workspace: &Workspace, store: &Store) -> Vec<Finding> {
    let listing = match store.list() {
        Ok(listing) => listing,
        Err(error) => return vec![bad("repository", error)],
    };
    let said = safe_format!(
        "{}, {}",
        SafeText::shown(store.path().display()),
        counted(listing.entries.len(), "thread")
    );
    let mut findings = vec![Finding::good("repository", said)];
    findings.extend(threads_that_do_not_verify(
        workspace,
        store,
        &listing.entries,
    ));
    for trouble in listing.troubles {
        let place = SafeText::line(&trouble.place);
        let said = safe_format!("{} {}", place, SafeText::line(&trouble.why));
        findings.push(Finding::note("repository", said, ""));
    }
    findings
}

/// Older states of branches, which an erasure could not let go.
fn kept_states(store: &Store) -> Vec<Finding> {
    let names = match store.kept_states() {
        Ok(names) => names,
        Err(error) => return vec![bad("repository", error)],
    };
    let mut findings = Vec::new();
    for name in names {
        let said = safe_format!("{} keeps an older state of a branch", SafeText::line(&name));
        let next = "What was erased since may be in it still.";
        findings.push(Finding::note("repository", said, next));
    }
    findings
}

/// Every branch that is there, and those that were.
fn branches(workspace: &Workspace, store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    let authors = store.known_authors().or_else(|error| {
        findings.push(bad("branch", error));
        store.authors()
    });
    match authors {
        Ok(authors) => {
            for author in &authors {
                findings.extend(branch(workspace, store, author));
            }
        }
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
