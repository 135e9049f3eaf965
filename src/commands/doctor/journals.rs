//! What sessions left behind.

use super::{bad, names_in};
use crate::home::Home;
use crate::render::doctor::Finding;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::store::ForeignJournal;
use crate::workspace::Workspace;
use std::path::Path;

pub(super) fn journals(workspace: &Workspace) -> Vec<Finding> {
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
    match names_in(&Home::at(workspace.home()).journals()) {
        Ok(paths) => findings.extend(paths.iter().filter_map(|path| set_aside(path))),
        Err(error) => findings.push(bad("journal", error)),
    }
    findings
}

/// A journal of which not all could be read.
fn set_aside(path: &Path) -> Option<Finding> {
    let ending = path.extension()?.to_string_lossy();
    if !ending.starts_with("damaged") {
        return None;
    }
    Some(Finding::note(
        "journal",
        safe_format!(
            "{} was set aside as damaged",
            SafeText::shown(path.display())
        ),
        "What could be read of it is in your threads; delete it when you have looked at it.",
    ))
}

fn journals_of_others(workspace: &Workspace) -> Vec<Finding> {
    // What is wrong with either is told already.
    let (Ok(Some(store)), Ok(Some(vault))) = (workspace.store(), workspace.vault()) else {
        return Vec::new();
    };
    let foreign = |journal: ForeignJournal| {
        let place = SafeText::shown(journal.path.display());
        let said = safe_format!(
            "{} is not yours but {}...'s, and is never folded in",
            place,
            journal.author.short()
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
