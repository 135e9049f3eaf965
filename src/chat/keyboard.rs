//! The keyboard between two prompts: what is typed meanwhile waits for the next prompt and is not
//! written into the reply. Ctrl-C still stops. It stays so for the whole session: rustyline goes
//! back to it after each line, so there is no moment at which a key would be lost.

use rustix::termios::{InputModes, LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io;

use super::end_signals::EndSignals;
use super::stop::Stop;
use crate::cli::Failure;

/// Holds the terminal quiet until it is dropped.
pub(super) struct Keyboard {
    before: Option<Termios>,
    signals: EndSignals,
}

impl Keyboard {
    /// From now on, and a session that is ended from outside leaves the terminal as it was too.
    pub(super) fn begin(stop: &Stop) -> Result<Self, Failure> {
        let before = tcgetattr(io::stdin()).ok();
        let signals = EndSignals::at_terminal(stop.ending(), before.clone())?;
        let keyboard = Self { before, signals };
        keyboard.hush();
        Ok(keyboard)
    }

    /// Waits for keys; `None` if the session is to end.
    pub(super) fn at_prompt<T>(&self, read: impl FnOnce() -> T) -> Option<T> {
        self.signals.at_prompt(read)
    }

    /// Gives the terminal back for as long as another program needs it; `None` if the session is to
    /// end.
    pub(super) fn pause<T>(&self, during: impl FnOnce() -> T) -> Option<T> {
        self.signals.elsewhere(|| {
            self.end();
            let result = during();
            self.hush();
            result
        })
    }

    fn hush(&self) {
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

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.end();
    }
}
