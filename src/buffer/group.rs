//! Appending: what waits is signed one by one, and comes to disk together.

use super::follow::OwnSave;
use super::one::{self, Buffer};
use super::{Appended, BufferError, BufferNotice, Buffers, ByMode, Mode, NewMessage, Staged, Work};
use crate::audit::Event;
use crate::model::{Hash, State, crash_point};
use crate::turn::{IdleSession, Saying, Session};

/// A buffer's thread gives way to another when it has so many messages: then a save never writes
/// more than that.
pub const MOST_IN_THREAD: usize = 1_000;

/// Or when its file has so many bytes. All of it is written with each save and read with each start:
/// so much is done in a moment, and is more than a thousand messages of a talk have.
pub const MOST_BYTES_IN_THREAD: usize = 8 << 20;

/// What was staged for one buffer since the last commit.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// What waits to be written.
    pending: usize,
    /// What became of all before.
    outcomes: Vec<Outcome>,
}

type Outcome = Result<Appended, String>;

impl Group {
    fn is_empty(&self) -> bool {
        self.pending == 0
    }

    fn fail(&mut self, why: &BufferError) {
        let failed = std::iter::repeat_n(Err(why.to_string()), self.pending);
        self.outcomes.extend(failed);
        self.pending = 0;
    }
}

/// What became of all that was staged.
#[derive(Debug, Default)]
pub struct Committed(ByMode<Vec<Outcome>>);

impl Committed {
    /// What became of one message.
    ///
    /// # Errors
    /// If it was not written; then nobody will ever see it.
    pub fn of(&self, staged: &Staged) -> Result<Appended, BufferError> {
        match self.0.of(staged.mode).get(staged.place) {
            Some(Ok(appended)) => Ok(*appended),
            Some(Err(why)) => Err(BufferError::GroupNotWritten(why.clone())),
            None => Err(BufferError::GroupNotWritten("it was not staged".to_owned())),
        }
    }
}

impl Buffers {
    /// Signs a message for a buffer. It is neither on disk nor shown before [`Buffers::commit`].
    ///
    /// # Errors
    /// If it is not accepted, or its thread can't be opened or has no room for it. All that was
    /// staged before stays staged.
    pub fn stage(
        &mut self,
        work: Work<'_>,
        mode: Mode,
        message: NewMessage,
    ) -> Result<Staged, BufferError> {
        message.check()?;
        self.stage_saying(work, mode, message.into_saying())
    }

    pub(super) fn stage_saying(
        &mut self,
        work: Work<'_>,
        mode: Mode,
        saying: Saying,
    ) -> Result<Staged, BufferError> {
        self.give_way(work, mode)?;
        let buffer = self.one(mode);
        let mut session = buffer.session(work)?;
        let staged = session.stage(saying);
        buffer.put_down(work, session);
        let id = staged?;
        let group = &mut buffer.group;
        let place = group.outcomes.len() + group.pending;
        group.pending += 1;
        Ok(Staged { mode, id, place })
    }

    /// Brings to disk all that is staged: what of one mode is written together, or not at all.
    pub fn commit(&mut self, work: Work<'_>) -> Committed {
        Committed(ByMode::each(|mode| {
            self.flush(work, mode);
            std::mem::take(&mut self.one(mode).group.outcomes)
        }))
    }

    /// Brings to disk what is staged for one buffer.
    pub(super) fn flush(&mut self, work: Work<'_>, mode: Mode) {
        let buffer = self.one(mode);
        if buffer.group.is_empty() {
            return;
        }
        let mut session = match buffer.session(work) {
            Ok(session) => session,
            Err(error) => return buffer.group.fail(&error),
        };
        match session.commit_staged() {
            Ok(committed) => {
                self.show_group(work, mode, &session, &committed.messages);
                self.one(mode).put_down(work, session);
                self.archive_what_gave_way(work, mode);
            }
            Err(error) => {
                buffer.put_down(work, session);
                buffer.group.fail(&error.into());
            }
        }
    }

    /// Shows what came to disk, and lets go of the oldest for it.
    fn show_group(&mut self, work: Work<'_>, mode: Mode, session: &Session<'_>, messages: &[Hash]) {
        let limit = self.limit;
        let buffer = self.one(mode);
        let before = buffer.window.count(limit);
        let all = session.thread().messages();
        let newest = &all[all.len().saturating_sub(messages.len())..];
        for (number, message) in newest.iter().enumerate() {
            buffer.window.push(session.thread(), message);
            let message_count = (before + number + 1).min(limit.get());
            let id = message.id();
            buffer
                .group
                .outcomes
                .push(Ok(Appended { id, message_count }));
        }
        buffer.group.pending = 0;
        buffer.publish(limit);
        let remaining = buffer.window.count(limit);
        let removed = before + newest.len() - remaining;
        if removed > 0 {
            self.note_event(work, &Event::buffer_pruned(mode, removed, remaining));
        }
    }

    /// A long thread gives way to another, which begins with the next message.
    fn give_way(&mut self, work: Work<'_>, mode: Mode) -> Result<(), BufferError> {
        if !self.one(mode).is_long() {
            return Ok(());
        }
        self.flush(work, mode);
        let buffer = self.one(mode);
        if !buffer.is_long() {
            return Ok(());
        }
        let mut session = buffer.session(work)?;
        let root = session.thread().root();
        let saved = session.save().map_err(BufferError::from);
        match saved.and_then(|_| buffer.begin(work, Some(root))) {
            Ok(next) => {
                buffer.gave_way = Some(session.idle());
                buffer.put_down(work, next);
                Ok(())
            }
            Err(error) => {
                buffer.put_down(work, session);
                Err(error)
            }
        }
    }

    /// The successor has its first message on disk: the thread before it is archived.
    fn archive_what_gave_way(&mut self, work: Work<'_>, mode: Mode) {
        let Some(gave_way) = self.one(mode).gave_way.take() else {
            return;
        };
        crash_point!("buffer-gave-way");
        self.keep_old_view(work, mode);
        if let Err(error) = self.archive(work, gave_way) {
            // The next look at the threads does it.
            let notice = BufferNotice::NotArchived(error.to_string());
            self.notices.push(notice);
        }
    }

    /// All of it is in its session: it need not be found and read again.
    fn archive(&mut self, work: Work<'_>, gave_way: IdleSession) -> Result<(), BufferError> {
        let mut session = one::wake(work, gave_way)?;
        session.set_state(State::Archived)?;
        session.save()?;
        let saved = OwnSave::of(&session);
        session.end()?;
        self.see_own_save(work, &saved)
    }
}

impl Buffer {
    fn is_long(&self) -> bool {
        self.current.is_some_and(|current| {
            current.messages >= MOST_IN_THREAD || current.bytes >= MOST_BYTES_IN_THREAD
        })
    }
}
