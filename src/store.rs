//! Where threads rest: a bare git repository, and a journal for what is not in it yet.
//!
//! ```text
//! <home>/repo.git     branch users/<author>, .mmogit/threads/<YYYY-MM>/<DD>/<id>.json, one signed commit a session
//! <home>/journal/     one append-only file per live session, synced line by line
//! <home>/state/tips/  the newest tip seen of each branch, so that a branch moved back is noticed
//! ```
//! What is read here is *unverified*; only `verify` says otherwise. The store knows no clock, no
//! environment and no index: `workspace` brings those together.

mod batch;
mod changes;
mod commit;
mod disk;
mod erase;
mod erasures;
mod error;
mod files;
mod findings;
mod history;
mod holders;
mod journal;
mod live;
mod lock;
mod losses;
mod objects;
mod pack;
mod prune;
mod recover;
mod repository;
mod rewrite;
mod save;
mod tips;
mod touched;
mod unite;

pub use batch::Batch;
pub use changes::{Changes, Tip};
pub use erase::{Erase, Erased, ReadyErasure};
pub use erasures::ErasureVerdict;
pub use error::{StoreError, Trouble};
pub use files::{Entry, Listing, places_of};
pub use findings::{BranchFinding, CommitFinding};
pub use history::{BranchReport, CommitVerdict};
pub use journal::{Journal, Partial};
pub use live::OpenSession;
pub use recover::Recovered;
pub use repository::{CommitId, Store};
pub use save::{Save, Saved};
pub use touched::Touch;
pub use unite::United;
