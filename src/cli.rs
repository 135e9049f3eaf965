//! What all commands share at the edge of the program: the terminal, the environment, and how a
//! failure is told.
//!
//! Environment, clock, randomness, printing and exit codes live here and nowhere below.

pub mod core_dump;
mod descriptors;
mod editor;
mod environment;
mod failure;
mod live_line;
mod notices;
mod opening;
pub mod pager;
mod passphrase;
mod profiles;
mod progress;
mod shell;
mod syncing;
mod ui;
mod unlock;
mod words;

pub use descriptors::keep_from_children;
pub use editor::{EditorFile, EditorPlace, write_in_editor};
pub use environment::Environment;
pub use failure::{Exit, Failure};
pub use live_line::LiveLine;
pub use opening::ThreadOpener;
pub use passphrase::another_passphrase;
pub use profiles::profiles_folder;
pub use progress::Progress;
pub use syncing::{Exchange, hint_after, names_of_people, remote_to_sync, sync_on_exit};
pub use ui::Ui;
pub use unlock::{
    ensure_card, finish_broken_off_erasure, identity_for_chat, keys_if_unlocked, keys_of_owner,
    keys_to_rotate, login_passphrase, new_passphrase, newer_passphrase, open, recover,
    recover_if_unlocked, unlock, unlock_newer,
};
pub use words::{
    Advice, after_fault, after_no_reply, after_notice, after_refusal, one_of_the_remotes, quoted,
};
