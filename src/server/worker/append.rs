//! Group commit: what waits together is signed together, synced once for each thread that it is for,
//! and then each is answered.

use super::ProfileWork;
use super::marks::{Known, Outcome};
use super::queue::{Job, Waiting};
use super::{Refused, work};
use crate::buffer::{self, Appended, BadMessage, BufferError, IdempotencyMark, Mode};
use crate::model::{Hash, Timestamp, Uuid};
use crate::server::replies::Talk;
use crate::service::{self, Refusal, ServiceError};
use std::collections::HashMap;

/// How many messages are synced together at the most.
const MOST_TOGETHER: usize = 256;

/// How many bytes of them.
const MOST_BYTES: usize = 8 << 20;

/// A message that is to be appended, and who is told.
pub(super) struct Append {
    pub said: Said,
    /// Whether an AI is to be asked about it.
    pub asks: bool,
    pub then: Then,
}

/// A message, and where it is said.
pub(super) enum Said {
    /// In a mode's buffer.
    Buffer(Mode, buffer::NewMessage),
    /// In a conversation, by the name that programs have for it.
    Conversation(Uuid, Box<service::NewMessage>),
}

/// What is done once a message is on disk, or is not.
pub(super) type Then = Box<dyn FnOnce(&mut ProfileWork, Result<Kept, AppendError>) + Send>;

/// A message that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Its id, and how many messages the buffer showed with it.
    pub appended: Appended,
    /// Whether it was there already: the request is one that was done before.
    pub is_repeat: bool,
}

/// Why a message was not appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The worker did not get to it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is not accepted.
    #[error(transparent)]
    Bad(#[from] BadMessage),
    /// The conversation does not take it.
    #[error(transparent)]
    Conversation(#[from] Refusal),
    /// Another request had its key.
    #[error("the key was used for another request")]
    OtherBody,
    /// Too many questions wait for an answer in its mode.
    #[error("too many messages wait for an answer")]
    TooManyWaiting,
    /// It is written, and could not be looked at again.
    #[error("it is saved, and could not be shown")]
    NotShown,
    /// It could not be written. Nothing of it stays.
    #[error("it could not be saved")]
    NotSaved,
}

/// What became of one of a group.
enum Taken {
    /// It is in the group, as this or as what it repeats.
    Staged { staged: Staged, is_repeat: bool },
    /// It is decided without it.
    Decided(Result<Kept, AppendError>),
}

/// A message that was signed, and is not on disk yet.
#[derive(Clone, Copy)]
enum Staged {
    Buffer(buffer::Staged),
    Conversation(service::Staged),
}

/// What became of a group.
struct Committed {
    buffers: buffer::Committed,
    conversations: service::Committed,
}

/// A group while it is put together.
#[derive(Default)]
struct Group {
    marked: HashMap<Hash, InGroup>,
    asking: HashMap<Talk, usize>,
}

struct InGroup {
    body: Hash,
    staged: Staged,
}

/// One of a group that is about to be answered.
struct Waiter {
    taken: Taken,
    mark: Option<IdempotencyMark>,
    then: Then,
}

/// What goes with a message into one sync; and the job after it that is of another kind.
pub(super) struct Gathered {
    pub group: Vec<Append>,
    pub next: Option<Job>,
}

impl Gathered {
    /// The message and those that wait right behind it.
    pub fn from(first: Append, waiting: &Waiting) -> Self {
        let mut bytes = first.bytes();
        let mut gathered = Self {
            group: vec![first],
            next: None,
        };
        while gathered.group.len() < MOST_TOGETHER && bytes < MOST_BYTES {
            match waiting.next_now() {
                Some(Job::Append(append)) => {
                    bytes += append.bytes();
                    gathered.group.push(append);
                }
                other => {
                    gathered.next = other;
                    break;
                }
            }
        }
        gathered
    }
}

impl Append {
    fn bytes(&self) -> usize {
        match &self.said {
            Said::Buffer(_, message) => {
                let meta = message.meta.as_ref();
                message.content.len() + meta.map_or(0, |meta| meta.as_str().len())
            }
            Said::Conversation(_, message) => message.bytes(),
        }
    }

    fn mark(&self) -> Option<IdempotencyMark> {
        match &self.said {
            Said::Buffer(_, message) => message.idempotency,
            Said::Conversation(_, message) => message.idempotency,
        }
    }
}

impl Committed {
    fn of(&self, staged: &Staged) -> Result<Appended, AppendError> {
        match staged {
            Staged::Buffer(staged) => self.buffers.of(staged).map_err(append_error),
            Staged::Conversation(staged) => {
                self.conversations.of(staged).map_err(conversation_error)
            }
        }
    }
}

impl ProfileWork {
    /// Brings a group of messages to disk together, and answers each.
    pub(super) fn append_together(&mut self, group: Vec<Append>) {
        if self.is_succeeded() {
            for append in group {
                (append.then)(self, Err(Refused::Succeeded.into()));
            }
            return;
        }
        if group.iter().any(|append| append.mark().is_some()) {
            self.load_marks();
        }
        let mut together = Group::default();
        let mut waiters = Vec::with_capacity(group.len());
        for append in group {
            let mark = append.mark();
            let then = append.then;
            let taken = self.take_in(append.said, mark, append.asks, &mut together);
            waiters.push(Waiter { taken, mark, then });
        }
        let committed = Committed {
            buffers: self.buffers.commit(self.home.work()),
            conversations: self.conversations.commit(self.home.work()),
        };
        self.note_said();
        self.publish();
        for waiter in waiters {
            let kept = match waiter.taken {
                Taken::Decided(kept) => kept,
                Taken::Staged { staged, is_repeat } => {
                    let appended = committed.of(&staged);
                    appended.map(|appended| Kept {
                        appended,
                        is_repeat,
                    })
                }
            };
            if let (Ok(kept), Some(mark)) = (&kept, waiter.mark) {
                self.remember_message(mark, kept.appended);
            }
            self.guard(|profile| (waiter.then)(profile, kept));
        }
    }

    fn take_in(
        &mut self,
        said: Said,
        mark: Option<IdempotencyMark>,
        asks: bool,
        group: &mut Group,
    ) -> Taken {
        if mark.is_some() && !self.has_marks {
            return Taken::Decided(Err(AppendError::NotSaved));
        }
        if let Some(repeated) = mark.and_then(|mark| self.repeated(&mark, group)) {
            return repeated;
        }
        let talk = match self.talk_of(&said) {
            Ok(talk) => talk,
            Err(error) => return Taken::Decided(Err(error)),
        };
        let asking = group.asking.entry(talk).or_default();
        if asks && self.replies.of(talk).room() <= *asking {
            return Taken::Decided(Err(AppendError::TooManyWaiting));
        }
        let staged = match self.stage(talk, said) {
            Ok(staged) => staged,
            Err(error) => return Taken::Decided(Err(error)),
        };
        *asking += usize::from(asks);
        if let Some(IdempotencyMark { key, body }) = mark {
            group.marked.insert(key, InGroup { body, staged });
        }
        Taken::Staged {
            staged,
            is_repeat: false,
        }
    }

    fn talk_of(&mut self, said: &Said) -> Result<Talk, AppendError> {
        match said {
            Said::Buffer(mode, _) => Ok(Talk::Buffer(*mode)),
            Said::Conversation(id, message) => {
                let embedder = message.embedder.as_ref();
                let work = self.home.work();
                let root = self.conversations.root_reached(work, id, embedder);
                Ok(Talk::Conversation(root.map_err(conversation_error)?))
            }
        }
    }

    fn stage(&mut self, talk: Talk, said: Said) -> Result<Staged, AppendError> {
        let work = self.home.work();
        match (said, talk) {
            (Said::Buffer(mode, message), _) => {
                let staged = self.buffers.stage(work, mode, message);
                staged.map(Staged::Buffer).map_err(append_error)
            }
            (Said::Conversation(_, message), Talk::Conversation(root)) => {
                let staged = self.conversations.stage(work, &root, *message);
                staged.map(Staged::Conversation).map_err(conversation_error)
            }
            (Said::Conversation(..), Talk::Buffer(_)) => unreachable!("it is said there"),
        }
    }

    /// What a marked message repeats, if it does.
    fn repeated(&self, mark: &IdempotencyMark, group: &Group) -> Option<Taken> {
        if let Some(InGroup { body, staged }) = group.marked.get(&mark.key) {
            return Some(if *body == mark.body {
                Taken::Staged {
                    staged: *staged,
                    is_repeat: true,
                }
            } else {
                Taken::Decided(Err(AppendError::OtherBody))
            });
        }
        let known = match self.marks.look(mark, self.now()) {
            Known::New => return None,
            Known::Done(Outcome::Message { id, message_count }) => Ok(Kept {
                appended: Appended {
                    id: *id,
                    message_count: *message_count,
                },
                is_repeat: true,
            }),
            Known::Done(Outcome::Answered { .. }) | Known::OtherBody => Err(AppendError::OtherBody),
        };
        Some(Taken::Decided(known))
    }

    fn remember_message(&mut self, mark: IdempotencyMark, appended: Appended) {
        let outcome = Outcome::Message {
            id: appended.id,
            message_count: appended.message_count,
        };
        let now = self.now();
        self.marks.remember(mark, now, outcome);
    }

    pub(super) fn now(&self) -> Timestamp {
        self.home.workspace.now()
    }
}

fn append_error(error: BufferError) -> AppendError {
    match error {
        BufferError::BadMessage(bad) => AppendError::Bad(bad),
        error => {
            work::tell_trouble("a message could not be saved", &error);
            AppendError::NotSaved
        }
    }
}

/// What a conversation does not take; what went wrong is told.
pub(super) fn conversation_error(error: ServiceError) -> AppendError {
    match error {
        ServiceError::Refused(refusal) => AppendError::Conversation(refusal),
        error => {
            work::tell_trouble("a message could not be saved", &error);
            AppendError::NotSaved
        }
    }
}
