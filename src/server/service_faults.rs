//! How the conversation service refuses: `{"error": {"code", "message", "hint"}}`, whoever refused.

use super::fault::RefusedRequest;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Where this form is spoken.
pub(super) const BELOW: &str = "/api/v1/";

/// The body of every answer of the conversation service that is none.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceFault {
    error: ServiceFaultDetail,
}

/// What is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceFaultDetail {
    /// A stable word for programs.
    #[schema(example = "not_found")]
    code: String,
    /// What is wrong, for people.
    #[schema(example = "Conversation not found or access denied")]
    message: String,
    /// What to do, where there is something.
    hint: Option<String>,
}

/// Gives what is refused the service's form.
pub(super) fn in_their_form(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Some(refused) = parts.extensions.remove::<RefusedRequest>() else {
        return Response::from_parts(parts, body);
    };
    let mut theirs = Json(ServiceFault::of(refused)).into_response();
    *theirs.status_mut() = parts.status;
    for (name, value) in &parts.headers {
        if !matches!(name, &header::CONTENT_TYPE | &header::CONTENT_LENGTH) {
            theirs.headers_mut().insert(name, value.clone());
        }
    }
    theirs
}

impl ServiceFault {
    fn of(refused: RefusedRequest) -> Self {
        let RefusedRequest { status, code, body } = refused;
        let hints = [body.reason, body.hint];
        let hints: Vec<String> = hints.into_iter().flatten().collect();
        Self {
            error: ServiceFaultDetail {
                code: code.unwrap_or_else(|| usual_code(status)).to_owned(),
                message: body.error,
                hint: (!hints.is_empty()).then(|| hints.join(" ")),
            },
        }
    }
}

/// The word for what has none of its own.
fn usual_code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "bad_request",
        401 => "unauthenticated",
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        409 => "conflict",
        413 => "too_large",
        414 => "uri_too_long",
        415 => "unsupported_media_type",
        422 => "key_used_for_another_request",
        429 => "too_many_requests",
        503 => "unavailable",
        _ if status.is_client_error() => "refused",
        _ => "internal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::fault::Fault;

    #[test]
    fn a_refusal_keeps_its_words_and_has_a_code() {
        let fault = Fault::new(StatusCode::CONFLICT, "No").explained("Because.", "Then do.");
        for (fault, code) in [(fault, "conflict"), (Fault::not_found().coded("x"), "x")] {
            let response = fault.into_response();
            let refused = response
                .extensions()
                .get::<RefusedRequest>()
                .unwrap()
                .clone();
            let told = ServiceFault::of(refused).error;
            assert_eq!(told.code, code);
            if code == "conflict" {
                assert_eq!(told.message, "No");
                assert_eq!(told.hint.as_deref(), Some("Because. Then do."));
            }
        }
    }
}
