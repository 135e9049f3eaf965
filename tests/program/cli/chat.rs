//! `mmogit chat` without a terminal.

mod once;
mod opening;
mod script;
mod stopping;
