//! `/api/v1/drafts`: what AIs proposed in their user's threads, page by page.

use super::conversations::save_first;
use super::draft::{Draft, ShownDraftState};
use super::page_size::on_one_page;
use super::refused::of_told;
use crate::model::DraftState;
use crate::server::api::asked::{Asked, limit_of};
use crate::server::api::cursor;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::Fault;
use crate::server::service_faults::ServiceFault;
use crate::server::worker::told;
use crate::service::{self, DraftQuery, SeenDraft};
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// So many drafts come at once who asked for no number, and at the most.
const USUAL: usize = 20;
const MOST: usize = 200;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DraftsQuery {
    /// Only those of this project
    #[param(format = "uuid")]
    master_project_id: Option<String>,
    /// Only those that came up in this conversation
    #[param(format = "uuid")]
    conversation_id: Option<String>,
    /// Only those of which this became
    #[param(inline)]
    state: Option<ShownDraftState>,
    /// How many at the most
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u64>,
    /// Where the page before ended: its `next`
    cursor: Option<String>,
}

impl DraftsQuery {
    fn meant(&self) -> Result<DraftQuery, Fault> {
        let project = self.master_project_id.as_deref();
        let conversation = self.conversation_id.as_deref();
        Ok(DraftQuery {
            project: project.map(super::projects::named_project).transpose()?,
            conversation: conversation.map(super::conversation::named).transpose()?,
            state: self.state.map(DraftState::from),
        })
    }
}

/// A page of drafts.
#[derive(Debug, Serialize, ToSchema)]
struct DraftPage {
    /// The drafts, the last changed first.
    drafts: Vec<Draft>,
    /// How many fit, on all pages.
    total: usize,
    /// How many drafts of the user's can't be verified or opened, and are on no page.
    unreadable: usize,
    /// The cursor of the next page; none on the last one.
    next: Option<String>,
}

/// List drafts, the last changed first
#[utoipa::path(
    get,
    path = "/api/v1/drafts",
    tag = "service",
    params(DraftsQuery),
    responses(
        (status = 200, description = "A page of drafts", body = DraftPage),
        (status = 400, description = "The query can't be meant", body = ServiceFault),
        (status = 404, description = "There is no page at this cursor, no such project or conversation, or the user has no part in it", body = ServiceFault)
    )
)]
async fn list(caller: Caller, Asked(asked): Asked<DraftsQuery>) -> Result<Json<DraftPage>, Fault> {
    let limit = limit_of(asked.limit, USUAL, MOST)?;
    let after = asked.cursor.as_deref().map(cursor::draft_place);
    let after = after.transpose()?;
    let query = asked.meant()?;
    save_first(&caller.profile).await?;
    let found = caller
        .profile
        .read(move |workspace| told(service::drafts(workspace, &query)));
    let found = found.await?.map_err(of_told)?;
    let (total, unreadable) = (found.drafts.len(), found.unreadable);
    let mut rest = found.drafts;
    if let Some((time, id)) = after {
        let is_before = |seen: &SeenDraft| {
            let (updated_at, its) = seen.place();
            updated_at > time || (updated_at == time && its <= id)
        };
        rest.retain(|seen| !is_before(seen));
    }
    let count = on_one_page(rest.iter().map(SeenDraft::size), limit);
    let has_more = rest.len() > count;
    rest.truncate(count);
    let last = rest.last().filter(|_| has_more);
    Ok(Json(DraftPage {
        next: last.map(|last| cursor::of_draft(&last.place())),
        drafts: rest.iter().map(Draft::of).collect(),
        total,
        unreadable,
    }))
}
