//! What can go wrong with a conversation.

use super::{MOST_ACTIVE, MOST_TAGS};
use crate::model::{DraftRefusal, ProjectRefusal};
use crate::store::StoreError;
use crate::turn::{SayingError, WakeError};
use crate::workspace::{BadName, BadTitle, WorkError};

/// What is not done, for a reason that its user can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is none, or it belongs to somebody else: the two can't be told apart.
    #[error("Conversation not found or access denied")]
    NotFound,
    /// There is no such project, or its user has no part in it.
    #[error("Project not found or access denied")]
    NoProject,
    /// There is no such draft, or it belongs to somebody else, or to a project in which its user has
    /// no part.
    #[error("Linked draft not found or access denied")]
    NoDraft,
    /// The draft is there, and is not its user's word or can't be opened.
    #[error("Draft can't be verified or read")]
    UntrueDraft,
    /// More than is ever kept of one.
    #[error("Draft is too large to be kept")]
    DraftTooLarge,
    /// What became of the draft does not allow it.
    #[error(transparent)]
    Draft(#[from] DraftRefusal),
    /// Its owner has a project that looks the same.
    #[error("You have a project of this name already")]
    ProjectExists,
    /// The name of the project is not accepted.
    #[error("Invalid project name: {0}")]
    ProjectName(BadName),
    /// It is somebody else's project.
    #[error("Only the owner of a project says who its members are")]
    NotProjectOwner,
    /// Nobody in the project is called so.
    #[error("Member not found")]
    NoMember,
    /// What the project says of its members does not allow it.
    #[error("Members stay as they are: {0}")]
    Membership(ProjectRefusal),
    /// It is archived, so it only can be read.
    #[error("Conversation is archived and read-only")]
    Archived,
    /// Its user has as many in use as there may be.
    #[error("Maximum of {MOST_ACTIVE} active conversations reached")]
    TooManyActive,
    /// Its thread is there, and not true or of another form, so nothing is said in it.
    #[error("Conversation can't be verified, and is read-only")]
    Untrue,
    /// Its thread's file can't be read, or is no thread any more.
    #[error("Conversation can't be read")]
    Unreadable,
    /// More `@tags` stand in it than may.
    #[error("Message has {count} tags; at most {MOST_TAGS} are allowed")]
    TooManyTags {
        /// How many.
        count: usize,
    },
    /// The title is not accepted.
    #[error(transparent)]
    Title(#[from] BadTitle),
    /// What it is for is said in too many words, or with control characters.
    #[error("Intent context must be 1 to 1000 characters without control characters")]
    IntentContext,
}

/// A step on a conversation that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// It is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The threads.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The store or the journal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It can't be said in the thread.
    #[error(transparent)]
    Saying(#[from] SayingError),
    /// The session that was held is another home's.
    #[error(transparent)]
    NotWoken(WakeError),
    /// The group that the message was staged with was not written.
    #[error("the messages could not be written: {0}")]
    GroupNotWritten(String),
    /// Other programs kept changing the branch while the conversations in use were counted.
    #[error("the conversations kept changing while they were counted")]
    Unsettled,
}
