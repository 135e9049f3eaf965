//! How a failure is told: what happened, why, what to do next, and the exit code.

use crate::identity::{BadWords, VaultError};
use crate::render::safe::SafeText;
use crate::render::threads;
use crate::safe_format;
use crate::seal::CannotOpen;
use crate::store::StoreError;
use crate::transfer::TransferError;
use crate::workspace::{Obstacle, WorkError};
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It was done.
    Done = 0,
    /// It was not.
    Failed = 1,
    /// It was asked for wrongly.
    Usage = 2,
    /// Something does not verify.
    Unverified = 3,
    /// The AI gave no reply, or not a whole one; the message and what came are saved.
    NoReply = 4,
    /// The user stopped it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// The one error of the edge. Its words are safe to show: errors from below may quote anybody.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened; nothing if it has been told already.
    pub what: SafeText,
    /// Why, and why that.
    pub causes: Vec<SafeText>,
    /// The next step.
    pub hint: Option<SafeText>,
}

impl Failure {
    /// A failure in words.
    pub fn new(exit: Exit, what: impl Into<SafeText>) -> Self {
        Self {
            exit,
            what: what.into(),
            causes: Vec::new(),
            hint: None,
        }
    }

    /// With a next step.
    pub fn hint(mut self, hint: impl Into<SafeText>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A failure that has been told already; only its exit code is left to give.
    pub fn told(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    fn of(error: impl Into<anyhow::Error>, hint: Option<SafeText>) -> Self {
        let error = error.into();
        // A line each, so that no error can say what looks like the next one.
        let mut words = error.chain().map(SafeText::shown);
        let what = words.next().unwrap_or_default();
        Self {
            exit: Exit::Failed,
            what,
            causes: words.collect(),
            hint,
        }
    }

    /// The lines for standard error; none if it has been told.
    pub fn lines(&self) -> Vec<SafeText> {
        if self.what.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![safe_format!("error: {}", self.what)];
        let mut told = &self.what;
        for cause in &self.causes {
            if !told.contains(cause.as_str()) {
                lines.push(safe_format!("  because: {}", cause));
            }
            told = cause;
        }
        lines.extend(self.hint.iter().map(|hint| safe_format!("hint: {}", hint)));
        lines
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::of(error, None)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // Whoever read our output has had enough; that is their right.
            return Failure::told(Exit::Done);
        }
        Failure::of(error, None)
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        let hint = match &error {
            VaultError::Missing(_) => "Make one with `mmogit init`, or bring yours with `mmogit init --recover`.".into(),
            VaultError::Exists(path) => safe_format!("It is kept as it is. `mmogit identity` shows whose it is. For another identity beside it, set MMOGIT_HOME \
                 to another folder; to replace it, first move {} away.", SafeText::shown(path.display())),
            VaultError::Permissions { path, .. } => {
                safe_format!("Only you may read it: chmod 600 {}", SafeText::shown(path.display()))
            }
            VaultError::Damaged { path, .. } => safe_format!("Move {} away and bring your identity back with `mmogit init --recover` and your words.", SafeText::shown(path.display())),
            VaultError::Locked => "Run this in a terminal, or name a file that holds the passphrase in \
                                   MMOGIT_PASSPHRASE_FILE."
                .into(),
            VaultError::CannotOpen(CannotOpen::WrongPassphraseOrAltered) => "Try again. If the passphrase is lost, your \
                 words still bring the identity back: `mmogit init --recover` with MMOGIT_HOME set to a new folder."
                .into(),
            VaultError::CannotOpen(CannotOpen::Unreasonable) => {
                "The file was altered; bring your identity back with `mmogit init --recover`.".into()
            }
            VaultError::Changed(_) => "Nothing was changed. Look at `mmogit identity`, then try again.".into(),
            VaultError::Disk { .. } => "Check that the folder exists, can be written and has room.".into(),
        };
        Failure::of(error, Some(hint))
    }
}

impl From<BadWords> for Failure {
    fn from(error: BadWords) -> Self {
        let hint = "Compare the words with what you wrote down, then try again.".into();
        Failure {
            exit: Exit::Usage,
            ..Failure::of(error, Some(hint))
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            _ if error.is_out_of_reach() => Some(
                "Make room or make the folder writable; nothing that was accepted is lost.".into(),
            ),
            StoreError::Misplaced { path } => Some(safe_format!(
                "Something else wrote {} into your branch; look with `git -C ~/.mmogit/repo.git log`.",
                SafeText::line(path)
            )),
            StoreError::TooLarge { .. } => Some("Go on in a new thread: `mmogit chat`.".into()),
            StoreError::InUse { .. } => Some("End that chat, then try again.".into()),
            StoreError::Untrue { .. } => {
                Some("`mmogit verify` shows each finding; nothing was changed.".into())
            }
            StoreError::NoTimeLeft => {
                Some("Set the clock, then try again; nothing was lost.".into())
            }
            StoreError::SymbolicBranch {
                path,
                branch,
                commit: Some(commit),
                ..
            } => Some(safe_format!(
                "Make it a branch again, with what it shows: git -C '{}' update-ref --no-deref {} {}",
                SafeText::shown(path.display()),
                SafeText::line(branch),
                SafeText::line(commit)
            )),
            StoreError::SymbolicBranch { path, branch, .. } => Some(safe_format!(
                "What it names is not there. To remove it: git -C '{}' symbolic-ref --delete {}",
                SafeText::shown(path.display()),
                SafeText::line(branch)
            )),
            StoreError::Erased { .. } => {
                Some("Nothing was saved: what was erased is not brought back.".into())
            }
            StoreError::Contended => Some("Try again; nothing that was accepted is lost.".into()),
            StoreError::Journal { .. } | StoreError::ForeignJournal { .. } => {
                Some("`mmogit doctor` shows what is in the journal folder.".into())
            }
            StoreError::Git { .. } => Some("`mmogit doctor` checks the repository.".into()),
            StoreError::Disk { .. } | StoreError::Unsupported { .. } => None,
        };
        Failure::of(error, hint)
    }
}

impl From<WorkError> for Failure {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Vault(error) => error.into(),
            WorkError::Store(error) => error.into(),
            WorkError::Settings { path, why } => in_settings(&path, &why),
            error => {
                let hint = hint_for(&error);
                let exit = match &error {
                    WorkError::BadTitle(_)
                    | WorkError::BadTag(_)
                    | WorkError::BadProject
                    | WorkError::BadRoleName(_)
                    | WorkError::BadRoleText(_)
                    | WorkError::NoSuchMessage { .. } => Exit::Usage,
                    _ => Exit::Failed,
                };
                Failure {
                    exit,
                    ..Failure::of(error, hint)
                }
            }
        }
    }
}

/// With the parser's lines as they are, since one of them points into the line above it. They stand
/// apart, so that none can say what looks like a line of ours.
fn in_settings(path: &Path, why: &str) -> Failure {
    let why = SafeText::block(why);
    let lines = why
        .in_lines()
        .map(|line| safe_format!("    {}", line).trimmed_end());
    let what = safe_format!(
        "{} can't be understood:\n{}",
        SafeText::shown(path.display()),
        SafeText::joined(lines, "\n")
    );
    let hint = "Correct that line, or remove the file to go back to the defaults.";
    Failure::new(Exit::Failed, what).hint(hint)
}

fn hint_for(error: &WorkError) -> Option<SafeText> {
    Some(match error {
        WorkError::Index(_) => {
            "The index is derived: delete index.db in your home folder, and it is built anew.".into()
        }
        WorkError::NotFound(_) => "`mmogit thread-list` shows all threads.".into(),
        WorkError::OpenElsewhere { .. } => {
            "/save there saves it now; from then on it can be read, and gone on with, here too.".into()
        }
        WorkError::Ambiguous { candidates, .. } => {
            let mut lines = vec![SafeText::from("Name one of them:")];
            let first = candidates.iter().take(10);
            lines.extend(first.map(|thread| safe_format!("  {}", threads::candidate(thread))));
            if candidates.len() > 10 {
                lines.push(safe_format!("  … and {} more", candidates.len() - 10));
            }
            SafeText::joined(lines, "\n")
        }
        WorkError::Malformed { .. } => {
            "Earlier versions of it are in your branch's history (`git log -- PATH`).".into()
        }
        WorkError::NoSuchMessage { id, .. } => {
            safe_format!("`mmogit thread-tree {}` numbers them.", SafeText::line(id))
        }
        WorkError::Unfit { id, why, .. } => match why {
            Obstacle::Foreign(_) => {
                safe_format!(
                    "Copy it into a thread of your own: `mmogit thread-fork {}`.",
                    SafeText::line(id)
                )
            }
            Obstacle::Archived => {
                safe_format!("Bring it back first: `mmogit thread-restore {}`.", SafeText::line(id))
            }
            Obstacle::Invalid(_) => {
                safe_format!(
                    "`mmogit verify {}` shows each check; `mmogit thread-replay {}` shows the thread.",
                    SafeText::line(id),
                    SafeText::line(id)
                )
            }
            Obstacle::AllOfIt => {
                safe_format!(
                    "Copy it whole with `mmogit thread-fork {}`, or split at 2 or later.",
                    SafeText::line(id)
                )
            }
            Obstacle::Other { next, .. } => SafeText::line(next),
            Obstacle::Legacy => {
                safe_format!(
                    "Read it with `mmogit thread-replay {}`, or start a new one.",
                    SafeText::line(id)
                )
            }
        },
        WorkError::BadTitle(_) => "A title has 1 to 200 characters and fits on a line.".into(),
        WorkError::BadRoleName(_) => "A role is called like `code-reviewer`; the name is no path.".into(),
        WorkError::BadRole { .. } => {
            "A role is a text file of at most 64 KiB. Move this one away, or write it anew from a good one: \
             mmogit role edit NAME < FILE"
                .into()
        }
        WorkError::BadRoleText(_) => {
            "A role is a text of at most 64 KiB in UTF-8. Nothing was changed.".into()
        }
        WorkError::NoSuchRole { name, known } => {
            let make = safe_format!("mmogit role edit {}", SafeText::line(name));
            match known.as_slice() {
                [] => safe_format!("There are none yet. Make it: {}", make),
                known => safe_format!("There are: {}. Make it: {}", SafeText::line(&known.join(", ")), make),
            }
        }
        WorkError::Disk { .. } => "Check that it can be read and written and that there is room, or set MMOGIT_HOME to another folder.".into(),
        WorkError::BadProject => "A project's name has 1 to 200 characters and fits on a line.".into(),
        WorkError::BadTag(_) => "A tag has 1 to 50 letters, digits, - or _, as in `to-do`.".into(),
        _ => return None,
    })
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        let hint = match &error {
            TransferError::Exists(_) => "Name another place, or say --force to replace it.",
            TransferError::NotAFile(_) => {
                "Name a new file, or leave --output out to write to standard output."
            }
            TransferError::NotAFolder(_) => {
                "Name a folder, new or not, or take --format bundle for a single file."
            }
            TransferError::Disk { .. } => {
                "Check that the folder exists, can be written and has room."
            }
        };
        Failure::of(error, Some(hint.into()))
    }
}
