//! One question, one answer: for scripts and quick looks.

use super::conversation::{Conversation, Outcome};
use super::files::{self, File};
use super::view::View;
use super::{Options, messages};
use crate::cli::{Environment, Exit, Failure, Ui, after_no_reply};
use crate::model::{Hash, Message, Thread};
use crate::render::code::LastBlock;
use crate::render::safe::SafeText;
use crate::safe_format;
use serde_json::{Map, Value, json};
use std::io::{self, Read};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The most that is read from standard input; no model reads more.
const MOST: u64 = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(3);

/// The question, if there is to be only one: the text given, and what standard input holds.
pub(super) fn question(options: &Options, ui: &Ui) -> Result<Option<String>, Failure> {
    if options.message.is_none() && !options.json {
        return Ok(None);
    }
    let given = options
        .message
        .as_deref()
        .filter(|text| *text != "-")
        .unwrap_or_default()
        .trim();
    let piped = if ui.stdin_is_terminal {
        String::new()
    } else {
        piped(ui)?
    };
    let question = match (given.is_empty(), piped.trim().is_empty()) {
        (false, true) => given.to_owned(),
        (true, false) => piped,
        (false, false) => format!("{given}\n\n{piped}"),
        (true, true) => {
            return Err(Failure::new(Exit::Usage, "there is nothing to ask")
                .hint("Give the question with -m, on standard input, or both."));
        }
    };
    Ok(Some(question))
}

/// The files that go with the question, and those that the text given names. What was piped in is
/// somebody else's word, and names none.
pub(super) fn files(options: &Options, environment: &Environment) -> Result<Vec<File>, Failure> {
    let given = options.message.as_deref().unwrap_or_default();
    files::attached(
        &options.attach,
        files::mentioned(given, environment)?,
        environment,
    )
}

fn piped(ui: &Ui) -> Result<String, Failure> {
    let bytes = read(ui)?;
    if bytes.len() as u64 > MOST {
        return Err(
            Failure::new(Exit::Usage, "standard input has more than 1 MiB")
                .hint("Send the part that matters, for example with `tail` or `grep`."),
        );
    }
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        ui.warning("⚠️  Standard input is not all UTF-8; what is not was replaced by �.");
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    });
    Ok(text.trim_end().to_owned())
}

/// Some programs hand on an input that never ends; whoever waits for it should know for what.
fn read(ui: &Ui) -> io::Result<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().take(MOST + 1).read_to_end(&mut bytes);
        // Only a program that has ended no longer listens.
        let _ = sender.send(read.map(|_| bytes));
    });
    let read = receiver.recv_timeout(PATIENCE).or_else(|_| {
        ui.status(
            "… waiting for the end of standard input, \
             which is added to the question (</dev/null for none)",
        );
        receiver.recv()
    });
    read.unwrap_or_else(|_| Err(io::Error::other("standard input could not be read")))
}

/// In what form the answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerForm {
    Whole,
    Json,
    /// Only its last code block.
    Code,
}

impl AnswerForm {
    pub(super) fn of(options: &Options) -> Self {
        match options {
            Options { json: true, .. } => Self::Json,
            Options { extract: true, .. } => Self::Code,
            _ => Self::Whole,
        }
    }
}

/// Asks, prints the answer and nothing else on standard output, and saves.
pub(super) fn run<'a>(
    mut conversation: Conversation<'a>,
    question: &str,
    files: &[File],
    form: AnswerForm,
    ui: &'a Ui,
) -> Result<Exit, Failure> {
    conversation.say(question, files)?;
    let view = if form == AnswerForm::Whole {
        View::alone(ui)
    } else {
        View::silent(ui)
    };
    let outcome = conversation.ask(view);
    let was_stopped = conversation.stop().is_set();
    let agent = conversation.agent().to_owned();
    let saved = conversation.session.end();
    let (outcome, mut shown) = outcome?;
    let thread = saved?.ok_or_else(|| Failure::new(Exit::Failed, "the thread was not saved"))?;
    if form == AnswerForm::Json {
        shown = shown.and_then(|()| ui.json(&Value::Object(as_json(&thread, &outcome, &agent))));
    }
    // Ctrl-C ends whoever reads our output too. What became of the answer is told all the same.
    if !was_stopped {
        shown?;
    }
    let exit = match outcome {
        _ if was_stopped => Exit::Interrupted,
        Outcome::Answered {
            interrupted: None, ..
        } => Exit::Done,
        // What came of it must not pass for all of it.
        Outcome::Answered { .. } | Outcome::Unanswered(_) => Exit::NoReply,
    };
    tell(&thread, &outcome, was_stopped, ui);
    match outcome {
        Outcome::Answered { id, .. } if form == AnswerForm::Code => {
            print_code(&thread, &id, exit, ui)?
        }
        _ => {}
    }
    Ok(exit)
}

fn print_code(thread: &Thread, answer: &Hash, exit: Exit, ui: &Ui) -> Result<(), Failure> {
    let refuse = |exit, what: &'static str| {
        Err(Failure::new(exit, what).hint(safe_format!(
            "It is kept; read it with: mmogit thread-replay {}",
            thread.id()
        )))
    };
    if exit != Exit::Done {
        return refuse(exit, "the answer is not whole, so no code is taken from it");
    }
    match find(thread, answer).map_or(LastBlock::Missing, |answer| LastBlock::of(&answer.text())) {
        LastBlock::Whole(code) => ui.bytes(code.as_bytes()),
        LastBlock::Missing => refuse(Exit::Failed, "the answer has no code block"),
        LastBlock::Unclosed => refuse(
            Exit::Failed,
            "the last code block of the answer is not closed, so it may not be whole",
        ),
    }
}

/// Remarks, for whoever looks.
fn tell(thread: &Thread, outcome: &Outcome, was_stopped: bool, ui: &Ui) {
    let id = thread.id();
    match outcome {
        Outcome::Answered {
            interrupted: None, ..
        } => {
            if ui.stderr_is_terminal && ui.stdout_is_terminal {
                ui.status(safe_format!(
                    "\n💾 Thread ID: {} ({})",
                    id,
                    messages(thread.visible().len())
                ));
            }
        }
        Outcome::Answered {
            interrupted: Some(why),
            ..
        } => {
            let why = if was_stopped {
                "stopped".into()
            } else {
                SafeText::shown(why)
            };
            ui.warning(safe_format!(
                "⚠️  The answer is not whole: {}. What came is kept in {}, marked interrupted.",
                why,
                id
            ));
        }
        Outcome::Unanswered(none) => {
            let what = if was_stopped {
                "stopped before anything came".into()
            } else {
                SafeText::shown(none)
            };
            let mut failure = Failure::new(Exit::NoReply, safe_format!("no reply: {}", what));
            if let Some(next) = after_no_reply(none).filter(|_| !was_stopped) {
                failure = failure.hint(next);
            }
            ui.error(&failure);
            ui.hint(safe_format!(
                "Your message is kept; this asks again: mmogit chat --continue {}",
                id
            ));
        }
    }
}

fn as_json(thread: &Thread, outcome: &Outcome, agent: &str) -> Map<String, Value> {
    let answer = match outcome {
        Outcome::Answered { id, .. } => find(thread, id),
        Outcome::Unanswered(_) => None,
    };
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("thread_id", json!(thread.id().to_string()));
    put("thread_title", json!(thread.title()));
    put("response", json!(answer.map(Message::text)));
    put(
        "response_signature",
        json!(answer.and_then(|answer| answer.signature().map(ToString::to_string))),
    );
    put(
        "response_author",
        json!(answer.map(|answer| answer.author().to_string())),
    );
    put(
        "agent_name",
        json!(
            answer
                .and_then(|answer| answer.text_field("agent"))
                .unwrap_or_else(|| agent.to_owned())
        ),
    );
    put("message_count", json!(thread.visible().len()));
    if let Some(model) = answer.and_then(|answer| answer.text_field("model")) {
        put("model", json!(model));
    }
    match outcome {
        Outcome::Answered {
            interrupted: None, ..
        } => {}
        Outcome::Answered {
            interrupted: Some(why),
            ..
        } => {
            put("interrupted", json!(why.to_string()));
        }
        Outcome::Unanswered(none) => {
            put("error", json!(none.to_string()));
            put("hint", json!(after_no_reply(none).unwrap_or_default()));
        }
    }
    fields
}

fn find<'t>(thread: &'t Thread, id: &Hash) -> Option<&'t Message> {
    thread.messages().iter().find(|message| message.id() == *id)
}
