//! The words of the record: threads, messages, and the one form in which they are hashed and
//! signed.
//!
//! Plain values only. Nothing here touches a disk, a clock or a key, and nothing here is trusted:
//! what [`Thread::read`] returns is *well-formed*, and only [`crate::verify`] says whether it is
//! *true*. `docs/format.md` is the normative text.

mod answers;
mod card;
mod change;
mod crash;
mod derive;
mod document;
mod draft;
mod edit_distance;
#[cfg(test)]
pub(crate) mod effort;
mod embedder;
mod erasure;
mod face;
mod filed;
mod gather;
mod graph;
mod header;
mod heads;
mod hex;
mod intent;
pub mod json;
pub mod layout;
mod message;
mod opened;
mod people;
mod project;
mod read;
mod sealed;
mod stamps;
mod taken_in;
mod thread;
mod time;
mod union;
mod uuid;

pub use answers::{LateAnswer, as_a_talk};
pub use card::{Card, CardEntry, MAX_NAME_CHARACTERS, OwnerCard, unite_cards};
pub(crate) use crash::{crash_point, fault_point};
pub use derive::{Excerpt, Kinship, NoSuchMessage, derive};
pub use document::{Document, DocumentKind, Fields, Namespace};
pub use draft::{
    Applied, Draft, DraftRefusal, DraftState, DraftText, KeptDraft, OpenDraft, draft_id,
};
pub use edit_distance::edit_distance;
pub use embedder::Embedder;
pub use erasure::{ErasedId, ErasedThread, Erasure, MovedPosition};
pub use face::{Face, Mode};
pub use filed::{Filed, MAX_FILED_BYTES, filed_name, id_of_filed};
pub use graph::Graph;
pub(crate) use header::is_title;
pub use heads::Savepoint;
pub use hex::{BadHex, EncryptionKey, Hash, Nonce, ProjectNonce, PublicKey, ShortHex, Signature};
pub use intent::{Intent, NoName};
pub(crate) use message::is_content;
pub use message::{Message, MessageDraft, Role, text_of};
pub use people::Former;
pub use project::{Member, OwnedProject, Project, ProjectRefusal, is_project_name};
pub use read::{Legacy, LegacyMessage, MAX_FILE_BYTES, MAX_TITLE_CHARACTERS, Malformed, Reading};
pub use sealed::{Epoch, EpochReader, SEALED_MARK, Sealed, WRAP_BYTES, padded_length};
pub use stamps::{Changed, Hides, Hiding};
pub use thread::{Agent, Birth, State, Thread, ThreadId};
pub use time::Timestamp;
pub use union::union;
pub use uuid::{NoUuid, Uuid};
