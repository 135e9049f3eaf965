//! What became of each thread that was to be imported.

use super::counted::counted;
use super::one_by_one::OneByOne;
use super::safe::SafeText;
use crate::model::json::Value;
use crate::safe_format;
use crate::transfer::{Import, ImportOutcome};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// A line for each thread.
pub fn text(imports: &[Import], is_dry_run: bool) -> SafeText {
    if imports.is_empty() {
        return "The bundle is empty\n".into();
    }
    imports
        .iter()
        .map(|import| line(import, is_dry_run))
        .collect()
}

fn line(import: &Import, is_dry_run: bool) -> SafeText {
    let place = SafeText::line(&import.place);
    let name = match &import.thread {
        Some((id, title)) => safe_format!("{} ({})", SafeText::line(title), SafeText::line(id)),
        None => "no thread".into(),
    };
    let would = if is_dry_run { "would be " } else { "" };
    let (sign, what) = match &import.outcome {
        ImportOutcome::New => ("✅", safe_format!("{}imported", would)),
        ImportOutcome::Grown(0) => ("✅", safe_format!("{}updated", would)),
        ImportOutcome::Grown(more) => (
            "✅",
            safe_format!("{}updated, with {} more", would, counted(*more, "message")),
        ),
        ImportOutcome::Known => ("✅", "there already".into()),
        ImportOutcome::Foreign(signer) => (
            "➖",
            safe_format!("left outside: signed by {}…, not by you", signer.short()),
        ),
        ImportOutcome::Erased => (
            "➖",
            "left outside: you erased it, and what was erased is not brought back".into(),
        ),
        ImportOutcome::Unproven(why) => (
            "❌",
            safe_format!("left outside: {}", SafeText::line(&why.join("; "))),
        ),
    };
    safe_format!("{} {}: {}: {}\n", sign, place, name, what)
}

/// The same for programs.
pub fn json(imports: &[Import]) -> impl Serialize {
    BTreeMap::from([("threads", OneByOne(imports.iter().map(import_json)))])
}

fn import_json(import: &Import) -> Value {
    let (id, title) = import.thread.clone().unzip();
    let mut value = json!({ "place": import.place, "id": id, "title": title });
    let (outcome, name, more) = match &import.outcome {
        ImportOutcome::New => ("new", "", Value::Null),
        ImportOutcome::Grown(more) => ("updated", "new_messages", (*more).into()),
        ImportOutcome::Known => ("known", "", Value::Null),
        ImportOutcome::Erased => ("erased", "", Value::Null),
        ImportOutcome::Foreign(signer) => ("foreign", "signer", signer.to_string().into()),
        ImportOutcome::Unproven(why) => ("unproven", "problems", why.clone().into()),
    };
    value["outcome"] = outcome.into();
    if !name.is_empty() {
        value[name] = more;
    }
    value
}
