//! Going on with an older thread of a buffer.

use super::threads::{self, Opened};
use super::{BufferError, BufferNotice, Buffers, Mode, Work};
use crate::audit::Event;
use crate::model::{Hash, State, crash_point};
use crate::workspace::WorkError;

impl Buffers {
    /// Whether the next message of a mode stands in this thread.
    pub fn is_current(&mut self, mode: Mode, root: &Hash) -> bool {
        self.one(mode).current.is_some_and(|now| now.root == *root)
    }

    /// Goes on with an older thread of a mode's buffer: it is taken up again, and what else is open
    /// there is archived, in one commit.
    ///
    /// # Errors
    /// If it is none of the buffer's, or not true; if what was said can't be saved first, or the
    /// threads can't be changed. Then all is shown as before.
    pub fn go_on(&mut self, work: Work<'_>, mode: Mode, root: &Hash) -> Result<(), BufferError> {
        self.flush(work, mode);
        self.load(work, mode)?;
        if let Err(opened) = threads::stored(work, mode, root)? {
            return Err(refused(opened, root));
        }
        let wanted = threads::summary_of(work, mode, root)?;
        let wanted = wanted.ok_or_else(|| WorkError::NotFound(root.to_string()))?;
        self.one(mode).close(work)?;
        let open = threads::open(work, mode)?;
        let others = open.kept.into_iter().chain(open.to_archive);
        let others = others.filter(|thread| thread.root != Some(*root)).collect();
        let mut changed = threads::true_ones(work, mode, others, &mut self.notices)?;
        if !changed.is_empty() {
            self.keep_old_view(work, mode);
        }
        changed.push(wanted);
        let organiser = work.workspace.organiser();
        organiser.change_all(work.keys, &changed, |changing| {
            let state = match changing.thread().root() == *root {
                true => State::Active,
                false => State::Archived,
            };
            changing.set_state(state);
            Ok(())
        })?;
        crash_point!("buffer-gone-on");
        self.load(work, mode)?;
        self.mirror(work, mode);
        self.note_event(work, &Event::buffer_gone_on(mode, *root));
        self.see_tip(work)
    }
}

fn refused(opened: Opened, root: &Hash) -> BufferError {
    match opened {
        Opened::LeftOut(BufferNotice::ThreadLeftOut { path, why }) => {
            BufferError::ThreadLeftOut { path, why }
        }
        _ => WorkError::NotFound(root.to_string()).into(),
    }
}
