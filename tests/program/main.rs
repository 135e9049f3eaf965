//! The built program, as scripts, people at a terminal and readers of its documents meet it.

mod cli;
mod common;
mod docs;
mod llm;
mod measure;
mod profiles;
mod pty;
mod server;
mod service;
mod shown;
#[path = "../support/mod.rs"]
mod support;
mod sync;
