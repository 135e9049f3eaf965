//! `/continue` and `/new`: leaving this thread for another, within one session.

use super::Act;
use crate::chat::opening::tell_open_ends;
use crate::chat::{default_persona, messages, sealed_line, tell_saved};
use crate::cli::Failure;
use crate::render::safe::SafeText;
use crate::render::threads::icon;
use crate::render::tree::first_line;
use crate::safe_format;
use crate::turn::{Beginning, GoneOn, check_title};
use crate::workspace::WorkError;

/// So much of a message tells which one it is.
const WORDS: usize = 50;

impl Act<'_, '_> {
    /// Saves this thread and goes on with the one that is named.
    pub(super) fn go_on_with(&mut self, query: &str) -> Result<(), Failure> {
        if query.is_empty() {
            self.ui
                .hint("/continue takes a part of a thread's id or title; Tab shows titles.");
            return self.ui.blank_line();
        }
        let from_elsewhere = self.conversation.session.save()?;
        self.conversation.tell_from_elsewhere(from_elsewhere);
        let session = &mut self.conversation.session;
        let is_new = session.has_saved();
        let GoneOn::From(left) = session.go_on_with(query)? else {
            self.ui.status("That is the thread you are in.");
            return self.ui.blank_line();
        };
        self.conversation.held = None;
        left.map_or(Ok(()), |left| tell_saved(&left, is_new, self.ui))?;
        let session = &self.conversation.session;
        let thread = session.thread();
        let visible = thread.visible();
        let title = SafeText::line(thread.title());
        self.ui.report(safe_format!(
            "💬 Continuing thread: {} ({})",
            title,
            messages(visible.len())
        ))?;
        if let Some(persona) = self.conversation.persona_line() {
            self.ui.report(safe_format!("   {}", persona))?;
        }
        for message in visible.iter().rev().take(2).rev() {
            self.ui.report(safe_format!(
                "   {} {}",
                icon(message.role()),
                first_line(message).shortened(WORDS)
            ))?;
        }
        tell_open_ends(session, self.ui);
        if session.unanswered().is_some() {
            self.ui.hint("   Not answered yet; /retry asks.");
        }
        self.ui.blank_line()
    }

    /// Saves this thread and begins another, with the persona that was taken up in this chat, or
    /// else with that of the settings.
    pub(super) fn begin_another(&mut self, title: &str) -> Result<(), Failure> {
        let title = (!title.is_empty()).then(|| title.to_owned());
        if let Some(title) = &title {
            check_title(title).map_err(WorkError::from)?;
        }
        let workspace = self.desk.environment.workspace()?;
        let persona = match self.conversation.session.persona_set() {
            Some(persona) => Some(persona.clone()),
            None => default_persona(&workspace)?,
        };
        let from_elsewhere = self.conversation.session.save()?;
        self.conversation.tell_from_elsewhere(from_elsewhere);
        let session = &mut self.conversation.session;
        let is_new = session.has_saved();
        let is_sealed = session.thread().is_sealed() || session.settings().encrypt;
        let left = session.begin_another(Beginning {
            title,
            sealed_for: is_sealed.then(Vec::new),
            ..Beginning::default()
        })?;
        self.conversation.held = None;
        if let Some(persona) = persona {
            session.set_persona(persona);
        }
        left.map_or(Ok(()), |left| tell_saved(&left, is_new, self.ui))?;
        let title = SafeText::line(self.conversation.session.thread().title());
        self.ui
            .report(safe_format!("💬 Starting thread: {}", title))?;
        if let Some(sealed) = sealed_line(self.conversation.session.thread(), &workspace) {
            self.ui.report(safe_format!("   {}", sealed))?;
        }
        if let Some(persona) = self.conversation.persona_line() {
            self.ui.report(safe_format!("   {}", persona))?;
        }
        self.ui.blank_line()
    }
}
