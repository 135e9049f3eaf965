//! A session whose input is no terminal: a line a turn, and a transcript that reads well.

use super::Ended;
use super::actions::{self, Next};
use super::conversation::Conversation;
use crate::cli::{Environment, Exit, Failure, Ui};
use crate::render::safe::safe_line;
use std::io::{self, BufRead};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How often Ctrl-C is looked for while no line comes.
const TICK: Duration = Duration::from_millis(50);

/// Holds the session until the input or the user ends it.
pub(super) fn run(
    conversation: &mut Conversation<'_>,
    environment: &Environment,
    ui: &Ui,
) -> Result<Ended, Failure> {
    let ended = |exit, after_blank| Ok(Ended { exit, after_blank });
    if let Some(question) = conversation.session.unanswered().map(|message| message.text()) {
        echo(ui, &question)?;
        conversation.answer()?;
    }
    let lines = lines();
    loop {
        if conversation.stop().is_set() {
            return ended(Exit::Interrupted, true);
        }
        let line = match lines.recv_timeout(TICK) {
            Ok(line) => line?,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return ended(Exit::Done, true),
        };
        if line.trim().is_empty() {
            continue;
        }
        echo(ui, &line)?;
        match actions::take(&line, conversation, environment, ui)? {
            Next::Leave => return ended(Exit::Done, false),
            Next::Go | Next::Offer { .. } => {}
        }
    }
}

fn echo(ui: &Ui, line: &str) -> Result<(), Failure> {
    // Typed at a terminal with the output elsewhere, it stands there already; the transcript needs it all the same.
    ui.line(&format!("You: {}", safe_line(line)))
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
