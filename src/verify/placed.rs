//! Whose branch a thread may be on, and where on it. This is asked here and nowhere else.

use super::PlaceFault;
use crate::model::layout::places_of;
use crate::model::{PublicKey, Thread};

/// Where a file lies on a branch.
#[derive(Debug, Clone, Copy)]
pub struct FilePlace<'a> {
    /// Whose branch it is on.
    pub owner: &'a PublicKey,
    /// Its path within the branch.
    pub path: &'a str,
    /// Whether it is a plain file, no link and nothing that can be run.
    pub is_plain: bool,
}

/// Whether a branch is where a thread belongs: its owner, and nobody else, signs what is on it.
pub fn belongs_to(owner: &PublicKey, thread: &Thread) -> bool {
    thread.signer() == *owner
}

/// What is wrong with the place of a thread: on whose branch it is, at which path, and as what.
pub fn placed(at: FilePlace<'_>, thread: &Thread) -> Vec<PlaceFault> {
    let mut faults = Vec::new();
    faults.extend(foreign_branch(at.owner, thread));
    let places = places_of(thread);
    if !places.iter().any(|place| place == at.path) {
        let [place, _] = places;
        faults.push(PlaceFault::Elsewhere { place });
    }
    if !at.is_plain {
        faults.push(PlaceFault::NotPlain);
    }
    faults
}

pub(super) fn foreign_branch(owner: &PublicKey, thread: &Thread) -> Option<PlaceFault> {
    (!belongs_to(owner, thread)).then(|| PlaceFault::ForeignBranch {
        signer: thread.signer(),
        owner: *owner,
    })
}
