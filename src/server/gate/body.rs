//! The bodies of requests: in a form that no other site's page can send unasked, and in time.

use super::{IMPORT, OPEN};
use crate::server::fault::Fault;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use hyper::body::{Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// How long a body may take, whole.
const TIME: Duration = Duration::from_secs(30);
const TIME_OF_UNKNOWN: Duration = Duration::from_secs(10);
const TIME_OF_IMPORT: Duration = Duration::from_secs(300);

/// What says of itself that it is larger is not even begun. Each route has a limit of its own besides.
const MAX_BYTES: u64 = 4 << 20;
const MAX_BYTES_OF_UNKNOWN: u64 = 64 << 10;
const MAX_BYTES_OF_IMPORT: u64 = 65 << 20;

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

/// Refuses what is too large, what is not JSON, and what is packed: a few bytes could stand for very
/// many.
///
/// # Errors
/// If the body is in another form, or says that it is larger.
pub(super) fn check_form(request: &Request) -> Result<(), Fault> {
    let path = request.uri().path();
    let most = match path {
        IMPORT => MAX_BYTES_OF_IMPORT,
        _ if OPEN.contains(&path) => MAX_BYTES_OF_UNKNOWN,
        _ => MAX_BYTES,
    };
    if request.body().size_hint().lower() > most {
        return Err(Fault::too_large());
    }
    let headers = request.headers();
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    if codings.any(|coding| coding != "identity") {
        return Err(Fault::unsupported("Content-Encoding is not supported"));
    }
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let Some(kind) = types.next() else {
        let is_empty = request.body().is_end_stream();
        return is_empty.then_some(()).ok_or_else(not_json);
    };
    let kind = kind.to_str().unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let is_json = essence.eq_ignore_ascii_case(JSON);
    let is_lines = essence.eq_ignore_ascii_case(NDJSON) && path == IMPORT;
    if types.next().is_none() && (is_json || is_lines) {
        Ok(())
    } else {
        Err(not_json())
    }
}

fn not_json() -> Fault {
    Fault::unsupported("Content-Type must be application/json")
}

/// The request, with a body that fails if it doesn't come in time.
pub(super) fn bounded_in_time(request: Request) -> Request {
    if request.body().is_end_stream() {
        return request;
    }
    let time = match request.uri().path() {
        IMPORT => TIME_OF_IMPORT,
        path if OPEN.contains(&path) => TIME_OF_UNKNOWN,
        _ => TIME,
    };
    request.map(|body| {
        Body::new(TimedBody {
            body,
            end: Box::pin(sleep(time)),
        })
    })
}

struct TimedBody {
    body: Body,
    end: Pin<Box<Sleep>>,
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        if self.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::TimedOut).into())));
        }
        let frame = Pin::new(&mut self.body).poll_frame(context);
        frame.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
