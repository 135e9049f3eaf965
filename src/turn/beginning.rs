//! What a new thread begins with.

use super::sealed::OwnSealer;
use crate::model::{Face, Hash, Mode, Thread, Timestamp};
use crate::seal::{CannotSeal, Reader};

/// What a new thread begins with; the rest follows from who and when.
#[derive(Debug, Clone, Default)]
pub struct Beginning {
    /// The title; without one, `chat_` and the date and time.
    pub title: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// The project it belongs to.
    pub project: Option<String>,
    /// Its mode.
    pub mode: Mode,
    /// What it is for, in the words of a program's user.
    pub intent_context: Option<String>,
    /// Which face begins it.
    pub face: Option<Face>,
    /// The web origin of the page that begins it, if it is another site's.
    pub web_origin: Option<String>,
    /// The root of the thread that gives way to it.
    pub continues: Option<Hash>,
    /// Who is to read it besides its author; without a list it lies open.
    pub sealed_for: Option<Vec<Reader>>,
}

impl Beginning {
    /// Says in a thread's header to which face it belongs, what it goes on with and what for.
    pub(super) fn place(
        &self,
        sealer: &OwnSealer<'_>,
        thread: &mut Thread,
    ) -> Result<(), CannotSeal> {
        if let Some(face) = self.face {
            thread.set_face(face);
        }
        if let Some(origin) = &self.web_origin {
            thread.set_web_origin(origin);
        }
        if let Some(root) = self.continues {
            thread.set_continues(root);
        }
        if let Some(what_for) = &self.intent_context {
            let begun = thread.created_at();
            match thread.is_sealed() {
                true => sealer
                    .get()
                    .set_intent_context(thread, Some(what_for), begun)?,
                false => thread.set_intent_context(Some(what_for), begun),
            }
        }
        Ok(())
    }
}

/// The title of a thread that was given none: fixed, never inferred from what is said.
pub fn default_title(now: Timestamp) -> String {
    now.utc().format("chat_%Y%m%d_%H%M%S").to_string()
}
