//! mmogit: own your conversations with AI.
//!
//! Imports go down these floors only; `tests/library/floors.rs` holds them to it.
//!
//! ```text
//! 5 faces   commands  chat  cli  server
//! 4 look    render
//! 3 work    workspace  turn  buffer  service  settings  prompt  backend  sources  transfer  sync  profiles
//! 2 disk    store  index  mirror  audit
//! 1 trust   identity  sign  seal  verify
//! 0 words   model  home  files  locked  bounded  in_memory  process  secrets
//! ```
//!
//! Other programs may build on [`model`], [`sign`], [`verify`] and [`identity`]; the rest is the
//! program's own and changes with it.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod identity;
pub mod model;
pub mod sign;
pub mod verify;

// The inner rooms: private, so that the compiler finds what nobody uses. The feature `internals` opens
// them for the tests, the benchmarks and the fuzz targets of this package.
#[cfg(feature = "internals")]
pub mod audit;
#[cfg(feature = "internals")]
pub mod backend;
#[cfg(feature = "internals")]
pub mod bounded;
#[cfg(feature = "internals")]
pub mod buffer;
#[cfg(feature = "internals")]
pub mod chat;
#[cfg(feature = "internals")]
pub mod cli;
#[cfg(feature = "internals")]
pub mod commands;
#[cfg(feature = "internals")]
pub mod files;
#[cfg(feature = "internals")]
pub mod home;
#[cfg(feature = "internals")]
pub mod in_memory;
#[cfg(feature = "internals")]
pub mod index;
#[cfg(feature = "internals")]
pub mod locked;
#[cfg(feature = "internals")]
pub mod mirror;
#[cfg(feature = "internals")]
pub mod process;
#[cfg(feature = "internals")]
pub mod profiles;
#[cfg(feature = "internals")]
pub mod prompt;
#[cfg(feature = "internals")]
pub mod render;
#[cfg(feature = "internals")]
pub mod seal;
#[cfg(feature = "internals")]
pub mod secrets;
#[cfg(feature = "internals")]
pub mod server;
#[cfg(feature = "internals")]
pub mod service;
#[cfg(feature = "internals")]
pub mod settings;
#[cfg(feature = "internals")]
pub mod sources;
#[cfg(feature = "internals")]
pub mod store;
#[cfg(feature = "internals")]
pub mod sync;
#[cfg(feature = "internals")]
pub mod transfer;
#[cfg(feature = "internals")]
pub mod turn;
#[cfg(feature = "internals")]
pub mod workspace;

#[cfg(not(feature = "internals"))]
mod audit;
#[cfg(not(feature = "internals"))]
mod backend;
#[cfg(not(feature = "internals"))]
mod bounded;
#[cfg(not(feature = "internals"))]
mod buffer;
#[cfg(not(feature = "internals"))]
mod chat;
#[cfg(not(feature = "internals"))]
mod cli;
#[cfg(not(feature = "internals"))]
mod commands;
#[cfg(not(feature = "internals"))]
mod files;
#[cfg(not(feature = "internals"))]
mod home;
#[cfg(not(feature = "internals"))]
mod in_memory;
#[cfg(not(feature = "internals"))]
mod index;
#[cfg(not(feature = "internals"))]
mod locked;
#[cfg(not(feature = "internals"))]
mod mirror;
#[cfg(not(feature = "internals"))]
mod process;
#[cfg(not(feature = "internals"))]
mod profiles;
#[cfg(not(feature = "internals"))]
mod prompt;
#[cfg(not(feature = "internals"))]
mod render;
#[cfg(not(feature = "internals"))]
mod seal;
#[cfg(not(feature = "internals"))]
mod secrets;
#[cfg(not(feature = "internals"))]
mod server;
#[cfg(not(feature = "internals"))]
mod service;
#[cfg(not(feature = "internals"))]
mod settings;
#[cfg(not(feature = "internals"))]
mod sources;
#[cfg(not(feature = "internals"))]
mod store;
#[cfg(not(feature = "internals"))]
mod sync;
#[cfg(not(feature = "internals"))]
mod transfer;
#[cfg(not(feature = "internals"))]
mod turn;
#[cfg(not(feature = "internals"))]
mod workspace;

/// Runs the program `mmogit` with the arguments of this process.
#[doc(hidden)]
pub fn main() -> std::process::ExitCode {
    commands::main().into()
}
