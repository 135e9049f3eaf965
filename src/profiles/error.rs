//! What can be wrong with the profiles.

use super::{BadProfileName, ProfileName};
use std::io;
use std::path::PathBuf;

/// Why a folder or a file is not the user's alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPrivate {
    /// It leads elsewhere.
    #[error("it is a link")]
    Link,
    /// A file where a folder is to be, or the other way round.
    #[error("it is something else than it is to be")]
    OtherKind,
    /// It belongs to another user of this machine.
    #[error("it belongs to another user of this machine")]
    OtherUser,
    /// Its permission bits let others in.
    #[error("others may enter it or read it (mode {0:03o})")]
    Mode(u32),
}

/// How a register can be damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterDamage {
    /// It is no JSON, or ambiguous.
    #[error("{0}")]
    NotStrict(String),
    /// It is of another version.
    #[error("its version is not 1; a newer mmogit may read it")]
    OtherVersion,
    /// It doesn't say what a register says.
    #[error("{0}")]
    Form(String),
    /// It says no time.
    #[error("the time at which {0} was added is none")]
    Time(ProfileName),
}

/// Something about profiles that was asked for and did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ProfilesError {
    /// A name that none can have.
    #[error(transparent)]
    BadName(#[from] BadProfileName),
    /// The folder of the profiles is not there.
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// A profile has no home.
    #[error("the home {} is not there", .0.display())]
    NoHome(PathBuf),
    /// A folder or a file is not the user's alone.
    #[error("{} is not used: {why}", path.display())]
    NotPrivate {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        why: NotPrivate,
    },
    /// There are homes, but nothing that says who may log in.
    #[error("there are homes, but {} is missing, which says who may log in", .0.display())]
    RegisterMissing(PathBuf),
    /// What says who may log in is damaged.
    #[error("{} is damaged: {why}", path.display())]
    RegisterDamaged {
        /// The file.
        path: PathBuf,
        /// How.
        why: RegisterDamage,
    },
    /// Nobody has this name.
    #[error("there is no profile `{0}`")]
    Unknown(ProfileName),
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The folder or file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}
