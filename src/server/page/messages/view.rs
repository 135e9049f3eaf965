//! What a mode shows, and what was said before that.

use super::{Fragment, PAGE, Place, draw_all, find, fragment};
use crate::buffer::{BufferView, Mode, ShownMessage};
use crate::model::{Hash, Message, Role};
use crate::server::caller::Caller;
use crate::server::fault::Fault;
use crate::verify;
use crate::workspace::Workspace;
use axum::Json;
use axum::extract::Query;
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Deserialize)]
pub(super) struct ViewQuery {
    mode: Option<String>,
    /// As `earlier` gave it.
    before: Option<String>,
}

/// What a conversation shows.
#[derive(Serialize)]
pub(super) struct DrawnView {
    messages: Vec<Fragment>,
    /// Where to go on towards the beginning.
    earlier: Option<String>,
    /// Whether the last clearing can be undone.
    undo: bool,
    /// What may be asked again.
    retry: Option<Retry>,
}

/// A question that has no answer, or none that is whole.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Retry {
    question: String,
    /// Whether an answer was begun.
    is_interrupted: bool,
}

/// The newest messages of a mode, or those before a place.
pub(super) async fn view(
    caller: Caller,
    Query(query): Query<ViewQuery>,
) -> Result<Json<DrawnView>, Fault> {
    let mode = query.mode.as_deref().and_then(Mode::read);
    let mode = mode
        .ok_or_else(|| Fault::bad_request("Invalid mode. Must be \"conversation\" or \"inner\""))?;
    let Some(before) = query.before else {
        let view = caller.profile.view(mode)?.view;
        let drawn = caller
            .profile
            .read(move |workspace| draw_view(&view, workspace));
        return Ok(Json(drawn.await?));
    };
    let before = Before::read(&before).ok_or_else(|| Fault::bad_request("Invalid place"))?;
    let drawn = caller
        .profile
        .read(move |workspace| earlier(&before, workspace));
    Ok(Json(drawn.await??))
}

fn draw_view(view: &BufferView, workspace: &Workspace) -> DrawnView {
    let reader = workspace.owner_if_readable();
    let draw = |shown: &ShownMessage| {
        let place = Place {
            thread: shown.root,
            // A buffer's threads are the reader's own.
            owner: reader,
            reader,
            is_aside: false,
        };
        fragment(
            &shown.message,
            Some(&verify::message(&shown.message)),
            &place,
        )
    };
    let messages: Vec<&Message> = view.messages.iter().map(|shown| &shown.message).collect();
    let first = view.messages.first().filter(|_| view.has_earlier);
    DrawnView {
        earlier: first.map(|shown| Before::message(shown.root, shown.message.id()).to_string()),
        undo: view.can_undo,
        retry: retry(&messages),
        messages: view.messages.iter().map(|shown| draw(shown)).collect(),
    }
}

/// The last question, if nobody answered it to its end.
fn retry(messages: &[&Message]) -> Option<Retry> {
    let last = messages.last()?;
    let is_interrupted = last.role() == Role::Ai && last.is_interrupted();
    let question = match last.role() {
        Role::Human => Some(*last),
        Role::Ai if is_interrupted => {
            let asked = last.prev().first()?;
            messages
                .iter()
                .find(|message| message.id() == *asked)
                .copied()
        }
        _ => None,
    };
    let question = question.filter(|message| message.role() == Role::Human)?;
    Some(Retry {
        question: question.id().to_string(),
        is_interrupted,
    })
}

/// A place in the chain of a buffer's threads: what stands before a message, or all of a thread.
struct Before {
    thread: Hash,
    message: Option<Hash>,
}

impl Before {
    fn message(thread: Hash, message: Hash) -> Self {
        Self {
            thread,
            message: Some(message),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (thread, message) = text.split_once('.')?;
        let message = match message {
            "" => None,
            message => Some(message.parse().ok()?),
        };
        Some(Self {
            thread: thread.parse().ok()?,
            message,
        })
    }
}

impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.thread)?;
        self.message
            .iter()
            .try_for_each(|message| write!(f, "{message}"))
    }
}

/// The messages before that place, of one thread.
fn earlier(before: &Before, workspace: &Workspace) -> Result<DrawnView, Fault> {
    let checked = find(workspace, &before.thread.to_string())?;
    let thread = checked.thread().ok_or_else(Fault::not_found)?;
    let visible = thread.visible();
    let end = match before.message {
        None => visible.len(),
        Some(id) => visible
            .iter()
            .position(|message| message.id() == id)
            .ok_or_else(Fault::not_found)?,
    };
    let start = end.saturating_sub(PAGE);
    let earlier = if start > 0 {
        Some(Before::message(thread.root(), visible[start].id()))
    } else {
        thread.continues().map(|root| Before {
            thread: root,
            message: None,
        })
    };
    Ok(DrawnView {
        messages: draw_all(
            &checked,
            thread,
            &visible[start..end],
            workspace.owner_if_readable(),
        ),
        earlier: earlier.map(|place| place.to_string()),
        undo: false,
        retry: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MessageDraft, PublicKey, Signature, Timestamp};

    fn said(role: Role, prev: &[Hash]) -> MessageDraft {
        let time = Timestamp::from_millis(1_756_140_749_000);
        MessageDraft::new(role, "text", time, PublicKey([1; 32]), prev)
    }

    fn message(draft: MessageDraft) -> Message {
        draft.signed(Signature([0; 64]))
    }

    #[test]
    fn only_a_question_without_a_whole_answer_is_asked_again() {
        let question = message(said(Role::Human, &[Hash([7; 32])]));
        let whole = message(said(Role::Ai, &[question.id()]));
        let broken = said(Role::Ai, &[question.id()]).with("interrupted", Some(true));
        let broken = message(broken);
        let expected = |is_interrupted| {
            Some(Retry {
                question: question.id().to_string(),
                is_interrupted,
            })
        };
        assert_eq!(retry(&[]), None);
        assert_eq!(retry(&[&question]), expected(false));
        assert_eq!(retry(&[&question, &whole]), None);
        assert_eq!(retry(&[&question, &broken]), expected(true));
        assert_eq!(
            retry(&[&message(said(Role::System, &[Hash([7; 32])]))]),
            None
        );
    }

    #[test]
    fn a_place_is_read_as_it_was_given() {
        let thread = Hash([1; 32]);
        for message in [None, Some(Hash([2; 32]))] {
            let place = Before { thread, message };
            let read = Before::read(&place.to_string()).unwrap();
            assert_eq!((read.thread, read.message), (thread, message));
        }
        for other in ["", ".", "x.y", &thread.to_string(), &format!("{thread}.x")] {
            assert!(Before::read(other).is_none(), "{other}");
        }
    }
}
