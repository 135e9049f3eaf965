//! A session at a terminal.

use super::Ended;
use super::actions::{self, Desk, Next};
use super::complete::Here;
use super::conversation::Conversation;
use super::input::{self, Command, Input};
use super::keyboard::Keyboard;
use super::prompt::{Prompt, Typed};
use crate::cli::{Exit, Failure, Ui};
use crate::render::safe::SafeText;
use crate::safe_format;

/// The end that the user asked for.
const LEFT: Ended = Ended {
    exit: Exit::Done,
    after_blank: false,
};

/// Holds the session until the user ends it.
pub(super) fn run(
    conversation: &mut Conversation<'_>,
    desk: Desk<'_>,
    terminal: &Keyboard,
    mut prompt: Prompt<'_>,
) -> Result<Ended, Failure> {
    let ui = desk.ui;
    answer_what_waits(conversation, &prompt, ui)?;
    let mut offer = String::new();
    loop {
        // It stopped a reply, and not the session.
        conversation.stop().forget_interrupt();
        prompt.look(Here::of(conversation));
        prompt.set_private(conversation.session.thread().is_sealed());
        let is_edit = conversation.edit.is_some();
        let Some(typed) = terminal.at_prompt(|| prompt.read(&offer, is_edit)) else {
            return Ok(Ended {
                exit: Exit::Interrupted,
                after_blank: true,
            });
        };
        let typed = typed?;
        // At the prompt Ctrl-C is a key. A signal from elsewhere was not meant for the question
        // just typed.
        conversation.stop().forget_interrupt();
        offer.clear();
        let text = match typed {
            Typed::Text(text) => text,
            Typed::Nothing => String::new(),
            Typed::Leave => {
                give_up_edit(conversation, ui)?;
                return Ok(LEFT);
            }
        };
        if !matches!(
            input::read(&text),
            Input::Say(_) | Input::Do(Command::Send, _)
        ) {
            give_up_edit(conversation, ui)?;
        }
        match actions::take(&text, conversation, desk)? {
            Next::Go => {}
            Next::Offer(text) => offer = text,
            Next::Leave => {
                return Ok(LEFT);
            }
        }
    }
}

/// A question from before, to which there is no answer yet.
fn answer_what_waits(
    conversation: &mut Conversation<'_>,
    prompt: &Prompt<'_>,
    ui: &Ui,
) -> Result<(), Failure> {
    let Some(question) = conversation.session.unanswered() else {
        return Ok(());
    };
    let question = SafeText::block(&question.text());
    ui.data_line(safe_format!("{}{}", prompt.label(), question))?;
    conversation.answer()
}

/// Nothing was changed for an edit yet, so there is nothing to take back.
fn give_up_edit(conversation: &mut Conversation<'_>, ui: &Ui) -> Result<(), Failure> {
    if conversation.edit.take().is_some() {
        ui.status("Left as it was.");
        ui.blank_line()?;
    }
    Ok(())
}
