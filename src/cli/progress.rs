//! How far long work has come: a line at the terminal that is drawn again and again, and goes
//! without a trace.

use super::Ui;
use crate::render::safe::SafeText;
use crate::safe_format;
use std::sync::atomic::{AtomicBool, Ordering};

/// Fewer threads are done in the blink of an eye.
const WORTH_A_LINE: usize = 1_000;
/// So often, where each thread is told by itself.
const EVERY: usize = 100;
const CELLS: usize = 30;

/// A line on standard error, where that is a terminal on which a line can be drawn again.
pub struct Progress {
    ui: Ui,
    is_beside_output: bool,
    is_drawn: AtomicBool,
}

impl Progress {
    /// Nothing is drawn yet.
    pub fn new(ui: &Ui) -> Self {
        Self {
            ui: *ui,
            is_beside_output: false,
            is_drawn: AtomicBool::new(false),
        }
    }

    /// The same for work that writes to standard output meanwhile: two cannot write to one screen.
    pub fn beside_output(ui: &Ui) -> Self {
        let mut progress = Self::new(ui);
        progress.is_beside_output = true;
        progress
    }

    /// So many threads of so many are done.
    pub fn show(&self, what: &'static str, done: usize, total: usize) {
        if total >= WORTH_A_LINE {
            self.draw(bar(what, done, total));
        }
    }

    /// So many threads are done, of nobody knows how many.
    pub fn count(&self, what: &'static str, done: usize) {
        if done >= WORTH_A_LINE && done.is_multiple_of(EVERY) {
            self.draw(safe_format!("{} … {} threads", what, done));
        }
    }

    /// Takes the line away.
    pub fn clear(&self) {
        if self.is_drawn.swap(false, Ordering::Relaxed) {
            self.ui.redraw("");
        }
    }

    fn draw(&self, line: SafeText) {
        let ui = &self.ui;
        let is_in_the_way = self.is_beside_output && ui.stdout_is_terminal;
        if ui.stderr_is_terminal && ui.has_colour() && !is_in_the_way {
            ui.redraw(line);
            self.is_drawn.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn bar(what: &'static str, done: usize, total: usize) -> SafeText {
    let full = done * CELLS / total.max(1);
    safe_format!(
        "{} {}{} {} of {} threads",
        what,
        SafeText::repeated("█", full),
        SafeText::repeated("░", CELLS - full.min(CELLS)),
        done,
        total
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills_up() {
        assert_eq!(
            bar("Indexing", 0, 1000),
            format!("Indexing {} 0 of 1000 threads", "░".repeat(30))
        );
        assert_eq!(
            bar("Sorting", 1000, 1000),
            format!("Sorting {} 1000 of 1000 threads", "█".repeat(30))
        );
    }
}
