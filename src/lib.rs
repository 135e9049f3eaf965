//! mmogit: own your conversations with AI.
//!
//! Imports go down these floors only; `tests/floors` holds them to it.
//!
//! ```text
//! 5 faces   commands  chat  cli
//! 4 look    render
//! 3 work    workspace  turn  settings  prompt  backend  transfer
//! 2 disk    store  index
//! 1 trust   identity  sign  seal  verify
//! 0 words   model  bounded  process
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod backend;
pub mod bounded;
pub mod chat;
pub mod cli;
pub mod commands;
pub mod identity;
pub mod index;
pub mod model;
pub mod process;
pub mod prompt;
pub mod render;
pub mod seal;
pub mod settings;
pub mod sign;
pub mod store;
pub mod transfer;
pub mod turn;
pub mod verify;
pub mod workspace;
