//! The words for what comes from below: the next step, as a person takes it here, with commands and
//! flags. What lies below names kinds; each floor whose errors are told has a file.

mod backend;
mod branch;
mod contacts;
mod documents;
mod identity;
mod profiles;
mod sealing;
mod server;
mod store;
mod sync;
mod transfer;
mod work;

pub use backend::{after_no_reply, after_notice};
pub use branch::{Advice, quoted};
pub use documents::after_refusal;
pub use store::one_of_the_remotes;
pub use sync::after_fault;
