//! Crush (<https://github.com/charmbracelet/crush>) as the AI, one `crush run` for each answer.
//!
//! Crush is made for a developer at a terminal who lets it change files. Here it is asked for words
//! only, so it runs in an empty private directory, without tools, with no more of the environment
//! than it needs. Its exit code says little: an answer can be cut, empty or crashed with 0, so each
//! is checked against the session Crush recorded.
//!
//! ```text
//! version      which Crush, what it can do        config       the user's own settings
//! run_dir      directories of one run             environment  what it sees of the user's
//! deny         tools off, as the version can      sandbox      bwrap where it can't
//! database     its record of the run              transcript   what that says of the answer
//! errors       its errors, in a sentence
//! ```

mod config;
mod database;
mod deny;
mod environment;
mod errors;
mod run_dir;
mod sandbox;
mod transcript;
mod version;

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::reply_text::ReplyText;
use super::{Backend, Event, Listener, NoReply, Reply, Request, no_reply};
use crate::process::{End, Finished, Program, Timeouts};
use config::CrushConfig;
use run_dir::RunDir;
use transcript::Transcript;
use version::Denial;

pub use run_dir::remove_dead_runs;
pub use version::Version;

/// Fetching the list of providers can fail a run of a version that carries the list; this tells it
/// to use its own.
const OWN_PROVIDERS: &str = "CRUSH_DISABLE_PROVIDER_AUTO_UPDATE";

/// Where Crush is, and how to run it. All of it is looked up by the caller.
#[derive(Debug, Clone)]
pub struct CrushSettings {
    /// The program, as found on `PATH`.
    pub program: PathBuf,
    /// Which version it is, if already known; else it is asked once.
    pub version: Option<Version>,
    /// A directory of ours for the directories of its runs, such as `<home>/crush`.
    pub private_dir: PathBuf,
    /// The caller's whole environment; Crush gets a small part of it.
    pub environment: Vec<(OsString, OsString)>,
    /// `bwrap`, if there is one, for versions that can't turn their tools off.
    pub bwrap: Option<PathBuf>,
    /// Leave Crush its tools.
    pub tools: bool,
    /// The model to ask when a request names none, in Crush's own words (`provider/model`).
    pub model: Option<String>,
    /// How long an answer may take.
    pub timeouts: Timeouts,
}

/// Asks Crush.
#[derive(Debug)]
pub struct Crush {
    settings: CrushSettings,
    version: OnceLock<Version>,
    /// `bwrap`, once it is known to work here.
    sandbox: OnceLock<Option<PathBuf>>,
    /// A warning is given once, not with every answer.
    warned: AtomicBool,
}

/// What one run left.
struct Run {
    finished: Finished,
    text: String,
    panicked: bool,
    session: Option<Transcript>,
    /// Why it was retrying when it ended.
    retried: Option<String>,
}

impl Crush {
    /// Nothing is run or read yet.
    pub fn new(settings: CrushSettings) -> Self {
        let version = settings
            .version
            .clone()
            .map(OnceLock::from)
            .unwrap_or_default();
        Crush {
            settings,
            version,
            sandbox: OnceLock::new(),
            warned: AtomicBool::new(false),
        }
    }

    /// Which Crush this is; it is asked the first time.
    ///
    /// # Errors
    /// When it can't be started, or doesn't answer as Crush does.
    pub fn version(&self) -> Result<&Version, NoReply> {
        if let Some(version) = self.version.get() {
            return Ok(version);
        }
        // It reads a `.env` where it runs, so it runs where there is none.
        let run_dir = self.run_dir()?;
        let environment = environment::for_crush(&self.settings.environment, &[]);
        let version = Version::of(&self.settings.program, &run_dir.here(), &environment)?;
        Ok(self.version.get_or_init(|| version))
    }

    /// The sandbox for a version that needs one, if there is one that works.
    fn sandbox(&self, version: &Version) -> Option<&Path> {
        let needed =
            matches!(version.denial(), Denial::Nothing | Denial::Unknown) && !self.settings.tools;
        let bwrap = self.settings.bwrap.as_deref().filter(|_| needed)?;
        let environment = environment::for_crush(&self.settings.environment, &[]);
        let works = || sandbox::works(bwrap, &environment).then(|| bwrap.to_path_buf());
        self.sandbox.get_or_init(works).as_deref()
    }

    fn run_dir(&self) -> Result<RunDir, NoReply> {
        let private = &self.settings.private_dir;
        RunDir::open(private).map_err(|error| {
            no_reply::no_reply(
                format!(
                    "no directory for Crush could be made in {}: {error}",
                    private.display()
                ),
                "Check that the directory may be written and the disk is not full.",
            )
        })
    }

    /// What the user should know of this run, if anything.
    fn notices(&self, version: &Version, asked: Option<&str>) -> Vec<String> {
        let mut notices = Vec::new();
        if let Some(model) = asked.filter(|_| !version.has_model_flag()) {
            notices.push(format!(
                "Crush {version} can't be told which model to use; it answers with the one it is set to, not `{model}`"
            ));
        }
        let denied = !matches!(version.denial(), Denial::Nothing | Denial::Unknown);
        if self.settings.tools {
            notices.push(format!(
                "Crush {version} runs with its tools: whatever the model asks for, commands too, is done without asking you"
            ));
        } else if !denied && self.sandbox(version).is_none() {
            notices.push(format!(
                "Crush {version} can't turn its tools off, so the model may run commands as you; update Crush, or install bubblewrap (bwrap)"
            ));
        }
        notices
    }

    fn run(
        &self,
        version: &Version,
        request: &Request<'_>,
        listener: Listener<'_>,
        own_providers: bool,
    ) -> Result<Run, NoReply> {
        let run_dir = self.run_dir()?;
        let config = CrushConfig::read(&self.settings.environment);
        let broken = |error: std::io::Error| no_reply::not_started("crush", &error);
        let mut environment = environment::for_crush(
            &self.settings.environment,
            &config.named_variables(self.settings.tools),
        );
        if own_providers {
            environment::set(&mut environment, OWN_PROVIDERS, "1".into());
        }
        let mut program = self.settings.program.clone();
        let mut args = self.arguments(version, request, &run_dir);
        if !self.settings.tools {
            let denial = version.denial();
            deny::write(denial, &config.merged, &run_dir.here(), &run_dir.data())
                .map_err(broken)?;
            if let (Denial::Nothing | Denial::Unknown, Some(bwrap)) = (denial, &self.settings.bwrap)
            {
                let boxed =
                    sandbox::wrap(bwrap, &program, args, &environment, &run_dir).map_err(broken)?;
                (program, args, environment) = (boxed.program, boxed.args, boxed.environment);
            }
        }
        let directory = run_dir.here();
        let run = Program {
            program: &program,
            args: &args,
            directory: Some(&directory),
            environment: &environment,
            input: request.prompt,
            timeouts: self.settings.timeouts,
        };
        let mut reply = ReplyText::new(listener);
        if version.writes_progress_codes() {
            reply = reply.without_progress_codes();
        }
        let finished = run
            .run(&mut |event| reply.hear_program(event))
            .map_err(broken)?;
        let session = self.session(version, &run_dir, &environment);
        let recorded = session
            .as_ref()
            .map(Transcript::text)
            .filter(|text| !text.is_empty());
        let text = match (recorded, finished.ended) {
            (_, End::Stopped | End::TooLong) | (None, _) => reply.finish(),
            (Some(recorded), _) => reply.finish_with(&recorded),
        };
        Ok(Run {
            finished,
            text,
            panicked: run_dir.saw_a_panic(),
            session,
            retried: errors::cause_in_log(&run_dir.data()),
        })
    }

    fn arguments(
        &self,
        version: &Version,
        request: &Request<'_>,
        run_dir: &RunDir,
    ) -> Vec<OsString> {
        let mut args: Vec<OsString> = vec![
            "run".into(),
            "-q".into(),
            "-D".into(),
            run_dir.data().into(),
        ];
        let asked = request.model.or(self.settings.model.as_deref());
        if let Some(model) = asked.filter(|_| version.has_model_flag()) {
            args.extend(["-m".into(), model.into()]);
        }
        args
    }

    /// The recorded session: from its database, or, should that look otherwise some day, from Crush
    /// itself.
    fn session(
        &self,
        version: &Version,
        run_dir: &RunDir,
        environment: &[(OsString, OsString)],
    ) -> Option<Transcript> {
        let data = run_dir.data();
        database::read(&data).or_else(|| {
            if !version.has_session_command() || !data.join("crush.db").exists() {
                return None;
            }
            let args = ["session", "last", "--json", "-D"].map(OsString::from);
            let run = Program {
                program: &self.settings.program,
                args: &[&args[..], &[data.clone().into()]].concat(),
                directory: Some(&run_dir.here()),
                environment,
                input: "",
                timeouts: self.settings.timeouts,
            };
            let finished = run.run(&mut |_| ControlFlow::Continue(())).ok()?;
            Transcript::from_json(&finished.text)
        })
    }
}

impl Backend for Crush {
    fn name(&self) -> &str {
        "crush"
    }

    fn description(&self) -> String {
        let environment = &self.settings.environment;
        let config = CrushConfig::read(environment);
        match config.model_name(self.settings.model.as_deref(), environment) {
            Some(model) => format!("{model} (via Crush)"),
            None => "Crush".to_owned(),
        }
    }

    fn ask(&self, request: &Request<'_>, listener: Listener<'_>) -> Result<Reply, NoReply> {
        let version = self.version()?;
        let asked = request.model.or(self.settings.model.as_deref());
        if !self.warned.swap(true, Ordering::Relaxed) {
            for notice in self.notices(version, asked) {
                if listener(Event::Notice(&notice)).is_break() {
                    return Err(no_reply::nothing_came());
                }
            }
        }
        let run = self.run(version, request, listener, false)?;
        if run.lacked_providers() && version.carries_providers() {
            return self.run(version, request, listener, true)?.judge();
        }
        run.judge()
    }
}

impl Run {
    fn failed(&self) -> bool {
        matches!(self.finished.ended, End::Exit(status) if !status.success())
    }

    /// Whether it failed before asking anyone because it could not fetch its list of providers.
    fn lacked_providers(&self) -> bool {
        let fetching = [
            "failed to load providers",
            "failed to fetch providers",
            "updated list of providers",
        ];
        let error = errors::plain(&self.finished.stderr).to_lowercase();
        self.failed()
            && self.session.is_none()
            && fetching.iter().any(|words| error.contains(words))
    }

    /// A whole answer, a cut one, or none.
    fn judge(self) -> Result<Reply, NoReply> {
        let trouble = self.trouble();
        if self.text.trim().is_empty() {
            return Err(trouble.unwrap_or_else(|| no_reply::blank("crush", &self.finished.stderr)));
        }
        Ok(Reply {
            model: self.session.as_ref().and_then(Transcript::model),
            usage: self.session.as_ref().and_then(Transcript::usage),
            interrupted: trouble.map(|no_reply| no_reply.what),
            text: self.text,
        })
    }

    /// What is wrong with this answer, if anything.
    fn trouble(&self) -> Option<NoReply> {
        let ended = match self.finished.ended {
            // Progress codes are no text.
            End::Silent(limit) if self.text.trim().is_empty() => End::NoFirstText(limit),
            ended => ended,
        };
        match ended {
            End::Exit(status) if !status.success() => return Some(self.failure()),
            End::Exit(_) => {}
            End::NoFirstText(_) | End::Silent(_) | End::TooSlow(_) if self.retried.is_some() => {
                let mut no_reply = no_reply::cut("crush", ended);
                let cause = errors::explain(self.retried.as_deref().unwrap_or_default());
                no_reply.what = format!("{}; {}", no_reply.what, cause.what);
                no_reply.hint = cause.hint;
                return Some(no_reply);
            }
            ended => return Some(no_reply::cut("crush", ended)),
        }
        if self.panicked {
            return Some(no_reply::no_reply(
                "Crush crashed while it answered".to_owned(),
                "Ask again, or update Crush.",
            ));
        }
        let session = self.session.as_ref()?;
        let why = session.why_not_whole()?;
        if self.text.trim().is_empty() && session.was_canceled() {
            // What 0.10.1 to 0.12 make of a 401: exit code 0, and not a word of it anywhere.
            return Some(no_reply::no_reply(
                "Crush gave up without saying why".to_owned(),
                "In some versions a refused API key looks like this: run `crush` and enter a valid key, or update Crush.",
            ));
        }
        Some(no_reply::no_reply(why, "Ask again."))
    }

    /// It exited with an error.
    fn failure(&self) -> NoReply {
        let error = errors::plain(&self.finished.stderr);
        if error.contains("maximum retry attempts") && self.retried.is_some() {
            return errors::explain(self.retried.as_deref().unwrap_or_default());
        }
        if let (true, End::Exit(status)) = (error.is_empty(), self.finished.ended) {
            return no_reply::failed("crush", status, "");
        }
        errors::explain(&error)
    }
}
