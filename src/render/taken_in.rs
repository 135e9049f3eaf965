//! What became of other programs' conversations.

use super::counted::counted;
use super::safe::SafeText;
use crate::model::json::Value;
use crate::safe_format;
use crate::sources::{Kind, Skip};
use crate::transfer::{Redacted, TakenConversation, TakenIn, TakenOutcome};
use serde_json::json;

/// So many records that were left out are shown, unless all are asked for.
const MOST_SKIPS: usize = 5;
/// And so many secrets that were replaced.
const MOST_REDACTIONS: usize = 5;

/// How much is told.
#[derive(Debug, Clone, Copy)]
pub struct Telling {
    /// It is what would be done.
    pub is_dry_run: bool,
    /// Each conversation, and each thing that was left out.
    pub is_in_full: bool,
}

/// A line for each file, and one for each conversation of which something is to be said.
pub fn text(taken: &TakenIn, telling: Telling) -> SafeText {
    let mut text = SafeText::new();
    for file in &taken.files {
        let files = match file.files {
            1 => SafeText::new(),
            number => safe_format!(", {}", counted(number, "file")),
        };
        text += safe_format!(
            "📥 {}: {}{}\n",
            SafeText::line(&file.path),
            name_of(file.kind),
            files
        );
    }
    for conversation in &taken.conversations {
        let is_plain = matches!(
            conversation.outcome,
            TakenOutcome::New | TakenOutcome::Known
        );
        if telling.is_in_full || !is_plain || conversation.changed > 0 {
            text += line(conversation, telling.is_dry_run);
        }
        if telling.is_in_full && conversation.instructions > 0 {
            text += safe_format!(
                "   with {}: who answers in it is given them\n",
                counted(conversation.instructions, "message of instructions")
            );
        }
    }
    text += skips(taken, telling.is_in_full);
    text += sums(taken, telling.is_dry_run);
    text += redactions(taken, telling);
    text += instructions(taken);
    if telling.is_in_full {
        text += kept_and_hidden(taken);
    }
    text
}

/// What people call the program.
pub fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Plain => "a list of messages",
        Kind::Markdown => "a text",
        Kind::ChatGpt => "ChatGPT",
        Kind::Claude => "Claude.ai",
        Kind::ClaudeCode => "Claude Code",
        Kind::Codex => "Codex",
        Kind::Llm => "llm",
    }
}

fn line(conversation: &TakenConversation, is_dry_run: bool) -> SafeText {
    let would = if is_dry_run { "would be " } else { "" };
    let (sign, what) = match conversation.outcome {
        TakenOutcome::New => ("✅", safe_format!("{}imported", would)),
        TakenOutcome::Grown => {
            let more = counted(conversation.added, "message");
            ("✅", safe_format!("{}updated, with {} more", would, more))
        }
        TakenOutcome::Known => ("✅", "there already".into()),
        TakenOutcome::Erased => (
            "➖",
            "left outside: you erased it, and what was erased is not brought back".into(),
        ),
        TakenOutcome::Sealed => (
            "➖",
            "not updated: you sealed it, and what is new would lie open".into(),
        ),
        TakenOutcome::TooLarge => ("➖", "left outside: it is larger than any thread".into()),
        TakenOutcome::Differs => (
            "➖",
            "not updated: what is here has other words before what is new, so it may be another one; \
             under another file name, or with another id in it, it comes in beside it"
                .into(),
        ),
    };
    let changed = match conversation.changed {
        0 => SafeText::new(),
        number => safe_format!(
            "; {} changed there since, and stay as they came in",
            counted(number, "message")
        ),
    };
    safe_format!(
        "{} {} ({}): {}{}\n",
        sign,
        SafeText::line(&conversation.title),
        SafeText::line(&conversation.name),
        what,
        changed
    )
}

fn skips(taken: &TakenIn, is_in_full: bool) -> SafeText {
    let most = if is_in_full { usize::MAX } else { MOST_SKIPS };
    let shown = taken.skips.iter().take(most);
    let mut text: SafeText = shown
        .map(|skip| {
            let (place, why) = (SafeText::line(&skip.place), SafeText::shown(&skip.reason));
            safe_format!("⚠️  {}: left out: {}\n", place, why)
        })
        .collect();
    let untold = taken.skipped - taken.skips.len().min(most);
    if untold > 0 {
        text += safe_format!("⚠️  {} more left out\n", untold);
    }
    text
}

fn sums(taken: &TakenIn, is_dry_run: bool) -> SafeText {
    let of = |outcome: TakenOutcome| {
        let conversations = taken.conversations.iter();
        conversations.filter(|one| one.outcome == outcome).count()
    };
    let messages: usize = taken.conversations.iter().map(|one| one.added).sum();
    safe_format!(
        "{}{}: {} new, {} updated, {} there already; {} {}\n",
        if is_dry_run { "Would import " } else { "" },
        counted(taken.conversations.len(), "conversation"),
        of(TakenOutcome::New),
        of(TakenOutcome::Grown),
        of(TakenOutcome::Known),
        counted(messages, "message"),
        if is_dry_run {
            "would be signed"
        } else {
            "signed as an import"
        },
    )
}

/// What was replaced, and where; never a sign of it.
fn redactions(taken: &TakenIn, telling: Telling) -> SafeText {
    let count = taken.redacted.unwrap_or_default();
    if count == 0 {
        return SafeText::new();
    }
    let most = if telling.is_in_full {
        usize::MAX
    } else {
        MOST_REDACTIONS
    };
    let done = if telling.is_dry_run {
        "to be replaced before anything is signed"
    } else {
        "replaced before anything was signed"
    };
    let mut text = safe_format!("🔑 {} {}:\n", counted(count, "likely secret"), done);
    for redacted in taken.redactions.iter().take(most) {
        text += safe_format!("   {}: {}\n", place_of(redacted), redacted.kind.name);
    }
    let untold = count - taken.redactions.len().min(most);
    if untold > 0 {
        text += safe_format!("   and {} more\n", untold);
    }
    text
}

/// Where a secret stood, for people.
pub fn place_of(redacted: &Redacted) -> SafeText {
    let place = SafeText::line(&redacted.place);
    match (redacted.message, redacted.part) {
        (None, part) => safe_format!("{}, its {}", place, part),
        (Some(number), "text") => safe_format!("{}, message {}", place, number),
        (Some(number), part) => safe_format!("{}, message {}, its {}", place, number, part),
    }
}

/// The same for programs.
pub(super) fn redacted_json(redacted: &Redacted) -> Value {
    json!({
        "place": redacted.place,
        "message": redacted.message,
        "part": redacted.part,
        "code": redacted.kind.code,
        "said": redacted.kind.name,
    })
}

/// Somebody else may have written them, and an AI keeps to them.
fn instructions(taken: &TakenIn) -> SafeText {
    let came_in = taken
        .conversations
        .iter()
        .filter(|one| one.outcome.came_in());
    let with = came_in.filter(|one| one.instructions > 0).count();
    if with == 0 {
        return SafeText::new();
    }
    safe_format!(
        "⚠️  {} with instructions (system prompts): who answers there is given them\n",
        counted(with, "conversation"),
    )
}

fn kept_and_hidden(taken: &TakenIn) -> SafeText {
    let mut text = SafeText::new();
    for (kind, count) in &taken.unknown {
        let kind = SafeText::line(kind);
        text += safe_format!("   unknown, kept as it is: {} × {}\n", count, kind);
    }
    if taken.hidden > 0 {
        let hidden = counted(taken.hidden, "message");
        text += safe_format!("   left out, since it is shown nowhere: {}\n", hidden);
    }
    text
}

/// A conversation for programs.
pub(super) fn json(conversation: &TakenConversation) -> Value {
    json!({
        "place": conversation.place,
        "id": conversation.id,
        "name": conversation.name,
        "root": conversation.root,
        "title": conversation.title,
        "outcome": code(conversation.outcome),
        "messages": conversation.messages,
        "added": conversation.added,
        "unchanged": conversation.unchanged,
        "changed": conversation.changed,
        "unknown": conversation.unknown,
        "instructions": conversation.instructions,
    })
}

fn code(outcome: TakenOutcome) -> &'static str {
    match outcome {
        TakenOutcome::New => "new",
        TakenOutcome::Grown => "updated",
        TakenOutcome::Known => "known",
        TakenOutcome::Erased => "erased",
        TakenOutcome::Sealed => "sealed",
        TakenOutcome::TooLarge => "too-large",
        TakenOutcome::Differs => "differs",
    }
}

/// A record that was left out, for programs.
pub(super) fn skip_json(skip: &Skip) -> Value {
    json!({
        "place": skip.place,
        "code": skip.reason.code(),
        "said": skip.reason.to_string(),
    })
}
