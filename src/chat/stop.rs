//! Ctrl-C, and the end from outside, as flags at which whoever waits looks.

use crate::cli::Failure;
use anyhow::Context;
use signal_hook::consts::SIGINT;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// Set when what is going on should stop.
pub(super) struct Stop {
    interrupted: Arc<AtomicBool>,
    ended_by: Arc<AtomicI32>,
}

impl Stop {
    /// From now on Ctrl-C no longer ends the program by itself.
    pub(super) fn watch() -> Result<Self, Failure> {
        let stop = Self {
            interrupted: Arc::default(),
            ended_by: Arc::default(),
        };
        signal_hook::flag::register(SIGINT, Arc::clone(&stop.interrupted))
            .context("Ctrl-C can't be watched")?;
        Ok(stop)
    }

    /// Where a signal that ends the session is noted.
    pub(super) fn ending(&self) -> &Arc<AtomicI32> {
        &self.ended_by
    }

    /// The signal that ends the session.
    pub(super) fn ended_by(&self) -> Option<i32> {
        Some(self.ended_by.load(Ordering::SeqCst)).filter(|signal| *signal != 0)
    }

    /// Whether Ctrl-C was pressed, or the session is to end.
    pub(super) fn is_set(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst) || self.ended_by().is_some()
    }

    /// Forgets Ctrl-C: it was meant for something that is over.
    pub(super) fn forget_interrupt(&self) {
        self.interrupted.store(false, Ordering::SeqCst);
    }
}
