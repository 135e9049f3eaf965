//! What all commands share at the edge of the program: the terminal, the environment, and how a
//! failure is told.
//!
//! Environment, clock, randomness, printing and exit codes live here and nowhere below.

mod descriptors;
mod editor;
mod environment;
mod failure;
mod live_line;
mod notices;
pub mod pager;
mod passphrase;
mod progress;
mod shell;
mod ui;
mod unlock;
mod words;

pub use descriptors::keep_from_children;
pub use editor::{Draft, write_in_editor};
pub use environment::Environment;
pub use failure::{Exit, Failure};
pub use live_line::LiveLine;
pub use passphrase::another_passphrase;
pub use progress::Progress;
pub use ui::Ui;
pub use unlock::{
    finish_broken_off_erasure, identity_for_chat, keys_of_owner, new_passphrase, open, recover,
    recover_if_unlocked, unlock,
};
pub use words::{Advice, after_no_reply, after_notice, quoted};
