//! What the commands that organise threads have in common.

use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::identity::Keys;
use crate::model::Thread;
use crate::render::counted::counted;
use crate::render::safe::SafeText;
use crate::render::threads;
use crate::safe_format;
use crate::workspace::{Found, WorkError, Workspace, check_title};
use serde_json::json;

/// Changes threads one by one, each in a commit of its own. All are looked up before the first is changed. `change`
/// returns what to tell.
pub(super) fn change_each(
    queries: &[String],
    environment: &Environment,
    ui: &Ui,
    change: impl Fn(&Workspace, &Keys, Found) -> Result<SafeText, WorkError>,
) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let found = queries.iter().map(|query| workspace.find(query)).collect::<Result<Vec<_>, _>>()?;
    for found in &found {
        workspace.changeable(found, &keys.public())?;
    }
    for found in found {
        ui.line(change(&workspace, &keys, found)?)?;
    }
    Ok(Exit::Done)
}

/// A bad title is refused before anybody is asked for a passphrase.
pub(super) fn check_new_title(title: Option<&str>) -> Result<(), WorkError> {
    title.map_or(Ok(()), check_title)
}

/// Tells of a thread that was made of others.
pub(super) fn show_derived(thread: &Thread, is_json: bool, ui: &Ui) -> Result<Exit, Failure> {
    let count = thread.visible().len();
    if is_json {
        let value = json!({
            "id": thread.id().to_string(),
            "title": thread.title(),
            "message_count": count,
            "derived_from": thread.header().get("derived_from"),
        });
        ui.json(&value)?;
        return Ok(Exit::Done);
    }
    ui.line(safe_format!(
        "🌱 {} - {} ({})",
        SafeText::line(thread.title()),
        thread.id(),
        counted(count, "message")
    ))?;
    ui.line(safe_format!("   Derived from: {}", threads::derivation(thread).unwrap_or_default()))?;
    ui.line(safe_format!("   Continue it: mmogit chat --continue {}", thread.id()))?;
    Ok(Exit::Done)
}
