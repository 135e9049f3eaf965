//! What a request gets that isn't done: a status and `{"error": …}`, with a reason and a next step
//! where there are any.

use super::worker::{NotLookedUp, Refused, SettleError};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// Why a request isn't done.
#[derive(Debug)]
pub struct Fault {
    status: StatusCode,
    body: FaultBody,
    code: Option<&'static str>,
    retry_after: Option<Duration>,
}

/// The body of every answer that is none.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FaultBody {
    /// What is wrong.
    pub(super) error: String,
    /// Why that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

/// What was refused, beside the answer, for routes that say it in another form.
#[derive(Debug, Clone)]
pub(super) struct RefusedRequest {
    pub status: StatusCode,
    pub code: Option<&'static str>,
    pub body: FaultBody,
}

impl Fault {
    /// A status and what is wrong.
    pub fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            body: FaultBody {
                error: error.into(),
                reason: None,
                hint: None,
            },
            code: None,
            retry_after: None,
        }
    }

    /// 400: what came can't be meant.
    pub fn bad_request(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// 401: nobody is known by what came with it.
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Authentication required")
    }

    /// 401, for what would have been kept.
    pub fn unauthenticated_to_save() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Authentication required to save messages",
        )
    }

    /// 413.
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large")
    }

    /// 414.
    pub fn uri_too_long() -> Self {
        Self::new(StatusCode::URI_TOO_LONG, "The address is too long")
    }

    /// 415: it came in a form that is not taken.
    pub fn unsupported(error: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error)
    }

    /// 503: it takes long, and may be done yet.
    pub fn too_slow() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server took too long to answer; what was asked may be done yet",
        )
        .retry_after(Duration::from_secs(5))
    }

    /// 403: whoever it is, this is not for them.
    pub fn forbidden(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden").explained(reason, hint)
    }

    /// 403: it is for the user's own page and programs.
    pub fn not_for_embedders() -> Self {
        Self::forbidden(
            "A page that embeds conversations reaches only those that it began.",
            "Do this in the server's own page.",
        )
    }

    /// 404: one text for what is missing and for what belongs to others.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found or access denied")
    }

    /// 500: it should have been done. The text must hold nothing of what was said.
    pub fn internal(error: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error)
    }

    /// 422: its `Idempotency-Key` stands for another request.
    pub fn other_body() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Idempotency-Key was used for another request",
        )
    }

    /// 409: another request with its `Idempotency-Key` is being done.
    pub fn going() -> Self {
        let error = "A request with this Idempotency-Key is being done";
        Self::new(StatusCode::CONFLICT, error).retry_after(Duration::from_secs(1))
    }

    /// 500: nobody knows whether it was done before, so it is not done now.
    pub fn unknown_before() -> Self {
        Self::internal("Earlier requests could not be read")
    }

    /// 503: not now.
    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "The server is busy")
            .retry_after(Duration::from_secs(1))
    }

    /// With why, and what to do.
    pub fn explained(mut self, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        self.body.reason = Some(reason.into());
        self.body.hint = Some(hint.into());
        self
    }

    /// With what to do.
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }

    /// With a stable word for programs, where the form of the answer has one.
    pub fn coded(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// With the time after which it is worth another try.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The status.
    #[cfg(test)]
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Busy => Self::busy(),
            Refused::Stopping => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "The server is stopping")
            }
            Refused::Succeeded => Self::new(
                StatusCode::CONFLICT,
                "Another key took the place of the one that is served",
            )
            .explained(
                "Nothing more is said with a key that has a successor.",
                "Bring the newer identity into a new home (`mmogit init --recover`), and serve that.",
            )
            .coded("key_succeeded"),
            Refused::Failed => Self::internal("Something went wrong within the server"),
        }
    }
}

impl From<NotLookedUp> for Fault {
    fn from(_: NotLookedUp) -> Self {
        Self::internal("What is stored can't be read")
    }
}

impl From<SettleError> for Fault {
    fn from(error: SettleError) -> Self {
        match error {
            SettleError::Refused(refused) => refused.into(),
            SettleError::NotNoted => Self::internal("It was done, and could not be noted").explained(
                "The disk refused. After a restart nobody knows that this Idempotency-Key was used.",
                "Look what is there before it is sent again.",
            ),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let refused = RefusedRequest {
            status: self.status,
            code: self.code,
            body: self.body.clone(),
        };
        let mut response = (self.status, Json(self.body)).into_response();
        response.extensions_mut().insert(refused);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs().max(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
