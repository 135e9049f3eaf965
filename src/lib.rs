//! mmogit: own your conversations with AI.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod backend;
pub mod identity;
pub mod model;
pub mod seal;
pub mod sign;
pub mod verify;
