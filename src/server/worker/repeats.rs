//! Requests that are repeated: what a worker knows of the last day's, and what it notes.

use super::marks::{KNOWN_FOR, Known, Marks, Outcome};
use super::queue::Job;
use super::work::tell_trouble;
use super::{ProfileHandle, ProfileWork, Refused, Shared};
use crate::audit::TrailError;
use crate::buffer::{BufferError, IdempotencyMark, Mode};
use crate::index::Filter;
use crate::model::json::Value;
use crate::model::{Face, Hash, Message, Reading, Thread, Timestamp};
use crate::store::Trouble;
use crate::workspace::WorkError;
use std::sync::{Arc, PoisonError};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// A request that may be done.
pub enum Repeatable {
    /// It is new, and nobody else does it as long as this is held.
    New(Claim),
    /// It was done, and this was the answer.
    Done(AskedBefore),
    /// Its key stands for another request.
    OtherBody,
    /// It is being done right now.
    Going,
    /// What was done before can't be read, so nobody knows.
    Unknown,
}

/// What a request was answered before.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedBefore {
    /// The status.
    pub status: u16,
    /// The body, which holds nobody's words.
    pub body: Value,
}

/// Why what a request was answered does not outlast this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// The worker did not get to it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It could not be written.
    #[error("what was answered could not be noted")]
    NotNoted,
}

/// The right to do what a key stands for. It is let go of however that ends.
pub struct Claim {
    mark: IdempotencyMark,
    shared: Arc<Shared>,
}

impl Claim {
    /// None while another holds it.
    fn take(mark: IdempotencyMark, shared: &Arc<Shared>) -> Option<Self> {
        let claimed = shared.claimed.lock();
        let mut claimed = claimed.unwrap_or_else(PoisonError::into_inner);
        claimed.insert(mark.key).then(|| Self {
            mark,
            shared: Arc::clone(shared),
        })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let claimed = self.shared.claimed.lock();
        let mut claimed = claimed.unwrap_or_else(PoisonError::into_inner);
        claimed.remove(&self.mark.key);
    }
}

impl ProfileHandle {
    /// Whether a marked request may be done, or was.
    ///
    /// # Errors
    /// When the worker does not get to it.
    pub async fn claim(&self, mark: IdempotencyMark) -> Result<Repeatable, Refused> {
        self.run(move |profile| profile.claim(mark)).await
    }

    /// Notes what a request was answered, and that a repeat is. When this returns, that outlasts a
    /// power cut.
    /// It waits for room in the queue: what was done already must not be turned away.
    ///
    /// # Errors
    /// When the profile is served no longer, or the step broke; when it can't be noted. It is done
    /// all the same.
    pub async fn settle(&self, claim: Claim, answer: AskedBefore) -> Result<(), SettleError> {
        let (done, is_done) = oneshot::channel();
        let step = move |profile: &mut ProfileWork| {
            let _ = done.send(profile.settle(claim, answer));
        };
        let sender = self.sender.clone();
        let put_in = spawn_blocking(move || sender.insist(Job::Step(Box::new(step)))).await;
        put_in.map_err(|_| Refused::Failed)??;
        is_done.await.map_err(|_| self.why_unanswered())?
    }
}

impl ProfileWork {
    fn claim(&mut self, mark: IdempotencyMark) -> Repeatable {
        self.load_marks();
        if !self.has_marks {
            return Repeatable::Unknown;
        }
        match self.marks.look(&mark, self.now()) {
            Known::Done(Outcome::Answered { status, body }) => Repeatable::Done(AskedBefore {
                status: *status,
                body: body.clone(),
            }),
            Known::Done(Outcome::Message { .. }) | Known::OtherBody => Repeatable::OtherBody,
            Known::New => match Claim::take(mark, &self.shared) {
                Some(claim) => Repeatable::New(claim),
                None => Repeatable::Going,
            },
        }
    }

    fn settle(&mut self, claim: Claim, answer: AskedBefore) -> Result<(), SettleError> {
        let mark = claim.mark;
        let now = self.now();
        let noted = self.answers.note(mark, &answer, now).map_err(|error| {
            tell_trouble("what a request was answered could not be noted", &error);
            SettleError::NotNoted
        });
        // As long as this server runs a repeat is known all the same.
        let AskedBefore { status, body } = answer;
        self.marks
            .remember(mark, now, Outcome::Answered { status, body });
        // Only now may another ask for it.
        drop(claim);
        noted
    }

    /// Reads once what was marked on the last day, before this server began. What can't be read is
    /// tried again with the next marked request.
    pub(super) fn load_marks(&mut self) {
        if self.has_marks {
            return;
        }
        self.save();
        let now = self.now();
        let since = now.millis().saturating_sub(KNOWN_FOR);
        let mut found = match self.marked_since(since, now) {
            Ok(found) => found,
            Err(error) => {
                tell_trouble("earlier requests could not be read", &error);
                return;
            }
        };
        found.sort_by_key(|marked| marked.at);
        let mut marks = Marks::default();
        for Marked { mark, at, outcome } in found {
            marks.remember(mark, at, outcome);
        }
        self.marks = marks;
        self.has_marks = true;
    }

    fn marked_since(&mut self, since: i64, now: Timestamp) -> Result<Vec<Marked>, UnknownBefore> {
        let mut found = self.answers.since(since, now)?;
        let filter = Filter {
            since: Some(since),
            ..Filter::default()
        };
        let own = self.home.keys.public();
        let workspace = &self.home.workspace;
        // What can't be read may hold marks.
        let troubles = workspace.threads().troubles_of(&own)?;
        if let Some(Trouble { place, why }) = troubles.into_iter().next() {
            return Err(UnknownBefore::Damaged { place, why });
        }
        let (listed, troubles) = workspace.organiser().own_that_fit(&filter, &own)?;
        let branch = own.to_string();
        let in_branch = |trouble: &Trouble| trouble.place.contains(&branch);
        if let Some(Trouble { place, why }) = troubles.into_iter().find(in_branch) {
            return Err(UnknownBefore::Damaged { place, why });
        }
        let limit = self.buffers.limit().get();
        for root in listed.iter().filter_map(|thread| thread.root) {
            let Some(thread) = self.own_said_here(&root)? else {
                continue;
            };
            let before = self.shown_before(&thread, limit)?;
            for (place, message) in thread.visible().iter().enumerate() {
                let marked = Marked::of_message(message, (before + place + 1).min(limit));
                found.extend(marked.filter(|marked| marked.at.millis() >= since));
            }
        }
        Ok(found)
    }

    /// A thread of the owner's in which requests may be marked; `None` if it is another.
    fn own_said_here(&self, root: &Hash) -> Result<Option<Thread>, UnknownBefore> {
        let own = self.home.keys.public();
        let found = self
            .home
            .workspace
            .threads()
            .identified(&root.to_string())?;
        let Reading::Thread(thread) = &found.reading else {
            return Ok(None);
        };
        if thread.face().is_none() || thread.signer() != own {
            return Ok(None);
        }
        let path = found.path.clone();
        let thread = found.own_of_a_face(&own);
        let mut thread = thread.ok_or(UnknownBefore::Untrue { path })?;
        self.home.keys.opener().open(&mut thread);
        Ok(Some(thread))
    }

    /// How many messages of the threads that gave way to this one its buffer shows before it.
    fn shown_before(&mut self, thread: &Thread, limit: usize) -> Result<usize, UnknownBefore> {
        let is_first = thread.continues().is_none();
        match Mode::read(thread.mode()) {
            Some(mode) if !is_first && thread.face() == Some(Face::Buffer) => {
                let work = self.home.work();
                Ok(self
                    .buffers
                    .shown_before(work, mode, &thread.root(), limit)?)
            }
            _ => Ok(0),
        }
    }
}

/// Why nobody knows what was done before.
#[derive(Debug, thiserror::Error)]
enum UnknownBefore {
    /// The answers that were noted.
    #[error(transparent)]
    Answers(#[from] TrailError),
    /// The threads.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A buffer's threads.
    #[error(transparent)]
    Buffer(#[from] BufferError),
    /// Something in the owner's branch.
    #[error("{place}: {why}")]
    Damaged {
        /// What.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// A thread of the owner's.
    #[error("{path} is not true")]
    Untrue {
        /// Where it lies.
        path: String,
    },
}

/// A request of which something tells.
pub(super) struct Marked {
    pub mark: IdempotencyMark,
    pub at: Timestamp,
    pub outcome: Outcome,
}

impl Marked {
    fn of_message(message: &Message, message_count: usize) -> Option<Self> {
        let mark = message.field("idempotency")?;
        let hash = |name| mark.get(name)?.as_str()?.parse::<Hash>().ok();
        Some(Self {
            mark: IdempotencyMark {
                key: hash("key")?,
                body: hash("body")?,
            },
            at: message.timestamp(),
            outcome: Outcome::Message {
                id: message.id(),
                message_count,
            },
        })
    }
}
