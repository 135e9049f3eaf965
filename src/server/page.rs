//! The page that the server offers: a static shell without data, its script and style, and what the
//! script asks for that needs drawing.
//!
//! ```text
//! shell     `/`: the same bytes for everybody, and nothing in them
//! embed     `/embed`: where somebody lets another site's page speak for them; `/demo` embeds the widget
//! assets    `/assets/…`: script and style, in the binary, named by their contents
//! fragment  one message as HTML
//! text      what a message says as HTML that can do nothing
//! messages  `/api/page/…`: the messages of a view, or of a thread, drawn
//! about     `/api/page/about`: who answers here, and how much may be said at once
//! ```

mod about;
mod assets;
mod fragment;
mod messages;
mod text;

use super::app::App;
use crate::model::{Hash, Message};
use crate::render::safe::safe;
use axum::Router;

/// The message that an AI's answers.
pub(super) fn question_of(message: &Message) -> Option<Hash> {
    fragment::question(message)
}

/// What a message says, as HTML that can do nothing.
pub(super) fn drawn_message(message: &Message) -> String {
    fragment::text_of(message)
}

/// An AI's text as far as it came, or a draft's, as HTML that can do nothing.
pub(super) fn drawn_text(said: &str) -> String {
    fragment::markdown(&safe(said)).into_string()
}

/// The page's routes. What it draws is for itself and changes with it, so it is no part of the API's
/// description.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(assets::routes())
        .merge(messages::routes())
        .merge(about::routes())
}
