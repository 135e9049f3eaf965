//! Where threads rest: a bare git repository, and a journal for what is not in it yet.
//!
//! ```text
//! <home>/repo.git     branch users/<author>, .mmogit/threads/<YYYY-MM>/<DD>/<id>.json, one signed commit a session
//! <home>/journal/     one append-only file per live session, synced line by line
//! <home>/state/tips/  the newest tip seen of each branch, so that a branch moved back is noticed
//! ```
//! What is read here is *unverified*; only `verify` says otherwise. The store knows no clock, no
//! environment and no index: `workspace` brings those together.

mod disk;
mod erase;
mod error;
mod history;
mod journal;
mod lock;
mod objects;
mod save;

pub use erase::erasures::ErasureVerdict;
pub use erase::roots::Remote;
pub use erase::{BrokenOffErasure, Erase, Erased};
pub use error::{RepositoryKind, StoreError, Trouble};
pub use history::check::{BranchReport, CommitVerdict};
pub use history::diff::{BranchDiff, BranchTip};
pub use history::findings::{BranchFinding, CommitFinding};
pub use history::thread_commits::ThreadCommit;
pub use journal::open_sessions::OpenSession;
pub use journal::recover::{ForeignJournal, LeftJournal, Recovered, Recovery};
pub use journal::{Journal, ReplyNotes, ReplyNumber, ReplyPiece};
pub use objects::repository::{CommitId, Store};
pub use objects::threads::{ContentId, Entry, Listing};
pub use save::Save;
pub use save::batch::Batch;
pub use save::unite::United;
