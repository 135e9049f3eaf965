//! `/api/v1/conversations/{id}/export`: a conversation whole, to read or for another program.

use super::conversation::named;
use super::refused::of_told;
use super::seen::look;
use super::shown::{Conversation, Message};
use crate::server::api::asked::{Asked, Named};
use crate::server::api::export::markdown_of;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::Fault;
use crate::server::service_faults::ServiceFault;
use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export))
}

/// What is written.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ServiceFormat {
    /// Markdown, to read.
    Md,
    /// What the service shows, whole.
    Json,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ServiceExportQuery {
    /// What to write
    #[param(inline)]
    format: ServiceFormat,
}

/// A conversation with all its messages.
#[derive(Debug, Serialize, ToSchema)]
struct WholeConversation {
    conversation: Conversation,
    /// All messages, oldest first.
    messages: Vec<Message>,
}

/// Take a conversation elsewhere
///
/// All its messages, as the user may see them. Nobody else gets anything of it.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/export",
    tag = "service",
    params(("id" = String, Path, description = "The conversation's id", format = "uuid"), ServiceExportQuery),
    responses(
        (
            status = 200,
            description = "The conversation",
            content((WholeConversation = "application/json"), (String = "text/markdown"))
        ),
        (status = 400, description = "The query can't be meant", body = ServiceFault),
        (status = 404, description = "There is none, or it is not the user's", body = ServiceFault)
    )
)]
async fn export(
    caller: Caller,
    Named(id): Named<String>,
    Asked(asked): Asked<ServiceExportQuery>,
) -> Result<Response, Fault> {
    let (id, profile) = (named(&id)?, caller.profile.clone());
    match asked.format {
        ServiceFormat::Json => {
            let speaker = caller.into();
            let whole = look(&speaker, id, move |seen| {
                let conversation = seen.conversation();
                let messages = seen.messages(0, conversation.message_count).into_iter();
                WholeConversation {
                    messages: messages.map(|message| Message::of(&id, message)).collect(),
                    conversation: Conversation::of(conversation),
                }
            });
            Ok(Json(whole.await?).into_response())
        }
        ServiceFormat::Md => {
            let saved = profile.with_conversation(id, None, |profile, root| {
                profile.save();
                Ok(root)
            });
            let root = saved.await?.map_err(of_told)?;
            markdown_of(&profile, root.to_string()).await
        }
    }
}
