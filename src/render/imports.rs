//! What became of each thread that was to be imported.

use super::counted::counted;
use super::one_by_one::OneByOne;
use super::safe::SafeText;
use crate::model::json::Value;
use crate::safe_format;
use crate::transfer::{Import, ImportFinding, ImportOutcome};
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
        Some(thread) => safe_format!(
            "{} ({})",
            SafeText::line(&thread.title),
            SafeText::line(&thread.id)
        ),
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
        ImportOutcome::Unproven(findings) => {
            let why = sentences(findings).join("; ");
            ("❌", safe_format!("left outside: {}", SafeText::line(&why)))
        }
    };
    safe_format!("{} {}: {}: {}\n", sign, place, name, what)
}

/// The same for programs.
pub fn json(imports: &[Import]) -> impl Serialize {
    BTreeMap::from([("threads", OneByOne(imports.iter().map(import_json)))])
}

fn sentences(findings: &[ImportFinding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

fn import_json(import: &Import) -> Value {
    let thread = import.thread.as_ref();
    let mut value = json!({
        "place": import.place,
        "id": thread.map(|thread| &thread.id),
        "title": thread.map(|thread| &thread.title),
    });
    value["outcome"] = match &import.outcome {
        ImportOutcome::New => "new",
        ImportOutcome::Grown(_) => "updated",
        ImportOutcome::Known => "known",
        ImportOutcome::Erased => "erased",
        ImportOutcome::Foreign(_) => "foreign",
        ImportOutcome::Unproven(_) => "unproven",
    }
    .into();
    match &import.outcome {
        ImportOutcome::New | ImportOutcome::Known | ImportOutcome::Erased => {}
        ImportOutcome::Grown(more) => value["new_messages"] = (*more).into(),
        ImportOutcome::Foreign(signer) => value["signer"] = signer.to_string().into(),
        ImportOutcome::Unproven(findings) => {
            value["problems"] = sentences(findings).into();
            value["findings"] = findings.iter().map(finding_json).collect();
        }
    }
    value
}

fn finding_json(finding: &ImportFinding) -> Value {
    json!({
        "code": finding.code(),
        "message": finding.message(),
        "said": finding.to_string(),
    })
}
