//! Who would answer, as whom, and the programs around it.

use super::bad;
use crate::backend::choose::BackendOverrides;
use crate::backend::crush::Version;
use crate::backend::find_in;
use crate::chat::backends::choose;
use crate::chat::default_persona;
use crate::cli::{Environment, after_no_reply};
use crate::process::{Program, Timeouts};
use crate::render::doctor::Finding;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::transfer::bundle::verifier_sha256;
use crate::workspace::Workspace;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

/// How long git may take to say which version it is.
const GIT_TIMEOUT: Duration = Duration::from_secs(5);

/// The persona as which the AI would answer in a new thread.
pub(super) fn persona(workspace: &Workspace) -> Option<Finding> {
    match default_persona(workspace) {
        Ok(None) => None,
        Ok(Some(persona)) => Some(Finding::good("persona", SafeText::line(&persona.name))),
        Err(failure) => Some(bad("persona", failure)),
    }
}

/// A folder of personas that nothing looks into.
pub(super) fn unused_personas(workspace: &Workspace) -> Option<Finding> {
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
pub(super) fn profiles(environment: &Environment, workspace: &Workspace) -> Vec<Finding> {
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
pub(super) fn answers(environment: &Environment, workspace: &Workspace) -> Vec<Finding> {
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

pub(super) fn git(environment: &Environment) -> Finding {
    let Some(path) = find_in(&environment.path, "git") else {
        return Finding::note(
            "git",
            "not found; it syncs your threads and checks them without mmogit",
            "",
        );
    };
    let asked = Program {
        path: &path,
        args: &["--version".into()],
        directory: None,
        environment: &environment.variables,
        input: "",
        timeouts: Timeouts {
            first: GIT_TIMEOUT,
            silence: GIT_TIMEOUT,
            total: GIT_TIMEOUT,
        },
    };
    let said = asked
        .run(&mut |_| ControlFlow::Continue(()))
        .map(|finished| SafeText::line(finished.text.trim()))
        .unwrap_or_default();
    Finding::good(
        "git",
        safe_format!("{} at {}", said, SafeText::shown(path.display())),
    )
}

/// For whoever holds a bundle, and wants to know whether the verifier in it is ours.
pub(super) fn verifier() -> Finding {
    let sum = SafeText::line(&verifier_sha256());
    Finding::good(
        "verifier",
        safe_format!("verify.py of this version has the SHA-256 {}", sum),
    )
}
