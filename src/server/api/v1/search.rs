//! `/api/v1/search`: the user's conversations and messages that have all the words.

use super::conversations::save_first;
use super::refused::of_told;
use crate::index::Query;
use crate::model::{Hash, Uuid};
use crate::server::api::asked::{Asked, limit_of};
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::Fault;
use crate::server::service_faults::ServiceFault;
use crate::server::worker::told;
use crate::service::{self, FoundInConversation, FoundInConversations};
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const USUAL: usize = 20;
const MOST: usize = 100;
/// The longest query, in characters.
const LONGEST: usize = 400;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ServiceQuery {
    /// What to look for: all its words must be in one message or title
    #[param(min_length = 1, max_length = 400, example = "campaign plan")]
    q: String,
    /// How many hits at the most
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u64>,
}

/// What was found, the best first.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceFound {
    hits: Vec<ServiceHit>,
    /// Whether there is more.
    has_more: bool,
    /// How many files of the user's, and projects, can't be read or opened: nobody knows whether
    /// there is something to be found in them.
    unreadable: usize,
}

/// A message, or a title, that fits.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceHit {
    #[schema(format = "uuid")]
    conversation_id: String,
    /// Its title; the record's usual one where its user gave none.
    title: String,
    /// The message; none if it is the title that fits.
    #[schema(format = "uuid")]
    message_id: Option<String>,
    /// The part of the text that fits best, on one line.
    snippet: String,
}

/// Search the user's conversations
#[utoipa::path(
    get,
    path = "/api/v1/search",
    tag = "service",
    params(ServiceQuery),
    responses(
        (status = 200, description = "What was found", body = ServiceFound),
        (status = 400, description = "The query can't be meant", body = ServiceFault)
    )
)]
async fn search(
    caller: Caller,
    Asked(asked): Asked<ServiceQuery>,
) -> Result<Json<ServiceFound>, Fault> {
    let limit = limit_of(asked.limit, USUAL, MOST)?;
    if asked.q.chars().count() > LONGEST {
        let error = format!("Invalid query: q exceeds maximum length of {LONGEST} characters");
        return Err(Fault::bad_request(error).coded("invalid_query"));
    }
    save_first(&caller.profile).await?;
    let found = caller.profile.read(move |workspace| {
        let query = Query::read(&asked.q, workspace.now());
        if query.is_empty() {
            return Ok(None);
        }
        told(service::search(workspace, query, limit).map(Some))
    });
    let found = found.await?.map_err(of_told)?;
    let nothing = || {
        let fault = Fault::bad_request("Invalid query: q says nothing to look for");
        fault.coded("invalid_query")
    };
    found.map(shown).map(Json).ok_or_else(nothing)
}

fn shown(found: FoundInConversations) -> ServiceFound {
    ServiceFound {
        hits: found.hits.iter().map(ServiceHit::of).collect(),
        has_more: found.has_more,
        unreadable: found.unreadable,
    }
}

impl ServiceHit {
    fn of(found: &FoundInConversation) -> Self {
        let hit = &found.hit;
        let name = |hash: &Hash| Uuid::of(hash).to_string();
        let parts = hit.snippet.parts().into_iter();
        let message = hit.message.as_ref();
        Self {
            conversation_id: found.conversation.to_string(),
            title: hit.thread.title.clone(),
            message_id: message.and_then(|message| message.id.as_ref()).map(name),
            snippet: parts.map(|part| part.text).collect(),
        }
    }
}
