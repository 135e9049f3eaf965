//! The home folder and the identity in it.

use super::{bad, names_in};
use crate::cli::quoted;
use crate::render::doctor::Finding;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::Workspace;
use rustix::fs::{Access, access};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub(super) fn home(home: &Path) -> Vec<Finding> {
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

pub(super) fn is_writable(folder: &Path) -> bool {
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
    let paths = match names_in(home) {
        Ok(paths) => paths,
        Err(error) => return vec![bad("home", error)],
    };
    let mut findings = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default();
        if name.as_encoded_bytes().starts_with(b".identity-") {
            let place = SafeText::shown(path.display());
            findings.push(Finding::note(
                "identity",
                safe_format!("{} was left by a change that broke off", place),
                "It may hold your words in plain; delete it.",
            ));
        }
    }
    findings
}

pub(super) fn identity(workspace: &Workspace) -> Finding {
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
