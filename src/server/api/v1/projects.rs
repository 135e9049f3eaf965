//! `/api/v1/projects`: those in which the user has a part, and who else has one.

use super::conversations::read;
use super::once::named_once;
use super::refused::{of_refusal, of_told};
use crate::model::{Project as ProjectDocument, PublicKey, Uuid};
use crate::server::api::asked::Named;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::Fault;
use crate::server::idempotency::IdempotencyKey;
use crate::server::service_faults::ServiceFault;
use crate::server::worker::{ProfileHandle, told};
use crate::service::{self, Refusal, begin_project, let_in, put_out};
use axum::Json;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const PATH: &str = "/api/v1/projects";

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show))
        .routes(routes!(members, add))
        .routes(routes!(remove))
}

/// A project.
#[derive(Debug, Serialize, ToSchema)]
struct Project {
    /// Its id, for ever: the `master_project_id` of what belongs to it.
    #[schema(format = "uuid")]
    id: String,
    /// Whose it is: they alone say who its members are.
    #[schema(format = "uuid")]
    user_id: String,
    /// What it is called.
    #[schema(example = "Marketing")]
    name: String,
    /// When it was begun.
    #[schema(format = "date-time")]
    created_at: String,
    /// When it was last changed.
    #[schema(format = "date-time")]
    updated_at: String,
    /// Who has a part in it, its owner first.
    members: Vec<Member>,
}

/// Somebody who has a part in a project.
#[derive(Debug, Serialize, ToSchema)]
struct Member {
    /// Who.
    #[schema(format = "uuid")]
    user_id: String,
    /// Their public key.
    #[schema(min_length = 64, max_length = 64)]
    key: String,
    /// `owner` or `member`.
    #[schema(example = "member")]
    role: &'static str,
}

impl Project {
    fn of(project: &ProjectDocument) -> Self {
        Self {
            id: Uuid::of(&project.id).to_string(),
            user_id: Uuid::of_key(&project.author()).to_string(),
            name: project.name.clone(),
            created_at: project.created_at.to_string(),
            updated_at: project.updated_at.to_string(),
            members: members_of(project),
        }
    }
}

impl Member {
    fn of(key: &PublicKey, role: &'static str) -> Self {
        Self {
            user_id: Uuid::of_key(key).to_string(),
            key: key.to_string(),
            role,
        }
    }
}

fn members_of(project: &ProjectDocument) -> Vec<Member> {
    let owner = Member::of(&project.author(), "owner");
    let members = project.members_now();
    let members = members.map(|key| Member::of(&key, "member"));
    [owner].into_iter().chain(members).collect()
}

/// The project that an address or a body names.
///
/// # Errors
/// It names none.
pub(super) fn named_project(id: &str) -> Result<Uuid, Fault> {
    service::project_name(id).ok_or_else(|| of_refusal(Refusal::NoProject))
}

async fn project_now(profile: &ProfileHandle, id: Uuid) -> Result<ProjectDocument, Fault> {
    let found = profile.read(move |workspace| told(service::project(workspace, &id)));
    found.await?.map_err(of_told)
}

/// The user's projects.
#[derive(Debug, Serialize, ToSchema)]
struct Projects {
    /// All of them, by name.
    projects: Vec<Project>,
    /// How many projects can't be read, or are not their owners' word: nobody knows whether the user
    /// has a part in them.
    unreadable: usize,
}

/// List the projects in which the user has a part
///
/// Their own, and those of others who let them in, as far as their branches are here.
#[utoipa::path(
    get,
    path = "/api/v1/projects",
    tag = "service",
    responses((status = 200, description = "The projects", body = Projects))
)]
async fn list(caller: Caller) -> Result<Json<Projects>, Fault> {
    let found = caller
        .profile
        .read(|workspace| told(service::projects(workspace)));
    let found = found.await?.map_err(of_told)?;
    Ok(Json(Projects {
        projects: found.projects.iter().map(Project::of).collect(),
        unreadable: found.troubles.len(),
    }))
}

/// A project that is to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewProjectBody {
    /// What it is called: 1 to 100 characters on one line, all of which can be seen. The user may
    /// have none that looks the same
    #[schema(min_length = 1, max_length = 100, example = "Marketing")]
    name: String,
}

/// Begin a project
#[utoipa::path(
    post,
    path = "/api/v1/projects",
    tag = "service",
    params(IdempotencyKey),
    request_body = NewProjectBody,
    responses(
        (status = 201, description = "It has begun", body = Project),
        (status = 400, description = "The name is not accepted", body = ServiceFault),
        (status = 409, description = "The user has one that looks the same", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn create(
    caller: Caller,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Response, Fault> {
    let asked: NewProjectBody = read(&body)?;
    let mark = key.map(|key| key.mark(PATH, &body));
    let profile = caller.profile.clone();
    let creating = async move {
        let begun = profile.run(move |profile| {
            let begun = begin_project(profile.home.work(), &asked.name);
            told(begun)
        });
        let begun = begun.await?.map_err(of_told)?;
        Ok(Uuid::of(&begun.id).to_string())
    };
    let id = named_once(&caller.profile, mark, creating).await?;
    let id: Uuid = id.parse().map_err(|_| Fault::unknown_before())?;
    let project = project_now(&caller.profile, id).await?;
    Ok((StatusCode::CREATED, Json(Project::of(&project))).into_response())
}

/// Show a project
#[utoipa::path(
    get,
    path = "/api/v1/projects/{id}",
    tag = "service",
    params(("id" = String, Path, description = "The project's id", format = "uuid")),
    responses(
        (status = 200, description = "The project", body = Project),
        (status = 404, description = "There is none, or the user has no part in it", body = ServiceFault)
    )
)]
async fn show(caller: Caller, Named(id): Named<String>) -> Result<Json<Project>, Fault> {
    let project = project_now(&caller.profile, named_project(&id)?).await?;
    Ok(Json(Project::of(&project)))
}

/// Who has a part in a project.
#[derive(Debug, Serialize, ToSchema)]
struct Members {
    /// Its owner first.
    members: Vec<Member>,
}

/// List who has a part in a project
#[utoipa::path(
    get,
    path = "/api/v1/projects/{id}/members",
    tag = "service",
    params(("id" = String, Path, description = "The project's id", format = "uuid")),
    responses(
        (status = 200, description = "Its members", body = Members),
        (status = 404, description = "There is no such project, or the user has no part in it", body = ServiceFault)
    )
)]
async fn members(caller: Caller, Named(id): Named<String>) -> Result<Json<Members>, Fault> {
    let project = project_now(&caller.profile, named_project(&id)?).await?;
    Ok(Json(Members {
        members: members_of(&project),
    }))
}

/// Somebody who is to be let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMemberBody {
    /// Their public key, as `mmogit whoami` of theirs shows it
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    key: String,
}

/// Let somebody into a project
///
/// Only its owner does. They know of it once they have the owner's branch.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{id}/members",
    tag = "service",
    params(("id" = String, Path, description = "The project's id", format = "uuid"), IdempotencyKey),
    request_body = NewMemberBody,
    responses(
        (status = 201, description = "They have a part in it", body = Project),
        (status = 400, description = "That is no key", body = ServiceFault),
        (status = 403, description = "The project is somebody else's", body = ServiceFault),
        (status = 404, description = "There is no such project, or the user has no part in it", body = ServiceFault),
        (status = 409, description = "They are a member already", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn add(
    caller: Caller,
    Named(name): Named<String>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Response, Fault> {
    // What is no id is refused as one that nobody has: after the body.
    let asked: NewMemberBody = read(&body)?;
    let who: PublicKey = asked.key.parse().map_err(|_| {
        Fault::bad_request("Invalid key. Must be 64 hexadecimal digits").coded("invalid_key")
    })?;
    let id = named_project(&name)?;
    let path = format!("{PATH}/{id}/members");
    let mark = key.map(|key| key.mark(&path, &body));
    let profile = caller.profile.clone();
    let adding = async move {
        let added = profile.run(move |profile| told(let_in(profile.home.work(), &id, who)));
        added.await?.map_err(of_told)?;
        Ok(id.to_string())
    };
    named_once(&caller.profile, mark, adding).await?;
    let project = project_now(&caller.profile, id).await?;
    Ok((StatusCode::CREATED, Json(Project::of(&project))).into_response())
}

/// Let somebody take part in a project no more
///
/// Only its owner does. What they said in it stays theirs; they can begin, read and say nothing more
/// in it once they have the owner's branch as it is then.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{id}/members/{user_id}/remove",
    tag = "service",
    params(
        ("id" = String, Path, description = "The project's id", format = "uuid"),
        ("user_id" = String, Path, description = "Who", format = "uuid"),
        IdempotencyKey
    ),
    responses(
        (status = 200, description = "They have no part in it any more", body = Project),
        (status = 400, description = "The key is none", body = ServiceFault),
        (status = 403, description = "The project is somebody else's", body = ServiceFault),
        (status = 404, description = "There is no such project or member, or the user has no part in it", body = ServiceFault),
        (status = 409, description = "The owner is always a member", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn remove(
    caller: Caller,
    Named((project, user)): Named<(String, String)>,
    key: Option<IdempotencyKey>,
    _: Bytes,
) -> Result<Json<Project>, Fault> {
    let id = named_project(&project)?;
    let path = format!("{PATH}/{id}/members/{user}/remove");
    let mark = key.map(|key| key.mark(&path, &[]));
    let profile = caller.profile.clone();
    let removing = async move {
        // What is no id names nobody.
        let user: Uuid = user.parse().map_err(|_| of_refusal(Refusal::NoMember))?;
        let removed = profile.run(move |profile| told(put_out(profile.home.work(), &id, &user)));
        removed.await?.map_err(of_told)?;
        Ok(id.to_string())
    };
    named_once(&caller.profile, mark, removing).await?;
    let project = project_now(&caller.profile, id).await?;
    Ok(Json(Project::of(&project)))
}
