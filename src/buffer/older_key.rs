//! A buffer goes on under the key that took the place of an older one.

use super::threads;
use super::{BufferError, BufferNotice, Buffers, Mode, Work};
use crate::model::Hash;

impl Buffers {
    /// Where the owner took a newer key, the open thread of the older one becomes one of theirs, in
    /// its place, unless the buffer has a thread under the newer key, or had that one already. Where
    /// there is no older key that costs a look at the owner's card.
    ///
    /// # Errors
    /// If the threads can't be read, or that can't be noted.
    pub(super) fn carry_over(&mut self, work: Work<'_>, mode: Mode) -> Result<(), BufferError> {
        let Some(older) = threads::of_older_key(work, mode)? else {
            return Ok(());
        };
        let Some(root) = older.root.filter(|_| older.messages > 0) else {
            return Ok(());
        };
        let was_carried = self.one(mode).note.carried.contains(&root);
        if was_carried || threads::are_any(work, mode)? {
            return Ok(());
        }
        let found = work.workspace.threads().identified(&root.to_string())?;
        let path = found.path.clone();
        let carried = work.workspace.organiser().carried_over(work.keys, found);
        if let Err(error) = carried {
            let why = error.to_string();
            let notice = BufferNotice::ThreadLeftOut { path, why };
            self.notices.push(notice);
            return Ok(());
        }
        self.note_carried(work, mode, root)?;
        self.load(work, mode)?;
        self.see_tip(work)
    }

    fn note_carried(&mut self, work: Work<'_>, mode: Mode, root: Hash) -> Result<(), BufferError> {
        let note = &mut self.one(mode).note;
        note.carried.push(root);
        note.write(work.workspace.home(), mode)
    }
}
