//! Roles, as files of the home folder and as they stand in a thread.

use super::safe::SafeText;
use crate::model::Message;
use crate::safe_format;
use crate::store::Trouble;
use crate::workspace::RolePrompt;
use serde_json::{Value, json};
use std::path::Path;

const BEGINNING: usize = 60;
const NAME: usize = 50;

/// The list: names and how they begin.
pub fn list(roles: &[RolePrompt]) -> SafeText {
    if roles.is_empty() {
        return "No roles found. Make one with 'mmogit role edit NAME'\n".into();
    }
    let mut text = safe_format!("🎭 Roles ({} total)\n\n", roles.len());
    for role in roles {
        let first = role
            .text
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default();
        let first = SafeText::line(first.trim());
        text += safe_format!(
            "{} - {}\n",
            SafeText::line(&role.name),
            first.shortened(BEGINNING)
        );
    }
    text
}

/// The list for programs; `path` finds each role's file.
pub fn list_json(
    roles: &[RolePrompt],
    folder: &Path,
    path: impl Fn(&RolePrompt) -> String,
    troubles: &[Trouble],
) -> Value {
    let one = |role: &RolePrompt| json!({"name": role.name, "path": path(role), "bytes": role.text.len()});
    let troubles: Vec<Value> = troubles
        .iter()
        .map(|trouble| json!({"place": trouble.place, "why": trouble.why}))
        .collect();
    let roles: Vec<Value> = roles.iter().map(one).collect();
    json!({ "folder": folder.display().to_string(), "roles": roles, "troubles": troubles })
}

/// One role for programs.
pub fn json(role: &RolePrompt, path: &Path) -> Value {
    json!({
        "name": role.name,
        "path": path.display().to_string(),
        "bytes": role.text.len(),
        "text": role.text,
    })
}

/// The role that a message brings, for the line above it.
pub fn of_message(message: &Message) -> Option<SafeText> {
    message
        .role_name()
        .map(|name| SafeText::line(&name).shortened(NAME))
}
