//! Ctrl-C, as a flag at which whoever waits looks.

use crate::cli::Failure;
use anyhow::Context;
use signal_hook::consts::SIGINT;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set when the user pressed Ctrl-C.
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From now on Ctrl-C no longer ends the program by itself.
    pub(super) fn watch() -> Result<Self, Failure> {
        let flag = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGINT, Arc::clone(&flag)).context("Ctrl-C can't be watched")?;
        Ok(Self(flag))
    }

    /// Whether Ctrl-C was pressed.
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// The same, and forgets it.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}
