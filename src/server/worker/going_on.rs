//! Going on with an older thread.

use super::ProfileWork;
use crate::buffer::{BufferError, Mode};
use crate::model::Hash;
use crate::server::replies::Talk;

impl ProfileWork {
    /// Goes on with an older thread of a buffer's; whether that was anything new. A reply that comes
    /// in the one that is open is kept as far as it came.
    ///
    /// # Errors
    /// When it is none of the buffer's, or can't be changed.
    pub fn go_on(&mut self, mode: Mode, root: &Hash) -> Result<bool, BufferError> {
        // Another program may have archived it a moment ago.
        self.buffers.refresh(self.home.work())?;
        if self.buffers.is_current(mode, root) {
            return Ok(false);
        }
        self.stop_replies(Talk::Buffer(mode));
        let gone_on = self.buffers.go_on(self.home.work(), mode, root);
        self.note_said();
        self.publish();
        gone_on.map(|()| true)
    }
}
