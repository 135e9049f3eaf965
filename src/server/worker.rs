//! One OS thread for each profile that is served. It owns the profile's workspace, store, keys and
//! live sessions, and takes what is to be done from a bounded queue.
//!
//! ```text
//! queue         what waits, in the order in which it came
//! work          the thread itself: takes jobs, saves by time, follows the branch
//! append        messages that wait together come to disk together
//! asking        each step of a reply that needs the thread
//! stored_replies  replies as they are stored
//! conversations  what is done with conversations, and looking at them
//! marks, repeats, answered  by what a repeated request is known, and what it was answered
//! going_on      going on with an older thread of a buffer
//! troubles      what goes wrong again and again, told once
//! succeeded     a key that another took the place of
//! published     what is read without waiting for the thread
//! ```
//! The domain below is synchronous and knows nothing of this. Whoever answers requests holds a
//! [`ProfileHandle`]: it may be cloned, and asks for steps without ever waiting on the thread itself.

mod answered;
mod append;
mod asking;
mod conversations;
mod damaged_projects;
mod going_on;
mod marks;
mod published;
mod queue;
mod repeats;
mod stored_replies;
mod succeeded;
mod troubles;
mod work;

use crate::backend::choose::ReadyBackend;
use crate::buffer::{BufferError, BufferView, ByMode, Mode, NewMessage, NotKept};
use crate::identity::Keys;
use crate::model::Hash;
use crate::server::replies::{ComingReply, Talk};
use crate::service::NotEnded;
use crate::store::StoreError;
use crate::workspace::{WorkError, Workspace};
use append::{Append, Said};
use queue::{Job, Queue, Sender};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use std::{io, thread};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::spawn_blocking;

pub use append::{AppendError, Kept};
pub use asking::RetryError;
pub use conversations::told;
pub use published::{ModeState, PublishedView, ServedState};
pub use repeats::{AskedBefore, Repeatable, SettleError};
pub use stored_replies::NotLookedUp;
pub use work::ProfileWork;
pub(super) use work::tell_trouble;

/// How long a worker may take to finish what it accepted.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many may look into one profile's home at once, beside its worker.
const READERS: usize = 4;
/// For so long an index stays open for the next look.
const INDEX_IS_KEPT: Duration = Duration::from_secs(1);

/// What a profile is served with.
pub struct Serving {
    /// Its home.
    pub workspace: Workspace,
    /// Its owner's keys.
    pub keys: Keys,
    /// Who answers.
    pub backend: ReadyBackend,
    /// What the owner is called in the audit trail.
    pub name: String,
}

/// A profile that is served, for whoever answers requests.
#[derive(Clone)]
pub struct ProfileHandle {
    shared: Arc<Shared>,
    sender: Sender,
}

/// What the worker and those who ask it have in common.
struct Shared {
    /// For reading; gone once the worker has ended.
    workspace: RwLock<Option<Arc<Workspace>>>,
    readers: Arc<Semaphore>,
    /// Whether the index is let go of soon.
    lets_go_of_index: AtomicBool,
    is_stopping: AtomicBool,
    /// Another key took the place of the owner's.
    is_succeeded: AtomicBool,
    has_ended: watch::Sender<bool>,
    /// How it ended, once it has.
    ended: Mutex<Result<(), NotStopped>>,
    /// None before the buffers are open.
    views: RwLock<ByMode<Option<PublishedView>>>,
    state: watch::Sender<ServedState>,
    /// The keys of requests that are being done.
    claimed: Mutex<HashSet<Hash>>,
}

impl Shared {
    fn workspace(&self) -> Option<Arc<Workspace>> {
        let workspace = self.workspace.read();
        workspace.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Lets go of the index once a look has ended, however it did.
struct LettingGo(Arc<Shared>);

impl Drop for LettingGo {
    fn drop(&mut self) {
        let_go_of_index_later(&self.0);
    }
}

/// Closes the index that a look left open. Not on the profile's own thread, which may wait for the
/// repository's lock, while another process may wait for the index.
fn let_go_of_index_later(shared: &Arc<Shared>) {
    if shared.lets_go_of_index.swap(true, Ordering::AcqRel) {
        return;
    }
    let shared = Arc::downgrade(shared);
    tokio::spawn(async move {
        tokio::time::sleep(INDEX_IS_KEPT).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        shared.lets_go_of_index.store(false, Ordering::Release);
        if let Some(workspace) = shared.workspace() {
            workspace.let_go_of_index();
        }
    });
}

/// Why a profile's worker did not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too much waits already; a moment later there is room.
    #[error("the server is busy")]
    Busy,
    /// The profile is served no longer.
    #[error("the server is stopping")]
    Stopping,
    /// Another key took the place of its owner's, and nothing more is said with that.
    #[error("another key took the place of this one")]
    Succeeded,
    /// It broke while it did it. What had been accepted before stays.
    #[error("something went wrong within the server")]
    Failed,
}

/// Why a profile can't be served.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process serves it.
    #[error("a server is at work on this home already{}", of_process(*pid))]
    Served {
        /// That process, if its file says so.
        pid: Option<u32>,
    },
    /// Its home can't be opened.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Its store can't be opened, or what was left in it not be recovered.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its buffers can't be opened.
    #[error(transparent)]
    Buffer(#[from] BufferError),
    /// The system gave no thread.
    #[error("no thread could be started: {0}")]
    NoThread(io::Error),
}

/// A worker did not end as it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotStopped {
    /// Not in time. What was accepted is in the journals.
    #[error("what was being done did not end within {} s", PATIENCE.as_secs())]
    StillAtWork,
    /// It ended, and not all that was said could be saved.
    #[error(
        "not all that was said could be saved ({why}); it is {} in a journal",
        if *is_in_journal { "all" } else { "not" }
    )]
    NotSaved {
        /// Why not.
        why: String,
        /// Whether all of it is in a journal, and comes back with the next start.
        is_in_journal: bool,
    },
    /// It broke. What was accepted is in the journals.
    #[error("something went wrong while it ended")]
    Broke,
}

impl NotStopped {
    /// Whether somebody still holds the home.
    pub fn is_at_work(&self) -> bool {
        matches!(self, Self::StillAtWork)
    }
}

impl From<NotKept> for NotStopped {
    fn from(not_kept: NotKept) -> Self {
        Self::NotSaved {
            why: not_kept.why.to_string(),
            is_in_journal: not_kept.is_in_journal,
        }
    }
}

impl From<NotEnded> for NotStopped {
    fn from(not_ended: NotEnded) -> Self {
        Self::NotSaved {
            why: not_ended.why.to_string(),
            is_in_journal: not_ended.is_in_journal,
        }
    }
}

fn of_process(pid: Option<u32>) -> String {
    pid.map_or(String::new(), |pid| format!(": process {pid}"))
}

impl ProfileHandle {
    /// Locks the home, brings back what earlier processes left in it, and begins to serve it. It
    /// reads and writes: not for a thread that others wait for.
    ///
    /// # Errors
    /// If another process serves the home, or it can't be read or written.
    pub fn start(serving: Serving) -> Result<Self, StartError> {
        let Queue { sender, waiting } = Queue::new();
        let shared = Arc::new(Shared {
            workspace: RwLock::new(None),
            readers: Arc::new(Semaphore::new(READERS)),
            lets_go_of_index: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
            is_succeeded: AtomicBool::new(false),
            has_ended: watch::Sender::new(false),
            ended: Mutex::new(Err(NotStopped::Broke)),
            views: RwLock::default(),
            state: watch::Sender::default(),
            claimed: Mutex::default(),
        });
        let profile = ProfileWork::open(serving, sender.clone(), Arc::clone(&shared))?;
        shared.set_workspace(Some(Arc::clone(&profile.home.workspace)));
        let ending = Ending(Arc::clone(&shared));
        thread::Builder::new()
            .name("profile".to_owned())
            .spawn(move || {
                let ended = profile.serve(&waiting);
                ending.say(ended);
            })
            .map_err(StartError::NoThread)?;
        Ok(Self { shared, sender })
    }

    /// Does something on the profile's thread, in its turn.
    ///
    /// # Errors
    /// When too much waits already, when the profile is served no longer, or when the work broke.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut ProfileWork) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let (answer, answered) = oneshot::channel();
        let step = move |profile: &mut ProfileWork| {
            // Whoever asked may have left. What they asked for was done.
            let done = work(profile);
            // Who reads when they have the answer reads what was changed.
            profile.guard(ProfileWork::look_around);
            let _ = answer.send(done);
        };
        self.offer(Job::Step(Box::new(step)))?;
        answered.await.map_err(|_| self.why_unanswered())
    }

    /// Appends a message to a buffer. When this returns it is on disk, together with whatever waited
    /// beside it.
    ///
    /// # Errors
    /// When it is not accepted, or could not be written; then nothing of it stays.
    pub async fn append(&self, mode: Mode, message: NewMessage) -> Result<Kept, AppendError> {
        let (answer, answered) = oneshot::channel();
        self.offer(Job::Append(Append {
            said: Said::Buffer(mode, message),
            asks: false,
            then: Box::new(move |_, kept| {
                let _ = answer.send(kept);
            }),
        }))?;
        answered.await.map_err(|_| self.why_unanswered())?
    }

    /// Appends a person's message and has an AI asked about it, once it is its turn. When this
    /// returns the message is on disk. A repeated request gets the reply that there is.
    ///
    /// # Errors
    /// Those of [`ProfileHandle::append`]; when too many wait for an answer already.
    pub async fn ask(
        &self,
        mode: Mode,
        message: NewMessage,
    ) -> Result<Arc<ComingReply>, AppendError> {
        let (answer, answered) = oneshot::channel();
        self.offer(Job::Append(Append {
            said: Said::Buffer(mode, message),
            asks: true,
            then: Box::new(move |profile, kept| {
                let reply = kept.map(|kept| profile.reply_to(Talk::Buffer(mode), kept));
                let _ = answer.send(reply);
            }),
        }))?;
        answered.await.map_err(|_| self.why_unanswered())?
    }

    /// What a buffer shows, as it was published last. It waits for nobody.
    ///
    /// # Errors
    /// When the profile is served no longer.
    pub fn view(&self, mode: Mode) -> Result<PublishedView, Refused> {
        let views = self.shared.views.read();
        let views = views.unwrap_or_else(PoisonError::into_inner);
        views.of(mode).clone().ok_or(Refused::Stopping)
    }

    /// What tabs follow, and each change of it.
    pub fn state(&self) -> watch::Receiver<ServedState> {
        self.shared.state.subscribe()
    }

    /// Whether a reply comes or waits for its turn.
    pub fn is_answering(&self) -> bool {
        let state = self.shared.state.borrow();
        let mut modes = [Mode::Conversation, Mode::Inner]
            .into_iter()
            .map(|mode| state.modes.of(mode));
        let in_mode = modes.any(|mode| mode.running.is_some() || !mode.waiting.is_empty());
        in_mode || !state.conversations.is_empty()
    }

    /// Becomes true when the profile is served no longer, or is about to be.
    pub fn ending(&self) -> watch::Receiver<bool> {
        self.shared.has_ended.subscribe()
    }

    /// Looks into the home beside the profile's thread, which goes on meanwhile.
    ///
    /// # Errors
    /// When the profile is served no longer, or the look broke.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Workspace) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let turn = Arc::clone(&self.shared.readers).acquire_owned().await;
        let turn = turn.map_err(|_| Refused::Stopping)?;
        let workspace = self.workspace().ok_or(Refused::Stopping)?;
        let shared = Arc::clone(&self.shared);
        // Where the client leaves, the look still runs; so it holds its turn itself.
        let looked = spawn_blocking(move || {
            let _turn = turn;
            let _letting_go = LettingGo(shared);
            workspace.keeping_index(look)
        });
        let looked = looked.await;
        looked.map_err(|_| Refused::Failed)
    }

    /// The home, as long as it is served.
    pub fn workspace(&self) -> Option<Arc<Workspace>> {
        self.shared.workspace()
    }

    /// Takes nothing more, finishes what was accepted, keeps what came of running replies, saves and
    /// ends; the keys are gone then.
    ///
    /// # Errors
    /// When that takes too long, and then it goes on; when something could not be saved.
    pub async fn stop(&self) -> Result<(), NotStopped> {
        self.shared.is_stopping.store(true, Ordering::SeqCst);
        let sender = self.sender.clone();
        let mut has_ended = self.shared.has_ended.subscribe();
        let stopping = async {
            // Where it ended already nobody takes this, and that is as well.
            let _ = spawn_blocking(move || sender.insist(Job::Stop)).await;
            let _ = has_ended.wait_for(|ended| *ended).await;
        };
        let stopped = tokio::time::timeout(PATIENCE, stopping).await;
        stopped.map_err(|_| NotStopped::StillAtWork)?;
        let ended = self.shared.ended.lock();
        ended.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn offer(&self, job: Job) -> Result<(), Refused> {
        if self.shared.is_stopping.load(Ordering::SeqCst) {
            return Err(Refused::Stopping);
        }
        self.sender.offer(job)
    }

    fn why_unanswered(&self) -> Refused {
        if self.shared.is_stopping.load(Ordering::SeqCst) {
            Refused::Stopping
        } else if self.shared.is_succeeded.load(Ordering::SeqCst) {
            Refused::Succeeded
        } else {
            Refused::Failed
        }
    }
}

impl Shared {
    /// Changes what tabs follow, and tells them if it is another now.
    fn update(&self, change: impl FnOnce(&mut ServedState)) {
        self.state.send_if_modified(|state| {
            let before = state.clone();
            change(state);
            *state != before
        });
    }

    /// Whether this view is what is published.
    fn shows(&self, mode: Mode, view: &Arc<BufferView>) -> bool {
        let views = self.views.read().unwrap_or_else(PoisonError::into_inner);
        let published = views.of(mode).as_ref();
        published.is_some_and(|published| Arc::ptr_eq(&published.view, view))
    }

    /// Publishes a view, and then that there is another.
    fn show(&self, mode: Mode, view: PublishedView) {
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        *views.of_mut(mode) = Some(view);
        drop(views);
        self.update(|state| state.modes.of_mut(mode).version += 1);
    }

    fn set_workspace(&self, workspace: Option<Arc<Workspace>>) {
        let mut held = self
            .workspace
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *held = workspace;
    }
}

/// Tells that the worker has ended, however it did.
struct Ending(Arc<Shared>);

impl Ending {
    fn say(self, how: Result<(), NotStopped>) {
        let mut ended = self.0.ended.lock().unwrap_or_else(PoisonError::into_inner);
        *ended = how;
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.is_stopping.store(true, Ordering::SeqCst);
        self.0.set_workspace(None);
        *self.0.views.write().unwrap_or_else(PoisonError::into_inner) = ByMode::default();
        self.0.has_ended.send_replace(true);
    }
}
