//! `/api/import`: threads from bundles and files, and buffers in the documented form.

use super::asked::Asked;
use super::steps::step_once;
use super::threads::{AskedMode, ThreadFault, of_work};
use crate::audit::Event;
use crate::buffer::{BufferError, Imported};
use crate::model::{Mode, ThreadId};
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::{Fault, FaultBody};
use crate::server::idempotency::IdempotencyKey;
use crate::server::worker::{ProfileWork, Refused};
use crate::transfer::bundle::Parts;
use crate::transfer::{Import, ImportMode, ImportOutcome, import_all};
use crate::workspace::WorkError;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;
use tokio::task::spawn_blocking;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// As much as one thread's file may have.
const MAX_BYTES: usize = 64 << 20;

/// What the report calls that which was sent.
const PLACE: &str = "body";

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    let routes = OpenApiRouter::new().routes(routes!(import));
    routes.layer(DefaultBodyLimit::max(MAX_BYTES))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// For a buffer: whose mode its messages become part of; without it, the mode that it names
    #[param(inline)]
    mode: Option<AskedMode>,
}

/// What became of what was sent.
#[derive(Debug, Serialize, ToSchema)]
struct ImportReport {
    /// Each thread of a bundle, or the one that was sent.
    threads: Vec<ImportedThread>,
    /// The buffer, if one was sent.
    buffer: Option<ImportedBuffer>,
}

/// What became of a thread.
#[derive(Debug, Serialize, ToSchema)]
struct ImportedThread {
    /// Where it stood: `body`, in a bundle with the line.
    #[schema(example = "body:2")]
    place: String,
    /// Its id, if it is a thread.
    id: Option<String>,
    outcome: ShownOutcome,
    /// How many messages came in, where it was there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    new_messages: Option<usize>,
    /// Whose it is, where it is somebody else's.
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<String>,
    /// Why it proves nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Reason>,
}

/// Why a thread proves nothing. The words of what was sent stand nowhere in the answer: it may be
/// kept, to be given again.
#[derive(Debug, Serialize, ToSchema)]
struct Reason {
    /// A name that does not change.
    #[schema(example = "message-signature-wrong")]
    code: &'static str,
    /// The place in the file, counted from 1, of the message that it is about, if it is about one.
    message: Option<usize>,
}

/// What became of a thread, in a word.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ShownOutcome {
    /// It came in.
    New,
    /// It was there, without so many of these messages, or with another header.
    Updated,
    /// All of it was there.
    Known,
    /// It was erased here, and what was erased is not brought back.
    Erased,
    /// It is good, and somebody else's: it stays where it is.
    Foreign,
    /// Nothing proves it, or something disproves it: it stays where it is.
    Unproven,
}

/// What became of a buffer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ImportedBuffer {
    #[schema(example = "conversation")]
    mode: &'static str,
    /// How many messages came in.
    taken: usize,
    /// How many entries are no messages.
    skipped: usize,
    /// Whether this very buffer had come in before; then nothing did.
    was_there: bool,
}

/// Bring threads in: a bundle, a thread's file, or a buffer in the documented form
///
/// Each thread is checked first, and taken whole or not at all; what is there already is united with
/// it, and nothing is ever replaced or lost. Only what the caller signed themselves comes in. A
/// buffer's messages are appended, marked as imported. Sent twice, nothing comes in twice. What is no
/// thread at all is told as `unproven`, with the reason.
#[utoipa::path(
    post,
    path = "/api/import",
    tag = "threads",
    params(ImportQuery, IdempotencyKey),
    request_body(
        description = "The file, of at most 64 MiB",
        content(
            (serde_json::Value = "application/json"),
            (String = "application/x-ndjson")
        )
    ),
    responses(
        (status = 200, description = "What became of each thread", body = ImportReport),
        (status = 400, description = "Nothing was sent, or the mode is none", body = FaultBody),
        (status = 409, description = "A request with this key is being done", body = FaultBody),
        (status = 422, description = "The key stands for another request", body = FaultBody),
        (status = 500, description = "Not all of it can be saved; some may have come in, and sent again the rest does", body = FaultBody)
    )
)]
async fn import(
    caller: Caller,
    key: Option<IdempotencyKey>,
    Asked(asked): Asked<ImportQuery>,
    body: Bytes,
) -> Result<Response, ThreadFault> {
    check_sent(&body)?;
    // So much is not read on a thread that others wait for.
    let looking = spawn_blocking(move || {
        let mode = buffer_mode(&body, asked.mode.map(Mode::from))?;
        let path = format!("/api/import?mode={}", mode.map_or("", Mode::as_str));
        let mark = key.map(|key| key.mark(&path, &body));
        Ok::<_, Fault>((body, mode, mark))
    });
    let looked = looking.await.map_err(|_| Fault::from(Refused::Failed))?;
    let (body, mode, mark) = looked?;
    let imported = step_once(&caller, mark, move |work| taken(work, mode, &body));
    Ok(imported.await?)
}

fn taken(work: &mut ProfileWork, mode: Option<Mode>, body: &[u8]) -> Result<ImportReport, Fault> {
    let Some(mode) = mode else {
        let imports = take(work, body).map_err(of_work)?;
        let taken = imports.iter().filter(|import| import.outcome.came_in());
        work.note_done(&Event::threads_imported(taken.count(), imports.len()));
        return Ok(ImportReport::of_threads(&imports));
    };
    let imported = work
        .buffers
        .import_documented(work.home.work(), mode, body)
        .map_err(of_buffer)?;
    Ok(ImportReport::of_buffer(imported))
}

fn take(work: &mut ProfileWork, body: &[u8]) -> Result<Vec<Import>, WorkError> {
    let home = &work.home;
    let parts = Parts::new(PLACE, body).map(|part| part.map_err(unreadable));
    import_all(&home.workspace, parts, &ImportMode::Save(home.keys.owner()))
}

fn unreadable(source: io::Error) -> WorkError {
    let path = PathBuf::from(PLACE);
    WorkError::Disk { path, source }
}

/// What is looked at to tell a buffer from a thread.
#[derive(Deserialize)]
struct Shape {
    mode: Option<String>,
    messages: Option<IgnoredAny>,
    author: Option<IgnoredAny>,
}

/// # Errors
/// Nothing was sent.
fn check_sent(body: &[u8]) -> Result<(), Fault> {
    if body.is_empty() {
        return Err(Fault::bad_request("Invalid body: it is empty"));
    }
    Ok(())
}

/// The mode that a buffer is for; none if it is something else.
fn buffer_mode(body: &[u8], asked: Option<Mode>) -> Result<Option<Mode>, Fault> {
    // A bundle is several values, and so none to this.
    let Ok(shape) = serde_json::from_slice::<Shape>(body) else {
        return Ok(None);
    };
    if shape.messages.is_none() || shape.author.is_some() {
        return Ok(None);
    }
    let named = shape.mode.as_deref().and_then(Mode::read);
    match asked.or(named) {
        Some(mode) => Ok(Some(mode)),
        None => Err(Fault::bad_request(
            "Invalid mode. Must be \"conversation\" or \"inner\"",
        )),
    }
}

impl ImportReport {
    fn of_buffer(imported: Imported) -> Self {
        let buffer = ImportedBuffer {
            mode: imported.mode.as_str(),
            taken: imported.taken,
            skipped: imported.skipped,
            was_there: imported.was_there,
        };
        Self {
            threads: Vec::new(),
            buffer: Some(buffer),
        }
    }

    fn of_threads(imports: &[Import]) -> Self {
        Self {
            threads: imports.iter().map(ImportedThread::of).collect(),
            buffer: None,
        }
    }
}

impl ImportedThread {
    fn of(import: &Import) -> Self {
        let thread = import.thread.as_ref();
        let (new_messages, signer) = match &import.outcome {
            ImportOutcome::Grown(more) => (Some(*more), None),
            ImportOutcome::Foreign(signer) => (None, Some(signer.to_string())),
            _ => (None, None),
        };
        let findings = reasons(&import.outcome).iter();
        Self {
            place: import.place.clone(),
            id: thread
                .and_then(|thread| ThreadId::read(&thread.id))
                .map(|id| id.to_string()),
            outcome: ShownOutcome::of(&import.outcome),
            new_messages,
            signer,
            findings: findings
                .map(|finding| Reason {
                    code: finding.code(),
                    message: finding.message(),
                })
                .collect(),
        }
    }
}

impl ShownOutcome {
    fn of(outcome: &ImportOutcome) -> Self {
        match outcome {
            ImportOutcome::New => Self::New,
            ImportOutcome::Grown(_) => Self::Updated,
            ImportOutcome::Known => Self::Known,
            ImportOutcome::Erased => Self::Erased,
            ImportOutcome::Foreign(_) => Self::Foreign,
            ImportOutcome::Unproven(_) => Self::Unproven,
        }
    }
}

fn reasons(outcome: &ImportOutcome) -> &[crate::transfer::ImportFinding] {
    match outcome {
        ImportOutcome::Unproven(findings) => findings,
        _ => &[],
    }
}

fn of_buffer(error: BufferError) -> Fault {
    match error {
        BufferError::NotABuffer(why) => Fault::bad_request(format!("Invalid buffer: {why}")),
        error => Fault::internal("Failed to save buffer").explained(
            error.to_string(),
            "Some of it may have come in. Sent again when that is mended, the rest does.",
        ),
    }
}
