//! What an AI gets to read of a conversation: its last messages, and what a message brought in by
//! name.

use super::CONTEXT_MESSAGES;
use crate::buffer::{LONGEST_REPLY, Posed};
use crate::prompt::BroughtText;
use crate::turn::{Question, Session, TurnError};

/// A question of a conversation, ready to be asked.
pub(super) fn question(
    session: &mut Session<'_>,
    posed: Posed<'_>,
    brought: &[BroughtText],
) -> Result<Question, TurnError> {
    let fields = session.thread().answer_fields(&posed.question);
    let question = session.question_of_last(
        CONTEXT_MESSAGES,
        brought,
        posed.question,
        posed.replaces,
        posed.model,
    )?;
    Ok(question.answered_with(fields).with_room_for(LONGEST_REPLY))
}
