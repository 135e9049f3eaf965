//! What the system tells the program about itself.

use super::{Exit, Failure, Ui, notices};
use crate::backend::find_in;
use crate::safe_format;
use crate::workspace::{RandomBytes, Setup, WorkError, Workspace};
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// The variables that matter, read once.
#[derive(Clone)]
pub struct Environment {
    /// `MMOGIT_HOME`, or `~/.mmogit`.
    pub home: PathBuf,
    /// All variables, for programs that are started.
    pub variables: Vec<(OsString, OsString)>,
    /// `PATH`.
    pub path: OsString,
    /// `VISUAL`, `EDITOR`, or else `vi` if there is one.
    pub editor: Option<String>,
    /// `MMOGIT_PASSPHRASE_FILE`.
    pub passphrase_file: Option<PathBuf>,
    /// `MMOGIT_PASSPHRASE_FD`.
    pub passphrase_fd: Option<String>,
    /// `MMOGIT_NEW_PASSPHRASE_FILE`.
    pub new_passphrase_file: Option<PathBuf>,
    /// `MMOGIT_NEW_PASSPHRASE_FD`.
    pub new_passphrase_fd: Option<String>,
}

impl Environment {
    /// Reads the environment.
    pub fn read() -> Result<Self, Failure> {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let home = set("MMOGIT_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(set("HOME")?).join(".mmogit")));
        let home = home.ok_or_else(|| {
            Failure::new(Exit::Failed, "neither MMOGIT_HOME nor HOME is set")
                .hint("Set MMOGIT_HOME to the folder where your threads should live.")
        })?;
        let text = |name: &str| set(name).and_then(|value| value.into_string().ok());
        let path = set("PATH").unwrap_or_default();
        Ok(Self {
            home: std::path::absolute(&home).unwrap_or(home),
            variables: env::vars_os().collect(),
            editor: text("VISUAL")
                .or_else(|| text("EDITOR"))
                .or_else(|| find_in(&path, "vi").map(|_| "vi".to_owned())),
            path,
            passphrase_file: set("MMOGIT_PASSPHRASE_FILE").map(PathBuf::from),
            passphrase_fd: text("MMOGIT_PASSPHRASE_FD"),
            new_passphrase_file: set("MMOGIT_NEW_PASSPHRASE_FILE").map(PathBuf::from),
            new_passphrase_fd: text("MMOGIT_NEW_PASSPHRASE_FD"),
        })
    }

    /// Whether the terminal can only write lines, as the shell in an editor's window.
    pub fn has_plain_terminal(&self) -> bool {
        let term = self.variable("TERM");
        term.is_some_and(|term| {
            ["dumb", "emacs", "cons25"]
                .iter()
                .any(|plain| term == *plain)
        })
    }

    /// A variable as it was when the command began.
    pub fn variable(&self, wanted: &str) -> Option<&OsStr> {
        self.variables
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_os_str())
    }

    /// The program that shows long texts: `MMOGIT_PAGER`, `PAGER`, or else `less` if there is one.
    /// None where one of them is empty or `cat`, and where the terminal can't be paged.
    pub fn pager(&self) -> Option<String> {
        let named = ["MMOGIT_PAGER", "PAGER"]
            .iter()
            .find_map(|name| self.variable(name));
        let pager = match named {
            Some(named) => named.to_str()?.trim().to_owned(),
            None => find_in(&self.path, "less").map(|_| "less".to_owned())?,
        };
        (!pager.is_empty() && pager != "cat" && !self.has_plain_terminal()).then_some(pager)
    }

    /// Opens the home folder with the system's clock and randomness.
    pub fn workspace(&self) -> Result<Workspace, Failure> {
        self.workspace_in(self.home.clone())
    }

    /// Opens another home folder for a server, which has nobody at the terminal to tell what takes long.
    pub fn quiet_workspace_in(&self, home: PathBuf) -> Result<Workspace, WorkError> {
        let mut workspace = Workspace::open(self.setup_in(home))?;
        workspace.set_session_folder(self.session_folder());
        Ok(workspace)
    }

    /// Opens another home folder alike: that of a profile.
    pub fn workspace_in(&self, home: PathBuf) -> Result<Workspace, Failure> {
        let mut workspace = Workspace::open(self.setup_in(home))?;
        workspace.set_session_folder(self.session_folder());
        workspace.on_notice(notices::teller(Ui::new()));
        Ok(workspace)
    }

    /// The same for what needs no settings: where they can't be read that is told, and the defaults
    /// are taken.
    pub fn workspace_for_reading(&self, ui: &Ui) -> Workspace {
        let (workspace, trouble) = self.workspace_and_trouble();
        if let Some(failure) = trouble {
            ui.warning(safe_format!(
                "⚠️  The settings are left aside: {}",
                failure.what()
            ));
            let next = failure.next_step();
            if !next.is_empty() {
                ui.hint(next);
            }
        }
        workspace
    }

    /// The home folder, and what is wrong with its settings; then it has the defaults.
    pub fn workspace_and_trouble(&self) -> (Workspace, Option<Failure>) {
        let (mut workspace, trouble) =
            Workspace::open_for_reading(self.setup_in(self.home.clone()));
        workspace.set_session_folder(self.session_folder());
        workspace.on_notice(notices::teller(Ui::new()));
        (workspace, trouble.map(Failure::from))
    }

    /// The folder that the system keeps for the user's session: `XDG_RUNTIME_DIR`.
    pub fn session_folder(&self) -> Option<PathBuf> {
        self.variable("XDG_RUNTIME_DIR").map(PathBuf::from)
    }

    fn setup_in(&self, home: PathBuf) -> Setup {
        Setup {
            home,
            clock: Box::new(milliseconds_since_1970),
            random: self.randomness(),
        }
    }

    /// The system's randomness, fit for keys.
    pub fn randomness(&self) -> Box<RandomBytes> {
        Box::new(|bytes| {
            getrandom::fill(bytes).expect("a system without randomness can't make keys");
        })
    }
}

fn milliseconds_since_1970() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
