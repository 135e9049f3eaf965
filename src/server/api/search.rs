//! `GET /api/search`: titles and messages that have all the words.

use super::asked::{Asked, limit_of};
use super::cursor;
use super::threads::{AskedMode, ShownThread, ShownTrouble, ThreadFault, role_of};
use crate::index::{FoundMessage, Hit, Query, TakenAsWords};
use crate::model::PublicKey;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::{Fault, FaultBody};
use crate::workspace::{SearchResult, WorkError, Workspace};
use axum::Json;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// So many hits come at once who asked for no number, and at the most.
const USUAL: usize = 20;
const MOST: usize = 100;
/// No page begins further down.
const DEEPEST: usize = 1_000;
/// The longest query, in characters.
const LONGEST: usize = 400;
/// How long a search may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// What to look for: all its words must be in one message or title. `"several words"` in a row,
    /// `begin*`, `role:ai`, `tag:NAME`, `model:PART`, `before:WHEN` and `after:WHEN`
    #[param(min_length = 1, max_length = 400, example = "refresh token")]
    q: String,
    /// Only in threads of this mode
    #[param(inline)]
    mode: Option<AskedMode>,
    /// How many hits at the most
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u64>,
    /// Where the page before ended: its `next`
    cursor: Option<String>,
}

/// A page of hits, the best first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Found {
    hits: Vec<ShownHit>,
    /// The cursor of the next page; none on the last one.
    next: Option<String>,
    /// Whether nothing had the words as they stand, so that these have words that begin so.
    beginnings: bool,
    /// What looked as if it meant more than its words, and was looked for as it stands.
    taken_as_words: Vec<String>,
    /// How many sealed threads were not searched, since they could not be opened.
    not_opened: usize,
    /// What is in the store and could not be read: something may stand there.
    troubles: Vec<ShownTrouble>,
}

/// A message, or a title, that fits.
#[derive(Debug, Serialize, ToSchema)]
struct ShownHit {
    thread: ShownThread,
    /// The message; none if it is the title that fits.
    message: Option<HitMessage>,
    /// One line out of the text, in parts.
    snippet: Vec<SnippetPart>,
}

/// Which message it is.
#[derive(Debug, Serialize, ToSchema)]
struct HitMessage {
    /// Its hash; none in a thread of the older mmogit.
    id: Option<String>,
    /// Its number among those that are shown, from 1; none if it was set aside.
    number: Option<usize>,
    /// `user`, `assistant`, `system`, `reflection`, `dream` or `reasoning`.
    role: String,
    /// The model that is said to have written it.
    model: Option<String>,
    /// When, in milliseconds since 1970.
    timestamp: Option<i64>,
}

/// A part of a snippet: text, never HTML.
#[derive(Debug, Serialize, ToSchema)]
struct SnippetPart {
    text: String,
    /// Whether it is what was looked for.
    #[serde(rename = "match")]
    is_match: bool,
}

/// Search titles and messages, best hits first
///
/// Case and accents make no difference. Answers that were set aside are found too, and what is
/// sealed where the owner's keys open it. A search that takes too long is given up.
#[utoipa::path(
    get,
    path = "/api/search",
    tag = "threads",
    params(SearchQuery),
    responses(
        (status = 200, description = "A page of hits", body = Found),
        (status = 400, description = "The query can't be meant", body = FaultBody),
        (status = 404, description = "There is no page at this cursor", body = FaultBody),
        (status = 500, description = "The threads can't be searched", body = FaultBody),
        (status = 503, description = "It took too long, or there is too much to do", body = FaultBody)
    )
)]
async fn search(
    caller: Caller,
    Asked(asked): Asked<SearchQuery>,
) -> Result<Json<Found>, ThreadFault> {
    let limit = limit_of(asked.limit, USUAL, MOST)?;
    let skipped = match &asked.cursor {
        Some(cursor) => cursor::number(cursor, DEEPEST)?,
        None => 0,
    };
    check(&asked.q)?;
    let looking = caller.profile.read(move |workspace| {
        let mut query = Query::read(&asked.q, workspace.now());
        if query.is_empty() {
            return Err(nothing_to_look_for().into());
        }
        query.mode = asked.mode.map(|mode| mode.name().to_owned());
        Ok::<_, ThreadFault>(found(workspace, &query, skipped, limit)?)
    });
    let Ok(looked) = timeout(PATIENCE, looking).await else {
        return Err(Fault::busy().into());
    };
    Ok(Json(looked??))
}

fn check(query: &str) -> Result<(), Fault> {
    if query.chars().count() > LONGEST {
        let said = format!("Invalid query: q exceeds maximum length of {LONGEST} characters");
        return Err(Fault::bad_request(said));
    }
    if query.trim().is_empty() {
        return Err(nothing_to_look_for());
    }
    Ok(())
}

fn nothing_to_look_for() -> Fault {
    Fault::bad_request("Invalid query: q says nothing to look for")
}

fn found(
    workspace: &Workspace,
    query: &Query,
    skipped: usize,
    limit: usize,
) -> Result<Found, WorkError> {
    let threads = workspace.threads();
    let reader = workspace.reader();
    let mut found = threads.search_as(reader, query, skipped + limit)?;
    let mut beginnings = false;
    if found.hits.hits.is_empty()
        && let Some(loose) = query.for_beginnings()
    {
        found = threads.search_as(reader, &loose, skipped + limit)?;
        beginnings = !found.hits.hits.is_empty();
    }
    let SearchResult {
        hits,
        troubles,
        not_opened,
    } = found;
    let own = workspace.owner_if_readable();
    let troubles = ShownTrouble::all_with_branch(&troubles, workspace, own)?;
    let shown = hits.hits.iter().skip(skipped);
    let next = skipped + limit;
    Ok(Found {
        hits: shown.map(|hit| ShownHit::of(hit, own)).collect(),
        next: (hits.has_more && next <= DEEPEST).then(|| cursor::of_number(next)),
        beginnings,
        taken_as_words: taken_as_words(&query.taken_as_words),
        not_opened,
        troubles,
    })
}

fn taken_as_words(taken: &[TakenAsWords]) -> Vec<String> {
    let text = |taken: &TakenAsWords| taken.text().to_owned();
    taken.iter().map(text).collect()
}

impl ShownHit {
    fn of(hit: &Hit, own: Option<PublicKey>) -> Self {
        let parts = hit.snippet.parts().into_iter();
        Self {
            thread: ShownThread::of(&hit.thread, own),
            message: hit.message.as_ref().map(HitMessage::of),
            snippet: parts
                .map(|part| SnippetPart {
                    text: part.text.to_owned(),
                    is_match: part.is_match,
                })
                .collect(),
        }
    }
}

impl HitMessage {
    fn of(message: &FoundMessage) -> Self {
        Self {
            id: message.id.map(|id| id.to_string()),
            number: message.number,
            role: role_of(&message.role).to_owned(),
            model: message.model.clone(),
            timestamp: message.time.map(|time| time.millis()),
        }
    }
}
