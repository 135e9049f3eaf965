//! The keyboard while a reply comes: what is typed meanwhile waits for the next prompt and is not written into the
//! reply. Ctrl-C still stops.

use crate::cli::Ui;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io;

/// Holds the terminal quiet until it is dropped.
pub(super) struct Quiet(Option<Termios>);

impl Quiet {
    pub(super) fn new(ui: &Ui) -> Self {
        if !ui.is_interactive() {
            return Self(None);
        }
        let before = tcgetattr(io::stdin()).ok();
        if let Some(mut modes) = before.clone() {
            modes.local_modes -= LocalModes::ECHO | LocalModes::ICANON;
            // Where it can't be set, what is typed is merely seen.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
        }
        Self(before)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if let Some(modes) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, modes);
        }
    }
}
