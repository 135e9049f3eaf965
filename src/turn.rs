//! A turn, as every face takes it: the person's message is signed and on disk before anybody is
//! asked; the answer is signed with the agent's key and on disk before it is called received; every
//! fifth message the thread is saved.
//!
//! ```text
//! say       sign ── journal (fsync) ── 5th: save            needs the session
//! question  the thread so far ── prompt                     needs the session, changes nothing
//! ask       backend ── pieces into the journal              needs no session: any thread, any time
//! keep      sign ── journal (fsync) ── 5th: save            needs the session
//! ```
//!
//! Asking takes as long as an AI takes, and needs nothing of the session: a [`Question`] owns all
//! that is sent, and a handle on the journal for the pieces of the reply. So whoever serves several
//! people holds a session for no longer than its own work takes. What became of the thread meanwhile
//! is looked at when the answer is kept. [`Session::ask`] takes the three steps in one.

mod capacity;
mod header;
mod heads;
mod keep;
mod persona;
mod question;
mod reply_pieces;
mod save;
mod say;

use crate::backend::NoReply;
use crate::identity::Keys;
use crate::model::{Birth, Hash, Thread, ThreadId, Timestamp};
use crate::prompt;
use crate::settings::Settings;
use crate::store::{CommitId, Journal, ReplyNumber, Store, StoreError};
use crate::verify::Verified;
use crate::workspace::{Persona, WorkError, Workspace, with_tags};
use std::path::PathBuf;

pub use crate::workspace::{check_project, check_tag, check_title};
pub use keep::KeptAnswer;
pub use question::{GivenReply, Question};
pub use say::Accepted;

/// A live session: one thread, open for writing, and what is needed to write.
///
/// The store, the settings and the keys are lent, not shared: a repository and a database may be
/// sent to another thread and not be used by two, and keys stay with whoever may wipe them. Who
/// holds many sessions keeps them as [`IdleSession`]s, and wakes one for each step.
pub struct Session<'a> {
    workspace: &'a Workspace,
    store: &'a Store,
    keys: &'a Keys,
    held: IdleSession,
}

/// A session between two of its steps. It is alive: its journal is open, and nobody else recovers
/// it. It owns what it holds, and may be sent to another thread.
pub struct IdleSession {
    /// Where the repository is that it saves to. Its journal lies beside that.
    repository: PathBuf,
    thread: Thread,
    stored: Option<Thread>,
    own_commit: Option<CommitId>,
    journal: Journal,
    unsaved: usize,
    is_changed: bool,
    /// The commit with other sessions' messages of which the journal does not know yet.
    rebase_due: Option<CommitId>,
    /// The question that was asked last in this session.
    asked: Option<Hash>,
    /// The persona that was set in this session.
    persona: Option<Persona>,
    /// How many bytes the thread's file has, or a few more.
    size: usize,
    /// Replies of which nothing became, with their questions, and which the journal still has.
    unkept: Vec<(Hash, ReplyNumber)>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The AI gave none. The question stays, unanswered.
    #[error(transparent)]
    NoReply(#[from] NoReply),
    /// There is nothing to answer.
    #[error("there is no message to answer yet")]
    NothingToAnswer,
    /// The question was asked in another thread.
    #[error("the question stands in another thread")]
    AnotherThread,
    /// The answer came and could not be kept.
    #[error("the answer could not be kept: {0}")]
    Store(#[from] StoreError),
}

/// A session that was not woken.
#[cfg_attr(
    not(feature = "internals"),
    expect(dead_code, reason = "a server holds sessions")
)]
pub struct NotWoken {
    /// The session, as it was.
    pub session: IdleSession,
    /// Why not.
    pub why: WakeError,
}

/// Why a session can't be woken with what it was lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WakeError {
    /// The keys are not those of the thread's signer.
    #[error("the session is another person's")]
    OtherKeys,
    /// The store is another home's.
    #[error("the session's thread rests in another store")]
    OtherStore,
}

/// What a new thread begins with; the rest follows from who and when.
#[derive(Debug, Clone, Default)]
pub struct Beginning {
    /// The title; without one, `chat_` and the date and time.
    pub title: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// The project it belongs to.
    pub project: Option<String>,
}

/// From where a session went on with the thread that was named.
#[derive(Debug)]
pub enum GoneOn {
    /// It is in that thread already.
    Here,
    /// From this thread, if anything was said in it. It is saved.
    From(Option<Box<Thread>>),
}

impl<'a> Session<'a> {
    /// Begins a new thread. Its id is reserved from now on.
    ///
    /// # Errors
    /// When the title, a tag or the project is not accepted, or the journal can't be begun.
    pub fn begin(
        workspace: &'a Workspace,
        store: &'a Store,
        keys: &'a Keys,
        beginning: Beginning,
    ) -> Result<Self, WorkError> {
        let now = time_of(workspace)?;
        let title = beginning.title.unwrap_or_else(|| default_title(now));
        check_title(&title)?;
        beginning.tags.iter().try_for_each(|tag| check_tag(tag))?;
        beginning.project.as_deref().map_or(Ok(()), check_project)?;
        let make = |id: ThreadId| {
            Thread::begin(Birth {
                id,
                title: title.clone(),
                author: keys.public(),
                created_at: now,
                mode: "conversation".to_owned(),
                project: beginning.project.clone(),
                tags: with_tags(&[], &beginning.tags),
            })
        };
        let (journal, thread) = store.journal_new(&keys.public(), ThreadId::at(now), make)?;
        let held = IdleSession::new(store, thread, None, journal);
        Ok(Self {
            workspace,
            store,
            keys,
            held,
        })
    }

    /// Goes on with a thread that was found at `commit` and is all true.
    ///
    /// # Errors
    /// When the journal can't be begun.
    pub fn resume(
        workspace: &'a Workspace,
        store: &'a Store,
        keys: &'a Keys,
        thread: Verified<Thread>,
        commit: CommitId,
    ) -> Result<Self, WorkError> {
        time_of(workspace)?;
        let thread = thread.into_inner();
        let journal = store.journal(&thread, Some(commit))?;
        let held = IdleSession::new(store, thread.clone(), Some(thread), journal);
        Ok(Self {
            workspace,
            store,
            keys,
            held,
        })
    }

    /// Lets go of what was lent; the thread stays held.
    #[cfg_attr(
        not(feature = "internals"),
        expect(dead_code, reason = "a server holds sessions")
    )]
    pub fn idle(self) -> IdleSession {
        self.held
    }

    /// The thread as it is now.
    pub fn thread(&self) -> &Thread {
        &self.held.thread
    }

    /// How many messages are not saved yet. They are in the journal.
    pub fn unsaved(&self) -> usize {
        self.held.unsaved
    }

    /// Whether this session has put anything into git.
    pub fn has_saved(&self) -> bool {
        self.held.own_commit.is_some()
    }

    /// How many tokens the next question will send, roughly.
    pub fn prompt_tokens(&self) -> usize {
        prompt::whole_thread(self.thread(), self.settings().context_tokens).tokens
    }

    /// The settings that it keeps to.
    pub fn settings(&self) -> &Settings {
        self.workspace.settings()
    }

    /// Where the thread rests on its owner's branch, once it is saved.
    pub fn path(&self) -> Option<String> {
        let entries = self.store.with_id(self.thread().id()).ok()?;
        let mut own = entries
            .into_iter()
            .filter(|entry| entry.owner == self.keys.public());
        own.next().map(|entry| entry.path)
    }

    /// Saves and leaves this thread and goes on with the one that a query names.
    ///
    /// # Errors
    /// When there is no such thread or it can't be gone on with; when this one can't be saved.
    pub fn go_on_with(&mut self, query: &str) -> Result<GoneOn, WorkError> {
        let found = self.workspace.threads().find(query)?;
        let (thread, commit) = self
            .workspace
            .threads()
            .continuable(found, &self.keys.public())?;
        if thread.root() == self.thread().root() {
            return Ok(GoneOn::Here);
        }
        let next = Self::resume(self.workspace, self.store, self.keys, thread, commit)?;
        let left = std::mem::replace(self, next).end()?;
        Ok(GoneOn::From(left.map(Box::new)))
    }

    /// Saves and leaves this thread and begins another. Returns the thread that was left, if
    /// anything was said in it.
    ///
    /// # Errors
    /// Those of [`Session::begin`]; when this thread can't be saved.
    pub fn begin_another(&mut self, beginning: Beginning) -> Result<Option<Thread>, WorkError> {
        let next = Self::begin(self.workspace, self.store, self.keys, beginning)?;
        Ok(std::mem::replace(self, next).end()?)
    }

    /// Saves and ends the session. A thread without a message leaves nothing behind. What is still
    /// being asked can be kept in another session of the thread.
    ///
    /// # Errors
    /// When it can't be saved; the journal stays, and is recovered later.
    pub fn end(mut self) -> Result<Option<Thread>, StoreError> {
        self.save()?;
        self.held.journal.close()?;
        Ok(self.held.stored)
    }
}

impl IdleSession {
    fn new(store: &Store, thread: Thread, stored: Option<Thread>, journal: Journal) -> Self {
        let size = thread.to_file().len();
        Self {
            repository: store.path().to_owned(),
            thread,
            stored,
            own_commit: None,
            journal,
            unsaved: 0,
            is_changed: false,
            rebase_due: None,
            asked: None,
            persona: None,
            size,
            unkept: Vec::new(),
        }
    }

    /// The session, for its next step, with what it was begun with.
    ///
    /// # Errors
    /// Gives itself back where the keys or the store are others than it was begun with: it would
    /// sign as somebody else, or save where its journal is not.
    #[cfg_attr(
        not(feature = "internals"),
        expect(dead_code, reason = "a server holds sessions")
    )]
    pub fn wake<'a>(
        self,
        workspace: &'a Workspace,
        store: &'a Store,
        keys: &'a Keys,
    ) -> Result<Session<'a>, Box<NotWoken>> {
        let why = if keys.public() != self.thread.signer() {
            Some(WakeError::OtherKeys)
        } else if store.path() != self.repository {
            Some(WakeError::OtherStore)
        } else {
            None
        };
        if let Some(why) = why {
            return Err(Box::new(NotWoken { session: self, why }));
        }
        Ok(Session {
            workspace,
            store,
            keys,
            held: self,
        })
    }
}

/// The time, if the record still has times after it.
fn time_of(workspace: &Workspace) -> Result<Timestamp, StoreError> {
    let now = workspace.now();
    if now.is_last() {
        Err(StoreError::NoTimeLeft)
    } else {
        Ok(now)
    }
}

/// The title of a thread that was given none: fixed, never inferred from what is said.
pub fn default_title(now: Timestamp) -> String {
    now.utc().format("chat_%Y%m%d_%H%M%S").to_string()
}
