//! Personas, as files of the home folder and as they stand in a thread.

use super::safe::SafeText;
use crate::model::Message;
use crate::safe_format;
use crate::store::Trouble;
use crate::workspace::Persona;
use serde_json::{Value, json};
use std::path::Path;

const BEGINNING: usize = 60;
const NAME: usize = 50;

/// The list: names and how they begin. Where there is none, `if_none` stands instead.
pub fn list(personas: &[Persona], if_none: &'static str) -> SafeText {
    if personas.is_empty() {
        return if_none.into();
    }
    let mut text = safe_format!("🎭 Personas ({} total)\n\n", personas.len());
    for persona in personas {
        let first = persona
            .text
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default();
        let first = SafeText::line(first.trim());
        text += safe_format!(
            "{} - {}\n",
            SafeText::line(&persona.name),
            first.shortened(BEGINNING)
        );
    }
    text
}

/// The list for programs; `path` finds each persona's file.
pub fn list_json(
    personas: &[Persona],
    folder: &Path,
    path: impl Fn(&Persona) -> String,
    troubles: &[Trouble],
) -> Value {
    let one = |persona: &Persona| json!({"name": persona.name, "path": path(persona), "bytes": persona.text.len()});
    let troubles: Vec<Value> = troubles
        .iter()
        .map(|trouble| json!({"place": trouble.place, "why": trouble.why}))
        .collect();
    let personas: Vec<Value> = personas.iter().map(one).collect();
    json!({ "folder": folder.display().to_string(), "personas": personas, "troubles": troubles })
}

/// One persona for programs.
pub fn json(persona: &Persona, path: &Path) -> Value {
    json!({
        "name": persona.name,
        "path": path.display().to_string(),
        "bytes": persona.text.len(),
        "text": persona.text,
    })
}

/// The persona that a message brings, for the line above it.
pub fn of_message(message: &Message) -> Option<SafeText> {
    message
        .persona_name()
        .map(|name| SafeText::line(&name).shortened(NAME))
}
