//! The keyboard between two prompts: what is typed meanwhile waits for the next prompt and is not written into the
//! reply. Ctrl-C still stops. It stays so for the whole session: rustyline goes back to it after each line, so there
//! is no moment at which a key would be lost.

use rustix::termios::{InputModes, LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io;

/// Holds the terminal quiet until it is dropped.
pub(super) struct Quiet {
    before: Option<Termios>,
}

impl Quiet {
    pub(super) fn new() -> Self {
        let quiet = Self { before: tcgetattr(io::stdin()).ok() };
        quiet.begin();
        quiet
    }

    /// Gives the terminal back for as long as another program needs it.
    pub(super) fn pause<T>(&self, during: impl FnOnce() -> T) -> T {
        self.end();
        let result = during();
        self.begin();
        result
    }

    fn begin(&self) {
        if let Some(mut modes) = self.before.clone() {
            modes.local_modes -= LocalModes::ECHO | LocalModes::ICANON;
            // Enter typed ahead stays the key it is at the prompt.
            modes.input_modes -= InputModes::ICRNL;
            // Where it can't be set, what is typed is merely seen.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
        }
    }

    fn end(&self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        self.end();
    }
}
