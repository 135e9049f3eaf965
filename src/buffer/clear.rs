//! Clearing a buffer, and bringing back what was cleared last.

use super::note::Clearing;
use super::threads;
use super::window::Window;
use super::{BufferError, Buffers, Mode, Work};
use crate::audit::Event;
use crate::model::{Hash, State, crash_point};

impl Buffers {
    /// Clears a buffer: every open thread of its mode is archived. Nothing is lost, and nothing
    /// comes back by itself. An empty one is cleared as well.
    ///
    /// # Errors
    /// If what was said can't be saved first, or the threads can't be archived. Then all is shown as
    /// before.
    pub fn clear(&mut self, work: Work<'_>, mode: Mode) -> Result<(), BufferError> {
        self.flush(work, mode);
        self.load(work, mode)?;
        self.one(mode).close(work)?;
        let open = threads::open(work, mode)?;
        let all: Vec<_> = open.kept.into_iter().chain(open.to_archive).collect();
        let all = threads::true_ones(work, mode, all, &mut self.notices)?;
        let roots: Vec<Hash> = all.iter().filter_map(|thread| thread.root).collect();
        if !all.is_empty() {
            self.keep_old_view(work, mode);
            let at = work.workspace.now();
            let buffer = self.one(mode);
            let before = buffer.note.cleared.replace(Clearing { at, roots });
            if let Err(error) = buffer.note.write(work.workspace.home(), mode) {
                buffer.note.cleared = before;
                return Err(error);
            }
            crash_point!("buffer-clearing-noted");
            threads::set_state(work, &all, State::Archived)?;
            crash_point!("buffer-cleared");
        }
        let limit = self.limit;
        let buffer = self.one(mode);
        buffer.current = None;
        buffer.window = Window::default();
        buffer.publish(limit);
        self.mirror(work, mode);
        self.note_event(work, &Event::buffer_cleared(mode));
        self.see_tip(work)
    }

    /// Brings back what was cleared last, as long as nothing was said in the mode since.
    ///
    /// # Errors
    /// If nothing was cleared, or something was said since; if the threads can't be restored.
    pub fn undo_clear(&mut self, work: Work<'_>, mode: Mode) -> Result<(), BufferError> {
        self.flush(work, mode);
        self.load(work, mode)?;
        let cleared = self.one(mode).note.cleared.clone();
        let cleared = cleared.ok_or(BufferError::NothingToUndo(mode))?;
        let newest = threads::newest_begun(work, mode)?;
        let is_newer = |root: Hash| !cleared.roots.contains(&root);
        let was_said = newest.is_some_and(|newest| {
            newest.root.is_some_and(is_newer) && newest.created_at >= cleared.at.to_string()
        });
        if was_said || !self.one(mode).window.is_empty() {
            return Err(BufferError::NothingToUndo(mode));
        }
        let mut threads = Vec::new();
        for root in &cleared.roots {
            threads.extend(threads::summary_of(work, mode, root)?);
        }
        if threads.is_empty() {
            // All of it was erased since.
            return Err(BufferError::NothingToUndo(mode));
        }
        self.one(mode).close(work)?;
        threads::set_state(work, &threads, State::Active)?;
        crash_point!("buffer-restored");
        let buffer = self.one(mode);
        buffer.note.cleared = None;
        buffer.note.write(work.workspace.home(), mode)?;
        self.load(work, mode)?;
        self.mirror(work, mode);
        self.note_event(work, &Event::buffer_restored(mode));
        self.see_tip(work)
    }
}
