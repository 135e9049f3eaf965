//! `/api/page/…`: messages as the page shows them.

mod reply;
mod thread;
mod view;

use super::fragment::{Fragment, Place, fragment};
use crate::model::{Hash, Message, PublicKey, Thread};
use crate::server::app::App;
use crate::server::fault::Fault;
use crate::workspace::{CheckedThread, WorkError, Workspace};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use std::collections::HashMap;

/// How many messages of a thread come at once.
const PAGE: usize = 100;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/page/messages", get(view::view))
        .route("/api/page/replies/{id}", get(reply::reply))
        .route("/api/page/threads/{id}", get(thread::thread))
}

/// A thread by its id or its root.
fn find(workspace: &Workspace, handle: &str) -> Result<CheckedThread, Fault> {
    let checked = workspace.threads().checked(handle);
    checked.map_err(|error| match error {
        WorkError::NotFound(_) | WorkError::ErasedByYou(_) => Fault::not_found(),
        WorkError::Ambiguous { .. } => {
            Fault::new(StatusCode::CONFLICT, "Several threads have this id")
        }
        _ => Fault::internal("This thread can't be read"),
    })
}

/// Some messages of a thread, with what came of checking it.
fn draw_all(
    checked: &CheckedThread,
    thread: &Thread,
    messages: &[&Message],
    reader: Option<PublicKey>,
) -> Vec<Fragment> {
    let report = checked.checks();
    let checks: HashMap<Hash, _> = report
        .iter()
        .flat_map(|report| &report.messages)
        .map(|verdict| (verdict.id, &verdict.check))
        .collect();
    let shown = thread.shown();
    let draw = |message: &&Message| {
        let id = message.id();
        let place = Place {
            thread: thread.root(),
            owner: Some(thread.author()),
            reader,
            is_aside: !shown.contains(&id),
        };
        fragment(message, checks.get(&id).copied(), &place)
    };
    messages.iter().map(draw).collect()
}
