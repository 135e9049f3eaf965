//! Indexes that stay open from one question to the next: to open one takes longer than most answers.
//! Who replaces the file waits until nobody has it open, so they stay open for moments only, and
//! only those that a thread opened which waits for nothing else meanwhile.

use crate::index::{FileIdentity, Index};
use crate::model::Timestamp;
use crate::workspace::Workspace;
use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// For so many milliseconds after all were let go of none is kept: then those who wait get their
/// turn.
const PAUSE: i64 = 50;
/// How many are kept.
const MOST: usize = 4;

thread_local! {
    static KEEPS: Cell<bool> = const { Cell::new(false) };
}

/// As long as it lives, the indexes that this thread opens are kept.
struct Keeping {
    before: bool,
}

impl Keeping {
    fn begin() -> Self {
        Self {
            before: KEEPS.replace(true),
        }
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        KEEPS.set(self.before);
    }
}

/// Whether an index that this thread opens is kept.
pub(super) fn is_kept() -> bool {
    KEEPS.get()
}

/// An index, and which file it is.
pub(in crate::workspace) struct OpenIndex {
    pub index: Index,
    pub file: Option<FileIdentity>,
}

/// The indexes of a home that nobody asks just now.
#[derive(Default)]
pub(in crate::workspace) struct HeldIndexes(Mutex<Held>);

#[derive(Default)]
struct Held {
    open: Vec<OpenIndex>,
    let_go: Option<Timestamp>,
}

impl Workspace {
    /// Asks something. The index stays open for the next question that is asked so, until
    /// [`Workspace::let_go_of_index`] is called: that has to come a moment later, and from elsewhere.
    pub fn keeping_index<T>(&self, ask: impl FnOnce(&Self) -> T) -> T {
        let _keeping = Keeping::begin();
        ask(self)
    }

    /// Closes the index that is kept open.
    pub fn let_go_of_index(&self) {
        self.indexes.let_go(self.now());
    }
}

impl HeldIndexes {
    /// One that is open; none, if another file stands there now.
    pub fn take(&self, file: Option<FileIdentity>) -> Option<OpenIndex> {
        if !is_kept() {
            return None;
        }
        let mut held = self.lock();
        held.open.retain(|open| open.file == file);
        held.open.pop()
    }

    /// Takes one back that was asked.
    pub fn put(&self, open: OpenIndex, now: Timestamp) {
        let mut held = self.lock();
        // A clock that was put back says nothing of how long it was.
        let since_let_go = held.let_go.map(|then| now.millis() - then.millis());
        let is_paused = since_let_go.is_some_and(|millis| (0..PAUSE).contains(&millis));
        if is_kept() && !is_paused && held.open.len() < MOST {
            held.open.push(open);
        }
    }

    /// Closes all.
    pub fn let_go(&self, now: Timestamp) {
        let mut held = self.lock();
        held.open.clear();
        held.let_go = Some(now);
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{IndexError, IndexFiles};

    fn open() -> OpenIndex {
        let index = Index::in_memory::<IndexError>(false, |_| Ok(())).unwrap();
        OpenIndex { index, file: None }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn one_stays_open_until_it_is_let_go_of_and_then_others_get_their_turn() {
        let (held, _keeping) = (HeldIndexes::default(), Keeping::begin());
        held.put(open(), at(0));
        let taken = held.take(None).unwrap();
        assert!(held.take(None).is_none());
        held.put(taken, at(1));
        held.let_go(at(2));
        assert!(held.take(None).is_none());
        held.put(open(), at(1 + PAUSE));
        assert!(held.take(None).is_none());
        held.put(open(), at(2 + PAUSE));
        assert!(held.take(None).is_some());
    }

    #[test]
    fn one_of_a_file_that_was_replaced_is_not_asked() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("index.db"), "another").unwrap();
        let another = IndexFiles::new(home.path()).file_identity();
        assert!(another.is_some());
        let (held, _keeping) = (HeldIndexes::default(), Keeping::begin());
        held.put(open(), at(0));
        assert!(held.take(another).is_none());
    }

    #[test]
    fn no_more_than_a_few_are_kept_and_none_of_a_thread_that_may_wait() {
        let held = HeldIndexes::default();
        held.put(open(), at(0));
        let _keeping = Keeping::begin();
        assert!(held.take(None).is_none());
        (0..MOST + 1).for_each(|_| held.put(open(), at(0)));
        (0..MOST).for_each(|_| assert!(held.take(None).is_some()));
        assert!(held.take(None).is_none());
    }
}
