//! Any program as an AI: the prompt on its stdin, the answer on its stdout.

use std::ffi::OsString;
use std::path::PathBuf;

use super::answer::Answer;
use super::process::{Ended, Job, Patience};
use super::{Backend, Event, Listener, NoReply, Reply, Request, ending};

/// What to run, and how.
#[derive(Debug, Clone)]
pub struct CommandSettings {
    /// The program, as found on `PATH`.
    pub program: PathBuf,
    /// Its arguments, already split.
    pub args: Vec<OsString>,
    /// Where it runs; the caller's own directory when `None`.
    pub directory: Option<PathBuf>,
    /// The caller's environment. `MMOGIT_*` is not passed on.
    pub environment: Vec<(OsString, OsString)>,
    /// How long it may take.
    pub patience: Patience,
}

/// Asks any program.
#[derive(Debug, Clone)]
pub struct Command {
    settings: CommandSettings,
}

impl Command {
    /// Keeps our own settings, which may name a passphrase file, from the program.
    pub fn new(mut settings: CommandSettings) -> Self {
        settings
            .environment
            .retain(|(name, _)| !name.as_encoded_bytes().starts_with(b"MMOGIT_"));
        Command { settings }
    }

    fn title(&self) -> String {
        let path = &self.settings.program;
        path.file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned()
    }
}

impl Backend for Command {
    fn name(&self) -> &str {
        "command"
    }

    fn description(&self) -> String {
        format!("{} (via a command)", self.title())
    }

    fn ask(&self, request: &Request<'_>, listener: Listener<'_>) -> Result<Reply, NoReply> {
        let title = self.title();
        if let Some(model) = request.model {
            let notice =
                format!("the model `{model}` was asked for, but `{title}` chooses its own");
            if listener(Event::Notice(&notice)).is_break() {
                return Err(ending::nothing_came());
            }
        }
        let job = Job {
            program: &self.settings.program,
            args: &self.settings.args,
            directory: self.settings.directory.as_deref(),
            environment: &self.settings.environment,
            input: request.prompt,
            patience: self.settings.patience,
        };
        let mut answer = Answer::new(listener);
        let outcome = job
            .run(&mut |event| answer.hear(event))
            .map_err(|error| ending::not_started(&title, &error))?;
        let text = answer.finish();
        let failure = match outcome.ended {
            Ended::Exit(status) if status.success() => None,
            Ended::Exit(status) => Some(ending::failed(&title, status, &outcome.stderr)),
            other => Some(ending::cut(&title, other)),
        };
        match failure {
            None if text.trim().is_empty() => Err(ending::blank(&title, &outcome.stderr)),
            Some(no_reply) if text.trim().is_empty() => Err(no_reply),
            failure => Ok(Reply {
                text,
                model: None,
                usage: None,
                interrupted: failure.map(|no_reply| no_reply.what),
            }),
        }
    }
}
