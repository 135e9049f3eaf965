//! The words for what comes from below: the next step, as a person takes it here, with commands and
//! flags. What lies below names kinds; each floor whose errors are told has a file.

mod backend;
mod branch;
mod identity;
mod store;
mod transfer;
mod work;

pub use backend::{after_no_reply, after_notice};
pub use branch::{Advice, quoted};
