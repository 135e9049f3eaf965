//! One mode's buffer: the thread that the next message stands in, held open while it is in use, and
//! what is shown.

use super::follow::OwnSave;
use super::group::Group;
use super::note::Note;
use super::threads::{self, Opened, Stored};
use super::window::Window;
use super::{BufferError, BufferNotice, BufferView, MessageLimit, Mode, Work};
use crate::mirror::Mirror;
use crate::model::{Face, Hash, State, Thread, Timestamp};
use crate::store::StoreError;
use crate::turn::{Beginning, IdleSession, Session};
use crate::workspace::{Obstacle, Purpose, WorkError};
use std::sync::Arc;

/// One mode's buffer.
pub(super) struct Buffer {
    pub mode: Mode,
    pub live: Option<Live>,
    /// The thread that the next message stands in; without one another begins.
    pub current: Option<Current>,
    pub window: Window,
    pub view: Arc<BufferView>,
    pub note: Note,
    pub mirror: Mirror,
    /// Whether the mirror shows what the buffer does.
    pub is_mirrored: bool,
    pub group: Group,
    /// The session of the thread that gave way to the current one, until that has its first message
    /// on disk. All of it is saved.
    pub gave_way: Option<IdleSession>,
    /// When the buffers were opened: for one in which nothing ever was.
    opened_at: Timestamp,
}

/// A session that is held open.
pub(super) struct Live {
    pub session: IdleSession,
    pub used: Timestamp,
}

/// The thread that the next message stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Current {
    pub root: Hash,
    /// How many messages it has.
    pub messages: usize,
    /// How many bytes its file has, or a few more.
    pub bytes: usize,
}

impl Current {
    fn of(thread: &Thread) -> Self {
        Self::with_size(thread, thread.to_file().len())
    }

    fn of_session(session: &Session<'_>) -> Self {
        Self::with_size(session.thread(), session.size())
    }

    fn with_size(thread: &Thread, bytes: usize) -> Self {
        Self {
            root: thread.root(),
            messages: thread.messages().len(),
            bytes,
        }
    }
}

impl Buffer {
    pub fn new(work: Work<'_>, mode: Mode, note: Note, limit: MessageLimit) -> Self {
        let now = work.workspace.now();
        Self {
            mode,
            live: None,
            current: None,
            window: Window::default(),
            view: Arc::new(BufferView {
                mode,
                messages: Vec::new(),
                last_updated: now,
                message_limit: limit,
                has_earlier: false,
                can_undo: false,
                is_sealed: false,
            }),
            note,
            mirror: Mirror::of(work.workspace.home(), mode),
            is_mirrored: false,
            group: Group::default(),
            gave_way: None,
            opened_at: now,
        }
    }

    /// The session of the current thread, woken, resumed or begun. It is to be put down again.
    pub fn session<'a>(&mut self, work: Work<'a>) -> Result<Session<'a>, BufferError> {
        if let Some(live) = self.live.take() {
            return wake(work, live.session);
        }
        match self.current {
            Some(current) => resume(work, self.mode, &current.root, Purpose::Continue),
            None => self.begin(work, None),
        }
    }

    /// A session of a new thread.
    pub fn begin<'a>(
        &self,
        work: Work<'a>,
        continues: Option<Hash>,
    ) -> Result<Session<'a>, BufferError> {
        let sealed_for = match work.workspace.settings().encrypt {
            true => Some(work.workspace.readers(work.keys, &[])?),
            false => None,
        };
        let beginning = Beginning {
            mode: self.mode,
            face: Some(Face::Buffer),
            continues,
            sealed_for,
            ..Beginning::default()
        };
        let begun = Session::begin(work.workspace, work.store, work.keys, beginning);
        let mut session = begun?;
        session.save_when_asked();
        Ok(session)
    }

    /// Whether something was said or changed that is not saved yet.
    pub fn is_unsaved(&self) -> bool {
        let live = self.live.as_ref();
        live.is_some_and(|live| live.session.is_unsaved())
    }

    /// Holds the session until it is needed again.
    pub fn put_down(&mut self, work: Work<'_>, session: Session<'_>) {
        self.current = Some(Current::of_session(&session));
        self.live = Some(Live {
            used: work.workspace.now(),
            session: session.idle(),
        });
    }

    /// Saves the session and lets go of it; returns what it saved last. Where it can't be saved it
    /// stays.
    pub fn close(&mut self, work: Work<'_>) -> Result<Option<OwnSave>, BufferError> {
        if self.live.is_none() {
            return Ok(None);
        }
        let mut session = self.session(work)?;
        if let Err(error) = session.save() {
            self.put_down(work, session);
            return Err(error.into());
        }
        let is_empty = session.thread().messages().is_empty();
        self.current = (!is_empty).then(|| Current::of_session(&session));
        let saved = OwnSave::of(&session);
        session.end()?;
        if is_empty && self.take_back_what_gave_way(work)? {
            return self.close(work);
        }
        Ok(Some(saved))
    }

    /// Where nothing was said in a thread, what gave way to it goes on; `false` if nothing did.
    fn take_back_what_gave_way(&mut self, work: Work<'_>) -> Result<bool, BufferError> {
        let Some(gave_way) = self.gave_way.take() else {
            return Ok(false);
        };
        let session = wake(work, gave_way)?;
        self.put_down(work, session);
        Ok(true)
    }

    /// Whether all that is not saved would be found in its journal after this process.
    pub fn secure(&mut self, work: Work<'_>) -> bool {
        if self.live.is_none() {
            return true;
        }
        let Ok(mut session) = self.session(work) else {
            return false;
        };
        let is_secure = session.secure();
        self.put_down(work, session);
        is_secure
    }

    /// Takes in what other processes did to the session's thread. A thread that was erased or
    /// archived is let go of.
    pub fn catch_up(&mut self, work: Work<'_>) -> Result<(), BufferError> {
        if self.live.is_none() {
            return Ok(());
        }
        let mut session = self.session(work)?;
        match session.catch_up() {
            Ok(_) => {}
            // Its journal stays, as that of a dead session does.
            Err(StoreError::Erased { .. }) => {
                self.current = None;
                return Ok(());
            }
            Err(error) => {
                self.put_down(work, session);
                return Err(error.into());
            }
        }
        let is_open = session.thread().state() == State::Active;
        let is_empty = session.thread().messages().is_empty();
        if is_open && !is_empty {
            self.put_down(work, session);
            return Ok(());
        }
        self.current = None;
        session.end()?;
        if is_empty && self.take_back_what_gave_way(work)? {
            return self.catch_up(work);
        }
        Ok(())
    }

    /// Looks anew at what the buffer's threads are and what they show.
    pub fn load(
        &mut self,
        work: Work<'_>,
        notices: &mut Vec<BufferNotice>,
    ) -> Result<(), BufferError> {
        self.catch_up(work)?;
        let found = threads::open(work, self.mode)?;
        if let Err(error) = threads::set_state(work, &found.to_archive, State::Archived) {
            notices.push(BufferNotice::NotArchived(error.to_string()));
        }
        for summary in &found.kept {
            let Some(root) = summary.root else { continue };
            if self.show(work, &root, notices)? {
                return Ok(());
            }
        }
        self.close(work)?;
        self.current = None;
        self.window = Window::default();
        Ok(())
    }

    /// Shows a thread of the buffer's. `false`: it is not one that can be shown.
    fn show(
        &mut self,
        work: Work<'_>,
        root: &Hash,
        notices: &mut Vec<BufferNotice>,
    ) -> Result<bool, BufferError> {
        let is_live = self.live.is_some() && self.current.is_some_and(|now| now.root == *root);
        if is_live {
            let session = self.session(work)?;
            let window = Window::of(work, self.mode, session.thread(), notices);
            self.put_down(work, session);
            self.window = window?;
            return Ok(true);
        }
        self.close(work)?;
        match threads::at_root(work, self.mode, root)? {
            Opened::Thread(thread) => {
                self.window = Window::of(work, self.mode, &thread, notices)?;
                self.current = Some(Current::of(&thread));
                Ok(true)
            }
            Opened::Missing => Ok(false),
            Opened::LeftOut(notice) => {
                notices.push(notice);
                Ok(false)
            }
        }
    }

    /// Shows what the session's thread shows now.
    pub fn show_session(
        &mut self,
        work: Work<'_>,
        session: &Session<'_>,
        notices: &mut Vec<BufferNotice>,
    ) -> Result<(), BufferError> {
        self.window = Window::of(work, self.mode, session.thread(), notices)?;
        Ok(())
    }

    /// Publishes what is to be shown from now on.
    pub fn publish(&mut self, limit: MessageLimit) {
        let messages = self.window.last(limit);
        let newest = messages.last().map(|shown| shown.message.timestamp());
        let cleared = self.note.cleared.as_ref().map(|clearing| clearing.at);
        let last_updated = newest.max(cleared).unwrap_or(self.opened_at);
        self.view = Arc::new(BufferView {
            mode: self.mode,
            has_earlier: self.window.has_earlier(limit),
            is_sealed: self.window.is_sealed(),
            can_undo: cleared.is_some() && self.window.is_empty(),
            messages,
            last_updated,
            message_limit: limit,
        });
        self.is_mirrored = false;
    }
}

/// The session that an idle one is, for its next step.
pub(super) fn wake<'a>(work: Work<'a>, idle: IdleSession) -> Result<Session<'a>, BufferError> {
    let woken = idle.wake(work.workspace, work.store, work.keys);
    woken.map_err(|refused| BufferError::NotWoken(refused.why))
}

/// A session of a buffer's thread by its root, archived or not.
pub(super) fn resume<'a>(
    work: Work<'a>,
    mode: Mode,
    root: &Hash,
    what: Purpose,
) -> Result<Session<'a>, BufferError> {
    let Stored { thread, commit } = match threads::stored(work, mode, root)? {
        Ok(stored) => stored,
        Err(Opened::LeftOut(BufferNotice::ThreadLeftOut { path, why })) => {
            return Err(BufferError::ThreadLeftOut { path, why });
        }
        Err(_) => return Err(WorkError::NotFound(root.to_string()).into()),
    };
    if what == Purpose::Continue && thread.state() == State::Archived {
        let id = thread.id().to_string();
        let why = Obstacle::Archived;
        return Err(WorkError::Unfit { id, what, why }.into());
    }
    let resumed = Session::resume(work.workspace, work.store, work.keys, thread, commit);
    let mut session = resumed?;
    session.save_when_asked();
    Ok(session)
}
