//! Crush (<https://github.com/charmbracelet/crush>) as the AI, one `crush run` for each answer.
//!
//! Crush is made for a developer at a terminal who lets it change files. Here it is asked for words
//! only, so it runs in an empty private directory, without tools, with no more of the environment
//! than it needs. Its exit code says little: an answer can be cut, empty or crashed with 0, so each
//! is checked against the session Crush recorded.
//!
//! ```text
//! version      which Crush, what it can do        config       the user's own settings
//! room         directories of one run             environment  what it sees of the user's
//! deny         tools off, as the version can      sandbox      bwrap where it can't
//! record       its database                       session      what that says of the answer
//! trouble      its errors, in a sentence
//! ```

mod config;
mod deny;
mod environment;
mod record;
mod room;
mod sandbox;
mod session;
mod trouble;
mod version;

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::answer::Answer;
use super::process::{Ended, Job, Outcome, Patience};
use super::{Backend, Event, Listener, NoReply, Reply, Request, ending};
use config::Config;
use room::Room;
use session::Session;
use version::Denial;

pub use room::remove_dead_runs;
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
    pub patience: Patience,
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
    outcome: Outcome,
    text: String,
    panicked: bool,
    session: Option<Session>,
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
        let room = self.room()?;
        let environment = environment::for_crush(&self.settings.environment, &[]);
        let version = Version::of(&self.settings.program, &room.here(), &environment)?;
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

    fn room(&self) -> Result<Room, NoReply> {
        let private = &self.settings.private_dir;
        Room::open(private).map_err(|error| {
            ending::no_reply(
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
        let room = self.room()?;
        let config = Config::read(&self.settings.environment);
        let broken = |error: std::io::Error| ending::not_started("crush", &error);
        let mut environment = environment::for_crush(
            &self.settings.environment,
            &config.named_variables(self.settings.tools),
        );
        if own_providers {
            environment::set(&mut environment, OWN_PROVIDERS, "1".into());
        }
        let mut program = self.settings.program.clone();
        let mut args = self.arguments(version, request, &room);
        if !self.settings.tools {
            let denial = version.denial();
            deny::write(denial, &config.merged, &room.here(), &room.data()).map_err(broken)?;
            if let (Denial::Nothing | Denial::Unknown, Some(bwrap)) = (denial, &self.settings.bwrap)
            {
                let boxed =
                    sandbox::wrap(bwrap, &program, args, &environment, &room).map_err(broken)?;
                (program, args, environment) = (boxed.program, boxed.args, boxed.environment);
            }
        }
        let directory = room.here();
        let job = Job {
            program: &program,
            args: &args,
            directory: Some(&directory),
            environment: &environment,
            input: request.prompt,
            patience: self.settings.patience,
        };
        let mut answer = Answer::new(listener);
        if version.writes_progress_codes() {
            answer = answer.without_progress_codes();
        }
        let outcome = job.run(&mut |event| answer.hear(event)).map_err(broken)?;
        let session = self.session(version, &room, &environment);
        let recorded = session
            .as_ref()
            .map(Session::text)
            .filter(|text| !text.is_empty());
        let text = match (recorded, outcome.ended) {
            (_, Ended::Stopped | Ended::TooLong) | (None, _) => answer.finish(),
            (Some(recorded), _) => answer.finish_with(&recorded),
        };
        Ok(Run {
            outcome,
            text,
            panicked: room.saw_a_panic(),
            session,
            retried: trouble::cause_in_log(&room.data()),
        })
    }

    fn arguments(&self, version: &Version, request: &Request<'_>, room: &Room) -> Vec<OsString> {
        let mut args: Vec<OsString> =
            vec!["run".into(), "-q".into(), "-D".into(), room.data().into()];
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
        room: &Room,
        environment: &[(OsString, OsString)],
    ) -> Option<Session> {
        let data = room.data();
        record::read(&data).or_else(|| {
            if !version.has_session_command() || !data.join("crush.db").exists() {
                return None;
            }
            let args = ["session", "last", "--json", "-D"].map(OsString::from);
            let job = Job {
                program: &self.settings.program,
                args: &[&args[..], &[data.clone().into()]].concat(),
                directory: Some(&room.here()),
                environment,
                input: "",
                patience: self.settings.patience,
            };
            let outcome = job.run(&mut |_| ControlFlow::Continue(())).ok()?;
            Session::from_json(&outcome.text)
        })
    }
}

impl Backend for Crush {
    fn name(&self) -> &str {
        "crush"
    }

    fn description(&self) -> String {
        let environment = &self.settings.environment;
        let config = Config::read(environment);
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
                    return Err(ending::nothing_came());
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
        matches!(self.outcome.ended, Ended::Exit(status) if !status.success())
    }

    /// Whether it failed before asking anyone because it could not fetch its list of providers.
    fn lacked_providers(&self) -> bool {
        let fetching = [
            "failed to load providers",
            "failed to fetch providers",
            "updated list of providers",
        ];
        let error = trouble::plain(&self.outcome.stderr).to_lowercase();
        self.failed()
            && self.session.is_none()
            && fetching.iter().any(|words| error.contains(words))
    }

    /// A whole answer, a cut one, or none.
    fn judge(self) -> Result<Reply, NoReply> {
        let trouble = self.trouble();
        if self.text.trim().is_empty() {
            return Err(trouble.unwrap_or_else(|| ending::blank("crush", &self.outcome.stderr)));
        }
        Ok(Reply {
            model: self.session.as_ref().and_then(Session::model),
            usage: self.session.as_ref().and_then(Session::usage),
            interrupted: trouble.map(|no_reply| no_reply.what),
            text: self.text,
        })
    }

    /// What is wrong with this answer, if anything.
    fn trouble(&self) -> Option<NoReply> {
        let ended = match self.outcome.ended {
            // Progress codes are no text.
            Ended::Silent(limit) if self.text.trim().is_empty() => Ended::NoFirstText(limit),
            ended => ended,
        };
        match ended {
            Ended::Exit(status) if !status.success() => return Some(self.failure()),
            Ended::Exit(_) => {}
            Ended::NoFirstText(_) | Ended::Silent(_) | Ended::TooSlow(_)
                if self.retried.is_some() =>
            {
                let mut no_reply = ending::cut("crush", ended);
                let cause = trouble::explain(self.retried.as_deref().unwrap_or_default());
                no_reply.what = format!("{}; {}", no_reply.what, cause.what);
                no_reply.hint = cause.hint;
                return Some(no_reply);
            }
            ended => return Some(ending::cut("crush", ended)),
        }
        if self.panicked {
            return Some(ending::no_reply(
                "Crush crashed while it answered".to_owned(),
                "Ask again, or update Crush.",
            ));
        }
        let session = self.session.as_ref()?;
        let why = session.why_not_whole()?;
        if self.text.trim().is_empty() && session.was_canceled() {
            // What 0.10.1 to 0.12 make of a 401: exit code 0, and not a word of it anywhere.
            return Some(ending::no_reply(
                "Crush gave up without saying why".to_owned(),
                "In some versions a refused API key looks like this: run `crush` and enter a valid key, or update Crush.",
            ));
        }
        Some(ending::no_reply(why, "Ask again."))
    }

    /// It exited with an error.
    fn failure(&self) -> NoReply {
        let error = trouble::plain(&self.outcome.stderr);
        if error.contains("maximum retry attempts") && self.retried.is_some() {
            return trouble::explain(self.retried.as_deref().unwrap_or_default());
        }
        if let (true, Ended::Exit(status)) = (error.is_empty(), self.outcome.ended) {
            return ending::failed("crush", status, "");
        }
        trouble::explain(&error)
    }
}
