//! Requests that are repeated, where their answer holds somebody's words: what is kept of the first
//! is a name alone, and the answer is made anew.

use crate::buffer::IdempotencyMark;
use crate::server::fault::Fault;
use crate::server::idempotency::to_the_end;
use crate::server::worker::{AskedBefore, ProfileHandle, Repeatable};
use serde_json::{Value, json};

/// Does something once, and gives the name of what it was done to: a repeat gets the same name.
/// Faults are not kept, so what failed may be tried again.
///
/// # Errors
/// What the work fails with; when the key stands for another request, or one that is being done.
pub(super) async fn named_once(
    profile: &ProfileHandle,
    mark: Option<IdempotencyMark>,
    work: impl Future<Output = Result<String, Fault>> + Send + 'static,
) -> Result<String, Fault> {
    let Some(mark) = mark else {
        return work.await;
    };
    let claim = match profile.claim(mark).await? {
        Repeatable::New(claim) => claim,
        Repeatable::Done(before) => {
            let name = before.body.get("name").and_then(Value::as_str);
            return name.map(str::to_owned).ok_or_else(Fault::unknown_before);
        }
        Repeatable::OtherBody => return Err(Fault::other_body()),
        Repeatable::Going => return Err(Fault::going()),
        Repeatable::Unknown => return Err(Fault::unknown_before()),
    };
    let profile = profile.clone();
    to_the_end(async move {
        let name = work.await?;
        let before = AskedBefore {
            status: 200,
            body: json!({ "name": name }),
        };
        profile.settle(claim, before).await?;
        Ok(name)
    })
    .await
}
