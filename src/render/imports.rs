//! What became of each thread that was to be imported.

use super::counted::counted;
use super::one_by_one::OneByOne;
use super::safe::SafeText;
use super::taken_in;
use crate::model::json::Value;
use crate::safe_format;
use crate::transfer::{Import, ImportFinding, ImportOutcome, TakenIn};
use serde::Serialize;
use serde_json::json;

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

/// The same for programs, with what came of other programs' conversations, and how much it is in all.
pub fn json(imports: &[Import], taken: &TakenIn) -> impl Serialize {
    let threads = imports.iter().map(import_json);
    let conversations = taken.conversations.iter().map(taken_in::json);
    let sums = Sums::of(imports, taken);
    Report {
        threads: OneByOne(threads.chain(conversations)),
        messages: sums.messages,
        added: sums.added,
        unchanged: sums.unchanged,
        skipped: sums.skipped,
        redacted: taken.redacted,
        unknown: taken.unknown.values().sum(),
        left_out: taken.skips.iter().map(taken_in::skip_json).collect(),
        redactions: taken
            .redactions
            .iter()
            .map(taken_in::redacted_json)
            .collect(),
    }
}

#[derive(Serialize)]
#[serde(bound = "Threads: Iterator<Item: Serialize> + Clone")]
struct Report<Threads> {
    threads: OneByOne<Threads>,
    messages: usize,
    added: usize,
    unchanged: usize,
    skipped: usize,
    /// None where nobody looked for secrets.
    redacted: Option<usize>,
    unknown: usize,
    left_out: Vec<Value>,
    redactions: Vec<Value>,
}

/// How many messages there are in all files, and what became of them.
#[derive(Default)]
struct Sums {
    messages: usize,
    added: usize,
    unchanged: usize,
    skipped: usize,
}

impl Sums {
    fn of(imports: &[Import], taken: &TakenIn) -> Self {
        let mut sums = Self {
            skipped: taken.skipped,
            ..Self::default()
        };
        for import in imports {
            sums.messages += import.messages;
            match import.outcome {
                ImportOutcome::New => sums.added += import.messages,
                ImportOutcome::Grown(more) => {
                    sums.added += more;
                    sums.unchanged += import.messages.saturating_sub(more);
                }
                ImportOutcome::Known => sums.unchanged += import.messages,
                ImportOutcome::Unproven(_) | ImportOutcome::Erased | ImportOutcome::Foreign(_) => {
                    sums.skipped += 1
                }
            }
        }
        for conversation in &taken.conversations {
            sums.messages += conversation.messages;
            sums.added += conversation.added;
            sums.unchanged += conversation.unchanged;
            sums.skipped += usize::from(conversation.outcome.was_left_out());
        }
        sums
    }
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
