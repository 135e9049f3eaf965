//! Both modes' buffers of one home.

use super::follow::OwnSave;
use super::note::{BadNote, Note};
use super::one::{self, Buffer};
use super::{
    BufferError, BufferNotice, BufferView, ByMode, MessageLimit, Mode, NotKept, Work, limit,
    threads,
};
use crate::audit::{Event, Sync, Trail};
use crate::model::{Hash, crash_point};
use crate::store::{BranchFinding, CommitId};
use crate::turn::Session;
use crate::workspace::Purpose;
use std::collections::HashSet;
use std::sync::Arc;

/// Both modes' buffers of one home.
pub struct Buffers {
    one: ByMode<Buffer>,
    pub(super) limit: MessageLimit,
    trail: Trail,
    /// The tip of the branch that the views were made of.
    pub(super) seen: Option<CommitId>,
    pub(super) notices: Vec<BufferNotice>,
    /// The threads of which it was told that they are not shown.
    left_out: HashSet<String>,
    /// What of the branch it was told that it lacks.
    pub(super) lacks: Option<BranchFinding>,
    /// The same, while it could not be brought back.
    pub(super) told_lack: Option<BranchFinding>,
}

impl Buffers {
    /// Opens the buffers of a home. What dead sessions left is to be recovered before. A buffer's
    /// file that another program left is taken into the record, once.
    ///
    /// # Errors
    /// If the threads can't be read, or that file can't be taken in.
    pub fn open(work: Work<'_>, trail: Trail) -> Result<Self, BufferError> {
        let (limit, notice) = limit::read(work.workspace.home());
        let mut notices: Vec<_> = notice.into_iter().collect();
        let one = |mode| {
            let note = match Note::read(work.workspace.home(), mode) {
                Ok(note) => note,
                Err(BadNote { path, why }) => {
                    notices.push(BufferNotice::BadNote { path, why });
                    // Rather take nothing in than what is our own mirror.
                    Note {
                        is_settled: true,
                        ..Note::default()
                    }
                }
            };
            Buffer::new(work, mode, note, limit)
        };
        let mut buffers = Self {
            one: ByMode::each(one),
            limit,
            trail,
            seen: None,
            notices,
            left_out: HashSet::new(),
            lacks: None,
            told_lack: None,
        };
        buffers.see_tip(work)?;
        for mode in Mode::ALL {
            buffers.load(work, mode)?;
            buffers.carry_over(work, mode)?;
            buffers.settle(work, mode)?;
            buffers.mirror(work, mode);
        }
        Ok(buffers)
    }

    pub(super) fn one(&mut self, mode: Mode) -> &mut Buffer {
        self.one.of_mut(mode)
    }

    /// What a buffer shows.
    pub fn view(&self, mode: Mode) -> Arc<BufferView> {
        Arc::clone(&self.one.of(mode).view)
    }

    /// Whether a buffer shows something, and not of this thread.
    pub fn shows_another(&self, mode: Mode, root: &Hash) -> bool {
        let buffer = self.one.of(mode);
        let is_current = buffer.current.is_some_and(|now| now.root == *root);
        !is_current && !buffer.window.is_empty()
    }

    /// What happened that the owner is to know, since this was asked last.
    pub fn take_notices(&mut self) -> Vec<BufferNotice> {
        for mode in Mode::ALL {
            let live = self.one(mode).live.as_mut();
            let lost = live.and_then(|live| live.session.take_lost_journal());
            self.notices.extend(lost.map(BufferNotice::JournalReplaced));
        }
        std::mem::take(&mut self.notices)
    }

    /// How many messages each buffer shows at the most.
    pub fn limit(&self) -> MessageLimit {
        self.limit
    }

    /// Shows more messages, or fewer, from now on.
    ///
    /// # Errors
    /// If it can't be written, or what is written there can't be understood.
    pub fn set_limit(&mut self, work: Work<'_>, limit: MessageLimit) -> Result<(), BufferError> {
        limit::write(work.workspace.home(), limit)?;
        let before = std::mem::replace(&mut self.limit, limit);
        for mode in Mode::ALL {
            let buffer = self.one(mode);
            let shown = buffer.window.count(before);
            let remaining = buffer.window.count(limit);
            buffer.publish(limit);
            if remaining < shown {
                let removed = shown - remaining;
                self.note_event(work, &Event::buffer_pruned(mode, removed, remaining));
            }
        }
        Ok(())
    }

    /// Saves what is not saved yet, and brings the mirrors up to date. What can't be saved is in its
    /// journal, and is told.
    pub fn save(&mut self, work: Work<'_>) {
        for mode in Mode::ALL {
            if let Err(why) = self.save_one(work, mode) {
                // Whoever took the repository away may have taken the journal, too.
                let is_in_journal = self.one(mode).secure(work);
                let not_kept = NotKept { why, is_in_journal };
                self.notices.push(BufferNotice::NotSaved(not_kept));
            }
            self.mirror(work, mode);
        }
    }

    fn save_one(&mut self, work: Work<'_>, mode: Mode) -> Result<(), BufferError> {
        self.flush(work, mode);
        let buffer = self.one(mode);
        if !buffer.is_unsaved() {
            return Ok(());
        }
        let mut session = buffer.session(work)?;
        let from_elsewhere = session.save();
        let saved = OwnSave::of(&session);
        buffer.put_down(work, session);
        if from_elsewhere? > 0 {
            self.load(work, mode)?;
        }
        self.see_own_save(work, &saved)
    }

    /// Whether something is not saved, or not mirrored, yet.
    pub fn is_unsaved(&self) -> bool {
        Mode::ALL.into_iter().any(|mode| {
            let buffer = self.one.of(mode);
            buffer.is_unsaved() || !buffer.is_mirrored
        })
    }

    /// Lets go of the sessions that were not used for so many milliseconds, and in which no reply is
    /// coming: then other programs may erase, rename and archive their threads.
    ///
    /// # Errors
    /// If one can't be saved; it stays open.
    pub fn close_idle(&mut self, work: Work<'_>, idle: i64) -> Result<(), BufferError> {
        let now = work.workspace.now().millis();
        for mode in Mode::ALL {
            self.flush(work, mode);
            let buffer = self.one(mode);
            let live = buffer.live.as_ref();
            let resting = live.filter(|live| !live.session.awaits_reply());
            if resting.is_some_and(|live| now - live.used.millis() >= idle)
                && let Some(saved) = buffer.close(work)?
            {
                self.see_own_save(work, &saved)?;
            }
        }
        Ok(())
    }

    /// Whether a session is held open.
    #[cfg(feature = "internals")]
    pub fn is_any_open(&self) -> bool {
        let is_open = |mode| self.one.of(mode).live.is_some();
        Mode::ALL.into_iter().any(is_open)
    }

    /// Does something with the session of a buffer's current thread, which is begun if there is
    /// none; then what it shows is shown.
    ///
    /// # Errors
    /// If the session can't be opened, or what it shows can't be read.
    pub fn with_session<T>(
        &mut self,
        work: Work<'_>,
        mode: Mode,
        step: impl FnOnce(&mut Session<'_>) -> T,
    ) -> Result<T, BufferError> {
        self.flush(work, mode);
        let limit = self.limit;
        let mut notices = Vec::new();
        let buffer = self.one(mode);
        let mut session = buffer.session(work)?;
        let before = session.thread().heads();
        let done = step(&mut session);
        let mut shown = Ok(());
        if session.thread().heads() != before {
            shown = buffer.show_session(work, &session, &mut notices);
            buffer.publish(limit);
        }
        buffer.put_down(work, session);
        self.tell(notices);
        shown?;
        Ok(done)
    }

    /// Does something with the session of one of a buffer's threads, also of one that gave way or
    /// was archived meanwhile.
    ///
    /// # Errors
    /// If there is no such thread, or it can't be opened or saved.
    pub fn with_session_of<T>(
        &mut self,
        work: Work<'_>,
        mode: Mode,
        root: &Hash,
        step: impl FnOnce(&mut Session<'_>) -> T,
    ) -> Result<T, BufferError> {
        if self.one(mode).current.is_some_and(|now| now.root == *root) {
            return self.with_session(work, mode, step);
        }
        let mut session = one::resume(work, mode, root, Purpose::Change)?;
        let done = step(&mut session);
        session.end()?;
        self.load(work, mode)?;
        self.see_tip(work)?;
        Ok(done)
    }

    /// Saves all and lets go of it.
    ///
    /// # Errors
    /// If something can't be saved; whether it is in its journal was looked at.
    pub fn end(mut self, work: Work<'_>) -> Result<Vec<BufferNotice>, NotKept> {
        self.save(work);
        let mut not_kept = None;
        for mode in Mode::ALL {
            let buffer = self.one(mode);
            if let Err(why) = buffer.close(work) {
                let is_in_journal = buffer.secure(work);
                not_kept = NotKept::worse(not_kept, NotKept { why, is_in_journal });
            }
        }
        match not_kept {
            None => Ok(self.take_notices()),
            Some(not_kept) => Err(not_kept),
        }
    }

    /// Looks anew at a buffer's threads, and shows them.
    pub(super) fn load(&mut self, work: Work<'_>, mode: Mode) -> Result<(), BufferError> {
        self.bring_together(work)?;
        let limit = self.limit;
        let mut notices = Vec::new();
        let buffer = self.one(mode);
        let loaded = buffer.load(work, &mut notices);
        if loaded.is_ok() {
            buffer.publish(limit);
        }
        self.tell(notices);
        loaded
    }

    /// Tells what is new: of a thread that is not shown only once.
    fn tell(&mut self, notices: Vec<BufferNotice>) {
        for notice in notices {
            let is_new = match &notice {
                BufferNotice::ThreadLeftOut { path, .. } => self.left_out.insert(path.clone()),
                _ => true,
            };
            if is_new {
                self.notices.push(notice);
            }
        }
    }

    /// Writes the mirror, if something else is shown than it has.
    pub(super) fn mirror(&mut self, work: Work<'_>, mode: Mode) {
        let now = work.workspace.now();
        let buffer = self.one(mode);
        if buffer.is_mirrored {
            return;
        }
        let written = if buffer.view.is_sealed {
            buffer.mirror.remove(now)
        } else {
            buffer.mirror.write(&buffer.view.to_json(), now)
        };
        // What the disk refuses is tried again with what is shown next.
        buffer.is_mirrored = true;
        match written {
            Ok(aside) => self.notices.extend(aside.map(BufferNotice::SetAside)),
            Err(error) => self.notices.push(BufferNotice::NotMirrored(error)),
        }
    }

    /// Keeps what a buffer shows, packed, before it shows something else.
    pub(super) fn keep_old_view(&mut self, work: Work<'_>, mode: Mode) {
        let view = self.view(mode);
        if view.messages.is_empty() || view.is_sealed {
            return;
        }
        let kept = self
            .one(mode)
            .mirror
            .archive(&view.to_json(), work.workspace.now());
        if let Err(error) = kept {
            self.notices.push(BufferNotice::NotMirrored(error));
        }
    }

    pub(super) fn note_event(&mut self, work: Work<'_>, event: &Event) {
        if let Err(error) = self.trail.append(event, work.workspace.now(), Sync::Later) {
            self.notices.push(BufferNotice::NotAudited(error));
        }
    }

    /// Takes in, once, what another program left in the mirror's place.
    fn settle(&mut self, work: Work<'_>, mode: Mode) -> Result<(), BufferError> {
        if self.one(mode).note.is_settled {
            return Ok(());
        }
        self.take_in_what_was_there(work, mode, threads::are_any(work, mode)?)?;
        crash_point!("buffer-settled");
        let buffer = self.one(mode);
        buffer.note.is_settled = true;
        buffer.note.write(work.workspace.home(), mode)
    }
}
