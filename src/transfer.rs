//! Taking threads elsewhere and bringing them back: bundles, files, imports.
//!
//! What is exported proves itself: a thread's file is whole, and a [`bundle`] is many of them with
//! the program that checks them. What is imported is checked first, and nothing is taken on
//! anyone's word. How an export looks to a person is `render`'s affair.

pub mod bundle;
mod error;
mod files;
mod import;
mod said_since;
mod taken_in;

pub use error::TransferError;
pub use files::{
    ExportFile, Names, make_folder, refuse_existing, sync_folder, write, write_all, write_one,
};
pub use import::{Import, ImportFinding, ImportMode, ImportOutcome, import_all};
pub use said_since::keep_said_since;
pub use taken_in::{
    Given, Redacted, Secrets, TakenConversation, TakenIn, TakenOutcome, WouldLieOpen, take_in_all,
};
