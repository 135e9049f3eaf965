//! Asking back before something is signed that looks like a secret: what is signed stays, and what is
//! sent is out.

use super::actions::{Desk, Next};
use super::conversation::{Conversation, Edit};
use super::files::{self, File};
use crate::cli::{Exit, Failure};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::secrets::{self, SecretKind};
use crate::settings::Settings;

/// A text that was given back, until it is sent as it is or another one is.
pub(super) struct Held {
    pub(super) text: String,
    /// The question in whose place it is to stand.
    pub(super) edit: Option<Edit>,
}

/// Refuses a question that looks like it has a secret, where nobody can be asked.
///
/// # Errors
/// If it does.
pub(super) fn refuse(
    question: &str,
    attached: &[File],
    settings: &Settings,
) -> Result<(), Failure> {
    if !settings.chat.warn_of_secrets {
        return Ok(());
    }
    let files: Vec<&File> = attached.iter().collect();
    match kinds(&files::compose(question, &files)) {
        Some(kinds) => Err(refusal(&kinds)),
        None => Ok(()),
    }
}

/// Gives a text back that has such a kind of secret: somebody may change it, or mean it.
pub(super) fn give_back(
    text: &str,
    kinds: &SafeText,
    conversation: &mut Conversation<'_>,
    desk: Desk<'_>,
) -> Result<Next, Failure> {
    let ui = desk.ui;
    if !ui.stdin_is_terminal {
        return Err(refusal(kinds));
    }
    conversation.held = Some(Held {
        text: text.to_owned(),
        edit: conversation.edit.clone(),
    });
    ui.warning(safe_format!(
        "🔑 This looks like it has a secret ({}), so it was neither signed nor sent.",
        kinds
    ));
    ui.hint(if desk.terminal.is_some() {
        "   Change it; or Ctrl-C, then /send sends it as it is, and it stays in the history."
    } else {
        "   /send sends it as it is, and it stays in the history."
    });
    ui.blank_line()?;
    Ok(match desk.terminal {
        Some(_) => Next::Offer(text.to_owned()),
        None => Next::Go,
    })
}

fn refusal(kinds: &SafeText) -> Failure {
    let what = safe_format!(
        "the message looks like it has a secret ({}), so it was neither signed nor sent",
        kinds
    );
    Failure::new(Exit::Usage, what).hint(
        "--send-secrets sends it as it is, and it stays in the history; `warn-of-secrets = false` \
         below [chat] in config.toml never asks.",
    )
}

/// The kinds of all that looks like a secret in a text.
fn kinds(text: &str) -> Option<SafeText> {
    let mut kinds: Vec<SecretKind> = Vec::new();
    for secret in secrets::find(text) {
        if !kinds.contains(&secret.kind) {
            kinds.push(secret.kind);
        }
    }
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    (!names.is_empty()).then(|| SafeText::line(&names.join(", ")))
}

impl Conversation<'_> {
    /// Of which kinds the secrets are that these words and the files with them look like.
    pub(super) fn likely_secrets(&self, words: &str, mentioned: &[File]) -> Option<SafeText> {
        if self.sends_secrets || !self.session.settings().chat.warn_of_secrets {
            return None;
        }
        kinds(&files::compose(words, &self.files(mentioned)))
    }
}
