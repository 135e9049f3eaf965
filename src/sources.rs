//! What other programs kept of conversations: their files, read and never believed.
//!
//! ```text
//! sniff         which program wrote a file, by how it begins
//! zipped        exports that come as a zip
//! pieces        JSON of any size, cut into its records without being held
//! json          a record as a value, with what programs get wrong
//! conversation  what a record says, whoever wrote it
//! tree          messages that name the one before them, put in order
//! read          the small words that all formats are read with
//! chatgpt  claude  plain  markdown   one format each: from a record to a conversation
//! ```
//!
//! A format says what stands in its file; what becomes of that is `transfer`'s affair. What can't be
//! read is told and counted, and all else goes on.

mod chatgpt;
mod claude;
mod conversation;
mod error;
mod file;
mod json;
mod markdown;
mod pieces;
mod plain;
mod read;
mod sniff;
mod tree;
mod zipped;

pub use conversation::{Conversation, SourceMessage, Speaker, Unknown, Usage};
pub use error::{Skip, SkipReason, SourceError};
pub use file::{Found, Kind, Source};
#[cfg(feature = "internals")]
pub use pieces::{Piece, Pieces, Shape};
