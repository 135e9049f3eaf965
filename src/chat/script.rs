//! A session without line editing: a line a turn, and a transcript that reads well.

use super::Ended;
use super::actions::{self, Desk, Next};
use super::conversation::Conversation;
use crate::cli::{Exit, Failure, Ui};
use crate::render::safe::{safe, safe_line};
use std::io::{self, BufRead};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

const LABEL: &str = "You: ";
/// How often Ctrl-C is looked for while no line comes.
const TICK: Duration = Duration::from_millis(50);

/// Holds the session until the input or the user ends it.
pub(super) fn run(conversation: &mut Conversation<'_>, desk: Desk<'_>) -> Result<Ended, Failure> {
    let ui = desk.ui;
    if let Some(question) = conversation.session.unanswered().map(|message| message.text()) {
        ui.line(&format!("{LABEL}{}", safe(&question)))?;
        conversation.answer()?;
    }
    let lines = lines();
    loop {
        prompt(ui)?;
        let Some(line) = next(&lines, conversation)? else {
            let exit = if conversation.stop().is_set() { Exit::Interrupted } else { Exit::Done };
            return Ok(Ended { exit, after_blank: !ui.is_interactive() });
        };
        if line.trim().is_empty() {
            continue;
        }
        echo(&line, ui)?;
        match actions::take(&line, conversation, desk)? {
            Next::Leave => return Ok(Ended { exit: Exit::Done, after_blank: false }),
            Next::Go | Next::Offer { .. } => {}
        }
    }
}

/// The next line; `None` at the end of the input or after Ctrl-C.
fn next(
    lines: &Receiver<io::Result<String>>,
    conversation: &Conversation<'_>,
) -> Result<Option<String>, Failure> {
    while !conversation.stop().is_set() {
        match lines.recv_timeout(TICK) {
            Ok(line) => return Ok(Some(line?)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(None)
}

/// For somebody who types; a script needs none.
fn prompt(ui: &Ui) -> Result<(), Failure> {
    if ui.is_interactive() {
        return ui.print(LABEL);
    }
    if ui.stdin_is_terminal && ui.stderr_is_terminal {
        eprint!("{LABEL}");
    }
    Ok(())
}

/// For the transcript. What was typed stands there already where the transcript is the terminal.
fn echo(line: &str, ui: &Ui) -> Result<(), Failure> {
    if ui.is_interactive() {
        return Ok(());
    }
    ui.line(&format!("{LABEL}{}", safe_line(line)))
}

/// Standard input, line by line, read by a thread of its own so that Ctrl-C is heard while nothing comes.
fn lines() -> Receiver<io::Result<String>> {
    let (sender, receiver) = mpsc::sync_channel(0);
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut bytes = Vec::new();
            let line = match input.read_until(b'\n', &mut bytes) {
                Ok(0) => return,
                Ok(_) => Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned()),
                Err(error) => Err(error),
            };
            let is_over = line.is_err();
            if sender.send(line).is_err() || is_over {
                return;
            }
        }
    });
    receiver
}
