//! `mmogit thread-search`.

use super::paging::Paging;
use super::{moment, thread_replay};
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::index::{Edge, Hits, Query};
use crate::model::Role;
use crate::render::search;
use crate::safe_format;

/// Search all titles and messages, best hits first
///
/// All words must be in one message or title; case and accents make no difference. "several words" finds them in a
/// row, begin* finds all words that begin so. role:ai, tag:NAME, model:PART, before:WHEN and after:WHEN may stand among
/// the words, or as options. Answers that were set aside are found too.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-search refresh token
  mmogit thread-search '\"refresh token\" role:ai after:30d'
  mmogit thread-search 'config*' --tag rust")]
pub struct Args {
    /// What to look for
    #[arg(value_name = "QUERY", allow_hyphen_values = true)]
    query: Option<String>,
    /// More of it
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// Only messages of this role: human, ai, system, reflection, dream or reasoning
    #[arg(long, value_parser = role)]
    role: Vec<Role>,
    /// Only in threads with this tag
    #[arg(long)]
    tag: Vec<String>,
    /// Only messages by a model whose name has this part
    #[arg(long)]
    model: Vec<String>,
    /// Only messages before this time: 2025-01-21, 2025-01-21T10:00:00Z, 12h, 7d or 2w ago
    #[arg(long, value_name = "WHEN")]
    before: Option<String>,
    /// Only messages at this time or later
    #[arg(long, value_name = "WHEN")]
    after: Option<String>,
    /// At most so many hits
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Choose a hit at the terminal, and read on from there
    #[arg(long, conflicts_with = "json")]
    pick: bool,
    /// Print JSON: {"hits": [{"thread", "message", "snippet", "replay", "continue"}], "more": bool}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    paging: Paging,
}

fn role(name: &str) -> Result<Role, String> {
    Role::read(name).ok_or_else(|| "no such role".to_owned())
}

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let now = workspace.now();
    let words: Vec<&str> = args.query.iter().chain(&args.words).map(String::as_str).collect();
    let mut query = Query::read(&words.join(" "), now);
    query.roles.extend(&args.role);
    query.tags.extend(args.tag.iter().cloned());
    query.models.extend(args.model.iter().cloned());
    let before = moment("--before", args.before.as_deref(), now, Edge::Start)?;
    let after = moment("--after", args.after.as_deref(), now, Edge::Start)?;
    query.before = query.before.into_iter().chain(before).min();
    query.after = query.after.into_iter().chain(after).max();
    if query.is_empty() {
        return Err(Failure::new(Exit::Usage, "there is nothing to look for")
            .hint("Say some words: mmogit thread-search refresh token"));
    }
    if args.pick && !ui.is_interactive() {
        return Err(Failure::new(Exit::Usage, "--pick needs a terminal").hint("Leave it out, or use --json."));
    }
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let found = workspace.search(&query, args.limit)?;
    let owner = workspace.vault().ok().flatten().map(|vault| vault.author());
    if args.json {
        ui.json(&search::json(&found, owner.as_ref()))?;
        return Ok(Exit::Done);
    }
    let hits = search::hits(&found, owner.as_ref(), ui.has_colour());
    if args.pick {
        // The question below them needs them on the screen.
        ui.print(&hits)?;
    } else {
        args.paging.show(&hits, environment, ui)?;
    }
    if found.hits.is_empty() && !words.iter().any(|word| word.contains('*')) {
        ui.note("Words are looked for whole; a star stands for the rest of one: token*");
    }
    if found.has_more {
        ui.note("There are more: --limit N shows as many as you like");
    }
    if args.pick && !found.hits.is_empty() {
        return pick(&found, environment, ui);
    }
    Ok(Exit::Done)
}

fn pick(found: &Hits, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    loop {
        let answer = ui.ask("Read on at which hit? (its number; Enter for none) ")?;
        if answer.trim().is_empty() {
            return Ok(Exit::Done);
        }
        let number = answer.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        if let Some(hit) = number.and_then(|number| found.hits.get(number)) {
            let at = hit.message.as_ref().and_then(|spot| spot.number);
            let args = thread_replay::Args::of(hit.thread.name(), at, hit.is_aside());
            return thread_replay::run(&args, environment, ui);
        }
        ui.note(safe_format!("Type a number from 1 to {}", found.hits.len()));
    }
}
