//! What became of each thread that was to be imported.

use super::counted::counted;
use super::safe::safe_line;
use crate::model::json::Value;
use crate::transfer::{Import, Outcome};
use serde_json::json;

/// A line for each thread, and what to do about those that stayed outside.
pub fn text(imports: &[Import], is_dry_run: bool) -> String {
    let mut text: String = imports.iter().map(|import| line(import, is_dry_run)).collect();
    let has = |fits: fn(&Outcome) -> bool| imports.iter().any(|import| fits(&import.outcome));
    if has(|outcome| matches!(outcome, Outcome::Foreign(_))) {
        text += "\nA branch holds only what its owner signed, so others' threads stay in their file, which proves itself:\n\
                 check them with `mmogit verify --file`, read them with `mmogit thread-replay --file`.\n";
    }
    if has(|outcome| matches!(outcome, Outcome::Unproven(_))) {
        text += "\nWhat does not verify was left outside, whole; `mmogit thread-replay --file` shows what is there.\n";
    }
    if imports.is_empty() { "The bundle is empty\n".to_owned() } else { text }
}

fn line(import: &Import, is_dry_run: bool) -> String {
    let place = safe_line(&import.place);
    let name = match &import.thread {
        Some((id, title)) => format!("{} ({})", safe_line(title), safe_line(id)),
        None => String::from("no thread"),
    };
    let would = if is_dry_run { "would be " } else { "" };
    let (sign, what) = match &import.outcome {
        Outcome::New => ("✅", format!("{would}imported")),
        Outcome::Grown(0) => ("✅", format!("{would}updated")),
        Outcome::Grown(more) => ("✅", format!("{would}updated, with {} more", counted(*more, "message"))),
        Outcome::Known => ("✅", "there already".to_owned()),
        Outcome::Foreign(signer) => {
            ("➖", format!("left outside: signed by {}…, not by you", signer.short()))
        }
        Outcome::Unproven(why) => ("❌", format!("left outside: {}", safe_line(&why.join("; ")))),
    };
    format!("{sign} {place}: {name}: {what}\n")
}

/// The same for programs.
pub fn json(imports: &[Import]) -> String {
    let threads: Vec<Value> = imports.iter().map(import_json).collect();
    format!("{:#}", json!({ "threads": threads }))
}

fn import_json(import: &Import) -> Value {
    let (id, title) = import.thread.clone().unzip();
    let mut value = json!({ "place": import.place, "id": id, "title": title });
    let (outcome, name, more) = match &import.outcome {
        Outcome::New => ("new", "", Value::Null),
        Outcome::Grown(more) => ("updated", "new_messages", (*more).into()),
        Outcome::Known => ("known", "", Value::Null),
        Outcome::Foreign(signer) => ("foreign", "signer", signer.to_string().into()),
        Outcome::Unproven(why) => ("unproven", "problems", why.clone().into()),
    };
    value["outcome"] = outcome.into();
    if !name.is_empty() {
        value[name] = more;
    }
    value
}
