//! `mmogit thread-list`.

use super::moment;
use super::paging::Paging;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::index::{Edge, Filter, Sort};
use crate::render::threads;
use crate::safe_format;
use clap::ValueEnum;

/// How many threads a person gets to see who did not say how many.
const SHOWN: usize = 50;

/// List your threads, newest first
///
/// Shows the newest 50 that fit; --json prints all that fit. All of several filters must fit.
#[derive(clap::Args)]
pub struct Args {
    /// With this tag; may be given several times, for threads that have them all
    #[arg(long)]
    tag: Vec<String>,
    /// Of this project
    #[arg(long)]
    project: Option<String>,
    /// Of this mode: conversation or inner
    #[arg(long)]
    mode: Option<String>,
    /// Active, archived, or both
    #[arg(long, value_enum, default_value_t = State::All)]
    state: State,
    /// Begun by the author whose key begins so
    #[arg(long, value_name = "KEY")]
    author: Option<String>,
    /// Changed at this time or later: 2025-01-21, 2025-01-21T10:00:00Z, 12h, 7d or 2w ago
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
    #[arg(long, value_name = "N", conflicts_with = "all")]
    limit: Option<usize>,
    /// All of them
    #[arg(long)]
    all: bool,
    /// The order
    #[arg(long, value_enum, default_value_t = Order::Updated)]
    sort: Order,
    /// Print JSON: {"threads": […], "total": N, "troubles": […]}
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

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let now = workspace.now();
    let filter = Filter {
        tags: args.tag.clone(),
        project: args.project.clone(),
        mode: args.mode.clone(),
        is_archived: match args.state {
            State::Active => Some(false),
            State::Archived => Some(true),
            State::All => None,
        },
        author: args.author.clone(),
        since: moment("--since", args.since.as_deref(), now, Edge::Start)?,
        until: moment("--until", args.until.as_deref(), now, Edge::End)?,
        model: args.model.clone(),
        title: args.title.clone(),
        name: None,
        continuable_by: None,
        sort: match args.sort {
            Order::Updated => Sort::Updated,
            Order::Created => Sort::Created,
            Order::Title => Sort::Title,
            Order::Messages => Sort::Messages,
        },
        limit: args.limit.or((!args.all && !args.json).then_some(SHOWN)),
    };
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let summaries = workspace.list(&filter)?;
    if args.json {
        ui.json(&threads::list_json(&summaries))?;
        return Ok(Exit::Done);
    }
    if summaries.total == 0 && filter != unfiltered(&filter) {
        ui.note("No thread fits. `mmogit thread-list` shows them without a filter.");
    } else {
        args.paging.show(&threads::list(&summaries), environment, ui)?;
    }
    let more = summaries.total - summaries.threads.len();
    if more > 0 && args.limit.is_none() {
        ui.note(safe_format!("… and {} more: --all shows them, --limit N as many as you like", more));
    }
    for trouble in &summaries.troubles {
        ui.note(threads::trouble(trouble));
    }
    Ok(Exit::Done)
}

fn unfiltered(filter: &Filter) -> Filter {
    Filter { sort: filter.sort, limit: filter.limit, ..Filter::default() }
}
