//! Which thread a session is about.

use super::Options;
use crate::cli::{self, Exit, Failure, Ui};
use crate::identity::Keys;
use crate::render::counted::counted;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::seal::Reader;
use crate::store::Store;
use crate::turn::{self, Beginning, Session};
use crate::workspace::{ProjectError, WorkError, Workspace};
use std::path::Path;

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
            project: project_of(options, workspace, keys, ui)?,
            sealed_for: sealed_for(options, workspace, keys)?,
            ..Beginning::default()
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
    let found = workspace.organiser().carried_over(keys, found)?;
    let (thread, commit) = workspace.threads().continuable(found, &keys.public())?;
    let mut session = Session::resume(workspace, store, keys, thread, commit)?;
    tell_open_ends(&session, ui);
    if let Some(title) = &options.title {
        session.set_title(title)?;
    }
    session.add_tags(&options.tags)?;
    Ok(session)
}

/// The project that a new thread belongs to: the id of one that its owner has a part in, or else a
/// label, which says nothing more. It stays with the thread for ever, so a name that is neither is
/// asked about.
fn project_of(
    options: &Options,
    workspace: &Workspace,
    keys: &Keys,
    ui: &Ui,
) -> Result<Option<String>, Failure> {
    let Some(name) = &options.project else {
        return Ok(options.label.clone());
    };
    if let Some(project) = workspace.projects().named(&keys.public(), name)? {
        return Ok(Some(project.id.to_string()));
    }
    if let Some(damaged) = damaged_projects(workspace, keys)? {
        return Err(not_among(damaged, name));
    }
    let may_be_label = turn::check_label(name).is_ok();
    if may_be_label && workspace.projects().is_label(&keys.public(), name)? {
        ui.hint(safe_format!(
            "{} is no project; the thread has it as a label, as others of yours.",
            SafeText::line(name)
        ));
        return Ok(Some(name.clone()));
    }
    if may_be_label && ui.stdin_is_terminal {
        let question = safe_format!(
            "You have no project “{}”. Take it as a mere label?",
            SafeText::line(name)
        );
        if ui.confirm(question)? {
            return Ok(Some(name.clone()));
        }
    }
    let refused = Failure::from(WorkError::from(ProjectError::NotFound(name.to_owned())));
    match may_be_label {
        true => Err(or_labelled(refused, name)),
        false => Err(refused),
    }
}

/// How many projects can't be read, if any: one of them may be the one that is meant.
fn damaged_projects(workspace: &Workspace, keys: &Keys) -> Result<Option<usize>, WorkError> {
    let damaged = workspace.projects().of(&keys.public())?.troubles.len();
    Ok((damaged > 0).then_some(damaged))
}

fn not_among(damaged: usize, name: &str) -> Failure {
    let refused = Failure::from(WorkError::from(ProjectError::NotFound(name.to_owned())));
    refused.hint(safe_format!(
        "Nothing was begun. {} can't be read, and may be that one: mmogit doctor",
        counted(damaged, "project")
    ))
}

fn or_labelled(refused: Failure, name: &str) -> Failure {
    let next = refused.next_step();
    refused.hint(safe_format!(
        "Nothing was begun. {} For a thread with a mere label: --label {}",
        next,
        cli::quoted(Path::new(name))
    ))
}

/// Who is to read a new thread besides its author; nobody in particular, if it lies open.
fn sealed_for(
    options: &Options,
    workspace: &Workspace,
    keys: &Keys,
) -> Result<Option<Vec<Reader>>, WorkError> {
    let is_sealed = options.encrypt.unwrap_or(workspace.settings().encrypt);
    if !is_sealed && options.to.is_empty() {
        return Ok(None);
    }
    workspace.readers(keys, &options.to).map(Some)
}

/// Whoever means a question writes several words.
fn not_found(error: WorkError, query: &str) -> Failure {
    let is_missing = matches!(
        error,
        WorkError::NotFound(_) | WorkError::NotFoundInOpen { .. }
    );
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
    if session.thread().open_ends() > 1 {
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
