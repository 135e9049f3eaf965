//! What came of a reply by now.

use crate::server::caller::Caller;
use crate::server::fault::Fault;
use crate::server::page::fragment::markdown;
use crate::server::replies::ReplyName;
use axum::Json;
use axum::extract::Path;
use serde::Serialize;

/// The text of a reply as it would look if that were all.
#[derive(Serialize)]
pub(super) struct DrawnReply {
    html: String,
}

pub(super) async fn reply(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<DrawnReply>, Fault> {
    let name: ReplyName = id.parse().map_err(|_| Fault::not_found())?;
    let reply = caller.profile.run(move |profile| profile.find_reply(&name));
    let reply = reply.await??.ok_or_else(Fault::not_found)?;
    let html = caller
        .profile
        .read(move |_| markdown(&reply.text()).into_string());
    Ok(Json(DrawnReply { html: html.await? }))
}
