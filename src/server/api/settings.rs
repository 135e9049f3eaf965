//! `/api/chat-config`: how much the buffers show.

use super::asked::{Sent, whole_number};
use super::threads::ThreadFault;
use crate::buffer::MessageLimit;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::{Fault, FaultBody};
use crate::server::idempotency::NoKey;
use crate::server::worker::ProfileWork;
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(config, set_config))
}

/// How the buffers are kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ChatConfig {
    /// How many messages each buffer shows at the most
    #[schema(minimum = 10, maximum = 100, example = 50)]
    #[serde(deserialize_with = "whole_number")]
    message_limit: i64,
}

impl ChatConfig {
    /// What it asks for.
    ///
    /// # Errors
    /// It is out of its bounds.
    pub(super) fn limit(&self) -> Result<MessageLimit, Fault> {
        let limit = u64::try_from(self.message_limit).ok();
        limit.and_then(MessageLimit::of).ok_or_else(|| {
            let (least, most) = (MessageLimit::LEAST, MessageLimit::MOST);
            Fault::bad_request(format!(
                "Invalid messageLimit. Must be a whole number from {least} to {most}"
            ))
        })
    }
}

impl From<MessageLimit> for ChatConfig {
    fn from(limit: MessageLimit) -> Self {
        Self {
            message_limit: limit.get() as i64,
        }
    }
}

/// Show how many messages the buffers show
#[utoipa::path(
    get,
    path = "/api/chat-config",
    tag = "buffer",
    responses((status = 200, description = "The limit in force", body = ChatConfig))
)]
async fn config(caller: Caller) -> Result<Json<ChatConfig>, ThreadFault> {
    let limit = caller
        .profile
        .run(|work: &mut ProfileWork| work.buffers.limit())
        .await?;
    Ok(Json(limit.into()))
}

/// Set how many messages the buffers show
///
/// With a smaller number the oldest leave both views at once; they stay in their threads.
#[utoipa::path(
    put,
    path = "/api/chat-config",
    tag = "buffer",
    request_body = ChatConfig,
    responses(
        (status = 200, description = "The limit in force now", body = ChatConfig),
        (status = 400, description = "It is no such number", body = FaultBody),
        (status = 500, description = "It can't be saved", body = FaultBody)
    )
)]
async fn set_config(
    caller: Caller,
    _: NoKey,
    Sent(asked): Sent<ChatConfig>,
) -> Result<Json<ChatConfig>, ThreadFault> {
    let limit = asked.limit()?;
    let set = caller
        .profile
        .run(move |work: &mut ProfileWork| work.buffers.set_limit(work.home.work(), limit))
        .await?;
    set.map_err(|error| {
        let fault = Fault::internal("Failed to save chat config");
        fault.explained(error.to_string(), "The limit is the one from before.")
    })?;
    Ok(Json(asked))
}
