//! `/api/v1`: conversations as a service for programs. Its wire types are its own, and so is the form
//! in which it refuses (`server/service_faults`).

mod conversation;
mod conversations;
mod draft;
mod drafts;
mod drawn;
mod export;
mod figures;
mod messages;
mod once;
mod page_size;
mod preview;
mod projects;
mod refused;
mod replies;
mod search;
mod seen;
mod shown;
mod state;
mod tags;

pub(super) use draft::check_of_page;

use super::super::app::App;
use utoipa_axum::router::OpenApiRouter;

/// All of them.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(conversations::routes())
        .merge(conversation::routes())
        .merge(state::routes())
        .merge(messages::routes())
        .merge(replies::routes())
        .merge(drawn::routes())
        .merge(export::routes())
        .merge(search::routes())
        .merge(projects::routes())
        .merge(drafts::routes())
        .merge(draft::routes())
        .merge(tags::routes())
        .merge(preview::routes())
        .merge(figures::routes())
}
