//! Any program as an AI: the prompt on its stdin, the answer on its stdout.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::reply_text::ReplyText;
use super::{Backend, Listener, NoReply, Reply, Request};
use crate::process::{End, Program, Timeouts};
use crate::prompt;

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
    pub timeouts: Timeouts,
    /// The model behind it, as the user calls it. The program is not told.
    pub label: Option<String>,
}

/// What the record says an answer of this program came through: `command:` and its name, without
/// folder or arguments.
pub fn recorded(program: &Path) -> String {
    format!("command:{}", title(program))
}

fn title(program: &Path) -> String {
    program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned()
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
        title(&self.settings.program)
    }
}

impl Backend for Command {
    fn name(&self) -> &str {
        "command"
    }

    fn recorded(&self) -> String {
        recorded(&self.settings.program)
    }

    fn description(&self) -> String {
        match &self.settings.label {
            Some(label) => format!("{label} (via {})", self.title()),
            None => format!("{} (via a command)", self.title()),
        }
    }

    fn ask(&self, request: &Request<'_>, listener: Listener<'_>) -> Result<Reply, NoReply> {
        let title = self.title();
        let program = Program {
            path: &self.settings.program,
            args: &self.settings.args,
            directory: self.settings.directory.as_deref(),
            environment: &self.settings.environment,
            input: &prompt::as_text(request.prompt),
            timeouts: self.settings.timeouts,
        };
        let mut text = ReplyText::new(listener);
        let finished = program
            .run(&mut |event| text.hear_program(event))
            .map_err(|error| NoReply::not_started(&title, &error))?;
        let text = text.finish();
        let interrupted = match finished.ended {
            End::Exit(status) if status.success() => None,
            End::Exit(status) => Some(NoReply::failed(&title, status, &finished.stderr)),
            other => Some(NoReply::of_end(&title, other)),
        };
        if text.trim().is_empty() {
            let blank = || NoReply::blank(&title, &finished.stderr);
            return Err(interrupted.unwrap_or_else(blank));
        }
        Ok(Reply {
            text,
            model: self.settings.label.clone(),
            usage: None,
            interrupted,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::backend::FilePlace;
    use crate::prompt::Prompt;

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
            timeouts: Timeouts::default(),
            label: None,
        })
    }

    fn ask(script: &str) -> Result<Reply, NoReply> {
        let request = Request {
            prompt: &Prompt::alone("all of it"),
            model: None,
            files: FilePlace::Disk,
        };
        sh(script).ask(&request, &mut |_| ControlFlow::Continue(()))
    }

    #[test]
    fn it_is_given_the_prompt_and_the_environment_but_not_our_settings() {
        let reply = ask("cat; echo \" $OTHER $MMOGIT_HOME.\"").unwrap();
        let prompt = prompt::as_text(&Prompt::alone("all of it"));
        assert_eq!(reply.text, format!("{prompt} theirs ."));
        assert_eq!((reply.interrupted, reply.model), (None, None));
        assert_eq!(sh("").description(), "sh (via a command)");
    }

    #[test]
    fn a_failure_after_some_text_is_an_interruption() {
        let reply = ask("echo half; echo oh no >&2; exit 7").unwrap();
        assert_eq!(reply.text, "half");
        let Some(NoReply::Failed { status, said, .. }) = reply.interrupted else {
            panic!("{:?}", reply.interrupted);
        };
        assert_eq!((status.code(), said.as_deref()), (Some(7), Some("oh no")));
    }

    #[test]
    fn no_text_is_no_reply_and_says_why() {
        for (script, what) in [
            ("true", "`sh` gave an empty answer"),
            (
                "echo; echo; echo oops >&2",
                "`sh` gave an empty answer: oops",
            ),
            (
                "echo 'no key.' >&2; exit 1",
                "`sh` failed (exit status: 1): no key",
            ),
        ] {
            let no_reply = ask(script).unwrap_err();
            assert_eq!(no_reply.to_string(), what);
        }
    }

    #[test]
    fn the_program_and_its_label_are_what_the_record_and_a_person_hear_of() {
        let mut command = sh("cat");
        assert_eq!(
            (command.name(), command.recorded()),
            ("command", "command:sh".to_owned())
        );
        command.settings.label = Some("big".to_owned());
        let request = Request {
            prompt: &Prompt::alone("x"),
            model: Some("other"),
            files: FilePlace::Disk,
        };
        let reply = command
            .ask(&request, &mut |_| ControlFlow::Continue(()))
            .unwrap();
        assert_eq!(reply.model.as_deref(), Some("big"));
        assert_eq!(command.description(), "big (via sh)");
        assert_eq!(command.recorded(), "command:sh");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let mut command = sh("");
        command.settings.program = "/no/such/program".into();
        let request = Request {
            prompt: &Prompt::alone(""),
            model: None,
            files: FilePlace::Disk,
        };
        let no_reply = command
            .ask(&request, &mut |_| ControlFlow::Continue(()))
            .unwrap_err();
        assert!(
            matches!(&no_reply, NoReply::NotStarted { program, .. } if program == "program"),
            "{no_reply}"
        );
    }
}
