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
//! errors       its errors, by kind                run          one run, and what it was worth
//! memory       its version, from start to start
//! ```

mod config;
mod database;
mod deny;
mod environment;
mod errors;
mod memory;
mod run;
mod run_dir;
mod sandbox;
mod transcript;
mod version;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{Backend, Event, FilePlace, Listener, NoReply, Notice, Reply, Request, variable};
use crate::in_memory;
use crate::process::Timeouts;
use config::CrushConfig;
use run::{Providers, Run};
use run_dir::RunDir;
use version::Denial;

pub use errors::{CrushError, CrushProblem};
pub use memory::KnownCrush;
pub use run_dir::{remove_dead_runs, runs_in_memory};
pub use transcript::CutShort;
pub use version::Version;

/// What only Crush fails with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrushFailure {
    /// There is no place for it to run in.
    #[error("no directory for Crush could be made in {}: {why}", path.display())]
    NoDirectory {
        /// Where it was to be.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
    /// What it is asked must not rest on a disk, and it has no other place.
    #[error("there is no folder in memory in which Crush could work on a sealed thread")]
    NoMemory,
    /// What was asked for its version is perhaps no Crush.
    #[error("`{}` did not say which version of Crush it is", _0.display())]
    NoVersion(PathBuf),
    /// It panicked.
    #[error("Crush crashed while it answered")]
    Crashed,
    /// It canceled itself before there was any text. What 0.10.1 to 0.12 make of a 401: exit code
    /// 0, and not a word of it anywhere.
    #[error("Crush gave up without saying why")]
    GaveUp,
    /// Its record says that the answer is not whole.
    #[error(transparent)]
    CutShort(#[from] CutShort),
    /// It said what went wrong.
    #[error(transparent)]
    Error(#[from] CrushError),
    /// It was trying again, and took too long.
    #[error("{ended}; {cause}")]
    Retried {
        /// How long was waited.
        ended: Box<NoReply>,
        /// Why it was trying again.
        cause: CrushError,
    },
}

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
        let run_dir = Self::open_run_dir(&self.settings.private_dir)?;
        let environment = environment::for_crush(&self.settings.environment, &[]);
        let program = &self.settings.program;
        let version = Version::of(program, &run_dir.here(), &environment)?;
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

    /// The directories for a run: its database, its log and what it reads hold all that is said.
    fn run_dir(&self, place: FilePlace) -> Result<RunDir, NoReply> {
        let directory = match place {
            FilePlace::Disk => self.settings.private_dir.clone(),
            FilePlace::Memory => {
                let session = variable(&self.settings.environment, "XDG_RUNTIME_DIR");
                runs_in(in_memory::folder(session.map(Path::new)))?
            }
        };
        Self::open_run_dir(&directory)
    }

    fn open_run_dir(path: &Path) -> Result<RunDir, NoReply> {
        let opened = RunDir::open(path);
        Ok(opened.map_err(|error| CrushFailure::NoDirectory {
            path: path.to_owned(),
            why: error.to_string(),
        })?)
    }

    /// The model that is asked for, if any.
    fn model<'a>(&'a self, request: &Request<'a>) -> Option<&'a str> {
        request.model.or(self.settings.model.as_deref())
    }

    /// What the user should know of this run, if anything.
    fn notices(&self, version: &Version, asked: Option<&str>) -> Vec<Notice> {
        let mut notices = Vec::new();
        if let Some(model) = asked.filter(|_| !version.has_model_flag()) {
            notices.push(Notice::CrushChoosesItsModel {
                version: version.clone(),
                model: model.to_owned(),
            });
        }
        let denied = !matches!(version.denial(), Denial::Nothing | Denial::Unknown);
        if self.settings.tools {
            notices.push(Notice::CrushHasTools(version.clone()));
        } else if !denied && self.sandbox(version).is_none() {
            notices.push(Notice::CrushKeepsTools(version.clone()));
        }
        notices
    }
}

/// Where runs lie that must not rest on a disk.
fn runs_in(memory: Option<PathBuf>) -> Result<PathBuf, CrushFailure> {
    let memory = memory.ok_or(CrushFailure::NoMemory)?;
    Ok(runs_in_memory(&memory))
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
        let asked = self.model(request);
        // Several people may share one Crush, so every answer brings its notices; who has told them
        // already need not again.
        for notice in self.notices(version, asked) {
            if listener(Event::Notice(&notice)).is_break() {
                return Err(NoReply::Stopped);
            }
        }
        let run = Run::of(self, version, request, listener, Providers::Fetched)?;
        if run.lacked_providers() && version.carries_providers() {
            return Run::of(self, version, request, listener, Providers::Carried)?.judge();
        }
        run.judge()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_rest_on_a_disk_is_not_asked_where_there_is_no_other_place() {
        assert_eq!(runs_in(None), Err(CrushFailure::NoMemory));
        let memory = PathBuf::from("/memory");
        assert_eq!(runs_in(Some(memory)), Ok("/memory/crush".into()));
    }
}
