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
        settings.environment.retain(|(name, _)| !name.as_encoded_bytes().starts_with(b"MMOGIT_"));
        Command { settings }
    }

    fn title(&self) -> String {
        let path = &self.settings.program;
        path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
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
            let notice = format!("the model `{model}` was asked for, but `{title}` chooses its own");
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
        let outcome =
            job.run(&mut |event| answer.hear(event)).map_err(|error| ending::not_started(&title, &error))?;
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

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;

    fn sh(script: &str) -> Command {
        Command::new(CommandSettings {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            directory: None,
            environment: vec![
                ("PATH".into(), "/usr/bin:/bin".into()),
                ("MMOGIT_HOME".into(), "ours".into()),
                ("OTHER".into(), "theirs".into()),
            ],
            patience: Patience::default(),
        })
    }

    fn ask(script: &str, model: Option<&str>) -> (Result<Reply, NoReply>, Vec<String>) {
        let request = Request { prompt: "all of it", last: "it", model };
        let mut notices = Vec::new();
        let reply = sh(script).ask(&request, &mut |event| {
            if let Event::Notice(notice) = event {
                notices.push(notice.to_owned());
            }
            ControlFlow::Continue(())
        });
        (reply, notices)
    }

    #[test]
    fn it_is_given_the_prompt_and_the_environment_but_not_our_settings() {
        let (reply, notices) = ask("cat; echo \" $OTHER $MMOGIT_HOME.\"", None);
        let reply = reply.unwrap();
        assert_eq!(reply.text, "all of it theirs .");
        assert_eq!((reply.interrupted, reply.model, notices.len()), (None, None, 0));
        assert_eq!(sh("").description(), "sh (via a command)");
    }

    #[test]
    fn a_failure_after_some_text_is_an_interruption() {
        let reply = ask("echo half; echo oh no >&2; exit 7", None).0.unwrap();
        assert_eq!(reply.text, "half");
        let why = reply.interrupted.unwrap();
        assert!(why.contains("exit status: 7") && why.ends_with("oh no"), "{why}");
    }

    #[test]
    fn no_text_is_no_reply_and_says_why() {
        for (script, what) in [
            ("true", "`sh` gave an empty answer"),
            ("echo; echo; echo oops >&2", "`sh` gave an empty answer: oops"),
            ("echo 'no key.' >&2; exit 1", "`sh` failed (exit status: 1): no key"),
        ] {
            let no_reply = ask(script, None).0.unwrap_err();
            assert_eq!(no_reply.what, what);
            assert!(no_reply.hint.ends_with('.'));
        }
    }

    #[test]
    fn a_model_that_was_asked_for_in_vain_is_mentioned() {
        let (reply, notices) = ask("cat", Some("big"));
        assert!(reply.is_ok());
        assert_eq!(notices, ["the model `big` was asked for, but `sh` chooses its own"]);
    }

    #[test]
    fn a_program_that_is_not_there_has_a_next_step() {
        let mut command = sh("");
        command.settings.program = "/no/such/program".into();
        let request = Request { prompt: "", last: "", model: None };
        let no_reply = command.ask(&request, &mut |_| ControlFlow::Continue(())).unwrap_err();
        assert!(no_reply.what.starts_with("`program` could not be started"), "{no_reply}");
        assert!(no_reply.hint.contains("installed"));
    }
}
