//! `/api/v1/tags`: which `@tags` a message of the user's may bring something in by.

use super::conversations::save_first;
use super::projects::named_project;
use super::refused::of_told;
use crate::server::api::asked::Asked;
use crate::server::app::App;
use crate::server::caller::Speaker;
use crate::server::fault::Fault;
use crate::server::service_faults::ServiceFault;
use crate::server::worker::told;
use crate::service::{KnownName, names_beginning_with, names_reached};
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The longest beginning of a tag, in characters.
const LONGEST: usize = 200;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TagsQuery {
    /// How the tags begin; case and accents make no difference
    #[param(max_length = 200)]
    prefix: Option<String>,
    /// Those of a conversation of this project; else those of one of no project
    #[param(format = "uuid")]
    master_project_id: Option<String>,
}

/// Tags that a message may have.
#[derive(Debug, Serialize, ToSchema)]
struct Tags {
    /// The first 20, by name.
    tags: Vec<ShownTag>,
    /// How many files of the user's can't be read: nobody knows what is called how in them.
    unreadable: usize,
}

/// A tag that a message may have.
#[derive(Debug, Serialize, ToSchema)]
struct ShownTag {
    /// What stands behind the `@`.
    #[schema(example = "marketing-planning")]
    name: String,
    /// `thread`, `tag`, `draft` or `project`.
    #[schema(example = "thread")]
    kind: &'static str,
    /// The thread's title, the tag, the draft's first line, or the project's name.
    title: String,
}

/// List the `@tags` that begin so
///
/// Of the user's own threads and drafts that belong to the project, or to none. What a message brings
/// in is bounded: of each thread the last 10 messages at the most.
#[utoipa::path(
    get,
    path = "/api/v1/tags",
    tag = "service",
    params(TagsQuery),
    responses(
        (status = 200, description = "The tags", body = Tags),
        (status = 400, description = "The query can't be meant", body = ServiceFault),
        (status = 404, description = "There is no such project, or the user has no part in it", body = ServiceFault)
    )
)]
async fn list(speaker: Speaker, Asked(asked): Asked<TagsQuery>) -> Result<Json<Tags>, Fault> {
    let prefix = asked.prefix.unwrap_or_default();
    if prefix.chars().count() > LONGEST {
        let error = format!("Invalid prefix: it exceeds maximum length of {LONGEST} characters");
        return Err(Fault::bad_request(error).coded("invalid_prefix"));
    }
    let project = asked.master_project_id.as_deref().map(named_project);
    let project = project.transpose()?;
    save_first(&speaker.profile).await?;
    let embedder = speaker.embedder;
    let names = speaker.profile.read(move |workspace| {
        let names = match &embedder {
            Some(page) => names_reached(workspace, page, &prefix),
            None => names_beginning_with(workspace, &prefix, project.as_ref()),
        };
        told(names)
    });
    let names = names.await?.map_err(of_told)?;
    let shown = |known: KnownName| ShownTag {
        name: known.name,
        kind: known.kind,
        title: known.title,
    };
    Ok(Json(Tags {
        unreadable: names.unreadable,
        tags: names.names.into_iter().map(shown).collect(),
    }))
}
