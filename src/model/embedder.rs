//! Pages of other sites that speak for a conversation's user: each reaches what it began itself.

use super::Thread;

/// A page that embeds conversations, and speaks there for their user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Embedder {
    /// Its web origin, as browsers say it: `https://app.example`.
    pub origin: String,
    /// The project that it is let into, as the record names it; without one, what is in none.
    pub project: Option<String>,
}

impl Embedder {
    /// Whether a conversation is one that its pages began, there.
    pub fn reaches(&self, thread: &Thread) -> bool {
        thread.web_origin() == Some(&self.origin) && thread.project() == self.project.as_deref()
    }
}
