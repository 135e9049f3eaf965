//! `/api/v1/drafts/{id}`: one draft, and what its user makes of it. Nothing is applied but by them.

use super::conversations::{read, save_first};
use super::once::named_once;
use super::refused::{of_content, of_refusal, of_told};
use super::shown::Content as WireContent;
use crate::model::{Applied as AppliedEntry, DraftState, Uuid};
use crate::server::api::asked::Named;
use crate::server::app::App;
use crate::server::caller::{Caller, Speaker};
use crate::server::fault::Fault;
use crate::server::idempotency::IdempotencyKey;
use crate::server::service_faults::ServiceFault;
use crate::server::worker::{ProfileHandle, told};
use crate::service::{self, Content, DraftAct, Refusal, SeenDraft, act_on_draft};
use axum::Json;
use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The longest name of where a draft was put, in characters.
const LONGEST_PLACE: usize = 200;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show, edit))
        .routes(routes!(accept))
        .routes(routes!(discard))
        .routes(routes!(apply))
}

/// A draft: what an AI proposed, and what its user made of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Draft {
    /// Its id, for ever: the `linked_draft_id` of the message that it came from.
    #[schema(format = "uuid")]
    id: String,
    /// Whose it is.
    #[schema(format = "uuid")]
    user_id: String,
    /// The conversation that it came up in; none where that was said elsewhere, at a command line
    /// say.
    #[schema(format = "uuid")]
    conversation_id: Option<String>,
    /// The message that it came from. That never changes.
    #[schema(format = "uuid")]
    message_id: String,
    /// The project that it belongs to, if any.
    #[schema(format = "uuid")]
    master_project_id: Option<String>,
    /// What was asked for.
    #[schema(example = "draft_task_list")]
    intent: Option<String>,
    state: ShownDraftState,
    /// Whether the AI's answer broke off, so that what it wrote is not whole.
    interrupted: bool,
    /// `{"text": …}` or `{"blocks": […]}`: as its user left it.
    #[schema(value_type = WireContent)]
    content: Value,
    /// When the AI wrote it.
    #[schema(format = "date-time")]
    created_at: String,
    /// When it was last changed.
    #[schema(format = "date-time")]
    updated_at: String,
    /// When and where it was applied, in order.
    applied: Vec<Applied>,
}

/// That a draft, or some of it, was put somewhere.
#[derive(Debug, Serialize, ToSchema)]
struct Applied {
    /// When.
    #[schema(format = "date-time")]
    at: String,
    /// Where, if its user said.
    to: Option<String>,
}

/// What became of a draft.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ShownDraftState {
    /// It is as the AI wrote it.
    Generated,
    /// Its user wrote in it.
    Edited,
    /// Its user agreed to it.
    Accepted,
    /// Its user wants none of it.
    Discarded,
    /// Some of it was applied.
    PartiallyApplied,
}

impl From<DraftState> for ShownDraftState {
    fn from(state: DraftState) -> Self {
        match state {
            DraftState::Generated => Self::Generated,
            DraftState::Edited => Self::Edited,
            DraftState::Accepted => Self::Accepted,
            DraftState::Discarded => Self::Discarded,
            DraftState::PartiallyApplied => Self::PartiallyApplied,
        }
    }
}

impl From<ShownDraftState> for DraftState {
    fn from(state: ShownDraftState) -> Self {
        match state {
            ShownDraftState::Generated => Self::Generated,
            ShownDraftState::Edited => Self::Edited,
            ShownDraftState::Accepted => Self::Accepted,
            ShownDraftState::Discarded => Self::Discarded,
            ShownDraftState::PartiallyApplied => Self::PartiallyApplied,
        }
    }
}

impl Draft {
    pub fn of(seen: &SeenDraft) -> Self {
        let kept = seen.kept();
        Self {
            id: seen.id().to_string(),
            user_id: Uuid::of_key(&seen.owner).to_string(),
            conversation_id: seen.conversation.map(|id| id.to_string()),
            message_id: seen.message().to_string(),
            master_project_id: seen.project().map(|id| Uuid::of(&id).to_string()),
            intent: seen.intent.clone(),
            state: kept.state.into(),
            interrupted: seen.is_of_cut_answer(),
            content: seen.content.clone(),
            created_at: kept.created_at.to_string(),
            updated_at: kept.updated_at.to_string(),
            applied: seen.applied().iter().map(Applied::of).collect(),
        }
    }
}

impl Applied {
    fn of(applied: &AppliedEntry) -> Self {
        Self {
            at: applied.at.to_string(),
            to: applied.to.clone(),
        }
    }
}

/// The draft that an address names.
///
/// # Errors
/// If it names none.
pub(super) fn named(id: &str) -> Result<Uuid, Fault> {
    id.parse().map_err(|_| of_refusal(Refusal::NoDraft))
}

async fn found(profile: &ProfileHandle, id: Uuid) -> Result<SeenDraft, Fault> {
    save_first(profile).await?;
    let found = profile.read(move |workspace| told(service::draft(workspace, &id)));
    found.await?.map_err(of_told)
}

/// The same for whoever speaks: a page of another site finds what came up in conversations that it
/// reaches, and all else is missing. Deciding on a draft is its user's.
///
/// # Errors
/// If there is none for them, or it can't be verified or opened.
pub(super) async fn found_by(speaker: &Speaker, id: Uuid) -> Result<SeenDraft, Fault> {
    let profile = &speaker.profile;
    let Some(embedder) = speaker.embedder.clone() else {
        return found(profile, id).await;
    };
    let missing = |refusal: Option<Refusal>| of_told(refusal.map(|_| Refusal::NoDraft));
    save_first(profile).await?;
    let seen = profile.read(move |workspace| told(service::draft(workspace, &id)));
    let seen = seen.await?.map_err(missing)?;
    let conversation = seen.conversation.ok_or(Refusal::NoDraft);
    let conversation = conversation.map_err(of_refusal)?;
    let reached = profile.with_conversation(conversation, Some(embedder), |_, _| Ok(()));
    reached.await?.map_err(missing)?;
    Ok(seen)
}

/// Whether there is this draft, and it came up in a conversation that a site's page began: to that
/// site's page it is shown, and decided on in a window that this page opens.
pub(in crate::server::api) async fn check_of_page(
    profile: &ProfileHandle,
    id: &str,
    origin: &str,
) -> Result<(), Fault> {
    let seen = found(profile, named(id)?).await?;
    if seen.is_of_page(origin) {
        Ok(())
    } else {
        Err(of_refusal(Refusal::NoDraft))
    }
}

/// Show a draft
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{id}",
    tag = "service",
    params(("id" = String, Path, description = "The draft's id", format = "uuid")),
    responses(
        (status = 200, description = "The draft", body = Draft),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault),
        (status = 409, description = "It can't be verified or opened", body = ServiceFault)
    )
)]
async fn show(speaker: Speaker, Named(id): Named<String>) -> Result<Json<Draft>, Fault> {
    let seen = found_by(&speaker, named(&id)?).await?;
    Ok(Json(Draft::of(&seen)))
}

/// What a decision is about.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// What its user saw: `{"text": …}` or `{"blocks": […]}`. Where the draft says something else by
    /// then, nothing is decided. Left out, it is about whatever the draft says
    #[serde(default)]
    #[schema(value_type = Option<WireContent>)]
    content: Option<Value>,
}

/// Decides on a draft.
async fn decide(
    profile: &ProfileHandle,
    name: &str,
    how: &str,
    key: Option<IdempotencyKey>,
    body: &[u8],
    decision: impl FnOnce(Option<Value>) -> DraftAct,
) -> Result<Json<Draft>, Fault> {
    let id = named(name)?;
    let asked = match body {
        [] => None,
        body => read::<Option<Decision>>(body)?,
    };
    let shown = asked.and_then(|asked| asked.content);
    act(profile, id, how, key, body, decision(shown)).await
}

/// Does with a draft what its user wants, once for a key. A repeat, too, shows it as it is now.
async fn act(
    profile: &ProfileHandle,
    id: Uuid,
    how: &str,
    key: Option<IdempotencyKey>,
    body: &[u8],
    act: DraftAct,
) -> Result<Json<Draft>, Fault> {
    let path = format!("{how} /api/v1/drafts/{id}");
    let mark = key.map(|key| key.mark(&path, body));
    let asking = profile.clone();
    let acting = async move {
        let seen = found(&asking, id).await?;
        let acted = asking.run(move |profile| {
            let acted = act_on_draft(profile.home.work(), &seen, act);
            told(acted.map(drop))
        });
        acted.await?.map_err(of_told)?;
        Ok(id.to_string())
    };
    named_once(profile, mark, acting).await?;
    let seen = found(profile, id).await?;
    Ok(Json(Draft::of(&seen)))
}

/// What is to be changed of a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftChanges {
    /// What it is to say: `{"text": …}` or `{"blocks": […]}`
    #[schema(value_type = WireContent)]
    content: Value,
}

/// Write in a draft
///
/// The message that it came from stays as it is.
#[utoipa::path(
    patch,
    path = "/api/v1/drafts/{id}",
    tag = "service",
    params(("id" = String, Path, description = "The draft's id", format = "uuid"), IdempotencyKey),
    request_body = DraftChanges,
    responses(
        (status = 200, description = "The draft as it is now", body = Draft),
        (status = 400, description = "It is not accepted", body = ServiceFault),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault),
        (status = 409, description = "It was applied, accepted or discarded", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn edit(
    speaker: Speaker,
    Named(name): Named<String>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Json<Draft>, Fault> {
    let id = named(&name)?;
    let asked: DraftChanges = read(&body)?;
    let content = Content::read(&asked.content).map_err(of_content)?;
    found_by(&speaker, id).await?;
    let key = key.map(|key| key.of(speaker.embedder.as_ref()));
    act(
        &speaker.profile,
        id,
        "PATCH",
        key,
        &body,
        DraftAct::Edit(content),
    )
    .await
}

/// Agree to a draft
///
/// Nothing is applied by that: that is its user's to do, and to note by `apply`.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{id}/accept",
    tag = "service",
    params(("id" = String, Path, description = "The draft's id", format = "uuid"), IdempotencyKey),
    request_body = Option<Decision>,
    responses(
        (status = 200, description = "It is accepted", body = Draft),
        (status = 400, description = "The body or the key is none", body = ServiceFault),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault),
        (status = 409, description = "It was applied, accepted or discarded before, or changed since it was shown", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn accept(
    caller: Caller,
    Named(name): Named<String>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Json<Draft>, Fault> {
    let profile = &caller.profile;
    decide(profile, &name, "accept", key, &body, DraftAct::Accept).await
}

/// Want none of a draft
///
/// It stays, and says so.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{id}/discard",
    tag = "service",
    params(("id" = String, Path, description = "The draft's id", format = "uuid"), IdempotencyKey),
    request_body = Option<Decision>,
    responses(
        (status = 200, description = "It is discarded", body = Draft),
        (status = 400, description = "The body or the key is none", body = ServiceFault),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault),
        (status = 409, description = "It was applied, accepted or discarded before, or changed since it was shown", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn discard(
    caller: Caller,
    Named(name): Named<String>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Json<Draft>, Fault> {
    let profile = &caller.profile;
    decide(profile, &name, "discard", key, &body, DraftAct::Discard).await
}

/// That a draft was applied.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Application {
    /// Where its user put it: the name of a file, say
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    to: Option<String>,
    /// Whether only some of it was
    #[serde(default)]
    part: bool,
}

/// Note that a draft was applied
///
/// By its user: the server puts it nowhere. As a whole it is applied once it was accepted; some of
/// it as long as it was not discarded.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{id}/apply",
    tag = "service",
    params(("id" = String, Path, description = "The draft's id", format = "uuid"), IdempotencyKey),
    request_body = Application,
    responses(
        (status = 200, description = "It is noted", body = Draft),
        (status = 400, description = "It is not accepted", body = ServiceFault),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault),
        (status = 409, description = "It was not accepted yet, or was applied or discarded before", body = ServiceFault),
        (status = 422, description = "The key stands for another request", body = ServiceFault)
    )
)]
async fn apply(
    caller: Caller,
    Named(name): Named<String>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Json<Draft>, Fault> {
    let id = named(&name)?;
    let asked: Application = read(&body)?;
    if !asked.to.as_deref().is_none_or(is_place) {
        let error = format!("Invalid to. Must be 1 to {LONGEST_PLACE} characters on one line");
        return Err(Fault::bad_request(error).coded("invalid_place"));
    }
    let apply = DraftAct::Apply {
        to: asked.to,
        is_part: asked.part,
    };
    act(&caller.profile, id, "apply", key, &body, apply).await
}

fn is_place(place: &str) -> bool {
    let is_seen = |sign: char| !sign.is_whitespace() && !sign.is_control();
    let length = place.chars().count();
    length <= LONGEST_PLACE && place.contains(is_seen) && !place.contains(char::is_control)
}
