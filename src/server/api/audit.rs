//! `/api/audit`: what was done in the caller's own home.

use super::asked::{Asked, limit_of};
use super::cursor;
use super::steps::step_once;
use super::threads::ThreadFault;
use crate::audit::{Actor, Cleared, Line, Trail, TrailError};
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::{Fault, FaultBody};
use crate::server::idempotency::IdempotencyKey;
use crate::server::worker::ProfileWork;
use axum::Json;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// So many lines come at once who asked for no number, and at the most.
const USUAL: usize = 100;
const MOST: usize = 1_000;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(lines))
        .routes(routes!(clear))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// The day (UTC); without it the newest there is
    #[param(example = "2025-01-21", format = Date)]
    day: Option<String>,
    /// How many lines at the most
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u64>,
    /// Where the page before ended: its `next`
    cursor: Option<String>,
}

/// Some lines of a day.
#[derive(Debug, Serialize, ToSchema)]
struct AuditPage {
    /// The day; none if there are no lines at all.
    #[schema(example = "2025-01-21")]
    day: Option<String>,
    /// The days there are lines of, oldest first.
    days: Vec<String>,
    /// The lines, the newest first.
    lines: Vec<AuditLine>,
    /// How many lines of what was looked at are damaged, and shown nowhere. At most 64 MiB of a
    /// day are looked at for one page.
    damaged: usize,
    /// The cursor of the page of earlier lines; none on the last one.
    next: Option<String>,
}

/// One thing that was done. Never holds what was said.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuditLine {
    #[schema(example = "2025-01-21T10:30:00.000Z")]
    timestamp: String,
    /// `info`, `warn` or `error`.
    #[schema(example = "info")]
    level: String,
    #[schema(example = "system")]
    category: String,
    #[schema(example = "conversation_buffer_pruned")]
    event: String,
    #[schema(value_type = Object)]
    details: serde_json::Value,
    /// The profile's name.
    #[schema(example = "local")]
    actor: String,
    /// The owner's public key.
    user_id: String,
}

impl From<Line> for AuditLine {
    fn from(line: Line) -> Self {
        let text = |name: &str| {
            let value = line.fields.get(name);
            value
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            timestamp: text("timestamp"),
            level: text("level"),
            category: text("category"),
            event: text("event"),
            actor: text("actor"),
            user_id: text("userId"),
            details: line.fields.get("details").cloned().unwrap_or_default(),
        }
    }
}

/// Show what was done, the newest first
#[utoipa::path(
    get,
    path = "/api/audit",
    tag = "audit",
    params(AuditQuery),
    responses(
        (status = 200, description = "Some lines of a day", body = AuditPage),
        (status = 400, description = "The query can't be meant", body = FaultBody),
        (status = 404, description = "There is no page at this cursor", body = FaultBody),
        (status = 500, description = "The trail can't be read", body = FaultBody)
    )
)]
async fn lines(
    caller: Caller,
    Asked(asked): Asked<AuditQuery>,
) -> Result<Json<AuditPage>, ThreadFault> {
    let limit = limit_of(asked.limit, USUAL, MOST)?;
    let before = asked.cursor.as_deref().map(cursor::offset).transpose()?;
    let actor = caller.username;
    let page = caller
        .profile
        .read(move |workspace| {
            let user = workspace.owner_if_readable().ok_or_else(no_identity)?;
            let trail = Trail::of(workspace.home(), Actor { name: actor, user });
            page_of(&trail, asked.day, before, limit).map_err(of_trail)
        })
        .await??;
    Ok(Json(page))
}

fn page_of(
    trail: &Trail,
    day: Option<String>,
    before: Option<u64>,
    limit: usize,
) -> Result<AuditPage, TrailError> {
    let days = trail.days()?;
    let Some(day) = day.or_else(|| days.last().cloned()) else {
        return Ok(AuditPage {
            day: None,
            days,
            lines: Vec::new(),
            damaged: 0,
            next: None,
        });
    };
    // A trail only grows at its end, so a line's place stays.
    let mut last = VecDeque::new();
    let mut is_begun_later = false;
    let looked = trail.each_line(&day, before, |line| {
        last.push_back(line);
        if last.len() > limit {
            last.pop_front();
            is_begun_later = true;
        }
    })?;
    let first = last.front().filter(|_| is_begun_later);
    let earlier = first.map_or(looked.from, |line| line.place);
    Ok(AuditPage {
        day: Some(day),
        days,
        lines: last.into_iter().rev().map(AuditLine::from).collect(),
        damaged: looked.damaged,
        next: (earlier > 0).then(|| cursor::of_offset(earlier)),
    })
}

/// What became of the trail.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuditCleared {
    #[schema(example = true)]
    success: bool,
    /// How many files were removed.
    deleted_files: usize,
    #[schema(example = "Cleared 3 audit log file(s)")]
    message: String,
}

/// Remove the caller's own audit trail
///
/// One line stands afterwards: that it was cleared.
#[utoipa::path(
    delete,
    path = "/api/audit/clear",
    tag = "audit",
    params(IdempotencyKey),
    responses(
        (status = 200, description = "It is removed", body = AuditCleared),
        (status = 500, description = "It can't be removed", body = FaultBody)
    )
)]
async fn clear(caller: Caller, key: Option<IdempotencyKey>) -> Result<Response, ThreadFault> {
    let mark = key.map(|key| key.mark("DELETE /api/audit/clear", &[]));
    let clear = |work: &mut ProfileWork| {
        let cleared = work.trail.clear(work.home.workspace.now());
        Ok(told_of(cleared.map_err(of_trail)?))
    };
    step_once(&caller, mark, clear).await
}

fn told_of(Cleared { deleted, set_aside }: Cleared) -> AuditCleared {
    let mut message = match deleted {
        0 => "No audit logs to clear".to_owned(),
        deleted => format!("Cleared {deleted} audit log file(s)"),
    };
    if !set_aside.is_empty() {
        let others = set_aside.len();
        message.push_str(&format!(
            ". {others} there were no plain files: see .corrupted- in logs/audit"
        ));
    }
    AuditCleared {
        success: true,
        deleted_files: deleted,
        message,
    }
}

fn no_identity() -> Fault {
    Fault::internal("The identity can't be read")
}

fn of_trail(error: TrailError) -> Fault {
    match error {
        TrailError::NoDay(_) => Fault::bad_request("Invalid day. Must be of the form 2025-01-21"),
        error => Fault::internal("The audit trail can't be read or written")
            .explained(error.to_string(), "Try again when that is mended."),
    }
}
