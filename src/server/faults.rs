//! What the libraries below refuse by themselves, in the form in which we refuse.

use super::fault::Fault;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};

/// No text of a library is longer.
const MAX_TEXT: usize = 4 << 10;

/// Gives an answer that is an error, and no JSON, a body like all others.
pub(super) async fn in_our_words(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_text = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !is_error || !is_text {
        return response;
    }
    let (parts, body) = response.into_parts();
    let mut ours = fault_of(status, body).await.into_response();
    let headers = ours.headers_mut();
    for (name, value) in &parts.headers {
        if !matches!(name, &header::CONTENT_TYPE | &header::CONTENT_LENGTH) {
            headers.insert(name, value.clone());
        }
    }
    ours
}

async fn fault_of(status: StatusCode, body: Body) -> Fault {
    let text = match Limited::new(body, MAX_TEXT).collect().await {
        Ok(text) => String::from_utf8_lossy(&text.to_bytes()).into_owned(),
        Err(_) => String::new(),
    };
    match status {
        StatusCode::METHOD_NOT_ALLOWED => Fault::new(status, "Method not allowed"),
        StatusCode::PAYLOAD_TOO_LARGE => Fault::too_large(),
        StatusCode::NOT_FOUND => Fault::not_found(),
        // A form that doesn't fit is as wrong as one that can't be read.
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => {
            let named = Fault::bad_request("The request can't be understood");
            match text.is_empty() {
                true => named,
                false => named.explained(text, "The API's description tells what is expected."),
            }
        }
        _ if status.is_server_error() => Fault::new(status, "Something went wrong in the server"),
        _ if text.is_empty() => Fault::new(status, status.canonical_reason().unwrap_or("Refused")),
        _ => Fault::new(status, text),
    }
}

/// Something broke: whoever asked is told no more than that.
pub(super) fn of_panic() -> Response {
    let mut response = Fault::internal("Something went wrong in the server").into_response();
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
