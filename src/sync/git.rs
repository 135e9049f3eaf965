//! The user's own git, run so that it does what it is told and nothing else.
//!
//! It works in a folder of its own, with settings of its own, on the repository's objects and
//! references: what somebody wrote into the repository's settings (a program to run, say) is not
//! read. The user's own settings are: their helpers, proxies and keys are what it is run for. It asks
//! nobody anything, starts no hook, and ends when it takes too long or takes too much.

use super::Step;
use super::fault::{Fault, FaultKind, of_words};
use crate::files::{self, Readers};
use crate::home::Home;
use crate::process::{End, Event, Program, Timeouts};
use crate::settings::SyncLimits;
use crate::store::{Address, CommitId};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The git of this machine, and how it is run.
#[derive(Debug, Clone)]
pub struct GitProgram {
    /// Where it is.
    pub path: PathBuf,
    /// All variables of the user's; few of them go to git.
    pub environment: Vec<(OsString, OsString)>,
    /// What it may take.
    pub budget: Budget,
}

/// What a run of git may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Until the remote says anything, and between two things that it says.
    pub silence: Duration,
    /// In all.
    pub total: Duration,
    /// How many bytes one file that it writes may have, and so what comes at once.
    pub bytes: u64,
}

impl From<SyncLimits> for Budget {
    fn from(limits: SyncLimits) -> Self {
        Self {
            silence: Duration::from_secs(limits.silence),
            total: Duration::from_secs(limits.total),
            bytes: limits.megabytes.saturating_mul(1 << 20),
        }
    }
}

/// The variables of the user's that git gets: what it needs to find its settings, keys and proxies.
const PASSED_ON: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_EXEC_PATH",
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];

/// What git is told beside. It must not ask: nobody would see it, and a program that waits for an
/// answer at a terminal that isn't its own is stopped for ever.
const TOLD: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("SSH_ASKPASS_REQUIRE", "force"),
    ("SSH_ASKPASS", "/bin/false"),
    ("GIT_ALLOW_PROTOCOL", "file:ssh:http:https"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GCM_INTERACTIVE", "never"),
];

/// The most memory of its own that git may take: it keeps the whole list of what a remote has, and
/// a remote may go on with that list for ever.
const MEMORY: u64 = 1 << 30;

/// The name of the remote in git's own folder.
const THERE: &str = "there";

/// Settings of git's own folder. They win over the user's.
const SETTINGS: &str = "\
[core]
\trepositoryFormatVersion = 0
\tbare = true
\thooksPath = /dev/null
\tfsmonitor = false
\talternateRefsCommand = false
\tfsync = committed
\tlogAllRefUpdates = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[submodule]
\trecurse = false
[transfer]
\tfsckObjects = true
[fetch]
\tfsckObjects = true
\tunpackLimit = 1
\tprune = false
\tpruneTags = false
\trecurseSubmodules = false
\twriteCommitGraph = false
[push]
\tdefault = nothing
\tfollowTags = false
\tgpgSign = false
\trecurseSubmodules = no
[protocol]
\tversion = 2
[http]
\tlowSpeedLimit = 100
\tlowSpeedTime = 60
";

/// Told what a run of git is at; an answer to stop ends it.
pub(super) type Teller<'a> = &'a mut dyn FnMut(Step) -> ControlFlow<()>;

/// Git, ready to talk to one remote.
pub(super) struct Git<'g> {
    program: &'g GitProgram,
    folder: PathBuf,
}

/// A run of git that came to its end by itself.
struct Run {
    is_done: bool,
    text: String,
}

impl<'g> Git<'g> {
    /// Prepares git's own folder. The lock on syncing is held: it is nobody else's.
    pub(super) fn prepare(
        home: Home<'_>,
        program: &'g GitProgram,
        address: &Address,
    ) -> io::Result<Self> {
        let folder = home.syncing();
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir_all(home.state())?;
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let repository = home.repository();
        for shared in ["objects", "refs", "packed-refs"] {
            symlink(repository.join(shared), folder.join(shared))?;
        }
        fs::write(folder.join("HEAD"), "ref: refs/heads/none\n")?;
        let mut settings = SETTINGS.to_owned();
        settings += &format!(
            "[remote \"{THERE}\"]\n\turl = {}\n\ttagOpt = --no-tags\n",
            quoted(&address.without_login())
        );
        if let Some(login) = address.login() {
            let file = folder.join("login");
            let line = format!("{}://{}@{}\n", login.scheme, login.user, login.host);
            files::replace(&file, "login-", Readers::Owner, line.as_bytes())?;
            let helper = format!("store --file='{}'", file.display());
            settings += &format!("[credential]\n\thelper = {}\n", quoted(&helper));
        }
        fs::write(folder.join("config"), settings)?;
        Ok(Self { program, folder })
    }

    /// The branches of authors that the remote has, as git names them.
    pub(super) fn look(&self, tell: Teller<'_>) -> Result<String, Fault> {
        let run = self.run(
            &["ls-remote", "--heads", THERE, "refs/heads/users/*"],
            tell,
            &|_| Step::Looking,
            Words::Apart,
        )?;
        Ok(run.text)
    }

    /// Fetches, by git's own words for what goes where.
    pub(super) fn fetch(&self, what: &[String], tell: Teller<'_>) -> Result<(), Fault> {
        let mut args = vec![
            "fetch",
            "--progress",
            "--no-tags",
            "--no-auto-gc",
            "--no-recurse-submodules",
            "--no-show-forced-updates",
            THERE,
        ];
        args.extend(what.iter().map(String::as_str));
        let run = self.run(&args, tell, &Step::Fetching, Words::Together)?;
        match run.is_done {
            true => Ok(()),
            false => Err(of_words(&run.text)),
        }
    }

    /// Pushes one commit as a branch. Where the remote has another history, that must still be the
    /// one that was seen.
    pub(super) fn push(
        &self,
        tip: CommitId,
        branch: &str,
        instead_of: Option<CommitId>,
        tell: Teller<'_>,
    ) -> Result<(), Fault> {
        let what = format!("{tip}:{branch}");
        let lease = instead_of.map(|seen| format!("--force-with-lease={branch}:{seen}"));
        let mut args = vec![
            "push",
            "--progress",
            "--porcelain",
            "--no-verify",
            "--no-signed",
        ];
        args.extend(lease.as_deref());
        args.extend([THERE, what.as_str()]);
        let run = self.run(&args, tell, &Step::Pushing, Words::Together)?;
        match run.is_done {
            true => Ok(()),
            false => Err(of_words(&run.text)),
        }
    }

    fn run(
        &self,
        args: &[&str],
        tell: Teller<'_>,
        step: &dyn Fn(String) -> Step,
        words: Words,
    ) -> Result<Run, Fault> {
        let budget = self.program.budget;
        let finished = Program {
            path: Path::new("/bin/sh"),
            args: &self.arguments(args, words),
            directory: Some(&self.folder),
            environment: &self.environment(),
            input: "",
            timeouts: Timeouts {
                first: budget.silence,
                silence: budget.silence,
                total: budget.total,
            },
        }
        .run(&mut |event| match event {
            Event::Text(text) if words == Words::Together => tell(step(last_line(text))),
            Event::Text(_) | Event::Waiting { .. } => ControlFlow::Continue(()),
        });
        let failed = |kind, said: &str| Fault {
            kind,
            said: super::fault::last_words(said),
        };
        let finished = finished.map_err(|error| failed(FaultKind::NoGit, &error.to_string()))?;
        let said = match words {
            Words::Together => &finished.text,
            Words::Apart => &finished.stderr,
        };
        match finished.ended {
            End::Exit(status) if words == Words::Together => Ok(Run {
                is_done: status.success(),
                text: finished.text,
            }),
            End::Exit(status) if status.success() => Ok(Run {
                is_done: true,
                text: finished.text,
            }),
            End::Exit(_) => Err(of_words(said)),
            End::NoFirstText(time) | End::Silent(time) => {
                Err(failed(FaultKind::Silent(time), said))
            }
            End::TooSlow(time) => Err(failed(FaultKind::TooSlow(time), said)),
            End::TooLong => Err(failed(FaultKind::TooLarge, said)),
            End::Stopped | End::Lingered => Err(failed(FaultKind::Other, said)),
        }
    }

    /// The shell sets the limits, puts what git says into one stream where that is asked for, and is
    /// gone.
    fn arguments(&self, args: &[&str], words: Words) -> Vec<OsString> {
        let limits = r#"ulimit -f "$0" 2>/dev/null; ulimit -d "$1" 2>/dev/null; shift"#;
        let script = match words {
            Words::Together => format!(r#"{limits}; exec "$@" 2>&1"#),
            Words::Apart => format!(r#"{limits}; exec "$@""#),
        };
        // In blocks of 512 bytes.
        let blocks = (self.program.budget.bytes / 512).max(1).to_string();
        let memory = (MEMORY / 1024).to_string();
        let mut all: Vec<OsString> = ["-c", &script, &blocks, &memory]
            .map(OsString::from)
            .to_vec();
        all.push(self.program.path.clone().into());
        all.extend(args.iter().map(OsString::from));
        all
    }

    fn environment(&self) -> Vec<(OsString, OsString)> {
        let is_passed_on = |name: &OsStr| PASSED_ON.iter().any(|passed| name == *passed);
        let given = self.program.environment.iter();
        let mut all: Vec<(OsString, OsString)> = given
            .filter(|(name, _)| is_passed_on(name))
            .cloned()
            .collect();
        all.extend(TOLD.iter().map(|(name, value)| (name.into(), value.into())));
        all.push(("GIT_DIR".into(), self.folder.clone().into()));
        all
    }
}

impl Drop for Git<'_> {
    fn drop(&mut self) {
        // What stays is removed by the next one.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whether what git says goes into one stream with what it prints.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    Together,
    Apart,
}

/// A value as git's settings write it.
fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

fn last_line(text: &str) -> String {
    let mut lines = text.split(['\n', '\r']).map(str::trim);
    let last = lines.rfind(|line| !line.is_empty());
    last.unwrap_or_default().to_owned()
}
