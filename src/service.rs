//! Conversations as a service for programs: threads with `face: service`, each a conversation of its
//! own, with titles, archive, structured content, intents and `@tags`.
//!
//! ```text
//! conversations   the sessions that are held open, and each step in them
//! threads         which threads are conversations, and which of them are true
//! older_keys      going on with conversations under a newer key
//! shown, shown_names  what programs see of a conversation, a message and its names
//! content         what a message holds: a text, or blocks
//! search, figures  what is found in them, and what is counted
//! projects, drafts  those that programs may see, and each step with them
//! names_in_text, scope, tags, brought, preview
//!                 the `@tags` of a text, what each stands for, and what it brings into the prompt
//! ```
//!
//! The threads are the truth, as they are for the buffers. Nothing here changes or removes a
//! message, makes a title, or looks into another conversation unless a message names it.

mod asking;
mod brought;
mod content;
mod conversations;
mod create;
mod drafts;
mod error;
mod figures;
mod group;
mod names;
mod names_in_text;
mod new_message;
mod older_keys;
mod preview;
mod projects;
mod scope;
mod search;
mod shown;
mod shown_names;
mod tags;
mod threads;

pub use content::{BadContent, Content};
pub use conversations::{Changes, Conversations, NotEnded};
pub use create::NewConversation;
pub use drafts::{DraftAct, DraftQuery, SeenDraft, act_on_draft, decided_drafts, draft, drafts};
pub use error::{Refusal, ServiceError};
pub use figures::{Figures, figures};
pub use group::{Committed, Staged};
pub use names::{KnownName, names_beginning_with, names_reached};
pub use new_message::NewMessage;
pub use preview::{PreviewedSource, preview};
pub use projects::{begin_project, let_in, project, project_name, projects, put_out};
pub use scope::Scope;
pub use search::{FoundInConversation, FoundInConversations, search};
pub use shown::{ShownConversation, ShownMessage};
pub use shown_names::{ShownSource, ShownTag, ThreadNames};
pub use tags::MOST_TAGS;
pub use threads::{is_conversation, missing};

/// So many conversations may be in use at once.
pub const MOST_ACTIVE: usize = 50;
/// So many of the last messages an AI gets to read, and a context shows.
pub const CONTEXT_MESSAGES: usize = 10;
/// So many characters of a message are shown in lists.
pub const PREVIEW_CHARACTERS: usize = 100;
