//! `mmogit thread-export`.

mod write;

use super::completions::thread_names;
use crate::cli::{self, Environment, Exit, Failure, ThreadOpener, Ui};
use crate::render::counted::counted;
use crate::render::export::Drawing;
use crate::render::safe::SafeText;
use crate::render::threads;
use crate::safe_format;
use crate::store::Entry;
use crate::workspace::{WorkError, Workspace};
use clap::{Args as ClapArgs, ValueEnum};
use clap_complete::ArgValueCompleter;
use std::path::{Path, PathBuf};
use write::Export;

/// Take threads elsewhere: to read, to print, to keep, or for another store
///
/// Markdown and HTML are for people, with the proof of each message; they don't prove anything by
/// themselves. JSON is the thread's file as it is stored. A bundle is one file with any number of
/// threads and a program that checks them; `mmogit verify --file` and `mmogit thread-import` take
/// it. Several threads as HTML get a page that lists them, index.html. Nothing is overwritten
/// unless you say `--force`. A sealed thread is opened for Markdown and HTML, if you read it; in
/// JSON and in a bundle it stays sealed. Exits with 3 if a thread does not verify; it is exported all the same,
/// and says so.
#[derive(ClapArgs)]
#[command(after_help = "\
Examples:
  mmogit thread-export auth -o auth.html
  mmogit thread-export auth --bare > notes.md
  mmogit thread-export --all -f html -o site
  mmogit thread-export --all -o all.bundle")]
pub struct Args {
    /// Threads, each by its id or a unique part of its id or title
    #[arg(required_unless_present = "all", add = ArgValueCompleter::new(thread_names))]
    threads: Vec<String>,
    /// Every thread in the store
    #[arg(long, conflicts_with = "threads")]
    all: bool,
    /// What to write (default: what the ending of --output says, else md)
    #[arg(long, short, value_enum)]
    format: Option<Format>,
    /// The file to write; for several threads a folder, but for a bundle. Without it, to standard
    /// output
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// In Markdown and HTML, show the messages that were set aside too
    #[arg(long)]
    branches: bool,
    /// In Markdown, the title and the messages alone: nothing about the thread, and no proofs
    #[arg(long)]
    bare: bool,
    /// Replace files that are there
    #[arg(long, requires = "output")]
    force: bool,
}

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Markdown, to read anywhere
    #[value(alias = "markdown")]
    Md,
    /// The thread's file, whole
    Json,
    /// A page for a browser, with nothing beside it
    Html,
    /// One file for many threads, with the program that checks them
    Bundle,
}

impl Format {
    /// What a file of this name holds, where its ending says so.
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "md" | "markdown" => Some(Format::Md),
            "json" => Some(Format::Json),
            "html" | "htm" => Some(Format::Html),
            "bundle" => Some(Format::Bundle),
            _ => None,
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Format::Md => "md",
            Format::Json => "json",
            Format::Html => "html",
            Format::Bundle => "bundle",
        }
    }
}

/// What was asked for, once it is known to make sense.
struct ExportRequest<'a> {
    format: Format,
    /// `None` for standard output.
    output: Option<&'a Path>,
    /// Whether it is about several threads, however many there turn out to be.
    several: bool,
    branches: bool,
    bare: bool,
    force: bool,
}

impl<'a> ExportRequest<'a> {
    fn of(args: &'a Args) -> Result<Self, Failure> {
        let refuse = |what: &'static str, hint: &'static str| {
            Err(Failure::new(Exit::Usage, what).hint(hint))
        };
        let output = args
            .output
            .as_deref()
            .filter(|path| *path != Path::new("-"));
        let ending = output.filter(|path| !path.is_dir()).and_then(Format::of);
        let format = args.format.or(ending).unwrap_or(Format::Md);
        let several = args.all || args.threads.len() > 1;
        let is_document = matches!(format, Format::Md | Format::Html);
        if args.branches && !is_document {
            return refuse(
                "--branches is for Markdown and HTML",
                "JSON and bundles hold all of a thread; leave it out.",
            );
        }
        if args.bare && format != Format::Md {
            return refuse(
                "--bare is for Markdown",
                "Leave it out, or take --format md.",
            );
        }
        let is_new_file = ending.is_some() && output.is_some_and(|path| !path.exists());
        if several && is_new_file && format != Format::Bundle {
            return refuse(
                "several threads don't fit into one file",
                "Name a folder with --output (its name without an ending), \
                 or take --format bundle.",
            );
        }
        let Args {
            branches,
            bare,
            force,
            ..
        } = *args;
        Ok(Self {
            format,
            output,
            several,
            branches,
            bare,
            force,
        })
    }
}

impl ExportRequest<'_> {
    /// How each thread is drawn, where it stands alone.
    fn drawing(&self) -> Drawing {
        match self.format {
            Format::Md if self.bare => Drawing::BareMarkdown,
            Format::Md => Drawing::Markdown {
                branches: self.branches,
            },
            Format::Html => Drawing::Html {
                branches: self.branches,
            },
            Format::Json => Drawing::File,
            Format::Bundle => Drawing::Line,
        }
    }
}

/// Exports the threads that are asked for, and says of each that does not verify why.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let request = ExportRequest::of(args)?;
    let workspace = environment.workspace_for_reading(ui);
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let entries = entries(args, &workspace, ui)?;
    if entries.is_empty() {
        return Err(Failure::new(Exit::Failed, "there are no threads to export")
            .hint("Start one with `mmogit chat`; MMOGIT_HOME names another store."));
    }
    let opener = if matches!(request.format, Format::Md | Format::Html) {
        let named = args.threads.iter().map(|query| {
            let found = workspace.threads().find(query)?;
            Ok::<_, WorkError>(found.reading)
        });
        let named = named.collect::<Result<Vec<_>, _>>()?;
        ThreadOpener::new(&workspace, environment, ui).for_many(&named)?
    } else {
        None
    };
    let export = Export {
        request: &request,
        opener,
        workspace: &workspace,
        entries: &entries,
        ui,
    };
    let output = request.output;
    let tally = match (request.format, output) {
        (Format::Bundle, output) => export.to_bundle(output)?,
        (_, Some(folder)) if request.several || folder.is_dir() => export.to_folder(folder)?,
        (Format::Md | Format::Html, None) if request.several => {
            return Err(
                Failure::new(Exit::Usage, "several threads don't fit into one document")
                    .hint("Name a folder with --output, or take --format bundle."),
            );
        }
        (_, output) => export.to_one(output)?,
    };
    if let Some(path) = output {
        let threads = counted(tally.written, "thread");
        let path = SafeText::shown(path.display());
        ui.status(safe_format!("📤 {} → {}", threads, path));
    }
    if tally.opened > 0 {
        ui.status(safe_format!(
            "🔓 {} opened: whoever has the export can read what is in it.",
            counted(tally.opened, "sealed thread")
        ));
    }
    Ok(if tally.is_bad {
        Exit::Unverified
    } else {
        Exit::Done
    })
}

fn entries(args: &Args, workspace: &Workspace, ui: &Ui) -> Result<Vec<Entry>, Failure> {
    if !args.all {
        return Ok(workspace.threads().entries_of(&args.threads)?);
    }
    let listing = workspace.threads().all_entries()?;
    for trouble in &listing.troubles {
        ui.warning(threads::trouble(trouble));
    }
    Ok(listing.entries)
}
