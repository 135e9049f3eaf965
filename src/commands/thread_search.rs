//! `mmogit thread-search`.

use super::completions::tag_names;
use super::paging::Paging;
use super::{moment, thread_replay};
use crate::cli::{self, Environment, Exit, Failure, Ui, pager};
use crate::index::{DayBoundary, Hit, Hits, Query, TakenAsWords};
use crate::model::{Role, Timestamp};
use crate::render::counted::counted;
use crate::render::safe::SafeText;
use crate::render::search::{self as render, Form, Ways};
use crate::render::threads;
use crate::safe_format;
use crate::workspace::{SearchResult, Workspace};
use clap::builder::{PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
use clap_complete::ArgValueCompleter;

/// Search all titles and messages, best hits first
///
/// All words must be in one message or title; case and accents make no difference. "several words"
/// finds them in a row, begin* finds all words that begin so; so does every word where nothing is
/// found otherwise. role:ai, tag:NAME, model:PART, before:WHEN and after:WHEN may stand among the
/// words, or as options. Answers that were set aside are found too. Sealed threads are opened for
/// the search where no passphrase is needed or one is given; --unlock asks for it.
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
    /// Only messages of this role
    #[arg(long, value_parser = roles())]
    role: Vec<Role>,
    /// Only in threads with this tag
    #[arg(long, add = ArgValueCompleter::new(tag_names))]
    tag: Vec<String>,
    /// Only messages by a model whose name has this part
    #[arg(long)]
    model: Vec<String>,
    /// Only messages before this time: 2025-01-21, today, yesterday, 2025-01-21T10:00:00Z, or 30m,
    /// 12h, 7d, 2w ago
    #[arg(long, value_name = "WHEN")]
    before: Option<String>,
    /// Only messages at this time or later
    #[arg(long, value_name = "WHEN")]
    after: Option<String>,
    /// Ask for the passphrase, and search what is sealed as well
    #[arg(long)]
    unlock: bool,
    /// At most so many hits
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    limit: usize,
    /// Choose a hit at the terminal, and read on from there
    #[arg(long, conflicts_with = "json")]
    pick: bool,
    /// Print JSON: {"hits": [{"thread", "message", "snippet", "replay", "continue"}], "more",
    /// "beginnings", "taken_as_words", "troubles", "not_opened"}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    paging: Paging,
}

fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::names())
        .map(|name| Role::read(&name).expect("it is one of the names"))
}

const WAYS: Ways = Ways {
    replay,
    go_on: |hit| {
        safe_format!(
            "mmogit chat --continue {}",
            SafeText::line(hit.thread.name())
        )
    },
};

/// The command that replays from the hit on, or with what was set aside.
fn replay(hit: &Hit) -> SafeText {
    let thread = SafeText::line(hit.thread.name());
    match hit.message.as_ref().and_then(|message| message.number) {
        Some(number) => safe_format!("mmogit thread-replay {} --at {}", thread, number),
        None if hit.is_aside() => safe_format!("mmogit thread-replay {} --branches", thread),
        None => safe_format!("mmogit thread-replay {}", thread),
    }
}

/// Searches, and shows the hits or lets one of them be picked.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace_for_reading(ui);
    let query = query_of(args, workspace.now())?;
    if args.pick && !ui.is_interactive() {
        return Err(Failure::new(Exit::Usage, "--pick needs a terminal")
            .hint("Leave it out, or use --json."));
    }
    cli::recover_if_unlocked(&workspace, environment, ui)?;
    let (found, beginnings) = search(&workspace, &query, args, environment, ui)?;
    let owner = workspace.owner_if_readable();
    if args.json {
        let taken = &query.taken_as_words;
        ui.json(&render::json(
            &found,
            owner.as_ref(),
            WAYS,
            beginnings,
            taken,
        ))?;
        return Ok(Exit::Done);
    }
    for taken in &query.taken_as_words {
        ui.hint(explained(taken));
    }
    for trouble in &found.troubles {
        ui.warning(threads::trouble(trouble));
    }
    if beginnings {
        ui.status("Nothing has these words as they stand; these have words that begin so:");
    }
    let form = Form {
        owner: owner.as_ref(),
        ways: (!args.pick).then_some(WAYS),
        width: ui.stdout_is_terminal.then(|| ui.width()),
        colour: ui.has_colour(),
    };
    let hits = &found.hits;
    if args.pick && !hits.hits.is_empty() {
        return pick(hits, form, environment, ui);
    }
    let text = render::hits(hits, form);
    args.paging.show(&text, environment, ui)?;
    tell_not_opened(found.not_opened, ui);
    if hits.has_more {
        ui.hint("There are more: --limit N shows as many as you like");
    }
    Ok(Exit::Done)
}

/// What is asked for, by words and by options.
fn query_of(args: &Args, now: Timestamp) -> Result<Query, Failure> {
    let words: Vec<&str> = args
        .query
        .iter()
        .chain(&args.words)
        .map(String::as_str)
        .collect();
    let mut query = Query::read(&words.join(" "), now);
    query.roles.extend(&args.role);
    query.tags.extend(args.tag.iter().cloned());
    query.models.extend(args.model.iter().cloned());
    let before = moment("--before", args.before.as_deref(), now, DayBoundary::Start)?;
    let after = moment("--after", args.after.as_deref(), now, DayBoundary::Start)?;
    query.before = query.before.into_iter().chain(before).min();
    query.after = query.after.into_iter().chain(after).max();
    if query.is_empty() {
        return Err(Failure::new(Exit::Usage, "there is nothing to look for")
            .hint("Say some words: mmogit thread-search refresh token"));
    }
    Ok(query)
}

/// What was found, and whether it has words that only begin as was asked for.
fn search(
    workspace: &Workspace,
    query: &Query,
    args: &Args,
    environment: &Environment,
    ui: &Ui,
) -> Result<(SearchResult, bool), Failure> {
    let threads = workspace.threads();
    let mut reader = None;
    let mut found = threads.search(query, args.limit)?;
    if found.not_opened > 0 {
        let keys = cli::keys_if_unlocked(workspace, environment, args.unlock, ui)?;
        reader = keys.map(|keys| keys.opener());
    }
    if let Some(reader) = &reader {
        found = threads.search_as(Some(reader), query, args.limit)?;
    }
    if found.hits.hits.is_empty()
        && args.limit > 0
        && let Some(query) = query.for_beginnings()
    {
        let found = threads.search_as(reader.as_ref(), &query, args.limit)?;
        let any = !found.hits.hits.is_empty();
        return Ok((found, any));
    }
    Ok((found, false))
}

fn tell_not_opened(threads: usize, ui: &Ui) {
    if threads > 0 {
        let what = counted(threads, "sealed thread");
        let were = if threads == 1 { "was" } else { "were" };
        ui.hint(safe_format!(
            "🔒 {} {} not searched: --unlock asks for your passphrase",
            what,
            were
        ));
    }
}

/// What became of something that looks as if it meant more.
fn explained(taken: &TakenAsWords) -> SafeText {
    let text = SafeText::line(taken.text());
    match taken {
        TakenAsWords::Time(_) => {
            safe_format!(
                "“{}” is looked for as it stands: \
                 a time is 2025-01-21, today, yesterday, 30m, 12h, 7d or 2w",
                text
            )
        }
        TakenAsWords::Role(_) => safe_format!(
            "“{}” is looked for as it stands: \
             a role is human, ai, system, reflection, dream or reasoning",
            text
        ),
        TakenAsWords::Filter(_) => safe_format!(
            "“{}” is looked for as it stands: \
             filters are role:, tag:, model:, before: and after:; thread-list has more",
            text
        ),
        TakenAsWords::OpenQuote => {
            "A quotation mark is not closed: all that follows it is looked for in a row".into()
        }
        TakenAsWords::Minus(_) => {
            safe_format!(
                "“{}” is looked for with its dash: words can't be left out of a search",
                text
            )
        }
        TakenAsWords::Operator(_) => {
            safe_format!(
                "“{}” is looked for as a word: a search is for texts that have all its words",
                text
            )
        }
    }
}

/// As many hits as leave room for the question below them, the best first.
fn that_fit(found: &Hits, form: Form<'_>, ui: &Ui) -> Hits {
    let (columns, rows) = ui.size();
    let best = |count: usize| {
        let hits = found.hits.iter().take(count).cloned().collect();
        Hits {
            hits,
            has_more: found.has_more || count < found.hits.len(),
            unread: Vec::new(),
        }
    };
    let is_short = |hits: &Hits| {
        let text = render::hits(hits, form);
        // A line for how many more there are, one for the question, one for what may be said of it.
        let below = 2 + usize::from(hits.has_more);
        text.lines()
            .map(|line| pager::rows(line, columns))
            .sum::<usize>()
            + below
            < rows
    };
    let count = (1..found.hits.len())
        .rev()
        .find(|count| is_short(&best(*count)));
    if is_short(found) {
        best(found.hits.len())
    } else {
        best(count.unwrap_or(1))
    }
}

fn pick(found: &Hits, form: Form<'_>, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let shown = that_fit(found, form, ui);
    ui.data(render::hits(&shown, form))?;
    let hits = render::by_thread(&shown).concat();
    if shown.has_more {
        let or_more = if found.has_more { " or more" } else { "" };
        let more = found.hits.len() - shown.hits.len();
        ui.hint(match more {
            0 => "… and more: say more words, or leave --pick out".into(),
            more => safe_format!(
                "… and {}{} more: say more words, or leave --pick out",
                more,
                or_more
            ),
        });
    }
    loop {
        let Some(answer) =
            ui.read_line_or_end("Read on at which hit? (its number; Enter for none) ")?
        else {
            ui.status("");
            return Ok(Exit::Done);
        };
        if matches!(answer.trim(), "" | "q" | "Q") {
            return Ok(Exit::Done);
        }
        let number = answer
            .trim()
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        if let Some(hit) = number.and_then(|number| hits.get(number)) {
            let at = hit.message.as_ref().and_then(|message| message.number);
            let args = thread_replay::Args::of(hit.thread.name(), at, hit.is_aside());
            return thread_replay::run(&args, environment, ui);
        }
        ui.hint(safe_format!("Type a number from 1 to {}", hits.len()));
    }
}
