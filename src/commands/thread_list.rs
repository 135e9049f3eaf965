//! `mmogit thread-list`.

use super::completions::{project_names, tag_names};
use super::moment;
use super::paging::Paging;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::index::{DayBoundary, Filter, Sort};
use crate::model::{PublicKey, Timestamp};
use crate::render::contacts;
use crate::render::counted::counted;
use crate::render::list::{self, Reader};
use crate::render::safe::SafeText;
use crate::render::threads;
use crate::safe_format;
use crate::workspace::{ThreadList, Workspace};
use clap::ValueEnum;
use clap::builder::RangedU64ValueParser;
use clap_complete::ArgValueCompleter;
use std::path::Path;

const NONE_YET: &str = "No threads found. Start a chat with 'mmogit chat'\n";

/// How many threads a person gets to see who did not say how many.
const SHOWN: usize = 50;

/// List your threads, newest first
///
/// Shows the newest 50 that fit; --json and --ids print all that fit. All of several filters must
/// fit.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-list --tag rust --since 7d
  mmogit thread-list --all --json")]
pub struct Args {
    /// With each of these in its title or its id, or as a tag; case and accents make no difference
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// With this tag; may be given several times, for threads that have them all
    #[arg(long, add = ArgValueCompleter::new(tag_names))]
    tag: Vec<String>,
    /// Of this project, by its name or id; where there is none, with this label
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(project_names))]
    project: Option<String>,
    /// With this label, whether or not a project is called so
    #[arg(long, value_name = "NAME", conflicts_with = "project")]
    label: Option<String>,
    /// Of this mode: conversation or inner
    #[arg(long)]
    mode: Option<String>,
    /// Active, archived, or both
    #[arg(long, value_enum, default_value_t = State::All)]
    state: State,
    /// Begun by the author whose key begins so
    #[arg(long, value_name = "KEY")]
    author: Option<String>,
    /// Changed at this time or later: 2025-01-21, today, yesterday, 2025-01-21T10:00:00Z, or 30m,
    /// 12h, 7d, 2w ago
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Changed at this time or earlier; a date means its end (UTC)
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// With an answer by a model whose name has this part
    #[arg(long)]
    model: Option<String>,
    /// With this part in the title; case and accents make no difference
    #[arg(long, value_name = "PART")]
    title: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", conflicts_with = "all", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    limit: Option<usize>,
    /// All of them
    #[arg(long)]
    all: bool,
    /// The order
    #[arg(long, value_enum, default_value_t = Order::Updated)]
    sort: Order,
    /// A line for each
    #[arg(long)]
    oneline: bool,
    /// Ids alone, one a line, for scripts
    #[arg(long, conflicts_with_all = ["oneline", "json"])]
    ids: bool,
    /// Print JSON: {"threads": […], "total": N, "open": […], "troubles": […]}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    paging: Paging,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    Active,
    Archived,
    All,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Order {
    /// The last changed first
    Updated,
    /// The last begun first
    Created,
    /// From A
    Title,
    /// The longest first
    Messages,
}

/// Lists the threads that fit.
///
/// # Errors
/// If the arguments say nothing that can be understood, or the threads can't be listed.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace_for_reading(ui);
    let own = workspace.owner_if_readable();
    let mut filter = filter(args, workspace.now())?;
    let project = match (&args.project, &own) {
        (Some(name), Some(own)) => workspace.projects().named(own, name)?,
        _ => None,
    };
    if let Some(project) = &project {
        filter.project = Some(project.id.to_string());
    }
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let mut summaries = workspace.threads().list(&filter)?;
    if summaries.threads.iter().any(|thread| thread.is_sealed) {
        cli::keys_if_unlocked(&workspace, environment, false, ui)?;
        workspace.threads().open_titles(&mut summaries)?;
    }
    match workspace.beyond_their_ends() {
        Ok(beyond) => beyond
            .into_iter()
            .for_each(|beyond| ui.warning(contacts::beyond_its_end(beyond))),
        // The threads can be listed all the same.
        Err(error) => ui.warning(SafeText::shown(error)),
    }
    if args.json {
        ui.json(&threads::list_json(&summaries))?;
        return Ok(Exit::Done);
    }
    if args.ids {
        ui.data(list::ids(&summaries))?;
    } else {
        if let Some(own) = &own {
            match workspace.projects().names_in(own, &summaries) {
                Ok(names) => summaries.projects = names,
                Err(error) => ui.warning(SafeText::shown(error)),
            }
        }
        show(args, &filter, &summaries, &workspace, environment, ui)?;
    }
    if let (Some(own), Some(name), Some(_)) = (&own, &args.project, &project) {
        tell_of_labels(&workspace, own, name, ui)?;
    }
    let more = summaries.total - summaries.threads.len();
    if more > 0 && args.limit.is_none() {
        ui.hint(safe_format!(
            "… and {} more: --all shows them, --limit N as many as you like",
            more
        ));
    }
    for trouble in &summaries.troubles {
        ui.warning(threads::trouble(trouble));
    }
    Ok(Exit::Done)
}

/// Shows them to a person.
fn show(
    args: &Args,
    filter: &Filter,
    summaries: &ThreadList,
    workspace: &Workspace,
    environment: &Environment,
    ui: &Ui,
) -> Result<(), Failure> {
    if summaries.total == 0 && summaries.unsaved().next().is_none() && !filter.is_open() {
        ui.hint("No thread fits. `mmogit thread-list` shows them without a filter.");
        if !args.words.is_empty() {
            ui.hint("`mmogit thread-search` looks into what was said.");
        }
    } else {
        let reader = ui.stdout_is_terminal.then(|| reader(workspace, ui));
        let text = match (&reader, args.oneline) {
            (Some(reader), false) => reader.list(summaries, NONE_YET),
            (Some(reader), true) => reader.lines(summaries),
            (None, false) => threads::list(summaries, NONE_YET),
            (None, true) => list::lines(summaries),
        };
        args.paging.show(&text, environment, ui)?;
        tell_how_to_join(summaries, ui);
    }
    Ok(())
}

/// A project that was begun later takes no thread in that has its name as a label.
pub(super) fn tell_of_labels(
    workspace: &Workspace,
    own: &PublicKey,
    name: &str,
    ui: &Ui,
) -> Result<(), Failure> {
    let labelled = workspace.projects().labelled(own, name)?;
    if labelled > 0 {
        ui.hint(safe_format!(
            "{} of yours only {} a label that is called so: mmogit thread-list --label {}",
            counted(labelled, "thread"),
            if labelled == 1 { "has" } else { "have" },
            cli::quoted(Path::new(name))
        ));
    }
    Ok(())
}

/// What is to be listed, and in which order.
fn filter(args: &Args, now: Timestamp) -> Result<Filter, Failure> {
    let is_cut = !args.all && !args.json && !args.ids;
    Ok(Filter {
        successions: Vec::new(),
        tags: args.tag.clone(),
        project: args.project.clone().or_else(|| args.label.clone()),
        open_projects: None,
        mode: args.mode.clone(),
        face: None,
        embedder: None,
        just: None,
        conversation: None,
        is_sealed: None,
        is_archived: match args.state {
            State::Active => Some(false),
            State::Archived => Some(true),
            State::All => None,
        },
        owner: None,
        author: args.author.clone(),
        since: moment("--since", args.since.as_deref(), now, DayBoundary::Start)?,
        until: moment("--until", args.until.as_deref(), now, DayBoundary::End)?,
        model: args.model.clone(),
        title: args.title.clone(),
        parts: args.words.clone(),
        name: None,
        continuable_by: None,
        sort: match args.sort {
            Order::Updated => Sort::Updated,
            Order::Created => Sort::Created,
            Order::Title => Sort::Title,
            Order::Messages => Sort::Messages,
        },
        after: None,
        limit: args.limit.or(is_cut.then_some(SHOWN)),
    })
}

fn reader(workspace: &Workspace, ui: &Ui) -> Reader {
    let own = workspace.owner_if_readable();
    Reader {
        width: ui.width(),
        colour: ui.has_colour(),
        now: workspace.now(),
        own,
    }
}

fn tell_how_to_join(summaries: &ThreadList, ui: &Ui) {
    let is_listed = |id: &str| summaries.threads.iter().any(|thread| thread.id == id);
    for open in &summaries.open {
        let (id, title) = (open.id, SafeText::line(&open.title));
        if !open.is_saved {
            ui.hint_to_copy(safe_format!(
                "🟡 “{}”: /save there, then join it: mmogit chat --continue {}",
                title,
                id
            ));
        } else if is_listed(&id.to_string()) {
            ui.hint_to_copy(safe_format!(
                "🟡 “{}” is open; join it: mmogit chat --continue {}",
                title,
                id
            ));
        }
    }
}
