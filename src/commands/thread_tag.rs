//! `mmogit thread-tag`.

use super::completions::{tag_names, thread_names};
use super::organise::{Echo, FilterArgs};
use crate::cli::{self, Environment, Exit, Failure, ThreadOpener, Ui};
use crate::model::Reading;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::{WorkError, Workspace, check_tag, with_tags, without_tags};
use clap::Subcommand;
use clap_complete::ArgValueCompleter;
use serde_json::json;
use std::iter::once;

/// Add, remove or list tags
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-tag add auth security to-do
  mmogit thread-tag list")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Add tags to a thread
    #[command(
        after_help = "Examples:\n  mmogit thread-tag add auth security to-do\n  mmogit thread-tag add old --filter 'tag:rust before:2025-06-01'"
    )]
    Add(Tags),
    /// Take tags off a thread
    #[command(after_help = "Examples:\n  mmogit thread-tag remove auth to-do")]
    Remove(Tags),
    /// List a thread's tags, or all tags with the number of threads that have them
    #[command(after_help = "Examples:\n  mmogit thread-tag list\n  mmogit thread-tag list auth")]
    List(List),
}

#[derive(clap::Args)]
struct Tags {
    /// A thread's id, or a unique part of its id or title; with --filter, a tag like the others
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: String,
    /// Tags: letters, digits, - and _, at most 50 characters each
    #[arg(required_unless_present = "filter", value_name = "TAG", add = ArgValueCompleter::new(tag_names))]
    tags: Vec<String>,
    #[command(flatten)]
    by_filter: FilterArgs,
}

impl Tags {
    fn change_all(
        &self,
        is_addition: bool,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Exit, Failure> {
        let tags = read_tags(once(&self.thread).chain(&self.tags), is_addition)?;
        let named = SafeText::line(&tags.join(", "));
        let (what, done) = if is_addition {
            (
                safe_format!("Add {} to", named),
                safe_format!("🏷️  Added {}", named),
            )
        } else {
            (
                safe_format!("Take {} off", named),
                safe_format!("🏷️  Took off {}", named),
            )
        };
        self.by_filter.change(
            &what,
            &done,
            environment,
            ui,
            |_| {},
            |changing| {
                let known = changing.thread().tags();
                let all = if is_addition {
                    with_tags(&known, &tags)
                } else {
                    without_tags(&known, &tags)
                };
                changing.set_tags(&all)
            },
        )
    }
}

#[derive(clap::Args)]
struct List {
    /// A thread's id, or a unique part of its id or title
    #[arg(add = ArgValueCompleter::new(thread_names))]
    thread: Option<String>,
    /// Print JSON: {"thread", "tags": […]}, or {"tags": [{"tag", "threads"}]}
    #[arg(long)]
    json: bool,
}

/// Adds, takes off or lists tags.
///
/// # Errors
/// If a tag is none, or the thread can't be found or changed.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    if let What::Add(tags) | What::Remove(tags) = &args.what
        && tags.by_filter.is_given()?
    {
        return tags.change_all(matches!(args.what, What::Add(_)), environment, ui);
    }
    let workspace = environment.workspace()?;
    match &args.what {
        What::Add(tags) => change(&workspace, tags, true, environment, ui)?,
        What::Remove(tags) => change(&workspace, tags, false, environment, ui)?,
        What::List(list) => {
            cli::recover_if_unlocked(&workspace, environment, ui)?;
            match &list.thread {
                Some(query) => {
                    let opener = ThreadOpener::new(&workspace, environment, ui);
                    of_one(&workspace, opener, query, list.json, ui)?;
                }
                None => of_all(&workspace, list.json, ui)?,
            }
        }
    }
    Ok(Exit::Done)
}

fn change(
    workspace: &Workspace,
    args: &Tags,
    is_addition: bool,
    environment: &Environment,
    ui: &Ui,
) -> Result<(), Failure> {
    let tags = read_tags(args.tags.iter(), is_addition)?;
    let keys = cli::keys_of_owner(workspace, environment, ui)?;
    let mut found = workspace.threads().find(&args.thread)?;
    workspace.organiser().open(&keys, &mut found);
    let before = Echo::before(&found);
    let changed = if is_addition {
        workspace.organiser().add_tags(&keys, found, &tags)?
    } else {
        workspace.organiser().remove_tags(&keys, found, &tags)?
    };
    let echo = match changed {
        Some(thread) => Echo::changed_to("🏷️  Tags", &thread, &listed(&thread.tags())),
        None if is_addition => before.unchanged("has all of these tags already"),
        None => before.unchanged("has none of these tags"),
    };
    echo.tell(ui)
}

/// Tags as they were typed. What is taken off may be another writer's, and what it likes.
fn read_tags<'t>(
    typed: impl Iterator<Item = &'t String>,
    is_addition: bool,
) -> Result<Vec<String>, WorkError> {
    let tags: Vec<String> = typed
        .map(|tag| tag.trim_start_matches('#').to_owned())
        .collect();
    if is_addition {
        tags.iter().try_for_each(|tag| check_tag(tag))?;
    }
    Ok(tags)
}

fn listed(tags: &[&str]) -> SafeText {
    if tags.is_empty() {
        return "no tags".into();
    }
    SafeText::line(&tags.join(", "))
}

fn of_one(
    workspace: &Workspace,
    mut opener: ThreadOpener<'_>,
    query: &str,
    is_json: bool,
    ui: &Ui,
) -> Result<(), Failure> {
    let mut reading = workspace.threads().find(query)?.reading;
    opener.open_reading(&mut reading)?;
    let tags = match &reading {
        Reading::Thread(thread) => thread.tags(),
        Reading::Legacy(legacy) => legacy.tags.iter().map(String::as_str).collect(),
    };
    if is_json {
        return ui.json(&json!({ "thread": reading.id(), "tags": tags }));
    }
    ui.data_line(safe_format!(
        "🏷️  Tags of {}: {}",
        SafeText::line(&reading.id()),
        if tags.is_empty() {
            "none".into()
        } else {
            listed(&tags)
        }
    ))
}

fn of_all(workspace: &Workspace, is_json: bool, ui: &Ui) -> Result<(), Failure> {
    let tags = workspace.threads().tags()?;
    if is_json {
        let tags: Vec<_> = tags
            .iter()
            .map(|(tag, threads)| json!({"tag": tag, "threads": threads}))
            .collect();
        return ui.json(&json!({ "tags": tags }));
    }
    if tags.is_empty() {
        ui.hint("No thread has a tag. Give one with `mmogit thread-tag add THREAD TAG`.");
    }
    for (tag, count) in tags {
        ui.data_line(safe_format!("🏷️  {} ({})", SafeText::line(&tag), count))?;
    }
    Ok(())
}
