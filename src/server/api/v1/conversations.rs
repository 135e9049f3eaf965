//! `/api/v1/conversations`: beginning one, and all there are.

use super::conversation::shown_now;
use super::once::named_once;
use super::projects::named_project;
use super::refused::{not_found, of_told};
use super::shown::Conversation;
use crate::index::{Filter, ListPlace};
use crate::model::{Embedder, Hash, Uuid};
use crate::server::api::asked::{Asked, limit_of, object};
use crate::server::api::cursor;
use crate::server::app::App;
use crate::server::caller::Speaker;
use crate::server::fault::Fault;
use crate::server::idempotency::IdempotencyKey;
use crate::server::service_faults::ServiceFault;
use crate::server::worker::{ProfileHandle, ProfileWork, told};
use crate::service::{NewConversation, Refusal, ServiceError, ShownConversation};
use crate::workspace::{Within, Workspace};
use axum::Json;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const PATH: &str = "/api/v1/conversations";

/// So many conversations come at once who asked for no number, and at the most.
const USUAL: usize = 20;
const MOST: usize = 200;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create))
}

/// A conversation that is to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConversationBody {
    /// Its title: 1 to 200 characters, not all of them blank, none a control character
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$",
        example = "Marketing Planning"
    )]
    title: Option<String>,
    /// What it is for
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*$"
    )]
    intent_context: Option<String>,
    /// The project that it belongs to. Only its members may begin one in it
    #[serde(default)]
    #[schema(format = "uuid")]
    master_project_id: Option<String>,
    /// Whose it is to be. Only one's own is accepted
    #[serde(default)]
    #[schema(format = "uuid")]
    user_id: Option<String>,
}

/// Begin a conversation
///
/// At most 50 may be in use; archived ones don't count.
#[utoipa::path(
    post,
    path = "/api/v1/conversations",
    tag = "service",
    params(IdempotencyKey),
    request_body = NewConversationBody,
    responses(
        (status = 201, description = "It has begun", body = Conversation),
        (status = 400, description = "It is not accepted", body = ServiceFault),
        (status = 403, description = "It would be another user's", body = ServiceFault),
        (status = 404, description = "There is no such project, or it is not the user's", body = ServiceFault),
        (status = 409, description = "As many are in use as there may be", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn create(
    speaker: Speaker,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Response, Fault> {
    let asked: NewConversationBody = read(&body)?;
    let mark = key.map(|key| key.of(speaker.embedder.as_ref()).mark(PATH, &body));
    let (profile, embedder) = (speaker.profile.clone(), speaker.embedder.clone());
    let creating = async move {
        let created = profile
            .run(move |profile| begin(profile, embedder, asked))
            .await?;
        created.map(|created| created.id.to_string())
    };
    let id = named_once(&speaker.profile, mark, creating).await?;
    let id: Uuid = id.parse().map_err(|_| Fault::unknown_before())?;
    let shown = shown_now(&speaker, id).await?;
    Ok((StatusCode::CREATED, shown).into_response())
}

fn begin(
    profile: &mut ProfileWork,
    embedder: Option<Embedder>,
    asked: NewConversationBody,
) -> Result<ShownConversation, Fault> {
    let own = Uuid::of_key(&profile.home.keys.public()).to_string();
    if asked.user_id.is_some_and(|user| user != own) {
        let error = "User can only create conversations for themselves";
        return Err(Fault::new(StatusCode::FORBIDDEN, error).coded("not_yourself"));
    }
    let project = asked.master_project_id.as_deref().map(named_project);
    let project = project.transpose()?;
    let project = match &embedder {
        Some(page) => within_page(page, project)?,
        None => project,
    };
    let new = NewConversation {
        title: asked.title,
        intent_context: asked.intent_context,
        project,
        web_origin: embedder.map(|embedder| embedder.origin),
    };
    profile.begin_conversation(&new).map_err(of_told)
}

/// Where a page of another site was let in, all that it begins is there: in that project, or in none.
fn within_page(page: &Embedder, asked: Option<Uuid>) -> Result<Option<Uuid>, Fault> {
    let project = page.project.as_deref().map(str::parse::<Hash>);
    let project = project.transpose().map_err(|_| no_project())?;
    let own = project.map(|id| Uuid::of(&id));
    match asked.is_none() || asked == own {
        true => Ok(own),
        false => Err(no_project()),
    }
}

fn no_project() -> Fault {
    of_told(Some(Refusal::NoProject))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only those of this project
    #[param(format = "uuid")]
    master_project_id: Option<String>,
    /// Only archived ones, or only those in use
    archived: Option<bool>,
    /// With the archived ones, too, where nothing else is said
    include_archived: Option<bool>,
    /// How many at the most
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u64>,
    /// After the conversation with this id. Of one that is not there, the first page comes
    before: Option<String>,
    /// Where the page before ended: its `next`
    cursor: Option<String>,
}

/// A page of conversations.
#[derive(Debug, Serialize, ToSchema)]
struct ConversationPage {
    /// The conversations, the last changed first.
    conversations: Vec<Conversation>,
    /// How many fit, on all pages.
    total: usize,
    /// How many files of the user's, and projects, can't be read: nobody knows whether what is in
    /// them fits.
    unreadable: usize,
    /// The cursor of the next page; none on the last one.
    next: Option<String>,
}

/// List conversations, the last changed first
#[utoipa::path(
    get,
    path = "/api/v1/conversations",
    tag = "service",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of conversations", body = ConversationPage),
        (status = 400, description = "The query can't be meant", body = ServiceFault),
        (status = 404, description = "There is no page at this cursor, or no such project", body = ServiceFault)
    )
)]
async fn list(
    speaker: Speaker,
    Asked(asked): Asked<ListQuery>,
) -> Result<Json<ConversationPage>, Fault> {
    let limit = limit_of(asked.limit, USUAL, MOST)?;
    let after = asked.cursor.as_deref().map(cursor::thread_place);
    let after = after.transpose()?;
    let archived = match (asked.archived, asked.include_archived) {
        (Some(archived), _) => Some(archived),
        (None, Some(true)) => None,
        (None, _) => Some(false),
    };
    let project = asked.master_project_id.as_deref().map(named_project);
    let project = project.transpose()?;
    save_first(&speaker.profile).await?;
    let before = asked.before.map(|before| before.parse::<Uuid>());
    let before = before.transpose().map_err(|_| not_found())?;
    let page = speaker.profile.read(move |workspace| {
        let filter = Filter {
            is_archived: archived,
            embedder: speaker.embedder,
            after,
            // One more, to know whether there is a next page.
            limit: Some(limit + 1),
            ..Filter::default()
        };
        told(page(workspace, filter, project, before, limit))
    });
    Ok(Json(page.await?.map_err(of_told)?))
}

/// What was said a moment ago may be in a journal alone, and lists are told from what is saved.
pub(super) async fn save_first(profile: &ProfileHandle) -> Result<(), Fault> {
    let saved = profile.run(|profile| {
        if profile.conversations.is_unsaved() {
            profile.save();
        }
        !profile.conversations.is_unsaved()
    });
    match saved.await? {
        true => Ok(()),
        false => Err(Fault::internal("What was said last could not be saved yet")),
    }
}

fn page(
    workspace: &Workspace,
    mut filter: Filter,
    project: Option<Uuid>,
    before: Option<Uuid>,
    limit: usize,
) -> Result<ConversationPage, ServiceError> {
    let threads = workspace.threads();
    let owner = workspace.owner()?;
    let membership = workspace.projects().membership(&owner)?;
    let within = match project {
        None => None,
        Some(name) => {
            let mut projects = membership.projects();
            let named = projects.find(|id| Uuid::of(id) == name);
            Some(named.ok_or(Refusal::NoProject)?)
        }
    };
    let within = Within {
        membership: &membership,
        project: within,
    };
    if let (None, Some(id)) = (&filter.after, before) {
        let embedder = filter.embedder.as_ref();
        let place = threads.conversation(&id, &owner, embedder)?;
        // What is out of reach is as if it were not there.
        let place = place.filter(|place| place.reach.is_within(&membership, embedder));
        filter.after = place.map(|place| ListPlace::of(&place.thread));
    }
    let list = threads.conversations(&filter, &owner, &within)?;
    let mut found = list.conversations;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    let next = last.map(|(thread, _)| cursor::of_thread(thread));
    let shown = found.into_iter();
    let shown = shown.map(|(thread, facts)| ShownConversation::of_indexed(thread, facts));
    Ok(ConversationPage {
        conversations: shown.map(Conversation::of).collect(),
        total: list.total,
        unreadable: list.unreadable + membership.unreadable(),
        next,
    })
}

/// The body of a request.
///
/// # Errors
/// If it is not what the route takes.
pub(super) fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Fault> {
    let read = object(body);
    read.map_err(|why| Fault::bad_request(format!("Invalid body: {why}")).coded("invalid_body"))
}
