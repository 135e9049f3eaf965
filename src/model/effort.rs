//! Counts what takes as long as a thread is large, so that tests see how often it is done.

use std::cell::Cell;

thread_local! {
    static SPENT: Cell<usize> = const { Cell::new(0) };
}

/// A graph is drawn, or a header is read.
pub(super) fn count() {
    SPENT.set(SPENT.get() + 1);
}

/// How often that was done on this thread.
pub(crate) fn spent() -> usize {
    SPENT.get()
}
