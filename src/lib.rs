//! mmogit: own your conversations with AI.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod backend;
