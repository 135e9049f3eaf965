//! What one machine said in a thread while another one erased it.

use crate::model::{Erasure, Hash, Message, Thread};
use crate::store::{Store, StoreError};
use git2::Oid;
use std::collections::HashSet;

/// What one side said in a thread that the other side had erased, not knowing of it.
#[derive(Debug, Clone)]
pub struct SaidSince {
    /// The thread as that side has it.
    pub thread: Thread,
}

impl Store {
    /// What each state says in threads that it did not know to be erased, beyond what whoever erased
    /// them had, and beyond what both had when they last met. Where that is gone, all counts.
    pub(super) fn said_since(
        &self,
        unknown: &[(Oid, Erasure)],
    ) -> Result<Vec<SaidSince>, StoreError> {
        let mut found = Vec::new();
        for (state, erasure) in unknown {
            let Some(root) = erasure.root else { continue };
            let tree = self.tree_at(*state)?;
            let Some(thread) = self.version_at(&tree, erasure.thread, root)? else {
                continue;
            };
            let known = self.messages_known_to_both(erasure, root);
            let mut said = thread.messages().iter().map(Message::id);
            if said.any(|id| !known.contains(&id)) {
                found.push(SaidSince { thread });
            }
        }
        Ok(found)
    }

    fn messages_known_to_both(&self, erasure: &Erasure, root: Hash) -> HashSet<Hash> {
        let mut states = self.tips_seen_anywhere(&erasure.author());
        states.extend(
            erasure
                .all_replaced()
                .filter_map(|id| Oid::from_str(id).ok()),
        );
        let mut known = HashSet::new();
        for state in states {
            // As a rule it is gone: that is what an erasure is for.
            let tree = self.tree_at(state).ok();
            let version =
                tree.and_then(|tree| self.version_at(&tree, erasure.thread, root).ok()?);
            let version = version.iter().flat_map(Thread::messages);
            known.extend(version.map(Message::id));
        }
        known
    }
}
