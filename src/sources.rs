//! What other programs kept of conversations: their files, read and never believed.
//!
//! ```text
//! sniff         which program wrote a file, by how it begins
//! database      databases, opened so that nothing in them acts
//! folder        all files of a folder that are of some kind
//! zipped        exports that come as a zip
//! pieces        JSON of any size, cut into its records without being held
//! lines         JSON a line each, as programs append it to a transcript
//! json          a record as a value, with what programs get wrong
//! conversation  what a record says, whoever wrote it
//! tree          messages that name the one before them, put in order
//! read          the small words that all formats are read with
//! blocks        what messages of Claude consist of
//! transcript    the lines of one file, while they become conversations
//! chatgpt  claude  plain  markdown   one format each: from a record to a conversation
//! claude_code  codex                 one each: from all lines of a transcript
//! llm                                from the rows of a database
//! ```
//!
//! A format says what stands in its file; what becomes of that is `transfer`'s affair. What can't be
//! read is told and counted, and all else goes on.

mod blocks;
mod chatgpt;
mod claude;
mod claude_code;
mod codex;
mod conversation;
mod database;
mod error;
mod file;
mod folder;
mod json;
mod lines;
mod llm;
mod markdown;
mod pieces;
mod plain;
mod read;
mod sniff;
mod transcript;
mod tree;
mod zipped;

pub use conversation::{Conversation, SourceMessage, Speaker, Unknown, Usage};
pub use database::open_to_read;
pub use error::{OtherFile, Skip, SkipReason, SourceError};
pub use file::{Found, Kind, Source};
pub use folder::Folder;
#[cfg(feature = "internals")]
pub use pieces::{Piece, Pieces, Shape};
