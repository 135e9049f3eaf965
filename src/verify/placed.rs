//! Whose branch a thread may be on, and where on it. This is asked here and nowhere else.

use super::PlaceFault;
use crate::model::layout::places_of;
use crate::model::{PublicKey, Thread};

/// Whether a branch is where a thread belongs: its owner, and nobody else, signs what is on it.
pub fn belongs_to(owner: &PublicKey, thread: &Thread) -> bool {
    thread.signer() == *owner
}

/// What is wrong with the place of a thread: on whose branch it is, and at which path.
pub fn placed(owner: &PublicKey, path: &str, thread: &Thread) -> Vec<PlaceFault> {
    let mut faults = Vec::new();
    faults.extend(foreign_branch(owner, thread));
    let places = places_of(thread);
    if !places.iter().any(|place| place == path) {
        let [place, _] = places;
        faults.push(PlaceFault::Elsewhere { place });
    }
    faults
}

pub(super) fn foreign_branch(owner: &PublicKey, thread: &Thread) -> Option<PlaceFault> {
    (!belongs_to(owner, thread)).then(|| PlaceFault::ForeignBranch {
        signer: thread.signer(),
        owner: *owner,
    })
}
