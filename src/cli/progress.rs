//! How far long work has come, where somebody watches.

use super::{LiveLine, Ui};

/// Fewer threads are done in the blink of an eye.
const WORTH_A_LINE: usize = 1_000;
/// So often, where each thread is told by itself.
const EVERY: usize = 100;

/// A line on standard error, where that is a terminal on which a line can be drawn again.
pub struct Progress {
    line: LiveLine,
    is_watched: bool,
}

impl Progress {
    /// Nothing is drawn yet.
    pub fn new(ui: &Ui) -> Self {
        Self {
            line: LiveLine::new(ui),
            is_watched: ui.stderr_is_terminal && ui.has_colour(),
        }
    }

    /// The same for work that writes to standard output meanwhile: two cannot write to one screen.
    pub fn beside_output(ui: &Ui) -> Self {
        let mut progress = Self::new(ui);
        progress.is_watched &= !ui.stdout_is_terminal;
        progress
    }

    /// So many threads of so many are done.
    pub fn show(&self, what: &'static str, done: usize, total: usize) {
        if self.is_watched && total >= WORTH_A_LINE {
            self.line.bar(what, done, total);
        }
    }

    /// So many threads are done, of nobody knows how many.
    pub fn count(&self, what: &'static str, done: usize) {
        if self.is_watched && done >= WORTH_A_LINE && done.is_multiple_of(EVERY) {
            self.line.count(what, done);
        }
    }

    /// Takes the line away.
    pub fn clear(&self) {
        self.line.clear();
    }
}
