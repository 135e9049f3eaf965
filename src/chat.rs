//! A chat: one live session of a thread, with a person (or a script) on one side and an AI on the
//! other.
//!
//! ```text
//! run ── backends (who answers) ── opening (which thread) ──┬── repl    at a terminal: prompt, slash commands
//!                                                           ├── script  lines from a pipe or a plain terminal
//!                                                           └── once    one question, one answer
//!                            conversation (say, ask, tell) ◀┘
//!                             └── view (the reply as it comes) ── spinner
//! ```
//! All three ways keep to one rule: a message is on disk before anybody is asked, and however a
//! session ends, what was accepted stays.

mod actions;
pub mod backends;
mod complete;
mod conversation;
mod end_signals;
mod files;
mod input;
mod keyboard;
mod lines;
mod once;
mod opening;
mod prompt;
mod repl;
mod script;
mod spinner;
mod stop;
mod token_line;
mod transcript;
mod view;
mod warned;

use crate::backend::choose::{BackendOverrides, shell_sign};
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::identity::Keys;
use crate::model::{PublicKey, Thread};
use crate::render::counted::counted;
use crate::render::safe::SafeText;
use crate::render::shared;
use crate::safe_format;
use crate::seal::Epochs;
use crate::turn;
use crate::workspace::{Persona, WorkError, Workspace};
use actions::Desk;
use backends::Chosen;
use complete::Helper;
use conversation::Conversation;
use end_signals::EndSignals;
use keyboard::Keyboard;
use lines::Lines;
use prompt::Prompt;
use stop::Stop;

/// Said at the first Ctrl-C where nothing is typed; the second one leaves.
const HOW_TO_LEAVE: &str = "Ctrl-C again or Ctrl-D saves and leaves.";

const NOTHING_SAID: &str = "📝 Nothing was said, so nothing was saved.";

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The title of a new thread, or the new title of a continued one.
    pub title: Option<String>,
    /// Tags to add.
    pub tags: Vec<String>,
    /// The project of a new thread.
    pub project: Option<String>,
    /// What stands in the place of a project and is none.
    pub label: Option<String>,
    /// Whether a new thread is sealed, in place of what the settings say.
    pub encrypt: Option<bool>,
    /// Who is to read a sealed one besides its author.
    pub to: Vec<String>,
    /// Go on with a thread: the one named, or the newest.
    pub resume: Option<Option<String>>,
    /// The name of the persona as which the AI is to answer.
    pub persona: Option<String>,
    /// The text of one that has no name.
    pub system: Option<String>,
    /// Ask this once. Empty or `-`: only what standard input holds.
    pub message: Option<String>,
    /// Files that go with it.
    pub attach: Vec<String>,
    /// Take each line of standard input as a turn, however many there are.
    pub script: bool,
    /// Send what looks like a secret without asking back.
    pub send_secrets: bool,
    /// Answer with JSON, once.
    pub json: bool,
    /// Answer with the last code block of the reply, once.
    pub extract: bool,
    /// Who is to answer, in place of whom the settings name.
    pub overrides: BackendOverrides,
}

/// Holds one session from its header to its closing lines.
///
/// # Errors
/// If it can't begin, or if what was said could not be kept. Once it has begun, a failure is told
/// only after what was said is saved.
pub fn run(options: &Options, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    check(options)?;
    let question = once::question(options, ui)?;
    let files = once::files(options, environment)?;
    let are_few = question.is_none() && !ui.stdin_is_terminal && !options.script;
    let lines = if are_few {
        Lines::few(ui)?
    } else {
        Lines::all()
    };
    let workspace = environment.workspace()?;
    if let Some(question) = question.as_deref().filter(|_| !options.send_secrets) {
        warned::refuse(question, &files, workspace.settings())?;
    }
    if options.resume.is_some() && workspace.vault()?.is_none() {
        return Err(opening::nothing_to_continue());
    }
    let persona = persona(options, &workspace)?;
    let chosen = choose(options, environment, &workspace, ui)?;
    // An identity is made by whoever says something.
    if lines.are_none() && options.resume.is_none() && workspace.vault()?.is_none() {
        ui.report(NOTHING_SAID)?;
        return Ok(Exit::Done);
    }
    let keys = cli::identity_for_chat(&workspace, environment, ui)?;
    cli::recover(&workspace, &keys, ui)?;
    cli::ensure_card(&workspace, &keys, ui)?;
    let store = workspace.store_of(&keys.public())?;
    let mut session = opening::open(options, &workspace, &store, &keys, ui)?;
    if let Some(persona) = persona {
        session.set_persona(persona);
    }
    let stop = Stop::watch()?;
    let chosen = if is_as_before(options, &workspace) {
        backends::of_before(&session, chosen, environment, &workspace, ui)
    } else {
        chosen
    };
    let mut conversation = Conversation::new(session, chosen, ui, &stop);
    conversation.sends_secrets = options.send_secrets;
    let done = match question {
        Some(question) => {
            EndSignals::without_terminal(stop.ending())?;
            let answer = once::AnswerForm::of(options);
            once::run(conversation, &question, &files, answer, ui)
        }
        None => {
            header(
                &conversation,
                &workspace,
                &keys,
                options.resume.is_some(),
                ui,
            )?;
            talk(conversation, options, lines, &workspace, environment, ui)
        }
    };
    if let Some(signal) = stop.ended_by() {
        end_signals::die_of(signal);
    }
    cli::sync_on_exit(&workspace, &store, &keys, environment, ui);
    done
}

/// Who answers. What can't be had is told before anything is made.
fn choose(
    options: &Options,
    environment: &Environment,
    workspace: &Workspace,
    ui: &Ui,
) -> Result<Chosen, Failure> {
    let overrides = &options.overrides;
    overrides.check_model(workspace.settings())?;
    let ready = backends::choose(overrides, environment, workspace)?;
    if let Some(sign) = overrides.command.as_deref().and_then(shell_sign) {
        ui.hint(safe_format!(
            "ℹ️  {} goes to the program as it is: --command is no shell line. To have a shell: \
             --command \"sh -c '…'\"",
            SafeText::line(&sign)
        ));
    }
    Ok(Chosen {
        overrides: overrides.clone(),
        ready,
    })
}

/// Talks until one side has enough, and saves what was said.
fn talk(
    mut conversation: Conversation<'_>,
    options: &Options,
    lines: Lines,
    workspace: &Workspace,
    environment: &Environment,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let stop = conversation.stop();
    let is_answered = conversation.session.unanswered().is_none();
    let is_plain = options.script || environment.has_plain_terminal();
    let terminal = if ui.is_interactive() && !is_plain {
        Some(Keyboard::begin(stop)?)
    } else {
        EndSignals::without_terminal(stop.ending())?;
        None
    };
    if options.resume.is_some() && ui.is_interactive() && is_answered {
        conversation.show_last(1)?;
    }
    let desk = Desk {
        environment,
        ui,
        terminal: terminal.as_ref(),
    };
    let ended = match desk.terminal {
        Some(terminal) => {
            let helper = Helper::new(workspace, conversation.session.thread().author());
            let mut prompt = Prompt::new(helper, environment, ui)?;
            prompt.set_careful(workspace.settings().chat.warn_of_secrets);
            repl::run(&mut conversation, desk, terminal, prompt)
        }
        None => script::run(&mut conversation, desk, lines),
    };
    drop(terminal);
    // Whatever ended the talk, what was said is saved; only then is a failure told.
    close(conversation, ui, ended)
}

/// The persona that was asked for, or that with which a new thread begins.
fn persona(options: &Options, workspace: &Workspace) -> Result<Option<Persona>, Failure> {
    if let Some(text) = &options.system {
        return Ok(Some(Persona::one_off(text)?));
    }
    match &options.persona {
        Some(name) => Ok(Some(workspace.personas().get(name)?)),
        None if options.resume.is_none() => default_persona(workspace),
        None => Ok(None),
    }
}

/// The persona of the settings, with which a new thread begins.
pub fn default_persona(workspace: &Workspace) -> Result<Option<Persona>, Failure> {
    let Some(name) = &workspace.settings().persona else {
        return Ok(None);
    };
    let persona = workspace.personas().get(name).map_err(|error| {
        let failure = Failure::from(error);
        let next = failure.next_step();
        failure.hint(safe_format!(
            "`persona` in config.toml asks for it. {}",
            next
        ))
    });
    persona.map(Some)
}

/// Whether whoever answered before is to answer again: a thread is gone on with, and nobody else is
/// asked for.
fn is_as_before(options: &Options, workspace: &Workspace) -> bool {
    let overrides = &options.overrides;
    options.resume.is_some()
        && overrides.backend.is_none()
        && overrides.command.is_none()
        && workspace.settings().backend.is_none()
}

/// What can be refused is refused before anything is made.
fn check(options: &Options) -> Result<(), WorkError> {
    options.title.as_deref().map_or(Ok(()), turn::check_title)?;
    options
        .project
        .as_deref()
        .map_or(Ok(()), turn::check_project)?;
    options.label.as_deref().map_or(Ok(()), turn::check_label)?;
    options.tags.iter().try_for_each(|tag| turn::check_tag(tag))
}

fn header(
    conversation: &Conversation<'_>,
    workspace: &Workspace,
    keys: &Keys,
    is_continued: bool,
    ui: &Ui,
) -> Result<(), Failure> {
    let what = if is_continued {
        "Continuing"
    } else {
        "Starting"
    };
    ui.report(safe_format!(
        "🔐 Using identity: {}...",
        keys.public().short()
    ))?;
    ui.report(safe_format!(
        "🤖 AI: {}",
        SafeText::line(&conversation.description())
    ))?;
    if let Some(persona) = conversation.persona_line() {
        ui.report(&persona)?;
    }
    if let Some(sealed) = sealed_line(conversation.session.thread(), workspace) {
        ui.report(sealed)?;
    }
    ui.report(safe_format!(
        "💬 {} thread: {}\n",
        what,
        SafeText::line(conversation.session.thread().title())
    ))
}

/// For whom a sealed thread is.
fn sealed_line(thread: &Thread, workspace: &Workspace) -> Option<SafeText> {
    if !thread.is_sealed() {
        return None;
    }
    let readers = Epochs::of(thread.epochs()).readers();
    let people = workspace.acquaintances(readers.iter().copied());
    let mut others: Vec<PublicKey> = readers.into_iter().collect();
    others.retain(|key| !people.is_owner(key));
    Some(if others.is_empty() {
        "🔒 Sealed: only you can read it, and the AI that you ask".into()
    } else {
        safe_format!(
            "🔒 Sealed: only you and {} can read it, and the AI that you ask",
            shared::named(&others, &people)
        )
    })
}

/// How a talk ended.
struct Ended {
    exit: Exit,
    /// Whether the last line on the screen is blank already.
    after_blank: bool,
}

fn close(
    mut conversation: Conversation<'_>,
    ui: &Ui,
    ended: Result<Ended, Failure>,
) -> Result<Exit, Failure> {
    let from_elsewhere = conversation.session.save()?;
    conversation.tell_from_elsewhere(from_elsewhere);
    let is_new = conversation.session.has_saved();
    let thread = conversation.session.end()?;
    let Ended { exit, after_blank } = ended?;
    if !after_blank {
        ui.blank_line()?;
    }
    let Some(thread) = thread else {
        ui.report(NOTHING_SAID)?;
        return Ok(exit);
    };
    tell_saved(&thread, is_new, ui)?;
    ui.data_line(safe_format!("💾 Thread ID: {}", thread.id()))?;
    ui.data_line(safe_format!(
        "Continue it: mmogit chat --continue {}",
        thread.id()
    ))?;
    Ok(exit)
}

fn tell_saved(thread: &Thread, is_new: bool, ui: &Ui) -> Result<(), Failure> {
    let what = if is_new {
        "Thread saved"
    } else {
        "Nothing new in"
    };
    let count = messages(thread.visible().len());
    ui.report(safe_format!(
        "📝 {}: {} ({})",
        what,
        SafeText::line(thread.title()),
        count
    ))
}

fn messages(count: usize) -> SafeText {
    counted(count, "message")
}
