//! Drafts, for people and for programs.

use super::safe::SafeText;
use crate::model::{DraftState, KeptDraft};
use crate::safe_format;
use crate::seal::Locked;
use crate::workspace::{DraftList, ShownDraft};
use serde_json::{Value, json};

/// So much of a draft's first line, and of a title, is shown in a list.
const SHOWN: usize = 60;

/// All drafts, for people.
pub fn list(drafts: &[&ShownDraft]) -> SafeText {
    let mut text = safe_format!("📝 Drafts ({} total)\n\n", drafts.len());
    for shown in drafts {
        text += safe_format!(
            "{} {} - {} - {}\n   {}\n",
            mark(&shown.draft),
            SafeText::shown(shown.draft.id.short()),
            standing(&shown.draft),
            origin(shown),
            beginning(shown)
        );
    }
    text
}

fn mark(draft: &KeptDraft) -> &'static str {
    match draft.state {
        DraftState::Generated => "🆕",
        DraftState::Edited => "✏️ ",
        DraftState::Discarded => "🗑️ ",
        DraftState::PartiallyApplied => "🧩",
        DraftState::Accepted if draft.applied.is_empty() => "✅",
        DraftState::Accepted => "📄",
    }
}

/// Its state; and whether what was accepted was applied, which is another step.
fn standing(draft: &KeptDraft) -> &'static str {
    match (draft.state, draft.applied.is_empty()) {
        (DraftState::Accepted, true) => "accepted, not applied",
        (DraftState::Accepted, false) => "accepted and applied",
        (state, _) => state.as_str(),
    }
}

/// Where it came up.
fn origin(shown: &ShownDraft) -> SafeText {
    let title = shown.thread.as_ref().map(|thread| thread.header().title());
    let title = match title {
        Some(title) => SafeText::line(title).shortened(SHOWN),
        None => "(its thread is not here)".into(),
    };
    match shown.draft.block {
        0 => title,
        block => safe_format!("{}, code block {}", title, block),
    }
}

fn beginning(shown: &ShownDraft) -> SafeText {
    let Ok(open) = &shown.open else {
        return "🔒".into();
    };
    let text = open.text();
    let line = text.lines().find(|line| !line.trim().is_empty());
    SafeText::line(line.unwrap_or_default()).shortened(SHOWN)
}

/// One draft, for people.
pub fn whole(shown: &ShownDraft) -> SafeText {
    let draft = &shown.draft;
    let mut text = safe_format!(
        "📝 Draft {}\n   State: {}\n   From: {}\n   Message: {}\n   Created: {}\n",
        SafeText::shown(draft.id),
        standing(draft),
        origin(shown),
        SafeText::shown(draft.message),
        SafeText::shown(draft.created_at)
    );
    if let Ok(open) = &shown.open
        && let Some(kind) = &open.kind
    {
        text += safe_format!("   Kind: {}\n", SafeText::line(kind));
    }
    for applied in &draft.applied {
        let to = applied.to.as_deref().unwrap_or("(not recorded)");
        text += safe_format!(
            "   Applied: {} to {}\n",
            SafeText::shown(applied.at),
            SafeText::line(to)
        );
    }
    match &shown.open {
        Ok(open) => text + safe_format!("\n{}\n", SafeText::block(open.text().trim_end())),
        Err(why) => text + safe_format!("\n🔒 {}\n", SafeText::shown(why)),
    }
}

/// All drafts, for programs.
pub fn list_json(list: &DraftList, drafts: &[&ShownDraft]) -> Value {
    let drafts: Vec<Value> = drafts.iter().map(|shown| json(shown)).collect();
    let troubles = list.troubles.iter();
    let troubles: Vec<Value> = troubles
        .map(|trouble| json!({"place": trouble.place, "why": trouble.why}))
        .collect();
    json!({ "drafts": drafts, "troubles": troubles })
}

/// One draft, for programs.
pub fn json(shown: &ShownDraft) -> Value {
    let draft: &KeptDraft = &shown.draft;
    let open = shown.open.as_ref().ok();
    let applied = draft.applied.iter();
    let applied: Vec<Value> = applied
        .map(|applied| json!({"at": applied.at.to_string(), "to": applied.to}))
        .collect();
    let thread_id = shown
        .thread
        .as_ref()
        .map(|thread| thread.header().id().to_string());
    json!({
        "id": draft.id.to_string(),
        "state": draft.state.as_str(),
        "kept": shown.is_kept,
        "sealed": shown.is_sealed(),
        "locked": shown.open.as_ref().err().map(|why: &Locked| why.code()),
        "thread": draft.thread.to_string(),
        "thread_id": thread_id,
        "message": draft.message.to_string(),
        "block": draft.block,
        "kind": open.and_then(|open| open.kind.clone()),
        "project": open.and_then(|open| open.project).map(|project| project.to_string()),
        "content": open.map(|open| open.content.clone()),
        "created_at": draft.created_at.to_string(),
        "updated_at": draft.updated_at.to_string(),
        "applied": applied,
    })
}
