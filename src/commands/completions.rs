//! `mmogit completions`: the script that a shell reads once, and what it asks for at each Tab.

use super::Cli;
use crate::cli::{Environment, Exit, Failure, Ui};
use crate::render::safe::SafeText;
use clap::{CommandFactory, ValueEnum};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};
use clap_complete::{CompleteEnv, CompletionCandidate};
use std::ffi::OsStr;

/// Print the completion script for a shell
///
/// It completes commands, options, the ids of your threads and the names of your roles. Put it where your shell looks for such scripts:
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

/// Runs it.
pub fn run(args: &Args, ui: &Ui) -> Result<Exit, Failure> {
    let shell: &dyn EnvCompleter = match args.shell {
        Shell::Bash => &Bash,
        Shell::Elvish => &Elvish,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
        Shell::Zsh => &Zsh,
    };
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "mmogit", "mmogit", "mmogit", &mut script)?;
    ui.data(&script)?;
    Ok(Exit::Done)
}

/// Answers a shell's question and ends the process, if it was started for one.
pub fn answer_a_shell() {
    CompleteEnv::with_factory(Cli::command).var(VARIABLE).complete();
}

/// The roles whose names begin so.
pub fn role_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = || Environment::read().ok()?.workspace().ok()?.role_names().ok();
    let begins = |name: &String| current.to_str().is_some_and(|current| name.starts_with(current));
    names().unwrap_or_default().into_iter().filter(begins).map(CompletionCandidate::new).collect()
}

/// The threads whose names begin so, with their titles. A shell that asks is told nothing of what goes wrong.
pub fn thread_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = || {
        let workspace = Environment::read().ok()?.workspace().ok()?;
        workspace.names(current.to_str()?, OFFERED).ok()
    };
    let offer = |(name, title): (String, String)| {
        let title = SafeText::line(&title).shortened(TITLE_WIDTH);
        CompletionCandidate::new(name).help((!title.is_empty()).then(|| title.to_string().into()))
    };
    names().unwrap_or_default().into_iter().map(offer).collect()
}
