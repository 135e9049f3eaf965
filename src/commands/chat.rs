//! `mmogit chat`.

use super::completions::{
    backend_names, contact_names, persona_names, project_names, tag_names, thread_names,
};
use crate::backend::choose::BackendOverrides;
use crate::chat::{self, Options};
use crate::cli::{Environment, Exit, Failure, Ui};
use clap::ValueHint;
use clap_complete::ArgValueCompleter;

/// Talk to an AI; every message is signed and kept
///
/// At a terminal this is a conversation: /help shows what can be done besides talking. With a
/// QUESTION (or -m), or with --json, it is one question and one answer. With lines on standard
/// input and none of these, each line is a turn: up to 20 of them, or any number with --script.
///
/// Without an identity one is made on the spot. Without an AI your messages are signed and kept all
/// the same.
///
/// One question without a reply, or with one that broke off, exits with 4; after Ctrl-C with 130.
/// Either way your message and what came are kept.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit chat --title implementing_auth
  mmogit chat --continue
  mmogit chat 'What is a refresh token?'
  mmogit chat --encrypt --to ana --title salaries
  cat error.log | mmogit chat -m 'What is this?'
  mmogit chat -x -m 'A shell loop over all .rs files' > loop.sh
  mmogit chat --command 'llm -m gpt-4o-mini'")]
pub struct Args {
    /// Ask this, print the answer, and leave: the same as -m
    #[arg(value_name = "QUESTION", group = "asked")]
    question: Option<String>,
    /// The title of the new thread (default: chat_ and the date and time), or a new title with
    /// --continue
    #[arg(short, long)]
    title: Option<String>,
    /// The project of the new thread, by its name or id: one that you have a part in, or a label
    /// that a thread of yours has. It stays with the thread
    #[arg(long, value_name = "NAME", conflicts_with = "resume", add = ArgValueCompleter::new(project_names))]
    project: Option<String>,
    /// In place of a project a word of your own, which nobody else heeds
    #[arg(long, value_name = "NAME", conflicts_with_all = ["project", "resume"])]
    label: Option<String>,
    /// Seal the new thread: only you and whom you name with --to can read what is said in it, here,
    /// in the history and wherever it is synced to
    #[arg(long, conflicts_with = "resume")]
    encrypt: bool,
    /// Somebody who is to read it too: a contact's name, a key, or a card's file. May be given more
    /// than once, and seals the thread
    #[arg(long, value_name = "WHO", conflicts_with = "resume", add = ArgValueCompleter::new(contact_names))]
    to: Vec<String>,
    /// Don't seal the new thread, whatever `encrypt` in config.toml says
    #[arg(long, conflicts_with_all = ["encrypt", "to", "resume"])]
    no_encrypt: bool,
    /// Go on with a thread, with its whole context: a part of its id or title is enough; the newest
    /// without one
    #[arg(short = 'c', visible_short_alias = 'r', long = "continue", value_name = "ID", num_args = 0..=1, add = ArgValueCompleter::new(thread_names))]
    resume: Option<Option<String>>,
    /// A tag for the thread; may be given more than once
    #[arg(long = "tag", value_name = "TAG", add = ArgValueCompleter::new(tag_names))]
    tags: Vec<String>,
    /// The persona as which the AI answers from here on: a name that `mmogit persona list` shows, or
    /// none to leave a persona (default for a new thread: `persona` in config.toml)
    #[arg(long, alias = "role", value_name = "NAME", add = ArgValueCompleter::new(persona_names))]
    persona: Option<String>,
    /// How the AI is to answer from here on, in these words; a persona that is kept in the thread
    /// alone
    #[arg(long, value_name = "TEXT", conflicts_with = "persona")]
    system: Option<String>,
    /// Ask this, print the answer, and leave; what standard input holds is added below it (- for
    /// that alone)
    #[arg(
        short,
        long,
        value_name = "TEXT",
        allow_hyphen_values = true,
        group = "asked"
    )]
    message: Option<String>,
    /// Send this text file with the question; may be given more than once
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "asked")]
    attach: Vec<String>,
    /// Take each line of standard input as a turn, however many there are; without this, 20 at the
    /// most
    #[arg(long, conflicts_with_all = ["asked", "json"])]
    script: bool,
    /// Send what looks like a secret, too: a key, a token, a password. Without this, a terminal asks
    /// back before anything is signed, and a script is refused
    #[arg(long)]
    send_secrets: bool,
    /// Print the answer as JSON, after one question from -m or standard input
    #[arg(long)]
    json: bool,
    /// Print only the last code block of the answer to -m; exits with 1 if it has none or one that
    /// is not closed, and with 4, printing nothing, if the answer broke off
    #[arg(short = 'x', long, requires = "asked", conflicts_with = "json")]
    extract: bool,
    /// Who answers: crush, command (any program, see --command), echo (repeats what you say),
    /// offline (nobody), or a profile of config.toml (default: `backend` in config.toml, else with
    /// --continue who answered before, else Crush if it is installed, else offline)
    #[arg(short, long, value_name = "NAME", add = ArgValueCompleter::new(backend_names))]
    backend: Option<String>,
    /// The model to ask for, in the backend's own words; a command is not told: there it is what
    /// the record calls its model. Echo and offline have none
    #[arg(long)]
    model: Option<String>,
    /// A program to ask: it reads the prompt on standard input and writes its answer on standard
    /// output. No shell reads this line
    #[arg(long, value_name = "PROGRAM ARGS")]
    command: Option<String>,
    /// Let Crush use its tools; whatever the model asks for, commands too, is then done without
    /// asking you
    #[arg(long)]
    crush_tools: bool,
}

impl Args {
    /// What one backend would not look at is not for it.
    fn check(&self) -> Result<(), Failure> {
        let refuse = |what| Err(Failure::new(Exit::Usage, what).hint("Leave one of the two out."));
        let backend = self.backend.as_deref();
        if self.command.is_some() && matches!(backend, Some("crush" | "echo" | "offline")) {
            return refuse("--command names who answers, and --backend somebody else");
        }
        let is_another =
            self.command.is_some() || matches!(backend, Some("command" | "echo" | "offline"));
        if self.crush_tools && is_another {
            return refuse("--crush-tools is for Crush, and somebody else is to answer");
        }
        Ok(())
    }
}

/// Holds a chat as the arguments ask for it.
///
/// # Errors
/// If the arguments contradict each other, and where [`chat::run`] fails.
pub fn run(args: Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    args.check()?;
    let options = Options {
        title: args.title,
        tags: args.tags,
        project: args.project,
        label: args.label,
        encrypt: if args.no_encrypt {
            Some(false)
        } else {
            args.encrypt.then_some(true)
        },
        to: args.to,
        resume: args.resume,
        persona: args.persona,
        system: args.system,
        message: args.question.or(args.message),
        attach: args.attach,
        script: args.script,
        send_secrets: args.send_secrets,
        json: args.json,
        extract: args.extract,
        overrides: BackendOverrides {
            backend: args.backend,
            model: args.model,
            command: args.command,
            crush_tools: args.crush_tools,
        },
    };
    chat::run(&options, environment, ui)
}
