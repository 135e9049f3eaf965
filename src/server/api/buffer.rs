//! `/api/conversation-buffer`: the rolling view of each mode.

use super::asked::{object, whole_number};
use super::steps::step_once;
use super::threads::AskedMode;
use crate::buffer::{BadMessage, BufferError, IdempotencyMark, Mode, NewMessage};
use crate::mirror::{JsonText, role_named};
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::{Fault, FaultBody};
use crate::server::idempotency::IdempotencyKey;
use crate::server::worker::tell_trouble;
use crate::server::worker::{AppendError, ProfileWork};
use axum::Json;
use axum::body::Bytes;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const PATH: &str = "/api/conversation-buffer";
const BAD_MODE: &str = "Invalid mode. Must be \"conversation\" or \"inner\"";

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show, append, clear))
        .routes(routes!(undo_clear))
}

/// Which buffer is meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Which of the two.
    #[param(value_type = AskedMode, inline)]
    mode: String,
}

/// What a buffer shows.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "for the API's description; the view is written by the buffers"
)]
struct BufferShown {
    mode: AskedMode,
    /// The newest messages, oldest first.
    messages: Vec<MessageShown>,
    /// When it last changed, in ISO 8601.
    last_updated: String,
    /// How many messages it shows at the most.
    #[schema(minimum = 10, maximum = 100)]
    message_limit: usize,
}

/// A message that a buffer shows.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "for the API's description; the view is written by the buffers"
)]
struct MessageShown {
    role: SpokenRole,
    /// What was said.
    content: String,
    /// When, in milliseconds since 1970.
    timestamp: i64,
    /// What came with it, as it came.
    #[schema(required = false)]
    meta: serde_json::Value,
}

/// Who speaks.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(
    dead_code,
    reason = "for the API's description; `mirror` reads and writes it"
)]
enum SpokenRole {
    User,
    Assistant,
    System,
    Reflection,
    Dream,
    Reasoning,
}

/// A message to be appended.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "for the API's description; it is read field by field"
)]
struct NewBufferMessage {
    mode: AskedMode,
    /// The message.
    message: MessageGiven,
}

/// A message, as a program gives it.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "for the API's description; it is read field by field"
)]
struct MessageGiven {
    role: SpokenRole,
    /// What is said.
    #[schema(min_length = 1)]
    content: String,
    /// When, in milliseconds since 1970.
    #[schema(minimum = -9007199254740991_i64, maximum = 9007199254740991_i64)]
    timestamp: Option<i64>,
    /// Any JSON; it is kept, and given back as it came.
    #[schema(required = false)]
    meta: serde_json::Value,
    /// Whose key signs it, where no person speaks. Without a name `api`.
    #[schema(pattern = "^[a-z0-9._-]{1,64}$")]
    agent: Option<String>,
}

/// A message was appended.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AppendedAnswer {
    success: bool,
    /// How many messages the buffer shows now.
    message_count: usize,
}

/// Something was done to a buffer.
#[derive(Serialize, ToSchema)]
pub(super) struct ModeAnswer {
    success: bool,
    /// Which.
    mode: &'static str,
}

/// Which buffer is to be brought back.
#[derive(Deserialize, ToSchema)]
struct UndoClear {
    #[schema(value_type = AskedMode)]
    mode: String,
}

/// What a buffer shows
///
/// The newest messages of a mode, as many as the limit says.
#[utoipa::path(get, path = "/api/conversation-buffer", tag = "buffer", params(Which),
    responses((status = 200, description = "The buffer", body = BufferShown),
              (status = 400, description = "No such mode", body = FaultBody)))]
async fn show(
    caller: Caller,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Fault> {
    let mode = mode_of(which)?;
    let published = caller.profile.view(mode)?;
    let json = [(header::CONTENT_TYPE, "application/json")];
    Ok((json, published.body).into_response())
}

/// Append a message
///
/// It is signed and on disk when the answer comes.
#[utoipa::path(post, path = "/api/conversation-buffer", tag = "buffer", params(IdempotencyKey),
    request_body = NewBufferMessage,
    responses((status = 200, description = "It is on disk", body = AppendedAnswer),
              (status = 400, description = "It is not accepted", body = FaultBody),
              (status = 422, description = "The key was used for another request", body = FaultBody),
              (status = 500, description = "It could not be saved", body = FaultBody)))]
async fn append(
    caller: Caller,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Json<AppendedAnswer>, Fault> {
    let given = Given::read(&body)?;
    let mark = key.map(|key| key.mark(PATH, &body));
    let message = given.message(mark)?;
    let kept = caller.profile.append(given.mode, message).await;
    let kept = kept.map_err(|error| append_fault(error, "Failed to save buffer"))?;
    Ok(Json(AppendedAnswer {
        success: true,
        message_count: kept.appended.message_count,
    }))
}

/// Empty a buffer
///
/// Its threads are archived: they stay, and still verify. A reply that is coming is stopped, and what
/// came of it is kept.
#[utoipa::path(delete, path = "/api/conversation-buffer", tag = "buffer",
    params(Which, IdempotencyKey),
    responses((status = 200, description = "It is empty", body = ModeAnswer),
              (status = 400, description = "No such mode", body = FaultBody),
              (status = 500, description = "It could not be emptied", body = FaultBody)))]
async fn clear(
    caller: Caller,
    key: Option<IdempotencyKey>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Fault> {
    let mode = mode_of(which)?;
    let what = format!("DELETE {PATH}?mode={}", mode.as_str());
    let mark = key.map(|key| key.mark(&what, &[]));
    let clear = move |profile: &mut ProfileWork| match profile.clear(mode) {
        Ok(()) => Ok(ModeAnswer::of(mode)),
        Err(error) => {
            tell_trouble("a buffer could not be cleared", &error);
            Err(Fault::internal("Failed to clear buffer"))
        }
    };
    step_once(&caller, mark, clear).await
}

/// Bring back what was emptied last
///
/// As long as nothing was said since.
#[utoipa::path(post, path = "/api/conversation-buffer/undo-clear", tag = "buffer",
    params(IdempotencyKey), request_body = UndoClear,
    responses((status = 200, description = "It is back", body = ModeAnswer),
              (status = 400, description = "No such mode", body = FaultBody),
              (status = 409, description = "There is nothing to bring back", body = FaultBody)))]
async fn undo_clear(
    caller: Caller,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Response, Fault> {
    let asked: UndoClear = object(&body).map_err(|_| Fault::bad_request(BAD_MODE))?;
    let mode = Mode::read(&asked.mode).ok_or_else(|| Fault::bad_request(BAD_MODE))?;
    let path = "/api/conversation-buffer/undo-clear";
    let mark = key.map(|key| key.mark(path, &body));
    let undo = move |profile: &mut ProfileWork| match profile.undo_clear(mode) {
        Ok(()) => Ok(ModeAnswer::of(mode)),
        Err(BufferError::NothingToUndo(_)) => Err(Fault::new(
            StatusCode::CONFLICT,
            "There is nothing to bring back",
        )),
        Err(error) => {
            tell_trouble("a buffer could not be brought back", &error);
            Err(Fault::internal("Failed to restore buffer"))
        }
    };
    step_once(&caller, mark, undo).await
}

impl ModeAnswer {
    fn of(mode: Mode) -> Self {
        Self {
            success: true,
            mode: mode.as_str(),
        }
    }
}

/// What came, taken apart as far as it goes, so that each fault has its own words.
struct Given<'b> {
    mode: Mode,
    role: &'b RawValue,
    content: &'b RawValue,
    timestamp: Option<&'b RawValue>,
    meta: Option<&'b RawValue>,
    agent: Option<&'b RawValue>,
}

#[derive(Deserialize)]
struct OuterFields<'b> {
    #[serde(borrow)]
    mode: Option<&'b RawValue>,
    #[serde(borrow)]
    message: Option<&'b RawValue>,
}

#[derive(Deserialize)]
struct MessageFields<'b> {
    #[serde(borrow)]
    role: &'b RawValue,
    #[serde(borrow)]
    content: &'b RawValue,
    #[serde(borrow)]
    timestamp: Option<&'b RawValue>,
    #[serde(borrow)]
    meta: Option<&'b RawValue>,
    #[serde(borrow)]
    agent: Option<&'b RawValue>,
}

impl<'b> Given<'b> {
    fn read(body: &'b [u8]) -> Result<Self, Fault> {
        let _: &RawValue = serde_json::from_slice(body)
            .map_err(|_| Fault::bad_request("The request body is not valid JSON"))?;
        let outer: OuterFields =
            object(body).map_err(|_| Fault::bad_request("Invalid or missing mode"))?;
        let mode = outer.mode.and_then(text).and_then(|mode| Mode::read(&mode));
        let mode = mode.ok_or_else(|| Fault::bad_request("Invalid or missing mode"))?;
        let message = outer.message.ok_or_else(no_message)?;
        let fields: MessageFields = object(message.get().as_bytes()).map_err(|_| no_message())?;
        Ok(Self {
            mode,
            role: fields.role,
            content: fields.content,
            timestamp: fields.timestamp,
            meta: fields.meta,
            agent: fields.agent,
        })
    }

    fn message(&self, idempotency: Option<IdempotencyMark>) -> Result<NewMessage, Fault> {
        let role = text(self.role).ok_or_else(no_message)?;
        let content = text(self.content).ok_or_else(no_message)?;
        if role.is_empty() || content.is_empty() {
            return Err(no_message());
        }
        let role = role_named(&role).ok_or_else(|| {
            Fault::bad_request(
                "Unknown role. Must be user, assistant, system, reflection, dream or reasoning",
            )
        })?;
        let timestamp = match present(self.timestamp) {
            Some(time) => {
                let mut time = serde_json::Deserializer::from_str(time.get());
                Some(whole_number(&mut time).map_err(|_| bad_timestamp())?)
            }
            None => None,
        };
        let meta = match present(self.meta) {
            Some(meta) => Some(
                JsonText::read(meta.get())
                    .map_err(|_| Fault::bad_request("Invalid message meta. It is too long"))?,
            ),
            None => None,
        };
        let agent = match present(self.agent) {
            Some(agent) => Some(text(agent).ok_or_else(bad_agent)?),
            None => None,
        };
        Ok(NewMessage {
            role,
            content,
            timestamp,
            meta,
            agent,
            idempotency,
        })
    }
}

/// A value that is there and not `null`.
fn present(value: Option<&RawValue>) -> Option<&RawValue> {
    value.filter(|value| value.get() != "null")
}

fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

fn no_message() -> Fault {
    Fault::bad_request("Invalid message structure. Required: role, content")
}

fn bad_timestamp() -> Fault {
    Fault::bad_request("Invalid message timestamp. Must be whole milliseconds since 1970")
}

fn bad_agent() -> Fault {
    Fault::bad_request(
        "Invalid agent. Must be up to 64 small letters, digits, \"-\", \"_\" and \".\"",
    )
}

/// What a message gets that is not appended.
pub(super) fn append_fault(error: AppendError, not_saved: &'static str) -> Fault {
    match error {
        AppendError::Refused(refused) => refused.into(),
        AppendError::Bad(BadMessage::Empty) => no_message(),
        AppendError::Bad(BadMessage::Timestamp) => bad_timestamp(),
        AppendError::Bad(BadMessage::Agent) => bad_agent(),
        AppendError::OtherBody => Fault::other_body(),
        AppendError::TooManyWaiting => Fault::new(
            StatusCode::CONFLICT,
            "Too many messages wait for an answer. Wait for one, or stop it",
        ),
        // A buffer takes what it is given.
        AppendError::Conversation(_) | AppendError::NotSaved | AppendError::NotShown => {
            Fault::internal(not_saved)
        }
    }
}

fn mode_of(which: Result<Query<Which>, QueryRejection>) -> Result<Mode, Fault> {
    let mode = which.ok().and_then(|Query(which)| Mode::read(&which.mode));
    mode.ok_or_else(|| Fault::bad_request(BAD_MODE))
}
