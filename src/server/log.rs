//! What the server says of itself while it runs: on standard error, a line for each request. Never
//! a token, a query, a title or a text: of a request only its method and the route's pattern.

use super::app::App;
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use std::io::{IsTerminal, stderr, stdin, stdout};
use std::panic::{self, PanicHookInfo};
use std::time::Instant;
use tracing::{error, info};
use tracing_subscriber::EnvFilter;

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// What went wrong in the server.
    Error,
    /// What is worth a look.
    Warn,
    /// Each request.
    Info,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogForm {
    /// How much.
    pub level: LogLevel,
    /// One JSON object a line, in place of text.
    pub is_json: bool,
}

/// From now on what happens is logged, also where something breaks. Who opens a home before the server
/// runs begins with this: what opening it comes upon is logged too.
pub fn begin(form: LogForm) {
    panic::set_hook(Box::new(broke));
    let level = match form.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
    };
    // What the libraries below would say may hold what a request holds.
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(format!("mmogit={level}")))
        .with_writer(std::io::stderr)
        .with_ansi(false);
    // A second server within one process, as tests have it, writes to the same log.
    let _ = match form.is_json {
        true => lines.json().try_init(),
        false => lines.try_init(),
    };
}

/// Whether whoever started the server sees it in a terminal.
pub(super) fn has_terminal() -> bool {
    stdin().is_terminal() || stdout().is_terminal() || stderr().is_terminal()
}

/// Logs where something broke, and not what it says of itself: that may be somebody's words.
fn broke(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    error!(place = place.as_deref().unwrap_or("-"), "something broke");
}

/// A request, to be logged once its answer begins.
pub(super) struct Asked {
    began: Instant,
    id: u64,
    method: &'static str,
    path: Option<MatchedPath>,
}

impl Asked {
    pub(super) fn of(app: &App, request: &Request) -> Self {
        Self {
            began: Instant::now(),
            id: app.next_request(),
            method: known(request.method().as_str()),
            path: request.extensions().get::<MatchedPath>().cloned(),
        }
    }

    pub(super) fn answered(self, response: &Response) {
        let Self { id, method, .. } = self;
        let route = self.path.as_ref().map_or("-", MatchedPath::as_str);
        let status = response.status().as_u16();
        // Asked for only where the line is written.
        let ms = || self.began.elapsed().as_millis();
        if response.status().is_server_error() {
            error!(id, method, route, status, ms = ms(), "request");
        } else {
            info!(id, method, route, status, ms = ms(), "request");
        }
    }
}

/// A method is any word that a client likes.
fn known(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let known = KNOWN.into_iter().find(|known| *known == method);
    known.unwrap_or("other")
}

#[cfg(test)]
mod tests;
