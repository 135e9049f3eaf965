//! Streams that end with the session that asked for them: whoever is logged out is told nothing more.

use crate::server::tokens::{Admitted, SessionInfo};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

const STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");

/// The session by which a request was let in; a script has none.
pub(super) fn session_of(request: &Request) -> Option<SessionInfo> {
    match request.extensions().get::<Admitted>()? {
        Admitted::Session(session) | Admitted::Embedder(session, _) => Some(session.clone()),
        Admitted::Script => None,
    }
}

/// The answer; if it is a stream, as long as the session lasts.
pub(super) fn with_session(response: Response, session: Option<SessionInfo>) -> Response {
    let Some(session) = session else {
        return response;
    };
    if response.headers().get(header::CONTENT_TYPE) != Some(&STREAM) {
        return response;
    }
    response.map(|body| {
        Body::new(SessionBody {
            body,
            ended: Box::pin(session.ended()),
            is_over: false,
        })
    })
}

struct SessionBody {
    body: Body,
    ended: Pin<Box<dyn Future<Output = ()> + Send>>,
    is_over: bool,
}

impl HttpBody for SessionBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_over = self.is_over || self.ended.as_mut().poll(context).is_ready();
        if self.is_over {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
