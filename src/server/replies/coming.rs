//! A reply while it comes, as all who listen share it.

use super::{ReplyName, Talk};
use crate::backend::{Event, NoReply};
use crate::model::Hash;
use std::error::Error;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A reply that waits, comes or has ended. Listeners read it by the place they are at, each at their
/// own pace, so none of them holds it up.
pub struct ComingReply {
    /// What it is called.
    pub name: ReplyName,
    /// Where.
    pub talk: Talk,
    so_far: Mutex<SoFar>,
    /// Counts what came, for those who wait for more.
    moved: watch::Sender<u64>,
}

struct SoFar {
    text: String,
    state: ReplyState,
    /// Nothing more is taken.
    is_closed: bool,
    /// The bytes that came after that.
    dropped: usize,
}

/// How far a reply is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyState {
    /// Another one of its talk comes first.
    Waiting,
    /// It comes.
    Running,
    /// It is a signed message.
    Answered(Answer),
    /// There is no answer. The question stays.
    None(NoAnswer),
}

/// The message that was made of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its id.
    pub message: Hash,
    /// Whether it is not whole.
    pub is_interrupted: bool,
    /// The model that gave it, where that is known.
    pub model: Option<String>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoAnswer {
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub why: String,
}

/// What a listener has not heard yet.
#[derive(Debug, PartialEq, Eq)]
pub struct Heard {
    /// The text from where the listener was.
    pub text: String,
    /// How far the reply is, once all of its text was heard.
    pub state: ReplyState,
    /// Where the listener is now, in bytes.
    pub offset: usize,
}

/// The most that a listener is given at once.
const MOST_AT_ONCE: usize = 16 << 10;

impl ComingReply {
    /// A reply that is yet to be asked for.
    pub fn waiting(name: ReplyName, talk: Talk) -> Self {
        Self::new(name, talk, String::new(), ReplyState::Waiting)
    }

    /// A reply as it is stored.
    pub fn ended(name: ReplyName, talk: Talk, text: String, state: ReplyState) -> Self {
        Self::new(name, talk, text, state)
    }

    fn new(name: ReplyName, talk: Talk, text: String, state: ReplyState) -> Self {
        let so_far = SoFar {
            text,
            state,
            is_closed: false,
            dropped: 0,
        };
        Self {
            name,
            talk,
            so_far: Mutex::new(so_far),
            moved: watch::Sender::new(0),
        }
    }

    /// Takes what a backend says. Once the reply is closed the backend is to stop.
    pub fn hear(&self, event: Event<'_>) -> ControlFlow<()> {
        let mut so_far = self.so_far();
        if let Event::Text(piece) = event {
            if so_far.is_closed {
                so_far.dropped += piece.len();
            } else {
                so_far.text.push_str(piece);
                drop(so_far);
                self.tell();
                return ControlFlow::Continue(());
            }
        }
        if so_far.is_closed {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Takes nothing more, and gives what came.
    pub fn close(&self) -> String {
        let mut so_far = self.so_far();
        so_far.is_closed = true;
        so_far.text.clone()
    }

    /// How many bytes came after it was closed.
    pub fn dropped(&self) -> usize {
        self.so_far().dropped
    }

    /// From now on it comes.
    pub fn begin(&self) {
        self.so_far().state = ReplyState::Running;
        self.tell();
    }

    /// It has ended so. What it was said to be in the end takes the place of what came: a backend
    /// may hold its last bytes back.
    pub fn end(&self, text: Option<String>, state: ReplyState) {
        let mut so_far = self.so_far();
        so_far.is_closed = true;
        if let Some(text) = text {
            so_far.text = text;
        }
        so_far.state = state;
        drop(so_far);
        self.tell();
    }

    /// How far it is.
    pub fn state(&self) -> ReplyState {
        self.so_far().state.clone()
    }

    /// Its text as far as it came.
    pub fn text(&self) -> String {
        self.so_far().text.clone()
    }

    /// Where a listener goes on that has so many bytes: there, or at the beginning if the reply has
    /// no such place.
    pub fn place(&self, offset: usize) -> usize {
        let so_far = self.so_far();
        if so_far.text.is_char_boundary(offset) {
            offset
        } else {
            0
        }
    }

    /// What came from a place on, at the most a piece of it.
    pub fn from(&self, offset: usize) -> Heard {
        let so_far = self.so_far();
        let rest = so_far.text.get(offset..).unwrap_or_default();
        let end = whole_characters(rest, MOST_AT_ONCE);
        let text = rest[..end].to_owned();
        let is_all = end == rest.len();
        Heard {
            offset: offset + text.len(),
            text,
            state: if is_all {
                so_far.state.clone()
            } else {
                ReplyState::Running
            },
        }
    }

    /// Tells whoever holds it when there is more to hear.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }

    fn tell(&self) {
        self.moved.send_modify(|count| *count += 1);
    }

    fn so_far(&self) -> MutexGuard<'_, SoFar> {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReplyState {
    /// Whether nothing more will come.
    pub fn has_ended(&self) -> bool {
        matches!(self, Self::Answered(_) | Self::None(_))
    }
}

impl NoAnswer {
    /// Of a backend that gave none.
    pub fn of(none: &NoReply) -> Self {
        Self {
            code: code_of(none),
            why: none.to_string(),
        }
    }

    /// The answer came and could not be written.
    pub fn not_kept() -> Self {
        Self {
            code: "not-kept",
            why: "the answer could not be saved".to_owned(),
        }
    }

    /// Something went wrong within the server.
    pub fn failed(why: &dyn Error) -> Self {
        Self {
            code: "failed",
            why: why.to_string(),
        }
    }

    /// Whether asking again may give an answer: not where nobody is there to ask.
    pub fn may_be_asked_again(&self) -> bool {
        self.code != NOBODY
    }

    /// It was never asked, or the server ended before anything came.
    pub fn unanswered() -> Self {
        Self {
            code: "unanswered",
            why: "there is no answer to this message yet".to_owned(),
        }
    }
}

/// How much of a text are whole characters within so many bytes.
fn whole_characters(text: &str, most: usize) -> usize {
    let mut ends = (0..=most.min(text.len())).rev();
    ends.find(|end| text.is_char_boundary(*end)).unwrap_or(0)
}

const NOBODY: &str = "nobody-to-ask";

fn code_of(none: &NoReply) -> &'static str {
    match none {
        NoReply::NothingBefore(why) => code_of(why),
        NoReply::Nobody => NOBODY,
        NoReply::Stopped => "stopped",
        NoReply::Empty | NoReply::Blank { .. } => "empty",
        NoReply::NotStarted { .. } => "not-started",
        NoReply::NoFirstText { .. } | NoReply::Silent { .. } | NoReply::TooSlow { .. } => "timeout",
        NoReply::TooLong | NoReply::NoRoom { .. } => "too-long",
        NoReply::Failed { .. } | NoReply::Lingered { .. } | NoReply::Crush(_) | NoReply::Broke => {
            "failed"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffer::Mode;
    use std::time::Duration;

    fn reply() -> ComingReply {
        let question = Hash([7; 32]);
        ComingReply::waiting(ReplyName::first(question), Talk::Buffer(Mode::Conversation))
    }

    fn answered() -> ReplyState {
        ReplyState::Answered(Answer {
            message: Hash([8; 32]),
            is_interrupted: false,
            model: None,
        })
    }

    #[test]
    fn each_listener_reads_at_its_own_pace_and_all_read_the_same() {
        let reply = reply();
        reply.begin();
        let long = "é".repeat(MOST_AT_ONCE);
        for piece in ["a", &long, "z"] {
            assert!(reply.hear(Event::Text(piece)).is_continue());
        }
        reply.end(None, answered());
        let whole = reply.text();
        for begin in [0, 1, 3] {
            let (mut heard, mut offset) = (String::new(), begin);
            let state = loop {
                let next = reply.from(offset);
                assert!(next.text.len() <= MOST_AT_ONCE);
                offset = next.offset;
                heard.push_str(&next.text);
                if next.state.has_ended() {
                    break next.state;
                }
            };
            assert_eq!((heard.as_str(), state), (&whole[begin..], answered()));
        }
    }

    #[test]
    fn who_knows_another_text_begins_anew() {
        let reply = reply();
        assert!(reply.hear(Event::Text("né")).is_continue());
        let places = [0, 1, 2, 3, 4, usize::MAX].map(|known| reply.place(known));
        assert_eq!(places, [0, 1, 0, 3, 0, 0]);
    }

    #[test]
    fn what_comes_after_the_end_is_dropped_and_stops_the_backend() {
        let reply = reply();
        let waiting = Event::Waiting {
            elapsed: Duration::ZERO,
        };
        assert!(reply.hear(Event::Text("kept")).is_continue());
        assert!(reply.hear(waiting).is_continue());
        assert_eq!(reply.close(), "kept");
        assert!(reply.hear(Event::Text(" dropped")).is_break());
        assert!(reply.hear(waiting).is_break());
        assert_eq!((reply.text(), reply.dropped()), ("kept".to_owned(), 8));
    }

    #[test]
    fn who_waits_is_told_of_each_change() {
        let reply = reply();
        let mut moved = reply.listen();
        let changes: [&dyn Fn(); 3] = [
            &|| reply.begin(),
            &|| assert!(reply.hear(Event::Text("a")).is_continue()),
            &|| reply.end(None, answered()),
        ];
        for change in changes {
            assert!(!moved.has_changed().unwrap());
            change();
            assert!(moved.has_changed().unwrap());
            moved.mark_unchanged();
        }
    }
}
