//! What can go wrong at work.

use super::card::BadName;
use super::contacts::ContactError;
use super::kept_drafts::DraftError;
use super::limits::{BadTag, BadTitle};
use super::personas::{BadPersonaName, BadPersonaText};
use super::projects::ProjectError;
use crate::identity::VaultError;
use crate::index::{IndexError, Summary};
use crate::model::{EncryptionKey, Malformed, NoSuchMessage, PublicKey, ThreadId};
use crate::seal::CannotSeal;
use crate::store::StoreError;
use crate::verify::{CannotSpeak, CardFault, Untrue};
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Something that was asked for and did not happen.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The settings can't be read.
    #[error("{}: {why}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Where and why.
        why: String,
    },
    /// The system refused a file.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The identity.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The contacts.
    #[error(transparent)]
    Contacts(#[from] ContactError),
    /// A name that is not accepted.
    #[error("{0}")]
    BadName(BadName),
    /// The card on a branch is not its owner's word.
    #[error("the card of {}… is not theirs: {fault}", owner.short())]
    Card {
        /// Whose branch it is on.
        owner: PublicKey,
        /// What is wrong with it.
        fault: CardFault,
    },
    /// The owner's card names an encryption key that does not follow from their words.
    #[error(
        "your card names the encryption key {}…, which does not follow from your words: \
         what is sealed for it you could never open",
        named.short()
    )]
    OtherEncryptionKey {
        /// The key that the card names.
        named: EncryptionKey,
    },
    /// Another key says that it took the place of somebody's, so nothing is sealed for that.
    #[error("{}… says that it took the place of {who}, so nothing is sealed for the older key", newer.short())]
    GivenUp {
        /// Whose key it is.
        who: String,
        /// The newer key, or one of those that say so.
        newer: PublicKey,
    },
    /// No card of somebody is known here, so nothing can be sealed for them.
    #[error("no card of {who} is known here, so nothing can be sealed for them")]
    NoCard {
        /// Who.
        who: String,
    },
    /// What is sealed in a thread can't be.
    #[error(transparent)]
    Sealing(#[from] CannotSeal),
    /// The owner's key has a successor, so nothing more is said with it.
    #[error("your key has a successor, {}…, and says nothing more", by.short())]
    Succeeded {
        /// The newer key.
        by: PublicKey,
    },
    /// A server is at work on the home, or a rotation.
    #[error("a server is at work on this home{}", of_process(*pid))]
    Served {
        /// That process, if its file says so.
        pid: Option<u32>,
    },
    /// The owner has no agent of this name.
    #[error("there is no agent `{name}`")]
    NoSuchAgent {
        /// What was asked for.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// The index, and reading without it, failed.
    #[error("the threads can't be searched: {0}")]
    Index(#[from] IndexError),
    /// No thread matches.
    #[error("Thread not found: {0}")]
    NotFound(String),
    /// None matches of those that could be looked at.
    #[error("Thread not found: {query}, and {sealed} sealed one{} could not be looked at", if *sealed == 1 { "" } else { "s" })]
    NotFoundInOpen {
        /// What was asked for.
        query: String,
        /// How many are sealed, and were not opened.
        sealed: usize,
    },
    /// The owner erased it, and others keep their copies.
    #[error("{0} was erased by you, and what others keep of it is not shown")]
    ErasedByYou(ThreadId),
    /// Another process has it, and has not saved it yet.
    #[error("“{title}” ({id}) is open in another session, and not saved yet")]
    OpenElsewhere {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
    },
    /// Several threads match.
    #[error("“{query}” fits {} threads", candidates.len())]
    Ambiguous {
        /// What was asked for.
        query: String,
        /// What it fits, newest first.
        candidates: Vec<Summary>,
    },
    /// The file is no thread.
    #[error("{path} is not a thread: {why}")]
    Malformed {
        /// The file, within the branch.
        path: String,
        /// Why.
        why: Malformed,
    },
    /// The file of a thread can't be read.
    #[error("{path} can't be read: {why}")]
    Unreadable {
        /// The file, within the branch.
        path: String,
        /// Why not.
        why: String,
    },
    /// The thread can be read, but not be used as was asked.
    #[error("{id} can't be {what}: {why}")]
    Unfit {
        /// The thread.
        id: String,
        /// What was to be done with it.
        what: Purpose,
        /// Why not.
        why: Obstacle,
    },
    /// The thread does not show so many messages.
    #[error("{id}: {why}")]
    NoSuchMessage {
        /// The thread.
        id: String,
        /// Which, of how many.
        why: NoSuchMessage,
    },
    /// A title that is not accepted.
    #[error("{0}")]
    BadTitle(#[from] BadTitle),
    /// A tag that is not accepted.
    #[error("{0}")]
    BadTag(BadTag),
    /// The name of a project is not accepted.
    #[error("the name of the project is not accepted")]
    BadProject,
    /// A label that would be taken for a project.
    #[error("the label is like the id of a project")]
    BadLabel,
    /// A project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// A persona's name that is not accepted.
    #[error("{0}")]
    BadPersonaName(BadPersonaName),
    /// A persona's file that is none.
    #[error("{} is no persona: {why}", path.display())]
    BadPersona {
        /// The file.
        path: PathBuf,
        /// Why.
        why: BadPersonaText,
    },
    /// A text that can't be a persona's.
    #[error("the text is not accepted: {0}")]
    BadPersonaText(BadPersonaText),
    /// No persona has this name.
    #[error("there is no persona `{name}`")]
    NoSuchPersona {
        /// What was asked for.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
}

/// Why a thread can't be gone on with, changed or copied.
#[derive(Debug, thiserror::Error)]
pub enum Obstacle {
    /// The older mmogit wrote it.
    #[error("it was written by the older mmogit, and nothing proves it")]
    Legacy,
    /// It is somebody else's.
    #[error("it belongs to {}…", .0.short())]
    Foreign(PublicKey),
    /// It is somebody else's, and the owner was dropped from it.
    #[error("{}…, to whom it belongs, dropped you from it", .0.short())]
    Dropped(PublicKey),
    /// It is the owner's own, in which they always have a part.
    #[error("it is yours, and you always have a part in it")]
    Yours,
    /// What its people say together would not be true in one copy.
    #[error("what its people said does not verify together: {0}")]
    UntrueTogether(Untrue),
    /// It is sealed, and its author's own copy, which alone says for whom, is not here.
    #[error("it is sealed, and the copy of its author, which alone says for whom, is not here")]
    AuthorsCopyMissing,
    /// A key signed some of it after another key had taken its place.
    #[error(
        "{}… signed some of it after {}… had taken its place, and that counts for nothing",
        older.short(),
        newer.short()
    )]
    AfterSuccession {
        /// The older key.
        older: PublicKey,
        /// The newer one.
        newer: PublicKey,
    },
    /// What is said in it now is sealed, and the owner is none of its readers.
    #[error("what is said in it now is sealed for others")]
    SealedForOthers,
    /// It was put away.
    #[error("it is archived")]
    Archived,
    /// Something in it is not true.
    #[error("it does not verify: {0}")]
    Invalid(Untrue),
    /// The part that was asked for is all of it.
    #[error("from message 1 on it is the whole conversation")]
    AllOfIt,
    /// It can't be merged with itself.
    #[error("it can't be merged with itself")]
    Itself,
    /// The thread that it was to be merged with is of another mode.
    #[error("its mode is {mode}, that of {other} is {other_mode}")]
    OtherMode {
        /// Its own.
        mode: String,
        /// The other thread.
        other: ThreadId,
        /// That one's.
        other_mode: String,
    },
    /// The thread that it was to be merged with belongs to another project.
    #[error("{other} belongs to another project")]
    OtherProject {
        /// The other thread.
        other: ThreadId,
    },
    /// Of what was to be copied, one conversation shows no message.
    #[error("there is a conversation without a message, which leaves nothing to copy")]
    NothingToCopy,
    /// It is good, and what would be made of it is not.
    #[error("in a thread of yours it would not verify: {0}")]
    UntrueAsCopy(Untrue),
    /// It is on somebody else's branch, who alone could sign that without it.
    #[error("it is on the branch of {}…, who alone can sign that anew", .0.short())]
    OnBranchOf(PublicKey),
}

impl From<CannotSpeak> for Obstacle {
    fn from(why: CannotSpeak) -> Self {
        match why {
            CannotSpeak::NoPart { author } => Self::Foreign(author),
            CannotSpeak::Dropped { author } => Self::Dropped(author),
            CannotSpeak::Untrue(untrue) => Self::UntrueTogether(untrue),
        }
    }
}

/// What was to be done with a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To speak in it.
    Continue,
    /// To change its title, its tags, its state, or what it shows.
    Change,
    /// To say who has a part in it.
    ChangePeople,
    /// To copy it into another one.
    Copy,
    /// To copy its end into another one.
    Split,
    /// To copy it and another one into a third.
    Merge,
    /// To take it out of the history.
    Erase,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::Continue => "continued",
            Purpose::Change | Purpose::ChangePeople => "changed",
            Purpose::Copy => "copied",
            Purpose::Split => "split",
            Purpose::Merge => "merged",
            Purpose::Erase => "erased",
        })
    }
}

impl WorkError {
    /// Whether it is about the file of one thread alone, which can't be read or is none: others can be
    /// worked with all the same.
    pub fn is_of_file(&self) -> bool {
        matches!(self, Self::Malformed { .. } | Self::Unreadable { .. })
    }
}

fn of_process(pid: Option<u32>) -> String {
    pid.map_or(String::new(), |pid| format!(": process {pid}"))
}
