//! The end from outside: SIGTERM, or SIGHUP from a window that was closed.
//!
//! A reply is stopped and what came of it is saved, as by Ctrl-C, and then the session ends. A
//! prompt can't be woken: there the terminal is given back as it was found and the signal does what
//! it does; what was said is in the journal.

use crate::cli::{Failure, Ui};
use anyhow::Context;
use rustix::termios::{OptionalActions, Termios, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::io;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long the session may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ends the session when it is told to.
pub(super) struct EndSignals(Arc<Shared>);

struct Shared {
    place: Mutex<Place>,
    is_moved: Condvar,
    ended_by: Arc<AtomicI32>,
}

/// Where the session is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It waits for keys.
    Prompt,
    /// It is at work, and will look whether it should end.
    Work,
    /// Another program has the terminal; it hears of the end by itself.
    Elsewhere,
}

impl EndSignals {
    /// From now on both signals end the session, and are noted in `ended_by`. `modes` are those of
    /// the terminal as it was found.
    pub(super) fn at_terminal(
        ended_by: &Arc<AtomicI32>,
        modes: Option<Termios>,
    ) -> Result<Self, Failure> {
        Self::watch(&[SIGTERM, SIGHUP], ended_by, modes)
    }

    /// Where nobody sits at a terminal, SIGHUP stays what it was made: `nohup` means that the work
    /// goes on.
    pub(super) fn without_terminal(ended_by: &Arc<AtomicI32>) -> Result<Self, Failure> {
        Self::watch(&[SIGTERM], ended_by, None)
    }

    fn watch(
        signals: &[i32],
        ended_by: &Arc<AtomicI32>,
        modes: Option<Termios>,
    ) -> Result<Self, Failure> {
        let shared = Arc::new(Shared {
            place: Mutex::new(Place::Work),
            is_moved: Condvar::new(),
            ended_by: Arc::clone(ended_by),
        });
        let mut signals = Signals::new(signals).context("signals can't be watched")?;
        let watched = Arc::clone(&shared);
        thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                watched.end(signal, modes.as_ref());
            }
        });
        Ok(Self(shared))
    }

    /// Waits for keys; `None` if the session is to end.
    pub(super) fn at_prompt<T>(&self, read: impl FnOnce() -> T) -> Option<T> {
        self.0.during(Place::Prompt, read)
    }

    /// Lets another program have the terminal.
    pub(super) fn elsewhere<T>(&self, run: impl FnOnce() -> T) -> Option<T> {
        self.0.during(Place::Elsewhere, run)
    }
}

impl Shared {
    fn during<T>(&self, place: Place, act: impl FnOnce() -> T) -> Option<T> {
        {
            let mut now = self.place();
            if self.ended_by.load(Ordering::SeqCst) != 0 {
                return None;
            }
            *now = place;
        }
        let result = act();
        *self.place() = Place::Work;
        self.is_moved.notify_all();
        Some(result)
    }

    fn end(&self, signal: i32, modes: Option<&Termios>) {
        let mut place = self.place();
        self.ended_by.store(signal, Ordering::SeqCst);
        while *place == Place::Elsewhere {
            place = self
                .is_moved
                .wait(place)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if *place == Place::Work {
            // The process is gone before this ends, unless something hangs.
            let waited = self
                .is_moved
                .wait_timeout_while(place, PATIENCE, |place| *place == Place::Work);
            place = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if let Some(modes) = modes {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, modes);
        }
        if *place == Place::Prompt {
            Ui::leave_prompt();
        }
        die_of(signal);
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the process as the signal would have.
pub(super) fn die_of(signal: i32) {
    // Only a signal that can't be sent to oneself leaves us here.
    let _ = emulate_default_handler(signal);
}
