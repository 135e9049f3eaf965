//! A page of one thread.

use super::{Fragment, PAGE, draw_all, find};
use crate::buffer::Mode;
use crate::model::{Face, Hash, Message, PublicKey, State, Thread};
use crate::render::counted::counted;
use crate::render::safe::safe_line;
use crate::server::caller::Caller;
use crate::server::fault::Fault;
use crate::workspace::Workspace;
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How many messages stand before the one that is looked for.
const BEFORE: usize = 30;

#[derive(Deserialize)]
pub(super) struct ThreadQuery {
    /// The page that ends before this message.
    before: Option<usize>,
    /// The page that begins with this one.
    from: Option<usize>,
    /// The page around the message with this id.
    around: Option<String>,
    /// With the messages that were set aside too.
    #[serde(default)]
    aside: bool,
}

/// A page of a thread.
#[derive(Serialize)]
pub(super) struct DrawnThread {
    thread: Heading,
    messages: Vec<Fragment>,
    earlier: Option<usize>,
    later: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Heading {
    root: String,
    title: String,
    state: &'static str,
    /// In words.
    facts: String,
    /// How many messages were set aside.
    aside: usize,
    /// Whether those are here too.
    shows_aside: bool,
    /// Whose buffer can go on with it, if one can.
    buffer: Option<&'static str>,
}

/// A page of a thread: the last one, unless another is asked for.
pub(super) async fn thread(
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<ThreadQuery>,
) -> Result<Json<DrawnThread>, Fault> {
    let drawn = caller
        .profile
        .read(move |workspace| draw_thread(&id, &query, workspace));
    Ok(Json(drawn.await??))
}

fn draw_thread(id: &str, query: &ThreadQuery, workspace: &Workspace) -> Result<DrawnThread, Fault> {
    let checked = find(workspace, id)?;
    let thread = checked.thread().ok_or_else(unreadable)?;
    let reader = workspace.owner_if_readable();
    let visible = thread.visible();
    let aside = thread.messages().len() - visible.len();
    // What is looked for may have been set aside.
    let shows_aside = query.aside || query.is_around_another(&visible);
    let messages = match shows_aside {
        true => thread.messages().iter().collect(),
        false => visible,
    };
    let range = page(query, &messages);
    let heading = Heading {
        root: thread.root().to_string(),
        title: safe_line(thread.title()).into_owned(),
        state: match thread.state() {
            State::Active => "active",
            State::Archived => "archived",
        },
        facts: facts(thread, thread.messages().len() - aside, aside) + &elsewhere(thread, reader),
        aside,
        shows_aside,
        buffer: buffer(thread, reader),
    };
    Ok(DrawnThread {
        thread: heading,
        earlier: (range.start > 0).then_some(range.start),
        later: (range.end < messages.len()).then_some(range.end),
        messages: draw_all(&checked, thread, &messages[range], reader),
    })
}

impl ThreadQuery {
    fn wanted(&self) -> Option<Hash> {
        self.around.as_deref().and_then(|id| id.parse().ok())
    }

    /// Whether a message is looked for that is none of these.
    fn is_around_another(&self, visible: &[&Message]) -> bool {
        let is_there = |id: Hash| visible.iter().any(|message| message.id() == id);
        self.wanted().is_some_and(|id| !is_there(id))
    }
}

/// It is there, and it is no thread of this format.
fn unreadable() -> Fault {
    let fault = Fault::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "This thread can't be shown here",
    );
    fault.explained(
        "Its file is damaged, or the older mmogit wrote it.",
        "The command line says what is in it.",
    )
}

fn page(query: &ThreadQuery, visible: &[&Message]) -> Range<usize> {
    let count = visible.len();
    let wanted = query.wanted();
    let found = wanted.and_then(|id| visible.iter().position(|message| message.id() == id));
    let start = match (query.from, query.before, found) {
        (Some(from), ..) => from.min(count),
        (None, Some(before), _) => {
            let end = before.min(count);
            return end.saturating_sub(PAGE)..end;
        }
        (None, None, Some(place)) => place.saturating_sub(BEFORE),
        (None, None, None) => count.saturating_sub(PAGE),
    };
    start..count.min(start + PAGE)
}

fn facts(thread: &Thread, shown: usize, aside: usize) -> String {
    let mode = match thread.mode() {
        "inner" => "💭 Inner dialogue",
        _ => "💬 Conversation",
    };
    let begun = thread.created_at().utc().format("%-d %B %Y");
    let messages = counted(shown, "message");
    let aside = match aside {
        0 => String::new(),
        aside => format!(", and {aside} set aside"),
    };
    format!("{mode} · {messages}{aside} · begun on {begun}")
}

/// Where the reader can go on with a thread of theirs that this page can't go on with.
fn elsewhere(thread: &Thread, reader: Option<PublicKey>) -> String {
    let is_own = Some(thread.author()) == reader;
    if !is_own || thread.face().is_some() || thread.state() == State::Archived {
        return String::new();
    }
    let id = thread.id();
    format!(" · goes on at the command line: mmogit chat --continue {id}")
}

/// A thread that the reader's own buffer began can be what it shows again.
fn buffer(thread: &Thread, reader: Option<PublicKey>) -> Option<&'static str> {
    let is_own = Some(thread.author()) == reader;
    let is_buffers = is_own && thread.face() == Some(Face::Buffer);
    let mode = Mode::read(thread.mode()).filter(|_| is_buffers);
    mode.map(Mode::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MessageDraft, PublicKey, Role, Signature, Timestamp};

    fn message(number: i64) -> Message {
        let time = Timestamp::from_millis(number);
        let draft = MessageDraft::new(
            Role::Human,
            "text",
            time,
            PublicKey([1; 32]),
            &[Hash([7; 32])],
        );
        draft.signed(Signature([0; 64]))
    }

    #[test]
    fn pages_are_bounded_and_meet() {
        let messages: Vec<Message> = (0..250).map(message).collect();
        let visible: Vec<&Message> = messages.iter().collect();
        let range = |before, from, around: Option<Hash>| {
            let query = ThreadQuery {
                before,
                from,
                around: around.map(|id| id.to_string()),
                aside: false,
            };
            page(&query, &visible)
        };
        assert_eq!(range(None, None, None), 150..250);
        assert_eq!(range(Some(150), None, None), 50..150);
        assert_eq!(range(Some(50), None, None), 0..50);
        assert_eq!(range(None, Some(100), None), 100..200);
        assert_eq!(range(None, None, Some(messages[120].id())), 90..190);
        assert_eq!(range(None, None, Some(messages[5].id())), 0..100);
        assert_eq!(range(Some(usize::MAX), None, None), 150..250);
        assert_eq!(range(None, Some(usize::MAX), None), 250..250);
    }
}
