//! The verdicts, in words and as JSON.

use super::counted::counted;
use super::one_by_one::OneByOne;
use super::safe::SafeText;
use crate::model::PublicKey;
use crate::model::json::Value;
use crate::safe_format;
use crate::store::{
    BranchFinding, BranchReport, CommitFinding, CommitVerdict, DraftVerdict, ErasureVerdict,
    FiledVerdict, ProjectVerdict, Trouble,
};
use crate::verify::{MessageVerdict, ThreadReport, Verdict};
use crate::workspace::{FileFinding, FileReport, StoreReport};
use serde::Serialize;
use serde_json::json;

/// The next step after a finding on somebody's branch, if there is one, in the words of the face
/// that shows it.
pub type NextStep<'a> = dyn Fn(&PublicKey, &BranchFinding) -> Option<SafeText> + 'a;

/// The report in words. `in_full` lists what is right too, as for a single thread; otherwise only
/// what is not.
pub fn text(report: &StoreReport, in_full: bool, next_step: &NextStep<'_>) -> SafeText {
    let mut text = SafeText::new();
    for file in &report.files {
        if in_full || file.verdict != Verdict::Valid {
            text += file_text(file);
        }
    }
    for branch in &report.branches {
        text += branch_text(branch, next_step);
    }
    for trouble in &report.unchecked {
        text += safe_format!(
            "❌ {} {}\n",
            SafeText::line(&trouble.place),
            SafeText::line(&trouble.why)
        );
    }
    for trouble in &report.troubles {
        text += safe_format!(
            "⚠️  {} {}\n",
            SafeText::line(&trouble.place),
            SafeText::line(&trouble.why)
        );
    }
    text + summary(report)
}

fn file_text(file: &FileReport) -> SafeText {
    let mut text = safe_format!(
        "{} {}: {}\n",
        mark(file.verdict),
        SafeText::line(&file.path),
        file.verdict.as_str()
    );
    if let Some((_, report)) = &file.thread {
        let right = report
            .messages
            .iter()
            .filter(|message| message.check.is_ok())
            .count();
        let all = report.messages.len();
        text += safe_format!(
            "   {} {} of {} signed by who may\n",
            tick(right == all),
            right,
            counted(all, "message")
        );
        let imported = report.messages.iter().filter(|said| said.is_imported);
        let imported = imported.count();
        if imported > 0 {
            let imported = counted(imported, "message");
            text += safe_format!(
                "   📥 {} imported: who signed attests that it stood elsewhere, not who said it\n",
                imported
            );
        }
        text += check_line(
            "chain: nothing inserted, moved or taken out",
            report.chain.is_ok(),
        );
        text += check_line("tail: nothing cut off", report.tail.is_ok());
        text += check_line(
            "thread signature: title, tags, state, heads",
            report.header.is_ok(),
        );
    }
    for finding in &file.findings {
        text += safe_format!("   → {}\n", SafeText::shown(finding));
    }
    text
}

fn branch_text(branch: &BranchReport, next_step: &NextStep<'_>) -> SafeText {
    let findings = branch.findings();
    let commits = counted(branch.commits.len(), "commit");
    let mut text = safe_format!(
        "{} branch of {}...: {}{}\n",
        tick(findings.is_empty()),
        branch.owner.short(),
        commits,
        if !findings.is_empty() {
            ""
        } else if branch.erasures.is_empty() {
            ", all signed by the owner, nothing ever taken away"
        } else {
            ", all signed by the owner, nothing taken away but what they erased"
        }
    );
    let told = branch.erasures.iter().filter(|told| told.check.is_ok());
    for erasure in told.filter_map(|told| told.erasure.as_ref()) {
        let at = SafeText::shown(erasure.erased_at.to_seconds_string());
        text += safe_format!("   🪦 {} was erased at {}\n", erasure.thread, at);
    }
    text += documents_line(branch);
    for finding in &findings {
        text += safe_format!("   → {}\n", SafeText::shown(finding));
    }
    for next in next_steps(branch, &findings, next_step) {
        text += safe_format!("   💡 {}\n", next);
    }
    text
}

/// How many projects and drafts there are, and how many of them are their owner's word.
fn documents_line(branch: &BranchReport) -> SafeText {
    let projects = (branch.projects.len(), good(&branch.projects), "project");
    let drafts = (branch.drafts.len(), good(&branch.drafts), "draft");
    let mut text = SafeText::new();
    for (all, good, what) in [projects, drafts] {
        if all > 0 {
            let all_of = counted(all, what);
            text += safe_format!(
                "   {} {} of {} signed by the owner\n",
                tick(good == all),
                good,
                all_of
            );
        }
    }
    text
}

fn good<Kind>(verdicts: &[FiledVerdict<Kind>]) -> usize {
    let good = verdicts.iter().filter(|verdict| verdict.check.is_ok());
    good.count()
}

/// What to do, each once.
fn next_steps(
    branch: &BranchReport,
    findings: &[BranchFinding],
    next_step: &NextStep<'_>,
) -> Vec<SafeText> {
    let mut steps: Vec<SafeText> = Vec::new();
    for finding in findings {
        let next = next_step(&branch.owner, finding);
        steps.extend(next.filter(|next| !steps.contains(next)));
    }
    steps
}

fn summary(report: &StoreReport) -> SafeText {
    let number = |verdict| {
        report
            .files
            .iter()
            .filter(|file| file.verdict == verdict)
            .count()
    };
    if report.files.is_empty() && report.is_good() {
        return "No threads to verify\n".into();
    }
    let verdicts = [
        Verdict::Valid,
        Verdict::Legacy,
        Verdict::Invalid,
        Verdict::Malformed,
    ];
    let parts = verdicts
        .iter()
        .map(|verdict| (number(*verdict), verdict.as_str()));
    let parts: Vec<SafeText> = parts
        .filter(|(number, _)| *number > 0)
        .map(|(number, verdict)| safe_format!("{} {}", number, verdict))
        .collect();
    let threads = counted(report.files.len(), "thread");
    let said: SafeText = if parts.is_empty() {
        "none could be read".into()
    } else {
        SafeText::joined(parts, ", ")
    };
    let is_right = !report.files.is_empty() && report.has_good_threads();
    safe_format!("{} {}: {}\n", tick(is_right), threads, said)
}

fn check_line(what: &'static str, is_right: bool) -> SafeText {
    safe_format!("   {} {}\n", tick(is_right), what)
}

fn tick(is_right: bool) -> &'static str {
    if is_right { "✅" } else { "❌" }
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "✅",
        Verdict::Legacy => "⚠️ ",
        Verdict::Invalid | Verdict::Malformed => "❌",
    }
}

/// The report for programs.
pub fn json(report: &StoreReport) -> impl Serialize {
    ForPrograms {
        good: report.is_good(),
        files: OneByOne(report.files.iter().map(file_json)),
        branches: OneByOne(report.branches.iter().map(branch_json)),
        troubles: OneByOne(
            report
                .unchecked
                .iter()
                .chain(&report.troubles)
                .map(trouble_json),
        ),
    }
}

#[derive(Serialize)]
struct ForPrograms<F, B, T> {
    good: bool,
    files: F,
    branches: B,
    troubles: T,
}

fn trouble_json(trouble: &Trouble) -> Value {
    json!({"place": trouble.place, "why": trouble.why})
}

fn file_json(file: &FileReport) -> Value {
    let mut value = match &file.thread {
        Some((id, report)) => {
            let mut value = thread_json(report);
            value["id"] = id.to_string().into();
            value
        }
        None => json!({}),
    };
    value["path"] = file.path.as_str().into();
    value["verdict"] = file.verdict.as_str().into();
    put_findings(&mut value, &file.findings);
    value
}

/// All that is wrong with a file, in words and each with its code.
pub fn put_findings(value: &mut Value, findings: &[FileFinding]) {
    value["problems"] = findings.iter().map(ToString::to_string).collect();
    value["findings"] = findings.iter().map(file_finding_json).collect();
}

fn file_finding_json(finding: &FileFinding) -> Value {
    json!({
        "code": finding.code(),
        "message": finding.message(),
        "said": finding.to_string(),
    })
}

/// Each check of a thread: `null` where it passed, otherwise why not.
pub fn thread_json(report: &ThreadReport) -> Value {
    let messages: Vec<Value> = report.messages.iter().map(message_json).collect();
    json!({
        "verdict": report.verdict().as_str(),
        "messages": messages,
        "chain": problem(&report.chain),
        "tail": problem(&report.tail),
        "thread_signature": problem(&report.header),
    })
}

fn message_json(message: &MessageVerdict) -> Value {
    let mut value = json!({
        "id": message.id.to_string(),
        "problem": problem(&message.check),
    });
    if message.is_imported {
        value["imported"] = true.into();
    }
    value
}

fn branch_json(branch: &BranchReport) -> Value {
    json!({
        "owner": branch.owner.to_string(),
        "commits": branch.commits.iter().map(commit_json).collect::<Vec<_>>(),
        "erasures": branch.erasures.iter().map(erasure_json).collect::<Vec<_>>(),
        "projects": branch.projects.iter().map(project_json).collect::<Vec<_>>(),
        "drafts": branch.drafts.iter().map(draft_json).collect::<Vec<_>>(),
        "not_moved_back": all_said(branch.whole.iter()),
        "findings": branch.findings().iter().map(finding_json).collect::<Vec<_>>(),
    })
}

fn commit_json(commit: &CommitVerdict) -> Value {
    let (signature, rest): (Vec<_>, Vec<_>) = commit
        .findings
        .iter()
        .partition(|finding| matches!(finding, CommitFinding::NotTheOwners(_)));
    json!({
        "id": commit.id.to_string(),
        "signature": all_said(signature.into_iter()),
        "append_only": all_said(rest.into_iter()),
    })
}

/// All in one line, or `null`.
fn all_said<T: ToString>(findings: impl Iterator<Item = T>) -> Value {
    let said: Vec<String> = findings.map(|finding| finding.to_string()).collect();
    if said.is_empty() {
        Value::Null
    } else {
        said.join("; ").into()
    }
}

fn finding_json(finding: &BranchFinding) -> Value {
    let commit = match finding {
        BranchFinding::Commit { id, .. } => Some(id),
        BranchFinding::Gone { seen }
        | BranchFinding::MovedBack { seen, .. }
        | BranchFinding::SeenUnreadable { seen, .. } => Some(seen),
        _ => None,
    };
    json!({
        "code": finding.code(),
        "fault": finding.fault(),
        "commit": commit.map(ToString::to_string),
        "path": finding.path(),
        "said": finding.to_string(),
    })
}

fn erasure_json(verdict: &ErasureVerdict) -> Value {
    let erasure = verdict.erasure.as_ref();
    json!({
        "path": verdict.path,
        "thread": erasure.map(|erasure| erasure.thread.to_string()),
        "root": erasure.and_then(|erasure| erasure.root).map(|root| root.to_string()),
        "erased_at": erasure.map(|erasure| erasure.erased_at.to_string()),
        "problem": problem(&verdict.check),
    })
}

fn project_json(verdict: &ProjectVerdict) -> Value {
    let project = verdict.document.as_ref();
    json!({
        "path": verdict.path,
        "id": project.map(|project| project.id.to_string()),
        "name": project.map(|project| project.name.clone()),
        "problem": problem(&verdict.check),
    })
}

fn draft_json(verdict: &DraftVerdict) -> Value {
    let draft = verdict.document.as_ref();
    json!({
        "path": verdict.path,
        "id": draft.map(|draft| draft.id.to_string()),
        "state": draft.map(|draft| draft.state.as_str()),
        "problem": problem(&verdict.check),
    })
}

fn problem<Fault: ToString>(check: &Result<(), Fault>) -> Value {
    match check {
        Ok(()) => Value::Null,
        Err(fault) => fault.to_string().into(),
    }
}
