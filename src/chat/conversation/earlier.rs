//! What was said before, shown again.

use super::Conversation;
use crate::backend::Event;
use crate::chat::view::{View, styled};
use crate::cli::Failure;
use crate::model::{Message, Role};
use crate::render::safe::SafeText;
use crate::render::shared::other_speaker;
use crate::render::threads::icon;
use crate::render::tree::first_line;
use crate::safe_format;
use anstyle::AnsiColor;

/// So much of what neither of the two said is shown.
const LINE_WIDTH: usize = 60;

impl Conversation<'_> {
    /// Shows the last questions again, as many as that, and all that followed them.
    pub(in crate::chat) fn show_last(&self, questions: usize) -> Result<(), Failure> {
        let thread = self.session.thread();
        let people = self.session.acquaintances();
        let visible = thread.visible();
        let asked = visible
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, message)| message.role() == Role::Human);
        let first = asked.take(questions).last().map_or(0, |(place, _)| place);
        for (place, message) in visible.iter().enumerate().skip(first) {
            if place > first && message.role() == Role::Human {
                self.ui.blank_line()?;
            }
            self.show(message, other_speaker(thread, message, &people))?;
        }
        self.ui.blank_line()
    }

    /// What a person said stands as they typed it. Who it was is said where it is somebody else.
    fn show(&self, message: &Message, other: Option<SafeText>) -> Result<(), Failure> {
        match message.role() {
            Role::Human => {
                // Behind the icon, no name is taken for one's own label.
                let label = other.map_or("You: ".into(), |name| {
                    safe_format!("{} {}: ", icon(Role::Human), name)
                });
                self.ui.data_line(safe_format!(
                    "{}{}",
                    styled(self.ui, label, AnsiColor::Green),
                    SafeText::block(&message.text())
                ))
            }
            Role::Ai => {
                let mut view = match other {
                    Some(name) => View::labelled_as(safe_format!("AI of {}: ", name), self.ui),
                    None => View::labelled(self.ui),
                };
                let _ = view.hear(Event::Text(&message.text()));
                view.finish()?;
                if message.is_interrupted() {
                    self.ui
                        .report("✂️  Interrupted: the answer is not whole.")?;
                }
                Ok(())
            }
            role => {
                let who = match other {
                    Some(name) if role.is_persons() => safe_format!(" · {}", name),
                    Some(name) => safe_format!(" of {}", name),
                    None => SafeText::new(),
                };
                let words = first_line(message).shortened(LINE_WIDTH);
                let line = safe_format!("{} {}{}: {}", icon(role), role.as_str(), who, words);
                self.ui.report(line)
            }
        }
    }
}
