//! What can go wrong on disk.

use super::journal::recover::JournalDamage;
use super::objects::ObjectError;
use super::objects::repository::branch_of;
use crate::model::{MAX_FILE_BYTES, PublicKey, ThreadId};
use crate::seal::CannotSeal;
use crate::verify::{CardFault, FiledFault};
use std::io;
use std::path::{Path, PathBuf};

/// An operation of the store that did not happen. Nothing is half-done after one.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused a file.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// libgit2 refused.
    #[error("{}: {}", path.display(), source.message())]
    Git {
        /// The repository.
        path: PathBuf,
        /// libgit2's reason.
        source: git2::Error,
    },
    /// An object is larger than what is ever read of its kind, and stays so.
    #[error("{}: it has {bytes} bytes, more than the {} MiB of {than}", path.display(), most >> 20)]
    ObjectTooLarge {
        /// The repository.
        path: PathBuf,
        /// How many bytes it has.
        bytes: usize,
        /// How many it may have.
        most: usize,
        /// What never has more: `any thread`.
        than: &'static str,
    },
    /// The repository is of a kind that libgit2 can't open.
    #[error("{} is a repository that this version can't open: it {uses}", path.display())]
    Unsupported {
        /// The repository.
        path: PathBuf,
        /// What it uses.
        uses: RepositoryKind,
    },
    /// The repository was removed while it was being made.
    #[error("{} vanished while it was made", path.display())]
    Vanished {
        /// Where it was.
        path: PathBuf,
    },
    /// Something stands where a folder or a thread should be.
    #[error("{path} on your branch is not what mmogit put there")]
    Misplaced {
        /// The path within the branch.
        path: String,
    },
    /// The card on a branch is not its owner's word, so nothing is built on it.
    #[error("the card of {}… is not theirs: {fault}", owner.short())]
    Card {
        /// Whose branch it is on.
        owner: PublicKey,
        /// What is wrong with it.
        fault: CardFault,
    },
    /// A project or a draft on a branch is not its owner's word, so nothing is built on it; or it
    /// could not be read back.
    #[error("{path}: {fault}")]
    Filed {
        /// Where it lies, or would lie, on the branch.
        path: String,
        /// What is wrong with it.
        fault: FiledFault,
    },
    /// The branch kept moving while it was being written.
    #[error("the branch was moved by another program while it was being written, again and again")]
    Contended,
    /// The thread has no room for more.
    #[error("the thread “{title}” is full: a thread's file holds at most {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge {
        /// The thread's title.
        title: String,
    },
    /// What is sealed in a thread can't be.
    #[error(transparent)]
    Sealing(#[from] CannotSeal),
    /// The thread is being talked in.
    #[error("a chat with {id} is still open")]
    InUse {
        /// The thread.
        id: ThreadId,
    },
    /// A history that its owner did not sign, or that lacks what it had, is not signed anew.
    #[error("your branch can't be written anew: {why}")]
    Untrue {
        /// What is wrong with it.
        why: String,
    },
    /// Something that was said is signed and not on disk yet, so nothing else is done with its
    /// thread.
    #[error("what was said in {id} is not on disk yet")]
    NotOnDisk {
        /// The thread.
        id: ThreadId,
    },
    /// The record knows no later time.
    #[error(
        "this machine's clock is at the end of the year 9999 or beyond, \
         after which nothing can be dated"
    )]
    NoTimeLeft,
    /// Where the author's branch should be, another reference is named.
    #[error("{branch} is no branch of its own, but another name of {target}")]
    SymbolicBranch {
        /// The repository.
        path: PathBuf,
        /// The branch.
        branch: String,
        /// What it names.
        target: String,
        /// The commit there, if there is one.
        commit: Option<String>,
    },
    /// The note of an erasure that broke off does not say which it was.
    #[error("{}, the note of the thread that was being erased, is damaged", path.display())]
    ErasureNoteDamaged {
        /// The note.
        path: PathBuf,
    },
    /// The note of what a remote had, or of what goes there, is damaged.
    #[error("{}, a note about a remote, is damaged", path.display())]
    NoteDamaged {
        /// The note.
        path: PathBuf,
    },
    /// There is a remote of this name.
    #[error("there is a remote “{name}” already")]
    RemoteExists {
        /// The name.
        name: String,
    },
    /// There is no remote of this name.
    #[error("there is no remote “{name}”")]
    NoSuchRemote {
        /// The name.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// The thread was erased, so it is not saved again.
    #[error("{id} was erased")]
    Erased {
        /// The thread.
        id: ThreadId,
    },
    /// The card on the branch names a key that took the place of the owner's. What is said after it
    /// counts for nobody, so it is not put there.
    #[error("your key has a successor, {}…, and says nothing more", by.short())]
    Succeeded {
        /// The newer key.
        by: PublicKey,
    },
    /// A journal of another author: only with their key can it be recovered.
    #[error("{} is not your journal but that of {}…", path.display(), author.short())]
    ForeignJournal {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        author: PublicKey,
    },
    /// The journal of a session is not in its place any more, or was cut: what was said last is not
    /// in it for whoever recovers it.
    #[error("{}: the journal was taken away or cut while it was written", path.display())]
    JournalLost {
        /// Where it should be.
        path: PathBuf,
    },
    /// A journal that can't be read at all.
    #[error("{} can't be read as a journal: {damage}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// Why.
        damage: JournalDamage,
    },
}

/// What a repository uses that libgit2 does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryKind {
    /// References in one file, as git 3 keeps them.
    #[error("keeps its references as a reftable")]
    Reftable,
    /// The longer names of objects.
    #[error("uses SHA-256 object names")]
    Sha256,
}

impl StoreError {
    pub(super) fn disk(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| StoreError::Disk { path, source }
    }

    pub(super) fn of_object(repository: &Path, error: ObjectError) -> Self {
        let path = repository.to_owned();
        match error {
            ObjectError::Git(source) => StoreError::Git { path, source },
            ObjectError::TooLarge { bytes, most, than } => StoreError::ObjectTooLarge {
                path,
                bytes,
                most,
                than,
            },
        }
    }

    /// Whether the disk is full or may not be written.
    pub fn is_out_of_reach(&self) -> bool {
        use io::ErrorKind::{
            FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
        };
        match self {
            StoreError::Disk { source, .. } => matches!(
                source.kind(),
                StorageFull | QuotaExceeded | FileTooLarge | ReadOnlyFilesystem | PermissionDenied
            ),
            StoreError::Git { source, .. } => source.class() == git2::ErrorClass::Os,
            _ => false,
        }
    }
}

/// Something in the store that could not be used; everything else still works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Where it is.
    pub place: String,
    /// What is wrong with it.
    pub why: String,
}

impl Trouble {
    /// What is wrong with a branch that was here before and is gone.
    pub fn branch_gone(owner: &PublicKey) -> Self {
        Self {
            place: branch_of(owner),
            why: "was here before, and is gone".to_owned(),
        }
    }

    /// What is wrong with a branch that can't be read.
    pub fn branch_unreadable(owner: &PublicKey, error: &StoreError) -> Self {
        Self {
            place: branch_of(owner),
            why: error.to_string(),
        }
    }
}
