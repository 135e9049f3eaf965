//! A session without line editing: a line a turn, and a transcript that reads well.

use super::actions::{self, Desk, Next};
use super::conversation::Conversation;
use super::input::{self, Input};
use super::lines::{Came, Lines};
use super::transcript::{LABEL, echo};
use super::{Ended, HOW_TO_LEAVE};
use crate::cli::{Exit, Failure, Ui};
use crate::render::safe::SafeText;
use crate::safe_format;

/// Holds the session until the input or the user ends it.
pub(super) fn run(
    conversation: &mut Conversation<'_>,
    desk: Desk<'_>,
    mut lines: Lines,
) -> Result<Ended, Failure> {
    let ui = desk.ui;
    if let Some(question) = conversation
        .session
        .unanswered()
        .map(|message| message.text())
    {
        ui.data_line(safe_format!("{}{}", LABEL, SafeText::block(&question)))?;
        conversation.answer()?;
    }
    loop {
        prompt(ui)?;
        let Some(line) = next(&mut lines, conversation, ui)? else {
            let exit = if conversation.stop().is_set() {
                Exit::Interrupted
            } else {
                Exit::Done
            };
            return Ok(Ended {
                exit,
                after_blank: !ui.is_interactive(),
            });
        };
        if line.trim().is_empty() {
            continue;
        }
        // A message is shown as said once it is on disk.
        if !matches!(input::read(&line), Input::Say(_)) {
            echo(&line, ui)?;
        }
        match actions::take(&line, conversation, desk)? {
            Next::Leave => {
                return Ok(Ended {
                    exit: Exit::Done,
                    after_blank: false,
                });
            }
            Next::Go | Next::Offer(_) => {}
        }
    }
}

/// The next line; `None` at the end of the input or after Ctrl-C. Where somebody types, the first
/// Ctrl-C only warns.
fn next(
    lines: &mut Lines,
    conversation: &Conversation<'_>,
    ui: &Ui,
) -> Result<Option<String>, Failure> {
    let stop = conversation.stop();
    let mut is_warned = !ui.is_interactive();
    if !is_warned {
        // It stopped a reply, and not the session.
        stop.forget_interrupt();
    }
    loop {
        if stop.is_set() && (is_warned || stop.ended_by().is_some()) {
            return Ok(None);
        }
        if stop.is_set() {
            stop.forget_interrupt();
            is_warned = true;
            ui.blank_line()?;
            ui.hint(HOW_TO_LEAVE);
            prompt(ui)?;
        }
        match lines.next()? {
            Came::Line(line) => return Ok(Some(line)),
            Came::Nothing => {}
            Came::End => return Ok(None),
        }
    }
}

/// For somebody who types; a script needs none.
fn prompt(ui: &Ui) -> Result<(), Failure> {
    if ui.is_interactive() {
        return ui.stream(LABEL);
    }
    if ui.stdin_is_terminal && ui.stderr_is_terminal {
        ui.prompt(LABEL);
    }
    Ok(())
}
