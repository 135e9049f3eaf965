//! `/api/v1/conversations/{id}/drawn`: a conversation as a page shows it, its texts as HTML that can do
//! nothing, with what is being answered in it; and a draft in the same way. So there is one way of
//! drawing, the server's.

use super::conversation::named;
use super::draft::{self, Draft};
use super::refused::of_told;
use super::replies::NamedReply;
use super::seen::look;
use super::shown::{Conversation, Message};
use crate::model::{Hash, Uuid};
use crate::server::api::asked::{Asked, Named, limit_of};
use crate::server::app::App;
use crate::server::caller::Speaker;
use crate::server::fault::Fault;
use crate::server::page::{drawn_message, drawn_text, question_of};
use crate::server::replies::{ComingReply, ReplyName, ReplyState, Talk};
use crate::server::service_faults::ServiceFault;
use crate::server::worker::ProfileWork;
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// So many messages come at once who asked for no number, and at the most.
const USUAL: usize = 50;
const MOST: usize = 200;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(drawn))
        .routes(routes!(drawn_reply))
        .routes(routes!(drawn_draft))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DrawnQuery {
    /// How many of the last messages at the most
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
}

/// A conversation as a page shows it.
#[derive(Debug, Serialize, ToSchema)]
struct DrawnConversation {
    conversation: Conversation,
    /// Its last messages, oldest first.
    messages: Vec<DrawnMessage>,
    /// Whether there are earlier ones.
    has_earlier: bool,
    /// What is being answered, and what ended lately, in order.
    replies: Vec<DrawnReplyState>,
    /// The newest question, if nobody answered it to its end: by this name it is asked again.
    unanswered: Option<Unanswered>,
}

/// A message with its text drawn.
#[derive(Debug, Serialize, ToSchema)]
struct DrawnMessage {
    #[serde(flatten)]
    message: Message,
    /// What it says, as HTML: text, its structure, and links to the web or to a letter. Nothing in it
    /// runs or loads anything.
    html: String,
    /// The message that it answers.
    #[schema(format = "uuid")]
    answers: Option<String>,
}

/// A reply, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
struct DrawnReplyState {
    /// Its name.
    reply_id: String,
    /// The question.
    #[schema(format = "uuid")]
    message_id: String,
    /// `waiting`, `running` or `ended`.
    state: &'static str,
    /// Why there is no answer, if it ended without one.
    error: Option<NoReplyReason>,
}

/// Why there is no answer.
#[derive(Debug, Serialize, ToSchema)]
struct NoReplyReason {
    /// A stable word for programs.
    code: &'static str,
    /// A sentence for people.
    message: String,
}

/// A question without a whole answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Unanswered {
    /// A name of its reply.
    reply_id: String,
    /// The question.
    #[schema(format = "uuid")]
    message_id: String,
    /// Whether an answer was begun.
    interrupted: bool,
}

/// What is seen of the messages.
struct SeenMessages {
    conversation: Conversation,
    messages: Vec<DrawnMessage>,
    has_earlier: bool,
    unanswered: Option<Unanswered>,
}

/// Show a conversation as a page draws it
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/drawn",
    tag = "service",
    params(("id" = String, Path, description = "The conversation's id", format = "uuid"), DrawnQuery),
    responses(
        (status = 200, description = "The conversation, drawn", body = DrawnConversation),
        (status = 400, description = "The query can't be meant", body = ServiceFault),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault)
    )
)]
async fn drawn(
    speaker: Speaker,
    Named(id): Named<String>,
    Asked(asked): Asked<DrawnQuery>,
) -> Result<Json<DrawnConversation>, Fault> {
    let id = named(&id)?;
    let limit = limit_of(asked.limit, USUAL, MOST)?;
    // Whoever sees an answer in the messages has no use for its reply: those are looked at first.
    let embedder = speaker.embedder.clone();
    let replies = speaker
        .profile
        .with_conversation(id, embedder, |profile, root| Ok(replies_in(profile, root)));
    let replies = replies.await?.map_err(of_told)?;
    let seen = look(&speaker, id, move |seen| {
        let conversation = seen.conversation();
        let end = conversation.message_count;
        let start = seen.start_of_page(end, limit);
        let messages = seen.messages(start, end).into_iter();
        let as_stored = seen.stored(start, end).into_iter();
        let drawn = messages
            .zip(as_stored)
            .map(|(message, stored)| DrawnMessage {
                message: Message::of(&id, message),
                html: drawn_message(stored),
                answers: question_of(stored).map(|question| name(&question)),
            });
        SeenMessages {
            messages: drawn.collect(),
            has_earlier: start > 0,
            unanswered: seen.unanswered().map(|(question, interrupted)| Unanswered {
                reply_id: ReplyName::first(question).to_string(),
                message_id: name(&question),
                interrupted,
            }),
            conversation: Conversation::of(conversation),
        }
    });
    let seen = seen.await?;
    Ok(Json(DrawnConversation {
        conversation: seen.conversation,
        messages: seen.messages,
        has_earlier: seen.has_earlier,
        replies,
        unanswered: seen.unanswered,
    }))
}

fn name(message: &Hash) -> String {
    Uuid::of(message).to_string()
}

fn replies_in(profile: &ProfileWork, root: Hash) -> Vec<DrawnReplyState> {
    let known = profile.replies_known(Talk::Conversation(root));
    known.iter().map(|reply| state_of(reply)).collect()
}

fn state_of(reply: &ComingReply) -> DrawnReplyState {
    let (state, error) = match reply.state() {
        ReplyState::Waiting => ("waiting", None),
        ReplyState::Running => ("running", None),
        ReplyState::Answered(_) => ("ended", None),
        ReplyState::None(none) => {
            let (code, message) = (none.code, none.why);
            ("ended", Some(NoReplyReason { code, message }))
        }
    };
    DrawnReplyState {
        reply_id: reply.name.to_string(),
        message_id: name(&reply.name.question),
        state,
        error,
    }
}

/// What came of a reply.
#[derive(Debug, Serialize, ToSchema)]
struct DrawnText {
    /// As HTML, as if that were all.
    html: String,
}

/// Show what came of a reply by now, as a page draws it
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/replies/{reply_id}/drawn",
    tag = "service",
    params(
        ("id" = String, Path, description = "The conversation's id", format = "uuid"),
        ("reply_id" = String, Path, description = "The reply's name")
    ),
    responses(
        (status = 200, description = "Its text, drawn", body = DrawnText),
        (status = 404, description = "There is no such reply", body = ServiceFault)
    )
)]
async fn drawn_reply(
    speaker: Speaker,
    Named((id, reply)): Named<(String, String)>,
) -> Result<Json<DrawnText>, Fault> {
    let reply = NamedReply::read(&id, &reply)?.find(&speaker).await?;
    let html = speaker.profile.read(move |_| drawn_text(&reply.text()));
    Ok(Json(DrawnText { html: html.await? }))
}

/// A draft with its text drawn.
#[derive(Debug, Serialize, ToSchema)]
struct DrawnDraft {
    #[serde(flatten)]
    draft: Draft,
    /// What it says, as HTML like that of a message.
    html: String,
}

/// Show a draft as a page draws it
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{id}/drawn",
    tag = "service",
    params(("id" = String, Path, description = "The draft's id", format = "uuid")),
    responses(
        (status = 200, description = "The draft, drawn", body = DrawnDraft),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault),
        (status = 409, description = "It can't be verified or opened", body = ServiceFault)
    )
)]
async fn drawn_draft(
    speaker: Speaker,
    Named(id): Named<String>,
) -> Result<Json<DrawnDraft>, Fault> {
    let seen = draft::found_by(&speaker, draft::named(&id)?).await?;
    let draft = Draft::of(&seen);
    let html = speaker.profile.read(move |_| drawn_text(&seen.text()));
    let html = html.await?;
    Ok(Json(DrawnDraft { draft, html }))
}
