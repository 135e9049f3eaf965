//! What the workspace has to say while a command waits for it: a bar while the index is built, one remark where there
//! can be no index.

use super::Ui;
use crate::render::safe::{safe_line, shorten};
use crate::workspace::Notice;
use std::cell::Cell;
use std::io::{self, Write};

/// Fewer files are read in the blink of an eye.
const WORTH_A_BAR: usize = 1_000;
const CELLS: usize = 30;

/// Tells notices at the terminal.
pub(super) fn teller(ui: Ui) -> impl Fn(&Notice) {
    let is_drawn = Cell::new(false);
    let draw = |line: &str| {
        let mut err = io::stderr();
        // Where the terminal is gone there is nobody to show it to.
        let _ = write!(err, "\r\x1b[2K{line}").and_then(|()| err.flush());
    };
    move |notice| match notice {
        Notice::Indexing { done, total } => {
            if ui.stderr_is_terminal && ui.has_colour() && *total >= WORTH_A_BAR {
                draw(&shorten(&bar(*done, *total), ui.width().saturating_sub(1)));
                is_drawn.set(true);
            }
        }
        Notice::Indexed => {
            if is_drawn.take() {
                draw("");
            }
        }
        Notice::Waiting if ui.stderr_is_terminal => {
            ui.remark("Another mmogit is building the index; waiting for it")
        }
        Notice::Waiting => {}
        Notice::WithoutIndex { why } => {
            ui.remark(&format!("The index can't be used, so every thread is read: {}", safe_line(why)));
        }
    }
}

fn bar(done: usize, total: usize) -> String {
    let full = done * CELLS / total.max(1);
    let what = if done < total { "Indexing" } else { "Sorting" };
    format!("{what} {}{} {done} of {total} threads", "█".repeat(full), "░".repeat(CELLS - full.min(CELLS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills_up() {
        assert_eq!(bar(0, 1000), format!("Indexing {} 0 of 1000 threads", "░".repeat(30)));
        assert_eq!(bar(1000, 1000), format!("Sorting {} 1000 of 1000 threads", "█".repeat(30)));
    }
}
