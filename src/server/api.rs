//! The routes below `/api`: one file each, with its wire types, its handlers and `routes()`.
//! Handlers carry `#[utoipa::path]` with the whole path.

mod archive;
mod asked;
mod audit;
mod buffer;
mod cursor;
mod embed;
mod events;
mod export;
mod go_on;
mod import;
mod launch;
mod login;
mod persona_chat;
mod profiles;
mod search;
mod settings;
mod steps;
mod threads;
mod v1;

use super::app::App;
use utoipa_axum::router::OpenApiRouter;

/// All of them.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(launch::routes())
        .merge(login::routes())
        .merge(embed::routes())
        .merge(profiles::routes())
        .merge(buffer::routes())
        .merge(persona_chat::routes())
        .merge(events::routes())
        .merge(threads::routes())
        .merge(archive::routes())
        .merge(go_on::routes())
        .merge(export::routes())
        .merge(search::routes())
        .merge(import::routes())
        .merge(audit::routes())
        .merge(settings::routes())
        .merge(v1::routes())
}
