//! `mmogit thread-replay`.

use super::completions::thread_names;
use super::paging::Paging;
use super::thread_import;
use crate::cli::{self, Environment, Exit, Failure, ThreadOpener, Ui};
use crate::model::{Reading, Thread};
use crate::render::contacts;
use crate::render::counted::counted;
use crate::render::replay::{Hints, Page};
use crate::render::safe::SafeText;
use crate::render::shared::Together;
use crate::render::threads;
use crate::safe_format;
use crate::transfer::bundle::Part;
use crate::verify::{self, Verdict};
use crate::workspace::{SharedCopies, Workspace};
use clap_complete::ArgValueCompleter;
use std::path::{Path, PathBuf};

/// Read a thread again, each message with its proof
///
/// A message has its ✅ only after its signature was checked, just now. Exits with 3 if the thread
/// does not verify.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-replay auth
  mmogit thread-replay auth --at 5
  mmogit thread-replay auth --file all.bundle")]
pub struct Args {
    /// A thread's id, or a unique part of its id or title; with --file, which of a bundle's threads
    #[arg(required_unless_present = "file", add = ArgValueCompleter::new(thread_names))]
    thread: Option<String>,
    /// Read from a thread's file, or a bundle, from anywhere
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Begin at this message, counted from 1
    #[arg(long, value_name = "N", conflicts_with = "json", value_parser = clap::value_parser!(u32).range(1..))]
    at: Option<u32>,
    /// Show what was set aside too: answers before a retry, what stood after an edit (--json always
    /// has it)
    #[arg(long)]
    branches: bool,
    /// Print JSON: {"thread": {…as stored…}, "verification": {…}}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    paging: Paging,
}

impl Args {
    /// To replay one thread, from a message on, or with what was set aside.
    pub(super) fn of(thread: &str, at: Option<usize>, branches: bool) -> Self {
        let at = at.and_then(|at| u32::try_from(at).ok());
        let thread = Some(thread.to_owned());
        Self {
            thread,
            file: None,
            at,
            branches,
            json: false,
            paging: Paging::default(),
        }
    }
}

const HINTS: Hints = Hints {
    see_all: "without --at you see all",
    answer: |id| safe_format!("mmogit chat --continue {}", id),
};

/// Shows a thread with the proof of each message.
///
/// # Errors
/// If the thread can't be found or read, or nothing can be written. A thread that does not verify is
/// shown, and the exit code says so.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let query = args.thread.as_deref();
    let reading = match &args.file {
        Some(path) => in_file(path, query)?,
        None => {
            let workspace = environment.workspace_for_reading(ui);
            cli::recover_if_unlocked(&workspace, environment, ui)?;
            let mut found = workspace.threads().find(query.unwrap_or_default())?;
            match workspace.signed_after_end(&found) {
                Ok(after) => after
                    .into_iter()
                    .for_each(|after| ui.warning(contacts::signed_after_end(after))),
                // The thread can be shown all the same.
                Err(error) => ui.warning(SafeText::shown(error)),
            }
            let mut opener = ThreadOpener::new(&workspace, environment, ui);
            if let Some(copies) = &mut found.shared {
                opener.open_shared(&mut copies.thread)?;
                return together(copies, &workspace, args, environment, ui);
            }
            opener.open_reading(&mut found.reading)?;
            found.reading
        }
    };
    let messages = match &reading {
        Reading::Legacy(legacy) => legacy.messages.len(),
        Reading::Thread(thread) => thread.visible().len(),
    };
    let page = page(args, messages, ui)?;
    match reading {
        Reading::Legacy(legacy) => {
            if args.json {
                ui.json(&threads::legacy_json(&legacy))?;
            } else {
                show(page.legacy(&legacy), args, environment, ui)?;
            }
            Ok(Exit::Done)
        }
        Reading::Thread(thread) => replay(&thread, page, args, environment, ui),
    }
}

/// The page as it is asked for, from a message on that the thread has.
fn page(args: &Args, messages: usize, ui: &Ui) -> Result<Page, Failure> {
    let start = args.at.map_or(1, |at| at as usize);
    if start > messages.max(1) {
        let what = safe_format!("there is no message {}", start);
        let has = safe_format!("The thread has {}.", counted(messages, "message"));
        return Err(Failure::new(Exit::Usage, what).hint(has));
    }
    let page = if ui.stdout_is_terminal {
        Page::terminal(ui.width(), ui.has_colour())
    } else {
        Page::plain()
    };
    Ok(page
        .starting_at(start)
        .with_branches(args.branches)
        .with_hints(HINTS))
}

fn show(text: SafeText, args: &Args, environment: &Environment, ui: &Ui) -> Result<(), Failure> {
    let text = text.trimmed_end() + "\n";
    args.paging.show(&text, environment, ui)
}

fn replay(
    thread: &Thread,
    page: Page,
    args: &Args,
    environment: &Environment,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let report = verify::thread(thread);
    if args.json {
        ui.json(&threads::replay_json(thread, &report))?;
    } else {
        show(page.thread(thread, &report), args, environment, ui)?;
        // Where the links are broken all of it is shown.
        let is_whole = report.chain.is_ok() && report.tail.is_ok();
        let has_more = thread.messages().len() > thread.visible().len();
        if is_whole && has_more && !args.branches {
            ui.hint("--branches shows what was set aside too");
        }
    }
    if report.verdict() == Verdict::Valid {
        return Ok(Exit::Done);
    }
    let see = match &args.file {
        Some(path) => safe_format!("--file {}", SafeText::shown(path.display())),
        None => safe_format!("{}", thread.id()),
    };
    ui.warning(safe_format!(
        "❌ This thread does not verify; see `mmogit verify {}`",
        see
    ));
    Ok(Exit::Unverified)
}

/// Shows what all copies of a thread of several people show. What does not count in one of them is
/// said, and makes nothing of the rest less true.
fn together(
    copies: &SharedCopies,
    workspace: &Workspace,
    args: &Args,
    environment: &Environment,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let thread = copies.thread.thread();
    let people = workspace.acquaintances(copies.thread.everybody());
    let together = Together {
        copies,
        people: &people,
    };
    if args.json {
        let mut value = threads::replay_json(thread, &copies.thread.report());
        // It is a view: nobody signed it as it is.
        if let Some(thread) = value["thread"].as_object_mut() {
            thread.remove("signature");
        }
        value["shared"] = together.json();
        ui.json(&value)?;
        return Ok(Exit::Done);
    }
    let page = page(args, thread.visible().len(), ui)?;
    show(page.together(together), args, environment, ui)?;
    if thread.messages().len() > thread.visible().len() && !args.branches {
        ui.hint("--branches shows what was set aside too");
    }
    Ok(Exit::Done)
}

/// So many lines that are no threads are told.
const MOST_PROBLEMS: usize = 20;

/// The one thread in a file that the query names; any, if it is the only one.
fn in_file(path: &Path, query: Option<&str>) -> Result<Reading, Failure> {
    let mut threads = Vec::new();
    let mut problems = Vec::new();
    let mut untold = 0;
    for part in thread_import::open(path)? {
        let Part { place, content } = part?;
        let read = match content {
            Ok(bytes) => Thread::read(&bytes).map_err(|why| why.to_string()),
            Err(fault) => Err(fault.to_string()),
        };
        match read {
            Ok(reading) => threads.push((place, reading)),
            Err(why) if problems.len() < MOST_PROBLEMS => {
                problems.push(safe_format!(
                    "{}: {}",
                    SafeText::line(&place),
                    SafeText::line(&why)
                ));
            }
            Err(_) => untold += 1,
        }
    }
    if untold > 0 {
        problems.push(safe_format!("… and {} more", untold));
    }
    if threads.is_empty() {
        let why = if problems.is_empty() {
            "it holds no thread".into()
        } else {
            SafeText::joined(problems, "\n")
        };
        return Err(
            Failure::new(Exit::Unverified, why).hint("Name a bundle, or a thread's JSON file.")
        );
    }
    let all = listed(&threads);
    if let Some(query) = query {
        threads = best_matches(threads, query);
    }
    let (number, fitting) = (threads.len(), listed(&threads));
    let one = threads
        .pop()
        .filter(|_| number == 1)
        .map(|(_, reading)| reading);
    one.ok_or_else(|| match query {
        Some(query) if number == 0 => Failure::new(
            Exit::Failed,
            safe_format!("Thread not found: {}", SafeText::line(query)),
        )
        .hint(safe_format!("The file holds:\n{}", all)),
        _ => Failure::new(Exit::Failed, safe_format!("{} threads fit", number))
            .hint(safe_format!("Name one of them as well:\n{}", fitting)),
    })
}

/// A whole id hides what only fits in part.
fn best_matches(threads: Vec<(String, Reading)>, query: &str) -> Vec<(String, Reading)> {
    let folded = query.to_lowercase();
    let is_exact = |(_, reading): &(String, Reading)| name(reading).0 == query;
    if threads.iter().any(is_exact) {
        return threads.into_iter().filter(is_exact).collect();
    }
    let fits = |(_, reading): &(String, Reading)| {
        let (id, title) = name(reading);
        id.contains(query) || title.to_lowercase().contains(&folded)
    };
    threads.into_iter().filter(fits).collect()
}

fn name(reading: &Reading) -> (String, &str) {
    match reading {
        Reading::Thread(thread) => (thread.id().to_string(), thread.title()),
        Reading::Legacy(legacy) => (legacy.id.clone(), &legacy.title),
    }
}

/// The first of them, a line each.
fn listed(found: &[(String, Reading)]) -> SafeText {
    const SHOWN: usize = 10;
    let line = |(place, reading): &(String, Reading)| {
        let (id, title) = name(reading);
        let (updated, messages) = match reading {
            Reading::Thread(thread) => (thread.updated_at().to_string(), thread.visible().len()),
            Reading::Legacy(legacy) => (legacy.updated_at.clone(), legacy.messages.len()),
        };
        let (updated, count) = (threads::seconds(&updated), counted(messages, "message"));
        let (id, title, place) = (
            SafeText::line(&id),
            SafeText::line(title),
            SafeText::line(place),
        );
        safe_format!("  {}  {} ({}, {}; {})", id, title, updated, count, place)
    };
    let more = found.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| safe_format!("  … and {} more", more));
    SafeText::joined(found.iter().take(SHOWN).map(line).chain(more), "\n")
}
