//! mmogit: own your conversations with AI.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod backend;
pub mod config;
pub mod context;
pub mod identity;
pub mod model;
pub mod seal;
pub mod sign;
pub mod store;
pub mod turn;
pub mod verify;
pub mod workspace;
pub mod render;
