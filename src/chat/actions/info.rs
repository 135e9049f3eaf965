//! `/info`: what there is to know about the thread at hand.

use super::Act;
use crate::chat::{messages, token_line};
use crate::cli::Failure;
use crate::home::Home;
use crate::model::Thread;
use crate::render::safe::SafeText;
use crate::safe_format;
use serde_json::Value;

impl Act<'_, '_> {
    /// Shows it.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn info(&self) -> Result<(), Failure> {
        let conversation = &self.conversation;
        let thread = conversation.session.thread();
        let mut lines = vec![
            safe_format!("💬 {}", SafeText::line(thread.title())),
            safe_format!("   ID: {}", thread.id()),
            counted(thread),
            self.tokens_next(),
        ];
        lines.extend(tokens_used(thread));
        let tags = thread.tags().join(", ");
        if !tags.is_empty() {
            lines.push(safe_format!("   Tags: {}", SafeText::line(&tags)));
        }
        if let Some(persona) = conversation.persona() {
            lines.push(safe_format!("   {}", persona));
        }
        let answers = SafeText::line(&conversation.description());
        lines.push(safe_format!("   AI: {}", answers));
        lines.extend(self.places());
        lines.push(match conversation.session.unsaved() {
            0 => "   Saved in git".into(),
            count => safe_format!(
                "   Not saved in git yet: {} (in the journal, so not lost)",
                messages(count)
            ),
        });
        self.ui.report(SafeText::joined(lines, "\n"))?;
        self.ui.blank_line()
    }

    /// What the next question will send.
    fn tokens_next(&self) -> SafeText {
        let context = self.conversation.context();
        let share = match context.share() {
            Some(share) => safe_format!(" ({} of {})", share, token_line::short(context.most)),
            None => SafeText::new(),
        };
        safe_format!(
            "   Tokens: about {} to send with the next question{}",
            token_line::grouped(context.next as u64),
            share
        )
    }

    /// Where the thread is kept, once it is.
    fn places(&self) -> Vec<SafeText> {
        let Some(path) = self.conversation.session.path() else {
            return Vec::new();
        };
        let repository = Home::at(&self.desk.environment.home).repository();
        vec![
            safe_format!("   File: {}", SafeText::shown(path)),
            safe_format!("   Repository: {}", SafeText::shown(repository.display())),
        ]
    }
}

fn counted(thread: &Thread) -> SafeText {
    let (shown, all) = (thread.visible().len(), thread.messages().len());
    if all == shown {
        return safe_format!("   Messages: {}", shown);
    }
    safe_format!("   Messages: {}, {} put aside", shown, all - shown)
}

/// What all answers took, as far as whoever gave them counted.
fn tokens_used(thread: &Thread) -> Option<SafeText> {
    let used = |name: &str| -> u64 {
        let mut sum = 0;
        for message in thread.messages() {
            let usage = message.field("usage");
            let tokens = usage.and_then(|usage| usage.get(name).and_then(Value::as_u64));
            sum += tokens.unwrap_or_default();
        }
        sum
    };
    let (read, written) = (used("prompt_tokens"), used("completion_tokens"));
    (read + written > 0).then(|| {
        safe_format!(
            "   Tokens used: {} read, {} written",
            token_line::grouped(read),
            token_line::grouped(written)
        )
    })
}
