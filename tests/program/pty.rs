//! The program as a person sees it: in a real terminal, key by key.

mod ending;
mod erase;
mod identity;
mod keys;
mod organise;
mod private;
mod reading;
mod replies;
mod secrets;
mod session;
mod stopping;
pub mod terminal;
mod width;
