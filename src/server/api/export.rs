//! `GET /api/threads/{id}/export`: a thread as a file.

use super::asked::{Asked, Named};
use super::threads::{Ambiguous, ThreadFault, of_work};
use crate::audit::Event;
use crate::model::Hash;
use crate::render::export::{Drawing, drawn};
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::fault::{Fault, FaultBody};
use crate::server::worker::ProfileHandle;
use crate::transfer::{Names, bundle};
use crate::verify::Verdict;
use crate::workspace::{CheckedFile, CheckedThread, Workspace, read_checked};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::Write;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Says whether what was exported holds.
const VERDICT: HeaderName = HeaderName::from_static("mmogit-verdict");

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export))
}

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// Markdown, to read anywhere.
    Md,
    /// The thread's file, whole.
    Json,
    /// A page for a browser, with nothing beside it.
    Html,
    /// A bundle: the file, and the program that checks it.
    Bundle,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Md => "md",
            Self::Json => "json",
            Self::Html => "html",
            Self::Bundle => "bundle",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Md => "text/markdown; charset=utf-8",
            Self::Json => "application/json",
            Self::Html => "text/html; charset=utf-8",
            Self::Bundle => "application/x-ndjson",
        }
    }

    fn drawing(self, aside: bool) -> Drawing {
        match self {
            Self::Md => Drawing::Markdown { branches: aside },
            Self::Html => Drawing::Html { branches: aside },
            Self::Json => Drawing::File,
            Self::Bundle => Drawing::Line,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// What to write
    #[param(inline)]
    format: Format,
    /// In Markdown and HTML, with the messages that were set aside too; the others hold all of a
    /// thread
    aside: Option<bool>,
}

/// A file that was made of a thread.
struct Exported {
    /// The root of the thread; none of one of the older form.
    root: Option<Hash>,
    name: String,
    format: Format,
    verdict: Verdict,
    content: Vec<u8>,
}

/// Take a thread elsewhere: to read, to print, to keep, or for another store
///
/// A sealed thread is opened for Markdown and HTML; in JSON and in a bundle it stays sealed. A
/// thread that does not verify is exported all the same, and the header `mmogit-verdict` says so.
#[utoipa::path(
    get,
    path = "/api/threads/{id}/export",
    tag = "threads",
    params(("id" = String, Path, description = "The thread's id, name or root"), ExportQuery),
    responses(
        (
            status = 200,
            description = "The file",
            content(
                (String = "text/markdown"),
                (serde_json::Value = "application/json"),
                (String = "text/html"),
                (String = "application/x-ndjson")
            ),
            headers(
                ("content-disposition" = String, description = "The name to keep it under"),
                ("mmogit-verdict" = String, description = "`valid`, `invalid` or `legacy`")
            )
        ),
        (status = 400, description = "The query can't be meant", body = FaultBody),
        (status = 404, description = "There is no such thread", body = FaultBody),
        (status = 409, description = "Several threads have the id, or it can't be read", body = Ambiguous),
        (status = 500, description = "The threads can't be read", body = FaultBody)
    )
)]
async fn export(
    caller: Caller,
    Named(id): Named<String>,
    Asked(asked): Asked<ExportQuery>,
) -> Result<Response, ThreadFault> {
    let ExportQuery { format, aside } = asked;
    let aside = aside.unwrap_or(false);
    let exported = caller
        .profile
        .read(move |workspace| exported(workspace, &id, format, aside))
        .await??;
    exported.note(&caller.profile).await?;
    Ok(exported.into_response())
}

/// A thread as Markdown.
///
/// # Errors
/// When the profile is served no longer.
pub(super) async fn markdown_of(profile: &ProfileHandle, id: String) -> Result<Response, Fault> {
    let exported = profile.read(move |workspace| exported(workspace, &id, Format::Md, false));
    let exported = exported.await?;
    if let Ok(exported) = &exported {
        exported.note(profile).await?;
    }
    Ok(exported.into_response())
}

fn exported(
    workspace: &Workspace,
    id: &str,
    format: Format,
    aside: bool,
) -> Result<Exported, ThreadFault> {
    let thread = workspace.threads().checked(id)?;
    let Some(summary) = thread.summary() else {
        let reason = thread.file.report.findings.first();
        let reason = reason.map(ToString::to_string).unwrap_or_default();
        let fault = Fault::new(StatusCode::CONFLICT, "This thread can't be read");
        return Err(fault
            .explained(reason, "What is there stays as it is.")
            .into());
    };
    let content = match format {
        Format::Bundle => bundle_of(workspace, id)?,
        format => content(format, &thread, aside)?,
    };
    let path = &thread.file.entry.path;
    Ok(Exported {
        root: summary.root,
        name: Names::default().name(path, &summary.title, format.extension()),
        format,
        verdict: thread.file.report.verdict,
        content,
    })
}

fn content(format: Format, thread: &CheckedThread, aside: bool) -> Result<Vec<u8>, Fault> {
    drawn(format.drawing(aside), &thread.file).map_err(|why| unwritable(&why.to_string()))
}

/// The thread's file in a bundle; where it is of several people, all its copies.
fn bundle_of(workspace: &Workspace, id: &str) -> Result<Vec<u8>, Fault> {
    let entries = workspace.threads().files_of(id).map_err(of_work)?;
    let store = workspace.store().map_err(of_work)?;
    let store = store.ok_or_else(Fault::not_found)?;
    let drawn = read_checked(&store, &entries, |file: CheckedFile| {
        let author = file.reading.as_ref().and_then(|reading| reading.author());
        (author, drawn(Drawing::Line, &file))
    });
    let mut authors = BTreeSet::new();
    let mut lines = Vec::new();
    let mut threads = 0;
    for (author, line) in drawn {
        let line = line.map_err(|why| unwritable(&why.to_string()))?;
        threads += usize::from(!line.is_empty());
        authors.extend(author);
        lines.extend(line);
    }
    let mut content = Vec::new();
    bundle::write_header(&mut content, threads, &authors).expect("memory takes all");
    content.extend(lines);
    Ok(content)
}

fn unwritable(why: &str) -> Fault {
    let fault = Fault::new(StatusCode::CONFLICT, "This thread can't be written so");
    fault.explained(why, "Take another format.")
}

impl Exported {
    /// Notes in the audit trail that it goes out.
    async fn note(&self, profile: &ProfileHandle) -> Result<(), Fault> {
        let Some(root) = self.root else {
            return Ok(());
        };
        let event = Event::thread_exported(root, self.format.extension());
        Ok(profile.run(move |work| work.note_done(&event)).await?)
    }
}

impl IntoResponse for Exported {
    fn into_response(self) -> Response {
        let verdict = HeaderValue::from_static(self.verdict.as_str());
        let media_type = HeaderValue::from_static(self.format.media_type());
        let headers = [
            (header::CONTENT_TYPE, media_type),
            (header::CONTENT_DISPOSITION, attachment(&self.name)),
            (VERDICT, verdict),
        ];
        (headers, self.content).into_response()
    }
}

/// `attachment`, with a name that no title can bend: for programs that know only ASCII, and whole.
fn attachment(name: &str) -> HeaderValue {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let plain: String = name
        .chars()
        .map(|c| if is_plain(&c) { c } else { '_' })
        .collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if is_plain(&char::from(byte)) {
            whole.push(char::from(byte));
        } else {
            let _ = write!(whole, "%{byte:02X}");
        }
    }
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}");
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_can_not_leave_its_place_in_the_header() {
        let hostile = "thread_1-a\"; filename=../../x\r\nSet-Cookie: é日.md";
        let value = attachment(hostile);
        let text = value.to_str().unwrap();
        assert_eq!(text.matches('"').count(), 2, "{text}");
        assert!(
            text.is_ascii() && !text.contains(['\r', '\n', '/']),
            "{text}"
        );
        assert!(text.ends_with("%C3%A9%E6%97%A5.md"), "{text}");
    }
}
