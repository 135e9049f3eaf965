//! `mmogit completions`.

use super::Cli;
use crate::cli::{Exit, Failure, Ui};
use clap::CommandFactory;
use clap_complete::Shell;

/// Print the completion script for a shell
///
/// Save it where your shell looks for such scripts:
///
///   bash  mmogit completions bash > ~/.local/share/bash-completion/completions/mmogit
///   zsh   mmogit completions zsh > ~/.zfunc/_mmogit   (a folder on fpath)
///   fish  mmogit completions fish > ~/.config/fish/completions/mmogit.fish
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Runs it.
pub fn run(args: &Args, ui: &Ui) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mmogit", &mut script);
    ui.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
