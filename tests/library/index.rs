//! The index beside a store: it says what the branches hold, however it got there and whatever
//! becomes of its file.

mod common;
mod damage;
mod following;
mod listing;
mod messages;
mod processes;
mod properties;
mod searching;
