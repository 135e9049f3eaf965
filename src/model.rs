//! The words of the record: threads, messages, and the one form in which they are hashed and
//! signed.
//!
//! Plain values only. Nothing here touches a disk, a clock or a key, and nothing here is trusted:
//! what [`Thread::read`] returns is *well-formed*, and only [`crate::verify`] says whether it is
//! *true*. `docs/format.md` is the normative text.

mod answers;
mod crash;
mod derive;
mod document;
mod edit_distance;
#[cfg(test)]
pub(crate) mod effort;
mod erasure;
mod graph;
mod header;
mod header_merge;
mod hex;
pub mod json;
pub mod layout;
mod message;
mod read;
mod thread;
mod time;
mod union;

pub use answers::LateAnswer;
pub(crate) use crash::crash_point;
pub use derive::{Excerpt, Kinship, NoSuchMessage, derive};
pub use document::{Document, DocumentKind, Fields, Namespace};
pub use edit_distance::edit_distance;
pub use erasure::{ErasedId, ErasedThread, Erasure};
pub use graph::Graph;
pub use header_merge::merge_header;
pub use hex::{BadHex, Hash, PublicKey, ShortHex, Signature};
pub use message::{Message, MessageDraft, Role, text_of};
pub use read::{Legacy, LegacyMessage, MAX_FILE_BYTES, MAX_TITLE_CHARACTERS, Malformed, Reading};
pub use thread::{Agent, Birth, State, Thread, ThreadId};
pub use time::Timestamp;
pub use union::{union, union_since};
