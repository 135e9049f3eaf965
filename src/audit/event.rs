//! What a line tells.

use super::Actor;
use crate::model::{Hash, Mode, PublicKey, ThreadId, Timestamp};
use serde_json::{Map, Value, json};

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It went as it should.
    Info,
    /// Somebody may want to know.
    Warn,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warn => "warn",
        }
    }
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Somebody did something.
    Action,
    /// The program did something by itself.
    System,
}

impl Category {
    fn as_str(self) -> &'static str {
        match self {
            Category::Action => "action",
            Category::System => "system",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Event {
    level: Level,
    category: Category,
    name: &'static str,
    details: Map<String, Value>,
}

/// A detail of an event: of no kind in which somebody's words would fit.
#[derive(Debug, Clone)]
pub struct Detail(Value);

impl Detail {
    /// The answer that a request got, to be given again. It must be one without anybody's words.
    pub fn of_answer(answer: Value) -> Self {
        Self(answer)
    }
}

macro_rules! detail_from {
    ($($kind:ty => |$given:ident| $made:expr),* $(,)?) => {$(
        impl From<$kind> for Detail {
            fn from($given: $kind) -> Self {
                Self(Value::from($made))
            }
        }
    )*};
}

detail_from! {
    bool => |yes| yes,
    u16 => |number| number,
    u64 => |number| number,
    i64 => |number| number,
    usize => |number| number,
    &'static str => |name| name,
    Mode => |mode| mode.as_str(),
    Hash => |hash| hash.to_string(),
    PublicKey => |key| key.to_string(),
    ThreadId => |id| id.to_string(),
    Timestamp => |time| time.to_string(),
}

impl Event {
    /// An event without details.
    pub fn new(level: Level, category: Category, name: &'static str) -> Self {
        Self {
            level,
            category,
            name,
            details: Map::new(),
        }
    }

    /// With one more detail.
    pub fn with(mut self, name: &'static str, detail: impl Into<Detail>) -> Self {
        self.details.insert(name.to_owned(), detail.into().0);
        self
    }

    /// The oldest messages left a buffer's view.
    pub fn buffer_pruned(mode: Mode, removed: usize, remaining: usize) -> Self {
        Self::new(Level::Info, Category::System, "conversation_buffer_pruned")
            .with("mode", mode)
            .with("removedCount", removed)
            .with("remaining", remaining)
    }

    /// A buffer was cleared.
    pub fn buffer_cleared(mode: Mode) -> Self {
        Self::new(Level::Info, Category::Action, "conversation_buffer_cleared").with("mode", mode)
    }

    /// A cleared buffer was brought back.
    pub fn buffer_restored(mode: Mode) -> Self {
        Self::new(
            Level::Info,
            Category::Action,
            "conversation_buffer_restored",
        )
        .with("mode", mode)
    }

    /// A buffer shows an older thread, which goes on.
    pub fn buffer_gone_on(mode: Mode, thread: Hash) -> Self {
        let name = "conversation_buffer_gone_on";
        Self::new(Level::Info, Category::Action, name)
            .with("mode", mode)
            .with("thread", thread)
    }

    /// A thread got another title.
    pub fn thread_renamed(thread: Hash) -> Self {
        Self::of_thread("thread_renamed", thread)
    }

    /// A thread was put away.
    pub fn thread_archived(thread: Hash) -> Self {
        Self::of_thread("thread_archived", thread)
    }

    /// An archived thread was taken up again.
    pub fn thread_restored(thread: Hash) -> Self {
        Self::of_thread("thread_restored", thread)
    }

    /// A thread went out as a file of some format.
    pub fn thread_exported(thread: Hash, format: &'static str) -> Self {
        Self::of_thread("thread_exported", thread).with("format", format)
    }

    fn of_thread(name: &'static str, thread: Hash) -> Self {
        Self::new(Level::Info, Category::Action, name).with("thread", thread)
    }

    /// Threads came in from a file: so many of those that it had, wholly or in part.
    pub fn threads_imported(taken: usize, of: usize) -> Self {
        Self::new(Level::Info, Category::Action, "threads_imported")
            .with("taken", taken)
            .with("of", of)
    }

    /// Messages of a buffer's file came in; the file is named by its hash.
    pub fn buffer_imported(mode: Mode, taken: usize, file: Hash) -> Self {
        let name = "conversation_buffer_imported";
        Self::new(Level::Info, Category::Action, name)
            .with("mode", mode)
            .with("taken", taken)
            .with("sha256", file)
    }

    /// The trail's files were removed.
    pub fn logs_cleared(deleted: usize) -> Self {
        Self::new(Level::Info, Category::Action, "audit_logs_cleared").with("deletedFiles", deleted)
    }

    /// What it is called in the trail.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The line, with its end.
    pub(super) fn line(&self, actor: &Actor, now: Timestamp) -> String {
        let line = json!({
            "timestamp": now.to_string(),
            "level": self.level.as_str(),
            "category": self.category.as_str(),
            "event": self.name,
            "details": self.details,
            "actor": actor.name,
            "userId": actor.user.to_string(),
        });
        format!("{line}\n")
    }
}
