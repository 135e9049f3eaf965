//! The library, room by room and all together.
//!
//! One binary for all, so that libgit2 and SQLite are linked once: a module for each subject. A test
//! that needs another process starts this binary again, with the ignored test `child` of its module.

mod asking;
mod attacks;
mod batch;
mod buffer_threads;
mod buffers;
mod canary;
mod cards;
mod carried;
mod concurrency;
mod crush;
mod document;
mod documents;
mod erase;
mod erase_elsewhere;
mod erased_and_kept;
mod exchange;
mod faults;
mod floors;
mod former;
mod group;
mod index;
mod joins;
mod layout;
mod model_based;
mod organise;
mod personas;
mod properties;
mod recovery;
mod samples;
mod schema;
mod sealed;
mod sealed_journals;
mod store;
#[path = "../support/mod.rs"]
mod support;
mod syncs;
mod vectors;
mod worker;
