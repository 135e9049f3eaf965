//! `/api/persona_chat`: asking an AI, and following its reply.

use super::asked::{Named, object};
use super::buffer::append_fault;
use super::events::stream_of;
use super::threads::AskedMode;
use crate::buffer::{Mode, NewMessage};
use crate::model::Role;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::{Fault, FaultBody};
use crate::server::idempotency::{IdempotencyKey, NoKey, to_the_end};
use crate::server::replies::{Answer, ComingReply, ReplyName, ReplyState};
use crate::server::worker::{AskedBefore, ProfileHandle, Repeatable, RetryError};
use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::response::sse::Event;
use futures_util::stream;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::watch;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const PATH: &str = "/api/persona_chat";

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(follow, stop))
        .routes(routes!(retry))
}

/// What an AI is to be asked.
#[derive(Deserialize, ToSchema)]
struct Asked {
    /// The message: more than blanks.
    #[serde(default)]
    #[schema(value_type = String, required, pattern = r"\S")]
    message: Value,
    #[serde(default)]
    #[schema(value_type = AskedMode, required)]
    mode: Value,
}

/// A question is to be asked again. Nothing more is said yet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Again {}

/// The id of the last event that was heard.
#[derive(IntoParams)]
#[into_params(names("Last-Event-ID"), parameter_in = Header)]
#[expect(dead_code, reason = "for the API's description")]
pub(super) struct LastEventId(
    /// How many bytes of its text are known
    #[param(required = false, maximum = 9_007_199_254_740_991_i64)]
    usize,
);

/// The greatest whole number that every reader of JSON tells from its neighbours (RFC 8259, section 6).
const GREATEST_PLACE: usize = (1 << 53) - 1;

impl LastEventId {
    /// How many bytes are known: none, if it doesn't say.
    ///
    /// # Errors
    /// It is none that an event had.
    pub(super) fn of(headers: &HeaderMap) -> Result<usize, Fault> {
        let Some(id) = headers.get("last-event-id") else {
            return Ok(0);
        };
        let known = id.to_str().ok().and_then(|id| id.parse().ok());
        let known = known.filter(|known| *known <= GREATEST_PLACE);
        known.ok_or_else(|| Fault::bad_request("Invalid Last-Event-ID. Must be a whole number"))
    }
}

/// One event of a reply: `data: {"type": …, "data": …}`.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "lowercase")]
#[schema(rename_all = "lowercase")]
pub(super) enum ReplyEvent {
    /// The reply has a name, and the message is stored.
    Started {
        /// The reply's name.
        id: String,
        /// The id of the message that it answers.
        message: String,
        /// The mode.
        mode: &'static str,
        /// From which byte on its text follows.
        offset: usize,
    },
    /// The next piece of the answer.
    Content {
        /// The piece.
        text: String,
    },
    /// What the AI says of how it comes to its answer. No backend tells this yet.
    #[expect(dead_code, reason = "part of the API; no backend tells it yet")]
    Reasoning {
        /// The next piece of it.
        text: String,
    },
    /// The answer is a signed message. This is the last event.
    Answer {
        /// Its whole text.
        response: String,
        /// Its id.
        message: String,
        /// Whether it is not whole.
        interrupted: bool,
        /// The model that gave it, where that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    /// There is no answer; the message is stored. This is the last event.
    Error {
        /// Why, for people.
        message: String,
        /// Why, for programs.
        code: &'static str,
        /// Whether asking again may give an answer: not as long as there is no AI to ask.
        retry: bool,
    },
}

/// A reply that was stopped.
#[derive(Serialize, ToSchema)]
struct StoppedAnswer {
    success: bool,
    /// The reply's name.
    id: String,
    /// The id of the answer, if anything had come.
    message: Option<String>,
    /// Whether it is not whole.
    interrupted: bool,
}

/// Ask an AI
///
/// The message is signed and on disk before the AI is asked. The reply comes as a stream of events,
/// runs to its end whether or not anybody listens, and is stored. While another reply of its mode is
/// coming it waits for its turn.
#[utoipa::path(post, path = "/api/persona_chat", tag = "chat", params(IdempotencyKey),
    request_body = Asked,
    responses((status = 200, description = "The reply as it comes", body = ReplyEvent,
               content_type = "text/event-stream"),
              (status = 400, description = "It is not accepted", body = FaultBody),
              (status = 409, description = "Too many wait for an answer", body = FaultBody),
              (status = 422, description = "The key was used for another request", body = FaultBody),
              (status = 500, description = "It could not be saved", body = FaultBody)))]
async fn ask(caller: Caller, key: Option<IdempotencyKey>, body: Bytes) -> Result<Response, Fault> {
    let _: IgnoredAny = serde_json::from_slice(&body)
        .map_err(|_| Fault::bad_request("The request body is not valid JSON"))?;
    let asked: Asked = object(&body).map_err(|_| Fault::bad_request("Message is required"))?;
    let message = asked.message.as_str().unwrap_or_default();
    if message.trim().is_empty() {
        return Err(Fault::bad_request("Message is required"));
    }
    let mode = asked.mode.as_str().and_then(Mode::read);
    let mode = mode.ok_or_else(|| Fault::bad_request("Invalid or missing mode"))?;
    let message = NewMessage {
        idempotency: key.map(|key| key.mark(PATH, &body)),
        ..NewMessage::new(Role::Human, message)
    };
    let reply = caller.profile.ask(mode, message).await;
    let reply = reply.map_err(|error| append_fault(error, "Failed to save message"))?;
    Ok(events_of(&caller.profile, reply, 0))
}

/// Follow a reply
///
/// From the place that `Last-Event-ID` names, or from its beginning. A reply that has ended is given
/// as it is stored.
#[utoipa::path(get, path = "/api/persona_chat/{id}", tag = "chat",
    params(("id" = String, Path, description = "The reply's name"),
           LastEventId),
    responses((status = 200, description = "The reply as it comes", body = ReplyEvent,
               content_type = "text/event-stream"),
              (status = 400, description = "Last-Event-ID is none", body = FaultBody),
              (status = 404, description = "No such reply", body = FaultBody)))]
async fn follow(
    caller: Caller,
    Named(id): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let name = name_of(&id)?;
    let known = LastEventId::of(&headers)?;
    let reply = caller.profile.run(move |profile| profile.find_reply(&name));
    let reply = reply.await??.ok_or_else(Fault::not_found)?;
    Ok(events_of(&caller.profile, reply, known))
}

/// Stop a reply
///
/// What came of it is kept, as an answer that is not whole. One that has ended stays as it is.
#[utoipa::path(delete, path = "/api/persona_chat/{id}", tag = "chat",
    params(("id" = String, Path, description = "The reply's name")),
    responses((status = 200, description = "It comes no longer", body = StoppedAnswer),
              (status = 400, description = "There is an Idempotency-Key", body = FaultBody),
              (status = 404, description = "No such reply", body = FaultBody)))]
async fn stop(
    caller: Caller,
    _: NoKey,
    Named(id): Named<String>,
) -> Result<Json<StoppedAnswer>, Fault> {
    let name = name_of(&id)?;
    let stopped = caller.profile.run(move |profile| {
        let stopped = profile.stop_reply(&name);
        stopped.map_or_else(|| profile.find_reply(&name), |reply| Ok(Some(reply)))
    });
    let reply = stopped.await??.ok_or_else(Fault::not_found)?;
    let (message, interrupted) = match reply.state() {
        ReplyState::Answered(answer) => (Some(answer.message.to_string()), answer.is_interrupted),
        _ => (None, true),
    };
    Ok(Json(StoppedAnswer {
        success: true,
        id: reply.name.to_string(),
        message,
        interrupted,
    }))
}

/// Ask again
///
/// The newest question is asked again; its message is not stored twice. Its answer stays until there
/// is another, which takes its place.
#[utoipa::path(post, path = "/api/persona_chat/{id}/retry", tag = "chat",
    params(("id" = String, Path, description = "The name of a reply to the question"), IdempotencyKey),
    request_body = Again,
    responses((status = 200, description = "The reply as it comes", body = ReplyEvent,
               content_type = "text/event-stream"),
              (status = 400, description = "The body or the key is none", body = FaultBody),
              (status = 404, description = "No such reply", body = FaultBody),
              (status = 409, description = "It is not the newest message", body = FaultBody),
              (status = 422, description = "The key was used for another request", body = FaultBody)))]
async fn retry(
    caller: Caller,
    Named(id): Named<String>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Response, Fault> {
    let name = name_of(&id)?;
    if !body.is_empty() {
        let _: Again = object(&body).map_err(|_| Fault::bad_request("Invalid body. Must be {}"))?;
    }
    let profile = &caller.profile;
    let Some(key) = key else {
        let reply = ask_again(profile, name).await?;
        return Ok(events_of(profile, reply, 0));
    };
    let path = format!("{PATH}/{name}/retry");
    let claim = match profile.claim(key.mark(&path, &body)).await? {
        Repeatable::New(claim) => claim,
        Repeatable::Done(before) => return attached(profile, &before).await,
        Repeatable::OtherBody => return Err(Fault::other_body()),
        Repeatable::Going => return Err(Fault::going()),
        Repeatable::Unknown => return Err(Fault::unknown_before()),
    };
    let profile = profile.clone();
    let asking = async move {
        let reply = ask_again(&profile, name).await?;
        let body = json!({ "reply": reply.name.to_string() });
        let before = AskedBefore { status: 200, body };
        profile.settle(claim, before).await?;
        Ok(events_of(&profile, reply, 0))
    };
    to_the_end(asking).await
}

pub(super) async fn ask_again(
    profile: &ProfileHandle,
    name: ReplyName,
) -> Result<Arc<ComingReply>, Fault> {
    let asked = profile.run(move |profile| profile.retry(&name)).await?;
    asked.map_err(|error| match error {
        RetryError::NotFound => Fault::not_found(),
        RetryError::NotLookedUp(error) => error.into(),
        RetryError::NotNewest => Fault::new(
            StatusCode::CONFLICT,
            "Only the newest message can be asked again",
        ),
        RetryError::TooManyWaiting => {
            Fault::new(StatusCode::CONFLICT, "Too many messages wait for an answer")
        }
    })
}

/// The reply that an earlier request of the same key began.
async fn attached(profile: &ProfileHandle, before: &AskedBefore) -> Result<Response, Fault> {
    let name = before.body.get("reply").and_then(Value::as_str);
    let name = name_of(name.unwrap_or_default())?;
    let reply = profile.run(move |profile| profile.find_reply(&name));
    let reply = reply.await??.ok_or_else(Fault::not_found)?;
    Ok(events_of(profile, reply, 0))
}

fn name_of(id: &str) -> Result<ReplyName, Fault> {
    id.parse().map_err(|_| Fault::not_found())
}

/// Somebody who listens to a reply.
struct Listener {
    reply: Arc<ComingReply>,
    moved: watch::Receiver<u64>,
    ending: watch::Receiver<bool>,
    offset: usize,
    stage: Stage,
}

enum Stage {
    /// Nothing was told yet.
    Begin,
    /// The text is told as it comes.
    Text,
    /// All was told.
    Over,
}

pub(super) fn events_of(
    profile: &ProfileHandle,
    reply: Arc<ComingReply>,
    known: usize,
) -> Response {
    let listener = Listener {
        moved: reply.listen(),
        ending: profile.ending(),
        offset: reply.place(known),
        reply,
        stage: Stage::Begin,
    };
    stream_of(stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((event, listener))
    }))
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        match self.stage {
            Stage::Begin => {
                self.stage = Stage::Text;
                Some(self.told(&self.started()))
            }
            Stage::Text => self.next_piece().await,
            Stage::Over => None,
        }
    }

    async fn next_piece(&mut self) -> Option<Event> {
        loop {
            self.moved.mark_unchanged();
            let heard = self.reply.from(self.offset);
            if !heard.text.is_empty() {
                self.offset = heard.offset;
                return Some(self.told(&ReplyEvent::Content { text: heard.text }));
            }
            if heard.state.has_ended() {
                self.stage = Stage::Over;
                return Some(self.told(&self.ended(heard.state)));
            }
            tokio::select! {
                moved = self.moved.changed() => moved.ok()?,
                // Whoever comes back to the next server gets what was kept.
                _ = self.ending.wait_for(|ended| *ended) => return None,
            }
        }
    }

    fn started(&self) -> ReplyEvent {
        let name = self.reply.name;
        ReplyEvent::Started {
            id: name.to_string(),
            message: self.reply.talk.name_of(&name.question),
            mode: self.reply.talk.mode().as_str(),
            offset: self.offset,
        }
    }

    fn ended(&self, state: ReplyState) -> ReplyEvent {
        match state {
            ReplyState::Answered(answer) => {
                let Answer {
                    message,
                    is_interrupted,
                    model,
                } = answer;
                ReplyEvent::Answer {
                    response: self.reply.text(),
                    message: self.reply.talk.name_of(&message),
                    interrupted: is_interrupted,
                    model,
                }
            }
            ReplyState::None(none) => ReplyEvent::Error {
                retry: none.may_be_asked_again(),
                code: none.code,
                message: none.why,
            },
            ReplyState::Waiting | ReplyState::Running => unreachable!("it has ended"),
        }
    }

    /// Its id says how many bytes of the reply's text are known with it.
    fn told(&self, event: &ReplyEvent) -> Event {
        let data = serde_json::to_string(event).expect("an event is writable");
        Event::default().id(self.offset.to_string()).data(data)
    }
}
