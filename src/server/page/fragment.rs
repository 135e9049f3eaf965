//! One message as HTML. All text is escaped by the template, or was drawn as HTML that can do nothing.

use super::text;
use crate::model::json::Value;
use crate::model::{Hash, Message, PublicKey, Role};
use crate::render::export::{Proof, SheetMessage};
use crate::render::safe::{safe, safe_line};
use crate::verify::MessageFault;
use maud::{Markup, PreEscaped, html};
use serde::Serialize;

/// A message, drawn.
#[derive(Serialize)]
pub(super) struct Fragment {
    /// Its id.
    id: String,
    /// One `<article>`.
    html: String,
    /// What is copied.
    text: String,
    /// The message that an answer answers.
    answers: Option<String>,
    /// The root of its thread.
    thread: String,
    /// Whose key it says signed it.
    signer: Signer,
}

/// Whose key signed a message, as far as its reader is concerned.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "who", rename_all = "lowercase")]
enum Signer {
    /// The reader's own.
    You,
    /// The reader's own, for what was said elsewhere.
    Importer,
    /// An agent's, in a thread of the reader's.
    Agent {
        /// What it is called.
        name: String,
    },
    /// Somebody else's.
    Other,
}

/// Where a message is shown, and to whom.
pub(super) struct Place {
    /// The root of its thread.
    pub(super) thread: Hash,
    /// Whose thread it is.
    pub(super) owner: Option<PublicKey>,
    /// Whose page it is.
    pub(super) reader: Option<PublicKey>,
    /// Whether the message was set aside.
    pub(super) is_aside: bool,
}

/// Draws a message, with what came of checking it.
pub(super) fn fragment(
    message: &Message,
    check: Option<&Result<(), MessageFault>>,
    place: &Place,
) -> Fragment {
    let sheet = SheetMessage::of(message, 0, check);
    let who = speaker(message, place.reader.as_ref());
    Fragment {
        id: message.id().to_string(),
        html: article(message, &sheet, &who, place).into_string(),
        text: sheet.text,
        answers: question(message).map(|id| id.to_string()),
        thread: place.thread.to_string(),
        signer: signer(message, place),
    }
}

fn signer(message: &Message, place: &Place) -> Signer {
    if Some(message.author()) == place.reader {
        return match message.is_imported() {
            true => Signer::Importer,
            false => Signer::You,
        };
    }
    let is_readers = place.reader.is_some() && place.owner == place.reader;
    match message.text_field("agent").filter(|_| is_readers) {
        Some(name) => Signer::Agent {
            name: safe_line(&name).into_owned(),
        },
        None => Signer::Other,
    }
}

/// The message that an AI's answers.
pub(super) fn question(message: &Message) -> Option<Hash> {
    let before = message.prev().first().copied();
    before.filter(|_| message.role() == Role::Ai)
}

fn article(message: &Message, sheet: &SheetMessage, who: &str, place: &Place) -> Markup {
    let id = message.id().to_string();
    let heading = format!("who-{id}");
    html! {
        article class=(classes(message, place)) data-thread=(place.thread)
            aria-labelledby=(heading) {
            header {
                h2 id=(heading) { (who) }
                @for part in &sheet.through { span { (part) } }
                time datetime=(message.timestamp()) { (sheet.time) }
            }
            (body(message.role(), &sheet.text))
            footer {
                (mark(&sheet.proof))
                @for note in &sheet.notes { span class="unsure" { (note) } }
                @if place.is_aside { span class="unsure" { "set aside" } }
                button type="button" class="quiet" data-does="copy" { "Copy" }
            }
        }
    }
}

fn classes(message: &Message, place: &Place) -> String {
    let mut classes = format!("message {}", class(message.role()));
    if message.is_interrupted() {
        classes.push_str(" interrupted");
    }
    if place.is_aside {
        classes.push_str(" aside");
    }
    classes
}

fn class(role: Role) -> &'static str {
    match role {
        Role::Human => "human",
        Role::Ai => "ai",
        Role::System | Role::Reflection | Role::Dream | Role::Reasoning => "other",
    }
}

/// Who speaks, as their reader calls them.
fn speaker(message: &Message, reader: Option<&PublicKey>) -> String {
    match message.role() {
        Role::Human if Some(&message.author()) == reader => "You".to_owned(),
        Role::Human => format!("{}…", message.author().short()),
        Role::Ai => "AI".to_owned(),
        Role::System => "System".to_owned(),
        Role::Reflection => "Reflection".to_owned(),
        Role::Dream => "Dream".to_owned(),
        Role::Reasoning => "Reasoning".to_owned(),
    }
}

/// What a person wrote as they typed it, what an AI wrote as the Markdown it is.
fn body(role: Role, said: &str) -> Markup {
    if role.is_persons() {
        html! { div class="text typed" dir="auto" { p { (said) } } }
    } else {
        markdown(said)
    }
}

/// What an AI says, or has said so far.
pub(super) fn markdown(said: &str) -> Markup {
    html! { div class="text" dir="auto" { (PreEscaped(text::drawn(said))) } }
}

/// What a message says, without who and when: blocks and an AI's text as Markdown, what a person typed
/// as it was typed.
pub(super) fn text_of(message: &Message) -> String {
    let said = message.text();
    let said = safe(&said);
    let is_typed = matches!(message.field("content"), Some(Value::String(_)));
    let drawn = match is_typed {
        true => body(message.role(), &said),
        false => markdown(&said),
    };
    drawn.into_string()
}

/// The proof mark: a button that opens what was verified.
fn mark(proof: &Proof) -> Markup {
    let (class, sign, word) = match proof {
        Proof::Signed { .. } => ("good", "✓", "Verified"),
        Proof::Attested { .. } => ("unsure", "↧", "Imported"),
        Proof::Unproven(_) => ("bad", "✗", "Not proven"),
        Proof::Unverifiable => ("unsure", "!", "Unverifiable"),
    };
    html! {
        button type="button" class={ "quiet proof " (class) } data-does="proof"
            title=(proof.in_words()) {
            b aria-hidden="true" { (sign) } " " (word)
        }
    }
}

#[cfg(test)]
mod tests;
