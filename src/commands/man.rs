//! `mmogit man`: what `--help` says, as manual pages.

use super::Cli;
use crate::cli::{Exit, Failure, Ui};
use crate::render::counted::counted;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::transfer::{make_folder, write};
use clap::{Command, CommandFactory, ValueHint};
use clap_mangen::Man;
use std::io;
use std::path::{Path, PathBuf};

/// Write the manual pages: one for mmogit and one for each of its commands
///
/// Without --output the page of mmogit itself goes to standard output. `man` finds pages in the
/// folder man1 of each folder of its path (`manpath` shows it), as in the second example.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit man | man -l -
  mmogit man --output ~/.local/share/man/man1")]
pub struct Args {
    /// The folder to write all pages into, new or not; pages of an older mmogit are replaced
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    output: Option<PathBuf>,
}

/// A manual page and the file that it belongs in.
struct Page {
    file: String,
    roff: Vec<u8>,
}

/// Writes one page to standard output, or all of them into a folder.
///
/// # Errors
/// If a page can't be written. Those before it stay.
pub fn run(args: &Args, ui: &Ui) -> Result<Exit, Failure> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    match &args.output {
        None => ui.bytes(&page(&root)?.roff)?,
        Some(folder) => write_all(&root, folder, ui)?,
    }
    Ok(Exit::Done)
}

fn write_all(root: &Command, folder: &Path, ui: &Ui) -> Result<(), Failure> {
    let mut pages = Vec::new();
    collect(root, &mut pages)?;
    make_folder(folder)?;
    for page in &pages {
        write(&folder.join(&page.file), true, |out| {
            out.write_all(&page.roff)
        })?;
    }
    ui.status(safe_format!(
        "📖 {} → {}",
        counted(pages.len(), "manual page"),
        SafeText::shown(folder.display())
    ));
    Ok(())
}

/// The page of a command, and after it those of the commands within it.
fn collect(command: &Command, pages: &mut Vec<Page>) -> io::Result<()> {
    pages.push(page(command)?);
    for inner in command.get_subcommands() {
        if !inner.is_hide_set() {
            collect(inner, pages)?;
        }
    }
    Ok(())
}

fn page(command: &Command) -> io::Result<Page> {
    let man = Man::new(command.clone())
        .source(concat!("mmogit ", env!("CARGO_PKG_VERSION")))
        .manual("mmogit");
    let mut roff = Vec::new();
    man.render(&mut roff)?;
    Ok(Page {
        file: man.get_filename(),
        roff,
    })
}
