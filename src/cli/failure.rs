//! How a failure is told: what happened, why, what to do next, and the exit code.

use crate::identity::{BadWords, VaultError};
use crate::seal::CannotOpen;
use crate::store::StoreError;
use crate::transfer::TransferError;
use crate::turn::TurnError;
use crate::workspace::{Obstacle, WorkError};
use std::io;
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

/// The one error of the edge.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, and its causes.
    pub error: anyhow::Error,
    /// The next step.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure in words.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, error: anyhow::Error::msg(what.into()), hint: None }
    }

    /// With a next step.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A failure that has been told already; only its exit code is left to give.
    pub fn told(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    fn of(error: impl Into<anyhow::Error>, hint: Option<String>) -> Self {
        Self { exit: Exit::Failed, error: error.into(), hint }
    }

    /// The lines for standard error; none if it has been told.
    pub fn lines(&self) -> Vec<String> {
        let what = self.error.to_string();
        if what.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![format!("error: {what}")];
        let mut told = what;
        for cause in self.error.chain().skip(1).map(ToString::to_string) {
            if !told.contains(&cause) {
                lines.push(format!("  because: {cause}"));
            }
            told = cause;
        }
        lines.extend(self.hint.as_ref().map(|hint| format!("hint: {hint}")));
        lines
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { exit: Exit::Failed, error, hint: None }
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
            VaultError::Exists(path) => format!(
                "It is kept as it is. `mmogit identity` shows whose it is. For another identity beside it, set MMOGIT_HOME \
                 to another folder; to replace it, first move {} away.",
                path.display()
            ),
            VaultError::Permissions { path, .. } => {
                format!("Only you may read it: chmod 600 {}", path.display())
            }
            VaultError::Damaged { path, .. } => format!(
                "Move {} away and bring your identity back with `mmogit init --recover` and your words.",
                path.display()
            ),
            VaultError::Locked => "Run this in a terminal, or name a file that holds the passphrase in \
                                   MMOGIT_PASSPHRASE_FILE."
                .into(),
            VaultError::CannotOpen(CannotOpen::WrongPassphraseOrAltered) => "Try again. If the passphrase is lost, your \
                 words still bring the identity back: `mmogit init --recover` with MMOGIT_HOME set to a new folder."
                .into(),
            VaultError::CannotOpen(CannotOpen::Unreasonable) => {
                "The file was altered; bring your identity back with `mmogit init --recover`.".into()
            }
            VaultError::Disk { .. } => "Check that the folder exists, can be written and has room.".into(),
        };
        Failure::of(error, Some(hint))
    }
}

impl From<BadWords> for Failure {
    fn from(error: BadWords) -> Self {
        let hint = "Compare the words with what you wrote down, then try again.".to_owned();
        Failure { exit: Exit::Usage, ..Failure::of(error, Some(hint)) }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            _ if error.is_out_of_reach() => {
                Some("Make room or make the folder writable; nothing that was accepted is lost.".to_owned())
            }
            StoreError::Misplaced { path } => Some(format!(
                "Something else wrote {path} into your branch; look with `git -C ~/.mmogit/repo.git log`."
            )),
            StoreError::TooLarge { .. } => Some("Go on in a new thread: `mmogit chat`.".to_owned()),
            StoreError::InUse { .. } => Some("End that chat, then try again.".to_owned()),
            StoreError::Untrue { .. } => {
                Some("`mmogit verify` shows each finding; nothing was changed.".to_owned())
            }
            StoreError::Erased { .. } => {
                Some("Nothing was saved: what was erased is not brought back.".to_owned())
            }
            StoreError::Contended => Some("Try again; nothing that was accepted is lost.".to_owned()),
            StoreError::Journal { .. } => {
                Some("`mmogit doctor` shows what is in the journal folder.".to_owned())
            }
            StoreError::Git { .. } => Some("`mmogit doctor` checks the repository.".to_owned()),
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
            error => {
                let hint = hint_for(&error);
                let exit = match &error {
                    WorkError::BadTitle(_)
                    | WorkError::BadTag(_)
                    | WorkError::BadRoleName(_)
                    | WorkError::BadRoleText(_)
                    | WorkError::NoSuchMessage { .. } => Exit::Usage,
                    _ => Exit::Failed,
                };
                Failure { exit, ..Failure::of(error, hint) }
            }
        }
    }
}

fn hint_for(error: &WorkError) -> Option<String> {
    Some(match error {
        WorkError::Config { .. } => {
            "Correct that line, or remove the file to go back to the defaults.".to_owned()
        }
        WorkError::Index(_) => {
            "The index is derived: delete index.db in your home folder, and it is built anew.".to_owned()
        }
        WorkError::NotFound(_) => "`mmogit thread-list` shows all threads.".to_owned(),
        WorkError::Ambiguous { candidates, .. } => {
            let mut lines = vec!["Name one of them:".to_owned()];
            lines.extend(candidates.iter().take(10).map(|thread| {
                let name = thread.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".json");
                format!("  {name}  {}", crate::render::safe::safe_line(&thread.title))
            }));
            if candidates.len() > 10 {
                lines.push(format!("  … and {} more", candidates.len() - 10));
            }
            lines.join("\n")
        }
        WorkError::Malformed { .. } => {
            "Earlier versions of it are in your branch's history (`git log -- PATH`).".to_owned()
        }
        WorkError::NoSuchMessage { id, .. } => format!("`mmogit thread-tree {id}` numbers them."),
        WorkError::Unfit { id, why, .. } => match why {
            Obstacle::Foreign(_) => {
                format!("Copy it into a thread of your own: `mmogit thread-fork {id}`.")
            }
            Obstacle::Archived => format!("Bring it back first: `mmogit thread-restore {id}`."),
            Obstacle::Invalid(_) => {
                format!(
                    "`mmogit verify {id}` shows each check; `mmogit thread-replay {id}` shows the thread."
                )
            }
            Obstacle::Other { next, .. } => next.clone(),
            Obstacle::Legacy => {
                format!("Read it with `mmogit thread-replay {id}`, or start a new one.")
            }
        },
        WorkError::BadTitle(_) => "A title has 1 to 200 characters and fits on a line.".to_owned(),
        WorkError::BadRoleName(_) => "A role is called like `code-reviewer`; the name is no path.".to_owned(),
        WorkError::BadRole { .. } => {
            "A role is a text file of at most 64 KiB. Move this one away, or write it anew from a good one: \
             mmogit role edit NAME < FILE"
                .to_owned()
        }
        WorkError::BadRoleText(_) => {
            "A role is a text of at most 64 KiB in UTF-8. Nothing was changed.".to_owned()
        }
        WorkError::NoSuchRole { name, known } => {
            let make = format!("mmogit role edit {name}");
            match known.as_slice() {
                [] => format!("There are none yet. Make it: {make}"),
                known => format!("There are: {}. Make it: {make}", known.join(", ")),
            }
        }
        WorkError::BadTag(_) => "A tag has 1 to 50 letters, digits, - or _, as in `to-do`.".to_owned(),
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
            TransferError::Disk { .. } => "Check that the folder exists, can be written and has room.",
        };
        Failure::of(error, Some(hint.to_owned()))
    }
}

impl From<TurnError> for Failure {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::NoReply(none) => {
                let hint = (!none.hint.is_empty()).then(|| none.hint.clone());
                Failure { exit: Exit::NoReply, ..Failure::of(none, hint) }
            }
            TurnError::Store(error) => error.into(),
            TurnError::NothingToAnswer => Failure::of(error, Some("Say something first.".to_owned())),
        }
    }
}
