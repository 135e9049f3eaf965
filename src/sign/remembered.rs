//! Signatures of messages that were made here, or held once. A server checks the same messages at
//! every save and every look, and a check costs more than all else that is done with them; what it
//! says never changes.

use crate::model::{PublicKey, Signature};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::{LazyLock, RwLock};

/// So many are remembered at least, and twice as many at most: about a megabyte.
const MOST_NEWER: usize = 10_000;

static HELD: LazyLock<RwLock<Held>> = LazyLock::new(RwLock::default);

/// Stands for one key, one signature and what it is over. Only what holds has one here, so what an
/// attacker makes can't be taken for it.
pub(crate) struct Mark([u8; 32]);

#[derive(Default)]
struct Held {
    newer: HashSet<[u8; 32]>,
    older: HashSet<[u8; 32]>,
}

impl Mark {
    /// `framed` is what was signed.
    pub(crate) fn of(key: &PublicKey, framed: &[u8], signature: &Signature) -> Self {
        // The first two have one length each.
        let hash = Sha256::new()
            .chain_update(key.0)
            .chain_update(signature.0)
            .chain_update(framed);
        Self(hash.finalize().into())
    }

    pub(crate) fn is_known(&self) -> bool {
        let Ok(held) = HELD.read() else { return false };
        if held.newer.contains(&self.0) {
            return true;
        }
        let is_known = held.older.contains(&self.0);
        drop(held);
        if is_known {
            self.remember();
        }
        is_known
    }

    pub(crate) fn remember(&self) {
        if let Ok(mut held) = HELD.write() {
            held.add(self.0);
        }
    }
}

/// Forgets all: whoever measures a check wants it done.
#[cfg(feature = "internals")]
pub fn forget_signatures() {
    if let Ok(mut held) = HELD.write() {
        *held = Held::default();
    }
}

impl Held {
    /// What was not asked for since as many others came is forgotten.
    fn add(&mut self, mark: [u8; 32]) {
        if self.newer.len() == MOST_NEWER {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_is_forgotten_in_time() {
        let mut held = Held::default();
        let mark = |number: usize| {
            let mut mark = [0; 32];
            mark[..8].copy_from_slice(&number.to_be_bytes());
            mark
        };
        for number in 0..=MOST_NEWER {
            held.add(mark(number));
        }
        assert!(held.older.contains(&mark(0)));
        for number in 0..=2 * MOST_NEWER {
            held.add(mark(number));
        }
        assert!(held.newer.len() + held.older.len() <= 2 * MOST_NEWER);
    }

    #[test]
    fn each_part_makes_another_mark() {
        let marks = [
            Mark::of(&PublicKey([1; 32]), b"said", &Signature([1; 64])),
            Mark::of(&PublicKey([2; 32]), b"said", &Signature([1; 64])),
            Mark::of(&PublicKey([1; 32]), b"other", &Signature([1; 64])),
            Mark::of(&PublicKey([1; 32]), b"said", &Signature([2; 64])),
        ];
        let distinct: HashSet<[u8; 32]> = marks.iter().map(|mark| mark.0).collect();
        assert_eq!(distinct.len(), marks.len());
    }
}
