//! `/api/v1/tags/preview`: what a text would bring into the prompt by its `@tags`, before it is sent.

use super::conversation::named;
use super::conversations::{read, save_first};
use super::projects::named_project;
use super::refused::{of_content, of_told};
use super::shown::{Content as WireContent, Tag, written};
use crate::server::app::App;
use crate::server::caller::Speaker;
use crate::server::fault::Fault;
use crate::server::idempotency::NoKey;
use crate::server::service_faults::ServiceFault;
use crate::server::worker::told;
use crate::service::{Content, PreviewedSource, Scope, preview as previewed};
use axum::Json;
use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(preview))
}

/// A text that may be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreviewBody {
    /// `{"text": …}` or `{"blocks": […]}`, as of a message
    #[schema(value_type = WireContent)]
    content: Value,
    /// The conversation in which it is to be said
    #[serde(default)]
    #[schema(format = "uuid")]
    conversation_id: Option<String>,
    /// The project in which one is to begin; beside a conversation none but its own. A page has its own
    #[serde(default)]
    #[schema(format = "uuid")]
    master_project_id: Option<String>,
}

/// What a text would bring in.
#[derive(Debug, Serialize, ToSchema)]
struct TagsPreview {
    /// The tags in it, and what each stands for now.
    #[schema(max_items = 5)]
    tags: Vec<Tag>,
    /// What they would bring in, in the order in which an AI would get to read it.
    sources: Vec<SourcePreview>,
    /// How many bytes these have.
    bytes: usize,
}

/// Something that a text would bring in.
#[derive(Debug, Serialize, ToSchema)]
struct SourcePreview {
    /// The name that brings it in.
    #[schema(example = "marketing-planning")]
    name: String,
    /// `messages`, `draft` or `project`.
    #[schema(example = "messages")]
    r#type: &'static str,
    /// The thread's title, the draft's first line, or the project's name.
    title: String,
    /// The conversation that has the messages, or in which the draft came up; none of another thread.
    #[schema(format = "uuid")]
    conversation_id: Option<String>,
    /// The draft.
    #[schema(format = "uuid")]
    draft_id: Option<String>,
    /// The project.
    #[schema(format = "uuid")]
    project_id: Option<String>,
    /// How many messages: the last ones.
    #[schema(maximum = 10)]
    count: Option<usize>,
    /// How many the thread has.
    message_count: Option<usize>,
    /// How many bytes an AI would get to read of it.
    bytes: usize,
    /// Whether a text in it is too long, so that only how it begins comes.
    cut: bool,
}

impl SourcePreview {
    fn of(previewed: PreviewedSource) -> Self {
        let source = previewed.source;
        Self {
            name: previewed.name,
            r#type: source.kind,
            title: previewed.title,
            conversation_id: written(source.conversation),
            draft_id: written(source.draft),
            project_id: written(source.project),
            count: source.count,
            message_count: previewed.count_of_all,
            bytes: previewed.bytes,
            cut: previewed.is_cut,
        }
    }
}

/// Show what the `@tags` of a text would bring in
///
/// As if it were said now; nothing is said or kept. When it is said its tags are looked up anew. What
/// a small `context-tokens` leaves no room for is not sent then.
#[utoipa::path(
    post,
    path = "/api/v1/tags/preview",
    tag = "service",
    request_body = PreviewBody,
    responses(
        (status = 200, description = "What it would bring in", body = TagsPreview),
        (status = 400, description = "It could not be said, or there is an Idempotency-Key", body = ServiceFault),
        (status = 404, description = "There is no such conversation or project, or it is not the user's", body = ServiceFault),
        (status = 409, description = "The conversation can't be verified or read", body = ServiceFault)
    )
)]
async fn preview(speaker: Speaker, _: NoKey, body: Bytes) -> Result<Json<TagsPreview>, Fault> {
    let asked: PreviewBody = read(&body)?;
    let content = Content::read(&asked.content).map_err(of_content)?;
    let scope = scope_of(&speaker, &asked).await?;
    save_first(&speaker.profile).await?;
    let preview = speaker
        .profile
        .read(move |workspace| told(previewed(workspace, &scope, &content)));
    let preview = preview.await?.map_err(of_told)?;
    Ok(Json(TagsPreview {
        bytes: preview.brought.iter().map(|source| source.bytes).sum(),
        tags: preview.tags.into_iter().map(Tag::of).collect(),
        sources: preview.brought.into_iter().map(SourcePreview::of).collect(),
    }))
}

async fn scope_of(speaker: &Speaker, asked: &PreviewBody) -> Result<Scope, Fault> {
    let (profile, embedder) = (&speaker.profile, speaker.embedder.clone());
    let project = asked.master_project_id.as_deref().map(named_project);
    let project = project.transpose()?;
    if let Some(id) = &asked.conversation_id {
        let page = embedder.clone();
        let scope = profile.with_conversation(named(id)?, embedder, move |profile, root| {
            let of = |thread: &_| Scope::of(thread, page.as_ref());
            let work = profile.home.work();
            profile.conversations.with_thread(work, &root, of)
        });
        let scope = scope.await?.map_err(of_told)?;
        return told(scope.within(project.as_ref())).map_err(of_told);
    }
    let scope = profile.read(move |workspace| {
        told(match embedder {
            Some(page) => Scope::of_page(workspace, page),
            None => Scope::of_project(workspace, project.as_ref()),
        })
    });
    scope.await?.map_err(of_told)
}
