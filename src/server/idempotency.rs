//! `Idempotency-Key`: a request that is sent twice is done once.
//!
//! A request that makes a message is marked in that message; for any other, [`once`] notes the
//! answer, synced before it is given. Either way a repeat is known for a day, also after a restart.

use super::fault::Fault;
use super::worker::{AskedBefore, ProfileHandle, Refused, Repeatable};
use crate::buffer::IdempotencyMark;
use crate::model::{Embedder, Hash};
use axum::Json;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

/// The header, in small letters.
pub(super) const NAME: &str = "idempotency-key";

/// How long a key may be.
const MOST_BYTES: usize = 255;

/// The key of a request, as it came.
#[derive(IntoParams)]
#[into_params(names("Idempotency-Key"), parameter_in = Header)]
pub struct IdempotencyKey(
    /// Up to 255 visible ASCII characters, or spaces between them. A request that is repeated with the same key and body within
    /// a day is done once, and gets the same answer.
    #[param(
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = r"^[!-~](?:[ -~]*[!-~])?$"
    )]
    String,
);

impl IdempotencyKey {
    /// By what a repeat of this request is known.
    pub fn mark(&self, path: &str, body: &[u8]) -> IdempotencyMark {
        IdempotencyMark {
            key: hash(&[self.0.as_bytes()]),
            body: hash(&[path.as_bytes(), &[0], body]),
        }
    }

    /// The same key, of a page that speaks for its user: nothing that others send is a repeat of what it
    /// sends. No key that comes has a line's end.
    pub fn of(self, embedder: Option<&Embedder>) -> Self {
        match embedder {
            None => self,
            Some(Embedder { origin, project }) => {
                let project = project.as_deref().unwrap_or_default();
                Self(format!("{origin}\n{project}\n{}", self.0))
            }
        }
    }

    fn read(parts: &Parts) -> Result<Option<Self>, Fault> {
        let mut keys = parts.headers.get_all(NAME).iter();
        let Some(key) = keys.next() else {
            return Ok(None);
        };
        let bytes = key.as_bytes();
        let is_key = (1..=MOST_BYTES).contains(&bytes.len())
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
            && keys.next().is_none();
        let key = key.to_str().ok().filter(|_| is_key);
        key.map(|key| Some(Self(key.to_owned()))).ok_or_else(|| {
            Fault::bad_request("Invalid Idempotency-Key. Must be one of up to 255 ASCII characters")
        })
    }
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let missing = || Fault::bad_request("Idempotency-Key is required");
        Self::read(parts)?.ok_or_else(missing)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Fault> {
        Self::read(parts)
    }
}

/// That a request has no key: where none is taken, nothing is done as if it were.
pub struct NoKey;

impl<S: Sync> FromRequestParts<S> for NoKey {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        if !parts.headers.contains_key(NAME) {
            return Ok(Self);
        }
        let fault = Fault::bad_request("Idempotency-Key is not taken here");
        Err(fault.hinted("Send it without: it sets what is there, and may be sent again."))
    }
}

/// Does what a request asks for, once: a repeat gets the answer that there was. Faults are not kept,
/// so what failed may be tried again. The answer must hold nobody's words: it is noted as it is.
///
/// # Errors
/// What the work fails with; when the key stands for another request, or one that is being done.
pub async fn once<A: Serialize, E: From<Fault> + Send + 'static>(
    profile: &ProfileHandle,
    mark: Option<IdempotencyMark>,
    work: impl Future<Output = Result<A, E>> + Send + 'static,
) -> Result<Response, E> {
    let Some(mark) = mark else {
        return Ok(Json(work.await?).into_response());
    };
    let claim = match profile.claim(mark).await.map_err(Fault::from)? {
        Repeatable::New(claim) => claim,
        Repeatable::Done(before) => return Ok(again(&before)),
        Repeatable::OtherBody => return Err(Fault::other_body().into()),
        Repeatable::Going => return Err(Fault::going().into()),
        Repeatable::Unknown => return Err(Fault::unknown_before().into()),
    };
    let profile = profile.clone();
    to_the_end(async move {
        let answer = work.await?;
        let body = serde_json::to_value(answer)
            .map_err(|_| Fault::internal("The answer could not be written"))?;
        let before = AskedBefore { status: 200, body };
        let response = again(&before);
        let settled = profile.settle(claim, before).await;
        settled.map_err(Fault::from)?;
        Ok(response)
    })
    .await
}

/// Does something, also if the client leaves meanwhile: what was begun under a key is noted under it.
///
/// # Errors
/// What it fails with.
pub async fn to_the_end<T: Send + 'static, E: From<Fault> + Send + 'static>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|_| Err(Fault::from(Refused::Failed).into()))
}

fn again(before: &AskedBefore) -> Response {
    let status = StatusCode::from_u16(before.status).unwrap_or(StatusCode::OK);
    (status, Json(&before.body)).into_response()
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}
