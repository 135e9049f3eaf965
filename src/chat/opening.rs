//! Which thread a session is about.

use super::Options;
use crate::cli::{Exit, Failure, Ui};
use crate::identity::Keys;
use crate::store::Store;
use crate::turn::{Beginning, Session};
use crate::workspace::{WorkError, Workspace};

/// Begins a thread, or goes on with one.
pub(super) fn open<'a>(
    options: &Options,
    workspace: &'a Workspace,
    store: &'a Store,
    keys: &'a Keys,
    ui: &Ui,
) -> Result<Session<'a>, Failure> {
    let Some(which) = &options.resume else {
        let beginning = Beginning {
            title: options.title.clone(),
            tags: options.tags.clone(),
            project: options.project.clone(),
        };
        return Ok(Session::begin(workspace, store, keys, beginning)?);
    };
    let found = match which {
        Some(query) => workspace
            .threads()
            .find(query)
            .map_err(|error| not_found(error, query))?,
        None => workspace
            .threads()
            .newest_of(&keys.public())?
            .ok_or_else(nothing_to_continue)?,
    };
    let (thread, commit) = workspace.threads().continuable(found, &keys.public())?;
    let mut session = Session::resume(workspace, store, keys, thread, commit)?;
    tell_open_ends(&session, ui);
    if let Some(title) = &options.title {
        session.set_title(title)?;
    }
    session.add_tags(&options.tags)?;
    Ok(session)
}

/// Whoever means a question writes several words.
fn not_found(error: WorkError, query: &str) -> Failure {
    let is_missing = matches!(error, WorkError::NotFound(_));
    let failure = Failure::from(error);
    if is_missing && query.trim().contains(char::is_whitespace) {
        return failure.hint(
            "What follows -c is a thread's id or title. To ask in the newest thread: mmogit chat -c -m 'QUESTION'. \
             `mmogit thread-list` shows all threads.",
        );
    }
    failure
}

pub(super) fn tell_open_ends(session: &Session<'_>, ui: &Ui) {
    if session.thread().heads().len() > 1 {
        ui.status(
            "ℹ️  This thread has more than one open end. All of it is shown; \
             what you say next joins them.",
        );
    }
}

pub(super) fn nothing_to_continue() -> Failure {
    Failure::new(Exit::Failed, "there is no thread of yours to continue yet")
        .hint("Start one with `mmogit chat`.")
}
