//! The library, room by room and all together.
//!
//! One binary for all, so that libgit2 and SQLite are linked once: a module for each subject. A test
//! that needs another process starts this binary again, with the ignored test `child` of its module.

mod asking;
mod attacks;
mod batch;
mod concurrency;
mod crush;
mod document;
mod erase;
mod erase_elsewhere;
mod faults;
mod floors;
mod index;
mod layout;
mod organise;
mod personas;
mod properties;
mod recovery;
mod samples;
mod schema;
mod store;
#[path = "../support/mod.rs"]
mod support;
mod syncs;
mod vectors;
