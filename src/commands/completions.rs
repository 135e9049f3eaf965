//! `mmogit completions`: the script that a shell reads once, and what it asks for at each Tab.

use super::Cli;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::index;
use crate::profiles::Profiles;
use crate::render::safe::SafeText;
use clap::{CommandFactory, ValueEnum};
use clap_complete::env::Shells;
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};
use clap_complete::{CompleteEnv, CompletionCandidate};
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;
use unicode_width::UnicodeWidthStr;

/// Print the completion script for a shell
///
/// It completes commands, options, tags, the ids of your threads (with their titles) and the names
/// of your personas. Put it where your shell looks for such scripts:
///
///   bash  mmogit completions bash > ~/.local/share/bash-completion/completions/mmogit
///   zsh   echo 'source <(mmogit completions zsh)' >> ~/.zshrc   (after compinit)
///   fish  mmogit completions fish > ~/.config/fish/completions/mmogit.fish
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The shell
    shell: Shell,
}

#[derive(Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// The variable in which the script asks.
const VARIABLE: &str = "MMOGIT_COMPLETE";
const OFFERED: usize = 200;
const TITLE_WIDTH: usize = 60;

/// Prints the script with which a shell completes.
///
/// # Errors
/// If nothing can be written.
pub fn run(args: &Args, ui: &Ui) -> Result<Exit, Failure> {
    let shell: &dyn EnvCompleter = match args.shell {
        Shell::Bash => &BashWithHelp,
        Shell::Elvish => &Elvish,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
        Shell::Zsh => &Zsh,
    };
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "mmogit", "mmogit", "mmogit", &mut script)?;
    ui.bytes(&script)?;
    Ok(Exit::Done)
}

/// Answers a shell's question and ends the process, if it was started for one.
pub fn answer_a_shell() {
    let shells = Shells(&[
        &Plain(BashWithHelp),
        &Plain(Elvish),
        &Plain(Fish),
        &Plain(Powershell),
        &Plain(Zsh),
    ]);
    CompleteEnv::with_factory(Cli::command)
        .var(VARIABLE)
        .shells(shells)
        .complete();
}

/// A shell writes to the terminal what it is given, so it is given only candidates that can be
/// shown as they are: a thread, a path or a profile under another name would be none.
struct Plain<S>(S);

impl<S: EnvCompleter> EnvCompleter for Plain<S> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn is(&self, name: &str) -> bool {
        self.0.is(name)
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        bin: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.0
            .write_registration(variable, name, bin, completer, out)
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut answer = Vec::new();
        self.0.write_complete(command, words, folder, &mut answer)?;
        let (answer, between) = (String::from_utf8_lossy(&answer), between());
        let plain = answer
            .split(&between)
            .filter(|candidate| SafeText::block(candidate).as_str() == *candidate);
        out.write_all(plain.collect::<Vec<_>>().join(&between).as_bytes())
    }
}

/// What stands between two candidates.
fn between() -> String {
    said_in(BETWEEN).unwrap_or_else(|| "\n".to_owned())
}

/// Bash shows nothing of a candidate but what it would put into the line. Where there are several
/// it puts in only how they all begin, so each may have its help behind it: they differ before
/// that.
struct BashWithHelp;

/// What the script says in these variables, as Bash does in its own.
const INDEX: &str = "_CLAP_COMPLETE_INDEX";
const KIND: &str = "_CLAP_COMPLETE_COMP_TYPE";
const BETWEEN: &str = "_CLAP_IFS";
const COLUMNS: &str = "COLUMNS";
/// The kind of completion that puts the candidates into the line one after the other, whole.
const MENU: &str = "37";

impl EnvCompleter for BashWithHelp {
    fn name(&self) -> &'static str {
        Bash.name()
    }

    fn is(&self, name: &str) -> bool {
        Bash.is(name)
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        bin: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut script = Vec::new();
        Bash.write_registration(variable, name, bin, completer, &mut script)?;
        // Bash keeps its width to itself.
        let with_width = format!("COLUMNS=\"${{COLUMNS-}}\" \\\n        {variable}=\"bash\"");
        let script =
            String::from_utf8_lossy(&script).replace(&format!("{variable}=\"bash\""), &with_width);
        out.write_all(script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let index: usize = said_in(INDEX).unwrap_or_default();
        let before = index
            .checked_sub(1)
            .and_then(|before| words.get(before).cloned());
        let current = words.get(index).cloned().unwrap_or_default();
        let mut candidates = clap_complete::engine::complete(command, words, index, folder)?;
        leave_out_options(&mut candidates, &current, before.as_deref());
        let is_menu = said_in::<String>(KIND).is_some_and(|kind| kind == MENU);
        let lines = if is_menu || candidates.len() == 1 {
            candidates
                .iter()
                .map(|candidate| candidate.get_value().to_string_lossy().into_owned())
                .collect()
        } else {
            with_help(&candidates, said_in(COLUMNS).unwrap_or(80))
        };
        out.write_all(lines.join(&between()).as_bytes())
    }
}

/// Options are offered where one is begun, or nothing else can be. Bash takes what stands behind a
/// colon for a word of its own: no option stands there.
fn leave_out_options(
    candidates: &mut Vec<CompletionCandidate>,
    current: &OsStr,
    before: Option<&OsStr>,
) {
    let is_option = |text: &OsStr| text.as_encoded_bytes().starts_with(b"-");
    if is_option(current) {
        return;
    }
    let is_begun = !current.is_empty() || before.is_some_and(|before| before == ":");
    if is_begun
        || candidates
            .iter()
            .any(|candidate| !is_option(candidate.get_value()))
    {
        candidates.retain(|candidate| !is_option(candidate.get_value()));
    }
}

fn said_in<T: FromStr>(variable: &str) -> Option<T> {
    env::var(variable).ok()?.parse().ok()
}

/// Each value, and beside it the first line of its help as far as there is room.
fn with_help(candidates: &[CompletionCandidate], columns: usize) -> Vec<String> {
    let values: Vec<_> = candidates
        .iter()
        .map(|candidate| candidate.get_value().to_string_lossy())
        .collect();
    let widest = values
        .iter()
        .map(|value| value.width())
        .max()
        .unwrap_or_default();
    let room = columns.saturating_sub(widest + 3);
    let line = |(value, candidate): (&std::borrow::Cow<'_, str>, &CompletionCandidate)| {
        let help = candidate
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let help = SafeText::line(help.lines().next().unwrap_or_default()).shortened(room);
        let gap = " ".repeat(widest - value.width() + 2);
        if help.is_empty() {
            value.to_string()
        } else {
            format!("{value}{gap}{help}")
        }
    };
    values.iter().zip(candidates).map(line).collect()
}

/// The tags whose names begin so, the most used first.
pub fn tag_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = || {
        Environment::read()
            .ok()?
            .workspace_and_trouble()
            .0
            .threads()
            .tags_in_passing()
            .ok()
    };
    let begins = |tag: &String| {
        current
            .to_str()
            .is_some_and(|current| index::fold(tag).starts_with(&index::fold(current)))
    };
    let tags = names().unwrap_or_default().into_iter().filter(begins);
    tags.map(CompletionCandidate::new).collect()
}

/// The personas whose names begin so.
pub fn persona_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = || {
        Environment::read()
            .ok()?
            .workspace_and_trouble()
            .0
            .personas()
            .names()
            .ok()
    };
    beginning_with(current, names().unwrap_or_default())
}

/// The agents whose names begin so.
pub fn agent_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = || {
        let workspace = Environment::read().ok()?.workspace_and_trouble().0;
        let found = workspace.agents(&workspace.owner_if_readable()?).ok()?;
        let mut names: Vec<String> = found.agents.into_iter().map(|agent| agent.name).collect();
        names.dedup();
        Some(names)
    };
    beginning_with(current, names().unwrap_or_default())
}

/// The contacts whose names begin so.
pub fn contact_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = || {
        let workspace = Environment::read().ok()?.workspace_and_trouble().0;
        let contacts = workspace.contacts(workspace.owner_if_readable()?).ok()?;
        let named = contacts.list().into_iter().map(|contact| contact.name);
        Some(named.filter(|name| !name.is_empty()).collect())
    };
    beginning_with(current, names().unwrap_or_default())
}

/// The projects whose names begin so.
pub fn project_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = || {
        let workspace = Environment::read().ok()?.workspace_and_trouble().0;
        let own = workspace.owner_if_readable()?;
        let projects = workspace.projects().of(&own).ok()?.projects;
        Some(
            projects
                .iter()
                .map(|project| project.name.clone())
                .collect(),
        )
    };
    beginning_with(current, names().unwrap_or_default())
}

/// The ids of drafts that begin so, of those that are kept: nothing is looked for in threads.
pub fn draft_ids(current: &OsStr) -> Vec<CompletionCandidate> {
    let ids = || {
        let workspace = Environment::read().ok()?.workspace_and_trouble().0;
        let own = workspace.owner_if_readable()?;
        let drafts = workspace.store().ok()??.drafts(&own).ok()?.into_iter();
        let good = drafts.filter_map(|verdict| verdict.good().ok());
        Some(good.map(|draft| draft.id.to_string()).collect())
    };
    beginning_with(current, ids().unwrap_or_default())
}

/// The profiles whose names begin so, in the folder that the settings name.
pub fn profile_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = || {
        let folder = cli::profiles_folder(None, &Environment::read().ok()?).ok()??;
        let register = Profiles::open(&folder).ok()?.register().ok()?;
        Some(
            register
                .entries()
                .map(|(name, _)| name.to_string())
                .collect(),
        )
    };
    beginning_with(current, names().unwrap_or_default())
}

/// The backends and profiles whose names begin so.
pub fn backend_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = || {
        Some(
            Environment::read()
                .ok()?
                .workspace()
                .ok()?
                .settings()
                .backend_names(),
        )
    };
    beginning_with(current, names().unwrap_or_default())
}

fn beginning_with(current: &OsStr, names: Vec<String>) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else {
        return Vec::new();
    };
    let fitting = names.into_iter().filter(|name| name.starts_with(current));
    fitting.map(CompletionCandidate::new).collect()
}

/// The remotes whose names begin so.
pub fn remote_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = || {
        let (workspace, _) = Environment::read().ok()?.workspace_and_trouble();
        let remotes = workspace.store().ok()??.remotes().ok()?;
        Some(remotes.into_iter().map(|remote| remote.name).collect())
    };
    beginning_with(current, names().unwrap_or_default())
}

/// The threads whose names begin so, with their titles. A shell that asks is told nothing of what
/// goes wrong.
pub fn thread_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = || {
        let (workspace, _) = Environment::read().ok()?.workspace_and_trouble();
        workspace.threads().names(current.to_str()?, OFFERED).ok()
    };
    let offer = |(name, title): (String, String)| {
        let title = SafeText::line(&title).shortened(TITLE_WIDTH);
        CompletionCandidate::new(name).help((!title.is_empty()).then(|| title.to_string().into()))
    };
    names().unwrap_or_default().into_iter().map(offer).collect()
}
