//! `/api/v1/analytics`: what its user said, counted. Nothing else is counted of anybody.

use super::conversations::save_first;
use super::refused::of_told;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::Fault;
use crate::server::service_faults::ServiceFault;
use crate::server::worker::told;
use crate::service::{Figures, figures};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(analytics))
}

/// A user's figures.
#[derive(Debug, Serialize, ToSchema)]
struct Analytics {
    /// How many conversations there are, archived ones among them.
    conversation_count: usize,
    /// How many messages the user sent.
    message_count: usize,
    /// How many tokens all messages have, the AI's among them.
    total_tokens: usize,
    /// How many drafts were accepted.
    accepted_drafts: usize,
    /// How many drafts were discarded.
    discarded_drafts: usize,
    /// How many drafts can't be read or verified, and are not counted.
    unreadable_drafts: usize,
    /// Accepted drafts among those that were accepted or discarded; none before the first of them.
    draft_acceptance_rate: Option<f64>,
    /// What was asked for, the most frequent first.
    intent_frequency: Vec<IntentCount>,
    /// How many conversations are sealed: what is said in them is not counted.
    sealed_conversations: usize,
    /// How many files of the user's, and projects, can't be read: nobody knows what is to be counted
    /// in them.
    unreadable: usize,
}

/// How often something was asked for.
#[derive(Debug, Serialize, ToSchema)]
struct IntentCount {
    intent: String,
    count: usize,
}

/// Count what was said
#[utoipa::path(
    get,
    path = "/api/v1/analytics",
    tag = "service",
    responses(
        (status = 200, description = "The user's figures", body = Analytics),
        (status = 500, description = "They can't be counted", body = ServiceFault)
    )
)]
async fn analytics(caller: Caller) -> Result<Json<Analytics>, Fault> {
    save_first(&caller.profile).await?;
    let counted = caller.profile.read(|workspace| told(figures(workspace)));
    counted.await?.map(shown).map(Json).map_err(of_told)
}

fn shown(figures: Figures) -> Analytics {
    let rate = figures.acceptance_rate();
    let intents = figures.intents.into_iter();
    Analytics {
        conversation_count: figures.conversations,
        message_count: figures.sent,
        total_tokens: figures.tokens,
        accepted_drafts: figures.accepted_drafts,
        discarded_drafts: figures.discarded_drafts,
        unreadable_drafts: figures.unreadable_drafts,
        draft_acceptance_rate: rate,
        intent_frequency: intents
            .map(|(intent, count)| IntentCount { intent, count })
            .collect(),
        sealed_conversations: figures.sealed,
        unreadable: figures.unreadable,
    }
}
