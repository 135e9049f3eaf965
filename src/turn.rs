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

mod beginning;
mod capacity;
mod draft;
mod group;
mod header;
mod heads;
mod journaling;
mod keep;
mod persona;
mod question;
mod reply_pieces;
mod reply_room;
mod save;
mod say;
mod sealed;

use crate::backend::NoReply;
use crate::identity::Keys;
use crate::model::{Birth, Hash, PublicKey, Thread, ThreadId, Timestamp};
use crate::prompt;
use crate::seal::Opener;
use crate::settings::Settings;
use crate::store::{CommitId, Journal, ReplyNumber, Store, StoreError};
use crate::verify::speakers_in;
use crate::workspace::{Acquaintances, Continued, Persona, WorkError, Workspace, with_tags};
use sealed::OwnSealer;
use std::collections::BTreeSet;
use std::path::PathBuf;

use group::Staged;

#[cfg(feature = "internals")]
pub use crate::prompt::Window;
pub use crate::workspace::{check_label, check_project, check_tag, check_title};
pub use beginning::{Beginning, default_title};
pub use group::{Saying, SayingError};
pub use keep::KeptAnswer;
pub use question::{GivenReply, Question, recorded_source};
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
    sealer: OwnSealer<'a>,
    /// Readers of whom it is to be told that they can't read what is said now.
    unreached: Vec<PublicKey>,
    held: IdleSession,
}

/// A session between two of its steps. It is alive: its journal is open, and nobody else recovers
/// it. It owns what it holds, and may be sent to another thread.
pub struct IdleSession {
    /// Where the repository is that it saves to. Its journal lies beside that.
    repository: PathBuf,
    thread: Thread,
    stored: Option<Thread>,
    /// The commit that holds `stored`.
    stored_in: Option<CommitId>,
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
    /// Whether the thread has messages of other people's copies that the stored one lacks.
    takes_over: bool,
    /// Replies of which nothing became, with their questions, and which the journal still has.
    unkept: Vec<(Hash, ReplyNumber)>,
    /// What is signed and not on disk yet.
    staged: Option<Staged>,
    /// Whether it is saved when somebody says so, and not by every fifth message.
    is_saved_when_asked: bool,
    /// A journal that was lost, and that another took the place of.
    lost_journal: Option<PathBuf>,
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
    /// Its window reaches into a thread that is for something else.
    #[error("what is said in one mode is not sent in another")]
    OtherMode,
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
        let title = beginning.title.clone();
        let title = title.unwrap_or_else(|| default_title(now));
        check_title(&title)?;
        beginning.tags.iter().try_for_each(|tag| check_tag(tag))?;
        beginning.project.as_deref().map_or(Ok(()), check_project)?;
        let birth = |id: ThreadId| Birth {
            id,
            title: title.clone(),
            author: keys.public(),
            created_at: now,
            mode: beginning.mode.as_str().to_owned(),
            project: beginning.project.clone(),
            tags: with_tags(&[], &beginning.tags),
        };
        let sealer = OwnSealer::new(workspace, keys);
        let readers = beginning.sealed_for.as_deref();
        if let Some(readers) = readers {
            workspace.ensure_card(keys)?;
            // Whether it can be sealed for them does not depend on its id.
            let first = birth(ThreadId::at(now));
            let mut tried = sealer.get().begin_sealed(first, readers)?;
            beginning.place(&sealer, &mut tried)?;
        }
        let make = |id: ThreadId| {
            let mut thread = match readers {
                None => Thread::begin(birth(id)),
                Some(readers) => {
                    let sealed = sealer.get().begin_sealed(birth(id), readers);
                    sealed.expect("it was tried")
                }
            };
            let placed = beginning.place(&sealer, &mut thread);
            placed.expect("it was tried");
            if thread.is_sealed() {
                keys.owner().sign_thread(&mut thread);
            }
            thread
        };
        let (journal, thread) = store.journal_new(&keys.public(), ThreadId::at(now), make)?;
        let held = IdleSession::new(store, thread, None, journal);
        Ok(Self {
            workspace,
            store,
            keys,
            sealer,
            unreached: Vec::new(),
            held,
        })
    }

    /// Goes on with a thread that was found at `commit` and is all true. What others said in it is
    /// taken over when something is said here, or asked, and not before.
    ///
    /// # Errors
    /// When it is sealed for others, or the journal can't be begun.
    pub fn resume(
        workspace: &'a Workspace,
        store: &'a Store,
        keys: &'a Keys,
        thread: impl Into<Continued>,
        commit: CommitId,
    ) -> Result<Self, WorkError> {
        time_of(workspace)?;
        let Continued { mut thread, stored } = thread.into();
        let takes_over = stored.as_ref() != Some(&thread);
        let sealer = OwnSealer::new(workspace, keys);
        if thread.is_sealed() {
            workspace.ensure_card(keys)?;
            sealer.get().open(&mut thread);
            sealed::ensure_reader(&keys.public(), sealer.get(), &thread)?;
        }
        let base = stored.as_ref().map(|_| commit);
        let journal = store.journal(stored.as_ref().unwrap_or(&thread), base)?;
        let mut held = IdleSession::new(store, thread, stored, journal);
        held.takes_over = takes_over;
        held.stored_in = base;
        Ok(Self {
            workspace,
            store,
            keys,
            sealer,
            unreached: Vec::new(),
            held,
        })
    }

    /// Lets go of what was lent; the thread stays held.
    pub fn idle(self) -> IdleSession {
        self.held
    }

    /// The thread as it is now.
    pub fn thread(&self) -> &Thread {
        &self.held.thread
    }

    /// What opens the sealed threads that the session's owner is a reader of.
    pub fn opener(&self) -> Opener {
        self.keys.opener()
    }

    /// What the people are called who said something in the thread, or whose AI did.
    pub fn acquaintances(&self) -> Acquaintances {
        let thread = self.thread();
        let speakers_of = |message| speakers_in(thread, message);
        let speakers: BTreeSet<_> = thread.messages().iter().flat_map(speakers_of).collect();
        self.workspace.acquaintances(speakers)
    }

    /// How many messages are not saved yet. They are in the journal.
    pub fn unsaved(&self) -> usize {
        self.held.unsaved
    }

    /// Whether this session has put anything into git.
    pub fn has_saved(&self) -> bool {
        self.held.own_commit.is_some()
    }

    /// How many bytes the thread's file has, or a few more.
    pub fn size(&self) -> usize {
        self.held.size
    }

    /// How many tokens the next question will send, roughly.
    pub fn prompt_tokens(&self) -> usize {
        prompt::whole_thread(self.thread(), self.settings().context_tokens).tokens
    }

    /// The commit that this session made last, if it made one.
    pub fn own_commit(&self) -> Option<CommitId> {
        self.held.own_commit
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
        if thread.thread.root() == self.thread().root() {
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
    /// The thread as it is now.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Whether something was said or changed that is not saved yet.
    pub fn is_unsaved(&self) -> bool {
        self.unsaved > 0 || self.is_changed
    }

    /// The commit that the session made last, if it made one.
    pub fn own_commit(&self) -> Option<CommitId> {
        self.own_commit
    }

    fn new(store: &Store, thread: Thread, stored: Option<Thread>, journal: Journal) -> Self {
        let size = thread.to_file().len();
        Self {
            repository: store.path().to_owned(),
            thread,
            stored,
            stored_in: None,
            own_commit: None,
            journal,
            unsaved: 0,
            is_changed: false,
            rebase_due: None,
            asked: None,
            persona: None,
            size,
            takes_over: false,
            unkept: Vec::new(),
            staged: None,
            is_saved_when_asked: false,
            lost_journal: None,
        }
    }

    /// The session, for its next step, with what it was begun with.
    ///
    /// # Errors
    /// Gives itself back where the keys or the store are others than it was begun with: it would
    /// sign as somebody else, or save where its journal is not.
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
            sealer: OwnSealer::new(workspace, keys),
            unreached: Vec::new(),
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
