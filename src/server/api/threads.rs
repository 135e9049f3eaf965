//! `/api/threads`: lists, one thread, its messages and their proofs, and its title.

mod fault;
mod one;
mod proof;
mod shown;

pub(in crate::server) use fault::{Ambiguous, ThreadFault, of_work};
pub(in crate::server) use shown::{ShownThread, ShownTrouble, role_of};

use super::asked::{Asked, Named, Sent, limit_of};
use super::cursor;
use super::steps::saved_thread;
use crate::audit::Event;
use crate::index::Filter;
use crate::model::{Mode, Thread};
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::FaultBody;
use crate::server::idempotency::NoKey;
use crate::workspace::{ThreadList, WorkError, Workspace};
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// So many threads come at once who asked for no number, and at the most.
const USUAL: usize = 50;
const MOST: usize = 200;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one::show, rename))
        .routes(routes!(proof::show))
}

/// A mode, in a query.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AskedMode {
    /// The talk with the AI.
    Conversation,
    /// Reflections, dreams, reasoning.
    Inner,
}

impl AskedMode {
    pub(super) fn name(self) -> &'static str {
        Mode::from(self).as_str()
    }
}

impl From<AskedMode> for Mode {
    fn from(asked: AskedMode) -> Self {
        match asked {
            AskedMode::Conversation => Self::Conversation,
            AskedMode::Inner => Self::Inner,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only threads of this mode
    #[param(inline)]
    mode: Option<AskedMode>,
    /// Only archived ones, or only those in use
    archived: Option<bool>,
    /// How many at the most
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// Where the page before ended: its `next`
    cursor: Option<String>,
}

/// A page of threads.
#[derive(Debug, Serialize, ToSchema)]
struct ThreadPage {
    /// The threads, the last changed first.
    threads: Vec<ShownThread>,
    /// How many fit, on all pages.
    total: usize,
    /// The cursor of the next page; none on the last one.
    next: Option<String>,
    /// What is in the store and could not be read. It may be a thread.
    troubles: Vec<ShownTrouble>,
}

/// List threads, the last changed first
///
/// All threads of the home, whichever face began them. No file is opened; what a list says is not
/// verified.
#[utoipa::path(
    get,
    path = "/api/threads",
    tag = "threads",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of threads", body = ThreadPage),
        (status = 400, description = "The query can't be meant", body = FaultBody),
        (status = 404, description = "There is no page at this cursor", body = FaultBody),
        (status = 500, description = "The threads can't be read", body = FaultBody)
    )
)]
async fn list(
    caller: Caller,
    Asked(asked): Asked<ListQuery>,
) -> Result<Json<ThreadPage>, ThreadFault> {
    let limit = limit_of(asked.limit, USUAL, MOST)?;
    let after = asked.cursor.as_deref().map(cursor::thread_place);
    let filter = Filter {
        mode: asked.mode.map(|mode| mode.name().to_owned()),
        is_archived: asked.archived,
        after: after.transpose()?,
        // One more, to know whether there is a next page.
        limit: Some(limit + 1),
        ..Filter::default()
    };
    let page = caller
        .profile
        .read(move |workspace| page(workspace, &filter, limit))
        .await??;
    Ok(Json(page))
}

fn page(workspace: &Workspace, filter: &Filter, limit: usize) -> Result<ThreadPage, WorkError> {
    let threads = workspace.threads();
    let mut list = threads.list(filter)?;
    let has_more = list.threads.len() > limit;
    list.threads.truncate(limit);
    let last = list.threads.last().filter(|_| has_more);
    let next = last.map(cursor::of_thread);
    threads.open_titles(&mut list)?;
    let ThreadList {
        threads,
        total,
        troubles,
        ..
    } = list;
    let own = workspace.owner_if_readable();
    let troubles = ShownTrouble::all_with_branch(&troubles, workspace, own)?;
    Ok(ThreadPage {
        threads: threads
            .iter()
            .map(|thread| ShownThread::of(thread, own))
            .collect(),
        total,
        next,
        troubles,
    })
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Renaming {
    /// The new title: 1 to 200 characters, not all of them blank, none a control character
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$",
        example = "jwt refresh"
    )]
    title: String,
}

/// What a thread is called, or whether it is in use, after a change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Changed {
    /// That it was done.
    #[schema(example = true)]
    success: bool,
    /// The thread's id.
    #[schema(example = "thread_1756140749")]
    id: String,
    /// Whether anything had to be changed.
    changed: bool,
}

impl Changed {
    pub(super) fn of(id: String, thread: Option<&Thread>) -> Self {
        Self {
            success: true,
            id,
            changed: thread.is_some(),
        }
    }
}

/// Give a thread another title
#[utoipa::path(
    patch,
    path = "/api/threads/{id}",
    tag = "threads",
    params(("id" = String, Path, description = "The thread's id, name or root")),
    request_body = Renaming,
    responses(
        (status = 200, description = "It has that title now", body = Changed),
        (status = 400, description = "It can't be called that", body = FaultBody),
        (status = 404, description = "There is no such thread", body = FaultBody),
        (status = 409, description = "Several threads have the id, or it can't be changed", body = Ambiguous),
        (status = 500, description = "It can't be saved", body = FaultBody)
    )
)]
async fn rename(
    caller: Caller,
    _: NoKey,
    Named(id): Named<String>,
    Sent(asked): Sent<Renaming>,
) -> Result<Json<Changed>, ThreadFault> {
    let changed = caller
        .profile
        .run(move |work| {
            let found = saved_thread(work, &id)?;
            let home = &work.home;
            let name = found.reading.id();
            let organiser = home.workspace.organiser();
            let renamed = organiser.rename(&home.keys, found, &asked.title)?;
            if let Some(thread) = &renamed {
                work.note_done(&Event::thread_renamed(thread.root()));
            }
            Ok::<_, WorkError>(Changed::of(name, renamed.as_ref()))
        })
        .await??;
    Ok(Json(changed))
}
