//! `GET /api/threads/{id}`: one thread, page by page, each message with its verdict.

use super::fault::{Ambiguous, ThreadFault};
use super::shown::{ShownFinding, ShownMessage, ShownThread, ShownVerdict};
use crate::model::{Hash, Reading, Thread};
use crate::server::api::asked::{Asked, Named, limit_of};
use crate::server::api::cursor;
use crate::server::caller::Caller;
use crate::server::fault::{Fault, FaultBody};
use crate::verify::{MessageVerdict, ThreadReport};
use crate::workspace::{CheckedThread, FileFinding};
use axum::Json;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

/// So many messages come at once who asked for no number, and at the most.
const USUAL: usize = 50;
const MOST: usize = 200;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// How many messages at the most
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// Where the page of later messages began: its `earlier`
    cursor: Option<String>,
    /// With the messages that were set aside too
    aside: Option<bool>,
}

/// A thread, and some of its messages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ThreadView {
    /// What lists show of it; none where it can't be read.
    thread: Option<ShownThread>,
    verdict: ShownVerdict,
    /// All that is wrong with it.
    findings: Vec<ShownFinding>,
    /// The messages of this page, oldest first.
    messages: Vec<ShownMessage>,
    /// The cursor of the page of earlier messages; none on the first.
    earlier: Option<String>,
}

/// Show a thread, each message verified just now
///
/// The last page comes first. What can't be read or verified is said: a thread that is damaged is
/// an answer with its findings, and no error.
#[utoipa::path(
    get,
    path = "/api/threads/{id}",
    tag = "threads",
    params(("id" = String, Path, description = "The thread's id, name or root"), PageQuery),
    responses(
        (status = 200, description = "The thread", body = ThreadView),
        (status = 400, description = "The query can't be meant", body = FaultBody),
        (status = 404, description = "There is no such thread, or no page at this cursor", body = FaultBody),
        (status = 409, description = "Several threads have the id", body = Ambiguous),
        (status = 500, description = "The threads can't be read", body = FaultBody)
    )
)]
pub(super) async fn show(
    caller: Caller,
    Named(id): Named<String>,
    Asked(asked): Asked<PageQuery>,
) -> Result<Json<ThreadView>, ThreadFault> {
    let limit = limit_of(asked.limit, USUAL, MOST)?;
    let before = asked
        .cursor
        .as_deref()
        .map(|cursor| cursor::number(cursor, usize::MAX))
        .transpose()?;
    let with_aside = asked.aside.unwrap_or(false);
    let view = caller
        .profile
        .read(move |workspace| {
            let thread = workspace.threads().checked(&id)?;
            let own = workspace.owner_if_readable();
            let shown = thread
                .summary()
                .map(|summary| ShownThread::of(&summary, own));
            let page = Page {
                limit,
                before,
                with_aside,
            };
            Ok::<_, ThreadFault>(page.of(&thread, shown)?)
        })
        .await??;
    Ok(Json(view))
}

/// Which messages are asked for.
struct Page {
    limit: usize,
    /// Those before this one, counted from 0; without it, the last.
    before: Option<usize>,
    with_aside: bool,
}

impl Page {
    fn of(&self, thread: &CheckedThread, shown: Option<ShownThread>) -> Result<ThreadView, Fault> {
        let report = &thread.file.report;
        let mut messages = match (thread.thread(), &thread.file.reading) {
            (Some(own), _) => shown_messages(own, thread.checks().as_ref(), self.with_aside),
            (None, Some(Reading::Legacy(legacy))) => ShownMessage::all_of_legacy(legacy),
            (None, _) => Vec::new(),
        };
        let end = self.before.unwrap_or(messages.len());
        if end > messages.len() {
            return Err(super::super::asked::bad_cursor());
        }
        messages.truncate(end);
        let start = end.saturating_sub(self.limit);
        let messages = messages.split_off(start);
        Ok(ThreadView {
            thread: shown,
            verdict: report.verdict.into(),
            findings: findings(&report.findings),
            messages,
            earlier: (start > 0).then(|| cursor::of_number(start)),
        })
    }
}

pub(super) fn findings(findings: &[FileFinding]) -> Vec<ShownFinding> {
    findings.iter().map(ShownFinding::of_file).collect()
}

fn shown_messages(
    thread: &Thread,
    checks: Option<&ThreadReport>,
    with_aside: bool,
) -> Vec<ShownMessage> {
    // Where the links are broken nobody knows what is visible: then all of it is.
    let is_broken = |checks: &ThreadReport| checks.chain.is_err() || checks.tail.is_err();
    let shows_all = checks.is_some_and(is_broken);
    let checks = checks.map(|checks| &checks.messages[..]);
    let checks: HashMap<Hash, &MessageVerdict> = checks
        .unwrap_or_default()
        .iter()
        .map(|verdict| (verdict.id, verdict))
        .collect();
    let visible = thread.shown();
    let mut shown = Vec::new();
    let mut number = 0;
    for message in thread.messages() {
        let is_visible = shows_all || visible.contains(&message.id());
        number += usize::from(is_visible);
        if is_visible || with_aside {
            let check = checks.get(&message.id()).copied();
            let number = is_visible.then_some(number);
            shown.push(ShownMessage::of(message, number, check));
        }
    }
    shown
}
