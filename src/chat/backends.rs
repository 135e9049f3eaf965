//! Who answers, as the chat asks for it and tells it. Which backend that is, `backend::choose` finds.

use crate::backend::choose::{BackendOverrides, EarlierBackend, ReadyBackend, Surroundings};
use crate::cli::{Environment, Failure, Ui};
use crate::model::Role;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::turn::Session;
use crate::workspace::Workspace;

/// Who answers, and what was asked for when they were chosen.
pub(super) struct Chosen {
    pub(super) overrides: BackendOverrides,
    pub(super) ready: ReadyBackend,
}

/// Makes ready who answers. Nothing is run yet.
///
/// # Errors
/// When what is meant can't be told, or is not there.
pub fn choose(
    overrides: &BackendOverrides,
    environment: &Environment,
    workspace: &Workspace,
) -> Result<ReadyBackend, Failure> {
    Ok(overrides.choose(&surroundings(environment, workspace))?)
}

/// Where backends are looked for.
pub fn surroundings<'a>(
    environment: &'a Environment,
    workspace: &'a Workspace,
) -> Surroundings<'a> {
    Surroundings {
        settings: workspace.settings(),
        home: workspace.home(),
        path: &environment.path,
        variables: &environment.variables,
    }
}

/// Who gave the thread's last answer, if they can be had here; else whoever was chosen.
pub(super) fn of_before(
    session: &Session<'_>,
    chosen: Chosen,
    environment: &Environment,
    workspace: &Workspace,
    ui: &Ui,
) -> Chosen {
    let visible = session.thread().visible();
    let mut newest_first = visible.iter().rev();
    let Some(answer) = newest_first.find(|message| message.role() == Role::Ai) else {
        return chosen;
    };
    let name = match EarlierBackend::of(answer, workspace.settings()) {
        EarlierBackend::Named(name) => name,
        EarlierBackend::NotSetUp(recorded) => {
            ui.hint(safe_format!(
                "ℹ️  {} answered before and is not set up here; \
                 name it with --command or in config.toml.",
                SafeText::line(&recorded)
            ));
            return chosen;
        }
    };
    let overrides = BackendOverrides {
        backend: Some(name.clone()),
        ..chosen.overrides.clone()
    };
    match overrides.choose(&surroundings(environment, workspace)) {
        Ok(ready) => Chosen { overrides, ready },
        Err(error) => {
            ui.warning(safe_format!(
                "⚠️  {} answered before and can't be asked: {}.",
                SafeText::line(&name),
                SafeText::shown(error)
            ));
            chosen
        }
    }
}
