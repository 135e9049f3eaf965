//! How things look: pure functions from values to text, for a terminal and ([`export`]) for
//! elsewhere.
//!
//! Nothing here prints, reads the environment or asks the terminal anything; the faces pass in the
//! width and the style, and write out what they get back. Whoever shows text that someone else
//! wrote takes it through [`safe`] (plain text) or [`markdown`] (which does so itself), so that no
//! message, title or tag can steer the terminal.

pub mod agents;
pub mod code;
pub mod contacts;
pub mod counted;
pub mod doctor;
pub mod drafts;
pub mod erasure;
pub mod export;
mod imported;
pub mod imports;
pub mod info;
pub mod json;
pub mod list;
pub mod markdown;
mod one_by_one;
pub mod personas;
pub mod profiles;
pub mod projects;
pub mod readers;
pub mod replay;
pub mod safe;
pub mod search;
pub mod shared;
pub mod sync;
pub mod taken_in;
pub mod threads;
pub mod tree;
pub mod verification;
mod wrap;
