//! What waits for a profile's worker.

use super::append::Append;
use super::{ProfileWork, Refused};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;

/// How many jobs may wait. Who comes then is told to come again.
const MOST_WAITING: usize = 256;

/// One thing to do with a profile's home, on the thread that owns it.
pub(super) type Step = Box<dyn FnOnce(&mut ProfileWork) + Send>;

/// What the worker takes from its queue.
pub(super) enum Job {
    /// A message to be appended, with those that wait right behind it.
    Append(Append),
    /// A step of its own.
    Step(Step),
    /// To finish, save and end.
    Stop,
}

/// The end of the queue where jobs are put in.
#[derive(Clone)]
pub(super) struct Sender(SyncSender<Job>);

/// The end where the worker takes them out.
pub(super) struct Waiting(Receiver<Job>);

/// A queue, as its two ends.
pub(super) struct Queue {
    pub sender: Sender,
    pub waiting: Waiting,
}

impl Queue {
    pub fn new() -> Self {
        let (sender, receiver) = mpsc::sync_channel(MOST_WAITING);
        Self {
            sender: Sender(sender),
            waiting: Waiting(receiver),
        }
    }
}

impl Sender {
    /// Puts a job in if there is room.
    pub fn offer(&self, job: Job) -> Result<(), Refused> {
        self.0.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Refused::Busy,
            TrySendError::Disconnected(_) => Refused::Stopping,
        })
    }

    /// Puts a job in, and waits for room: for what must not be turned away, from a thread that may
    /// wait.
    pub fn insist(&self, job: Job) -> Result<(), Refused> {
        self.0.send(job).map_err(|_| Refused::Stopping)
    }
}

impl Waiting {
    /// The next job, if one comes in time.
    pub fn next_within(&self, time: Duration) -> Result<Option<Job>, Refused> {
        match self.0.recv_timeout(time) {
            Ok(job) => Ok(Some(job)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Refused::Stopping),
        }
    }

    /// The next job, if one waits already.
    pub fn next_now(&self) -> Option<Job> {
        self.0.try_recv().ok()
    }
}
