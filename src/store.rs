//! Where threads rest: a bare git repository, and a journal for what is not in it yet.
//!
//! ```text
//! <home>/repo.git     branch users/<author>, .mmogit/threads/<YYYY-MM>/<DD>/<id>.json, one signed commit a session
//! <home>/journal/     one append-only file per live session, synced line by line
//! <home>/state/tips/  the newest tip seen of each branch, so that a branch moved back is noticed
//! ```
//!
//! ```text
//! objects   what git keeps, looked at before it is read: the repository, its threads, packs, ancestry
//! journal   what a live session said, and the recovery of what a dead one left
//! save      threads become part of a branch: one, many at once, or two states of it united
//! history   what a branch was: each commit checked, states compared, what was seen remembered
//! card      what an owner says of themselves, on their branch
//! filed     projects and drafts, each under its id
//! remotes   where other repositories are, and what was pushed there
//! incoming  what was fetched from one, kept apart until all of it is checked
//! erase     a thread goes: the branch written anew without it, and what nothing leads to removed
//! lock      who may write;  disk  files of the home;  error  what can go wrong
//! ```
//! Who needs both locks takes the one on tidying first, then the one on saving, and only then git's
//! own on a branch. The lock on a journal has no place in that order: others only try it, and never
//! wait for it.
//!
//! What is read here is *unverified*; only `verify` says otherwise. The store knows no clock, no
//! environment and no index: `workspace` brings those together.

mod card;
mod disk;
mod erase;
mod error;
mod filed;
mod history;
mod incoming;
mod journal;
mod lock;
mod objects;
mod remotes;
mod save;

pub use card::CardVerdict;
pub use erase::erasures::ErasureVerdict;
pub use erase::{BrokenOffErasure, Erase, Erased};
pub use error::{RepositoryKind, StoreError, Trouble};
pub use filed::{DraftVerdict, FiledEntry, FiledVerdict, ProjectVerdict};
pub use history::check::{BranchReport, CommitVerdict};
pub use history::closed::ClosedAt;
pub use history::diff::{BranchDiff, BranchTip};
pub use history::findings::{BranchFinding, CommitFinding};
pub use history::thread_commits::ThreadCommit;
pub use incoming::{Arrived, Excess, Incoming};
pub use journal::open_sessions::OpenSession;
pub use journal::recover::{ForeignJournal, LeftJournal, Recovered, Recovery};
#[cfg(feature = "internals")]
pub use journal::recover::{JournalDamage, Unvouched};
pub use journal::{Journal, JournalAgain, JournalGroup, ReplyNotes, ReplyNumber, ReplyPiece};
pub use objects::repository::{CommitId, Store};
pub use objects::threads::{ContentId, Entry, Listing};
pub use remotes::{Address, AddressFault, BadRemoteName, Remote, RemoteName};
pub use save::Save;
pub use save::batch::Batch;
pub use save::unite::{Joined, SaidSince, United};
