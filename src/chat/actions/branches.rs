//! Moving about in a thread's branches: asking an earlier message differently, listing the
//! branches, showing another.

use super::{Act, Next};
use crate::chat::conversation::Edit;
use crate::chat::files;
use crate::chat::messages;
use crate::cli::Failure;
use crate::model::{Hash, Message, Role};
use crate::render::safe::SafeText;
use crate::render::threads::{age, icon};
use crate::render::tree::first_line;
use crate::safe_format;

/// So much of a message tells which one it is.
const WORDS: usize = 50;

impl Act<'_, '_> {
    /// Offers a question's text: the last one's, or that of this number. Once it is sent, what
    /// stood there is put aside.
    pub(super) fn edit(&mut self, number: &str) -> Result<Next, Failure> {
        if self.desk.terminal.is_none() {
            return self.refuse("/edit needs a terminal that can edit.");
        }
        let session = &self.conversation.session;
        let visible = session.thread().visible();
        let is_yours =
            |message: &Message| message.role() == Role::Human && session.may_set_aside(message);
        let question = if number.is_empty() {
            visible.iter().rev().find(|message| is_yours(message))
        } else {
            let place = number
                .parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1));
            place
                .and_then(|place| visible.get(place))
                .filter(|message| is_yours(message))
        };
        let Some((id, text)) = question.map(|question| (question.id(), question.text())) else {
            let yours = visible
                .iter()
                .zip(1..)
                .filter(|(message, _)| is_yours(message));
            let yours: Vec<String> = yours.map(|(_, number)| number.to_string()).collect();
            return if yours.is_empty() {
                self.refuse("There is nothing to edit yet.")
            } else {
                let which = if yours.len() > 12 {
                    &yours[yours.len() - 12..]
                } else {
                    &yours
                };
                self.refuse(safe_format!(
                    "/edit takes the number of a message of yours: {}",
                    SafeText::line(&which.join(", "))
                ))
            };
        };
        let (text, files) = visible
            .iter()
            .find(|message| message.id() == id)
            .and_then(|message| files::take_apart(message))
            .unwrap_or((text, Vec::new()));
        files.iter().for_each(|file| self.ui.status(file.label()));
        self.conversation.edit = Some(Edit {
            question: id,
            files,
        });
        Ok(Next::Offer(text))
    }

    /// Lists where the thread may be gone on with.
    pub(super) fn branches(&mut self) -> Result<(), Failure> {
        let branches = self.conversation.session.branches();
        if branches.is_empty() {
            self.ui.status("There is no branch yet: nothing was said.");
            return self.ui.blank_line();
        }
        for (branch, number) in branches.iter().zip(1..) {
            let mark = if branch.is_shown { "●" } else { "○" };
            let words = first_line(branch.end);
            self.ui.report(safe_format!(
                "{} {} {} {} ({}, {})",
                mark,
                number,
                icon(branch.end.role()),
                words.shortened(WORDS),
                messages(branch.messages),
                age(branch.age)
            ))?;
        }
        if branches.len() > 1 {
            self.ui
                .hint("● is shown. /switch N shows another; several numbers show several at once.");
        }
        self.ui.blank_line()
    }

    /// Shows other branches instead.
    pub(super) fn switch(&mut self, numbers: &str) -> Result<(), Failure> {
        let session = &mut self.conversation.session;
        let ends: Vec<Hash> = session
            .branches()
            .iter()
            .map(|branch| branch.end.id())
            .collect();
        let words = numbers
            .split([' ', '\t', ','])
            .filter(|word| !word.is_empty());
        let wanted: Option<Vec<Hash>> = words
            .map(|word| {
                ends.get(word.parse::<usize>().ok()?.checked_sub(1)?)
                    .copied()
            })
            .collect();
        let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
            self.ui
                .hint("/switch takes the number of a branch; /branches lists them.");
            return self.ui.blank_line();
        };
        session.show(&wanted)?;
        let visible = session.thread().visible();
        let is_answered = session.unanswered().is_none();
        self.ui.report(safe_format!(
            "🔀 {} shown now, the last of them:",
            messages(visible.len())
        ))?;
        for message in visible.iter().rev().take(2).rev() {
            self.ui.report(safe_format!(
                "   {} {}",
                icon(message.role()),
                first_line(message).shortened(WORDS)
            ))?;
        }
        if !is_answered {
            self.ui.hint("   Not answered yet; /retry asks.");
        }
        self.ui.blank_line()
    }

    fn refuse(&mut self, why: impl Into<SafeText>) -> Result<Next, Failure> {
        self.ui.hint(why);
        self.ui.blank_line()?;
        Ok(Next::Go)
    }
}
