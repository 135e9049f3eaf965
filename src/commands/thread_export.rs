//! `mmogit thread-export`.

use super::completions::thread_names;
use crate::cli::{self, Environment, Exit, Failure, Progress, Ui};
use crate::model::{Legacy, PublicKey, Reading};
use crate::render::counted::counted;
use crate::render::export::{ListingLine, Sheet, html, markdown};
use crate::render::safe::SafeText;
use crate::render::threads;
use crate::safe_format;
use crate::store::Entry;
use crate::transfer::{self, Names, bundle};
use crate::verify::Verdict;
use crate::workspace::{CheckedFile, Workspace, read_checked};
use clap::{Args as ClapArgs, ValueEnum};
use clap_complete::ArgValueCompleter;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

/// So many threads are in memory at once.
const AT_ONCE: usize = 64;
/// The page that lists the others.
const INDEX: &str = "index.html";

/// Take threads elsewhere: to read, to print, to keep, or for another store
///
/// Markdown and HTML are for people, with the proof of each message; they don't prove anything by
/// themselves. JSON is the thread's file as it is stored. A bundle is one file with any number of
/// threads and a program that checks them; `mmogit verify --file` and `mmogit thread-import` take
/// it. Several threads as HTML get a page that lists them, index.html. Nothing is overwritten
/// unless you say `--force`. Exits with 3 if a thread does not verify; it is exported all the same,
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

/// What happened on the way.
#[derive(Default)]
struct Tally {
    written: usize,
    is_bad: bool,
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
                "Name a folder with --output (its name without an ending), or take --format bundle.",
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

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let request = ExportRequest::of(args)?;
    let workspace = environment.workspace_for_reading(ui);
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let entries = if args.all {
        let listing = workspace.all_entries()?;
        listing
            .troubles
            .iter()
            .for_each(|trouble| ui.warning(threads::trouble(trouble)));
        listing.entries
    } else {
        workspace.entries_of(&args.threads)?
    };
    if entries.is_empty() {
        return Err(Failure::new(Exit::Failed, "there are no threads to export")
            .hint("Start one with `mmogit chat`; MMOGIT_HOME names another store."));
    }
    let output = request.output;
    let tally = match (request.format, output) {
        (Format::Bundle, output) => to_bundle(&request, &workspace, &entries, output, ui)?,
        (_, Some(folder)) if request.several || folder.is_dir() => {
            to_folder(&request, &workspace, &entries, folder, ui)?
        }
        (Format::Md | Format::Html, None) if request.several => {
            return Err(
                Failure::new(Exit::Usage, "several threads don't fit into one document")
                    .hint("Name a folder with --output, or take --format bundle."),
            );
        }
        (_, output) => to_one(&request, &workspace, &entries, output, ui)?,
    };
    if let Some(path) = output {
        let threads = counted(tally.written, "thread");
        ui.status(safe_format!(
            "📤 {} → {}",
            threads,
            SafeText::shown(path.display())
        ));
    }
    Ok(if tally.is_bad {
        Exit::Unverified
    } else {
        Exit::Done
    })
}

/// Hands over each thread that can be exported, in order; a malformed file can't.
fn each(
    workspace: &Workspace,
    entries: &[Entry],
    ui: &Ui,
    progress: Progress,
    mut take: impl FnMut(&CheckedFile, &Reading) -> Result<(), Failure>,
) -> Result<Tally, Failure> {
    let (mut tally, total) = (Tally::default(), entries.len());
    let Some(store) = workspace.store()? else {
        return Ok(tally);
    };
    let mut done = 0;
    for entries in store.in_groups(entries, AT_ONCE) {
        progress.show("Exporting", done, total);
        done += entries.len();
        for stored in read_checked(&store, entries) {
            let report = &stored.report;
            if report.verdict != Verdict::Valid {
                let why = SafeText::joined(report.findings.iter().map(SafeText::shown), "; ");
                let sign = if report.is_bad() { "❌" } else { "⚠️ " };
                let verdict = report.verdict.as_str();
                progress.clear();
                ui.warning(safe_format!(
                    "{} {}: {}: {}",
                    sign,
                    SafeText::line(&report.path),
                    verdict,
                    why
                ));
            }
            tally.is_bad |= report.is_bad();
            if let Some(reading) = &stored.reading {
                take(&stored, reading)?;
                tally.written += 1;
            }
        }
    }
    Ok(tally)
}

fn to_one(
    request: &ExportRequest<'_>,
    workspace: &Workspace,
    entries: &[Entry],
    output: Option<&Path>,
    ui: &Ui,
) -> Result<Tally, Failure> {
    let is_json_lines = request.several;
    let progress = if output.is_some() {
        Progress::new(ui)
    } else {
        Progress::beside_output(ui)
    };
    each(workspace, entries, ui, progress, |stored, reading| {
        let document = if is_json_lines {
            bundle::line(&stored.bytes).map_err(anyhow::Error::from)?
        } else {
            document(request, stored, reading)
        };
        match output {
            Some(path) => Ok(transfer::write(path, request.force, |out| {
                out.write_all(&document)
            })?),
            None if request.format == Format::Json => ui.stored_json(&document),
            None => ui.bytes(&document),
        }
    })
}

fn to_folder(
    request: &ExportRequest<'_>,
    workspace: &Workspace,
    entries: &[Entry],
    folder: &Path,
    ui: &Ui,
) -> Result<Tally, Failure> {
    transfer::make_folder(folder)?;
    let mut names = Names::default();
    let index = (request.several && request.format == Format::Html)
        .then(|| folder.join(names.reserve(INDEX)));
    if let Some(index) = &index {
        transfer::refuse_existing(index, request.force)?;
    }
    let mut listed = Vec::new();
    let tally = each(
        workspace,
        entries,
        ui,
        Progress::new(ui),
        |stored, reading| {
            let title = match reading {
                Reading::Thread(thread) => thread.title(),
                Reading::Legacy(legacy) => &legacy.title,
            };
            let name = names.name(&stored.entry.path, title, request.format.extension());
            let document = document(request, stored, reading);
            transfer::write_one(&folder.join(&name), request.force, |out| {
                out.write_all(&document)
            })?;
            if index.is_some() {
                listed.push(ListingLine::new(name, reading, &stored.report.findings));
            }
            Ok(())
        },
    )?;
    if let Some(index) = index {
        let page = html::index(&mut listed);
        transfer::write_one(&index, request.force, |out| out.write_all(page.as_bytes()))?;
    }
    transfer::sync_folder(folder)?;
    Ok(tally)
}

/// The threads wait in a nameless file, since the header tells how many they are and whose.
fn to_bundle(
    request: &ExportRequest<'_>,
    workspace: &Workspace,
    entries: &[Entry],
    output: Option<&Path>,
    ui: &Ui,
) -> Result<Tally, Failure> {
    if let Some(path) = output {
        transfer::refuse_existing(path, request.force)?;
    }
    let mut lines = tempfile::tempfile()?;
    let mut authors = BTreeSet::new();
    let tally = each(
        workspace,
        entries,
        ui,
        Progress::new(ui),
        |stored, reading| {
            authors.extend(author(reading));
            Ok(lines.write_all(&bundle::line(&stored.bytes).map_err(anyhow::Error::from)?)?)
        },
    )?;
    lines.rewind()?;
    match output {
        Some(path) => transfer::write(path, request.force, |out| {
            copy(out, &tally, &authors, &mut lines)
        })?,
        None => {
            let mut whole = Vec::new();
            copy(&mut whole, &tally, &authors, &mut lines)?;
            ui.bytes(&whole)?;
        }
    }
    Ok(tally)
}

fn copy(
    out: &mut dyn Write,
    tally: &Tally,
    authors: &BTreeSet<PublicKey>,
    lines: &mut File,
) -> io::Result<()> {
    bundle::write_header(out, tally.written, authors)?;
    io::copy(lines, out).map(drop)
}

fn author(reading: &Reading) -> Option<PublicKey> {
    match reading {
        Reading::Thread(thread) => Some(thread.author()),
        Reading::Legacy(Legacy { author, .. }) => author.parse().ok(),
    }
}

fn document(request: &ExportRequest<'_>, stored: &CheckedFile, reading: &Reading) -> Vec<u8> {
    if request.format == Format::Json {
        return stored.bytes.clone();
    }
    let sheet = match (reading, &stored.report.thread) {
        (Reading::Thread(thread), Some((_, checks))) => {
            Sheet::of_thread(thread, checks, &stored.report.findings, request.branches)
        }
        (Reading::Legacy(legacy), _) => Sheet::of_legacy(legacy),
        (Reading::Thread(_), None) => unreachable!("what reads as a thread was checked as one"),
    };
    let text = match request.format {
        Format::Html => html::document(&sheet),
        _ if request.bare => markdown::bare(&sheet),
        _ => markdown::document(&sheet),
    };
    text.into_bytes()
}
