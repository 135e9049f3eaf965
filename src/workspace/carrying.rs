//! Conversations of the owner's older keys become theirs: each of them once, in its place, so that
//! programs find it under the name that they know.

use super::indexing::Needs;
use super::{ClosedBranches, FoundThread, Organiser, WorkError};
use crate::identity::Keys;
use crate::index::{Filter, Summary};
use crate::model::{Face, PublicKey, Reading, Uuid};
use crate::store::{Store, StoreError};
use std::collections::HashSet;

/// A conversation of an older key of the owner's that stays what it is.
#[derive(Debug)]
pub struct NotCarried {
    /// Where it lies on the older branch.
    pub path: String,
    /// Why.
    pub why: WorkError,
}

impl Organiser<'_> {
    /// Makes all conversations of the owner's older keys theirs which are not yet. Each machine of
    /// theirs makes the same threads, so a sync unites them; what was erased since does not come back.
    ///
    /// # Errors
    /// If the store or the index can't be read. What stands in the way of one is told with it.
    pub fn carry_over_conversations(&self, keys: &Keys) -> Result<Vec<NotCarried>, WorkError> {
        let own = keys.public();
        let closed = self.workspace.own_older(&own)?;
        let Some(store) = self.workspace.store()?.filter(|_| !closed.is_empty()) else {
            return Ok(Vec::new());
        };
        let mut known: HashSet<Uuid> = HashSet::new();
        known.extend(
            self.conversations_on(&store, own)?
                .iter()
                .map(|(id, _)| *id),
        );
        let mut not_carried = Vec::new();
        for older in newest_first(own, &closed) {
            for (id, thread) in self.conversations_on(&store, older)? {
                if !known.insert(id) {
                    continue;
                }
                match self.carry_over(keys, &store, &thread) {
                    Ok(()) | Err(WorkError::Store(StoreError::Erased { .. })) => {}
                    Err(WorkError::Store(error)) if error.is_out_of_reach() => {
                        return Err(error.into());
                    }
                    Err(why) => {
                        let path = thread.path;
                        not_carried.push(NotCarried { path, why });
                    }
                }
            }
        }
        Ok(not_carried)
    }

    fn carry_over(&self, keys: &Keys, store: &Store, thread: &Summary) -> Result<(), WorkError> {
        let entry = store.entry_at(&thread.owner, &thread.path)?;
        let entry = entry.ok_or_else(|| WorkError::NotFound(thread.id.clone()))?;
        let found = self.workspace.threads().load(store, &entry)?;
        self.check_before_end(&found)?;
        self.succeed(keys, found).map(drop)
    }

    /// Whether all of a thread was signed before its owner's key had a successor.
    fn check_before_end(&self, found: &FoundThread) -> Result<(), WorkError> {
        match (&found.reading, self.workspace.signed_after_end(found)?) {
            (Reading::Thread(thread), Some(after)) => Err(after.in_the_way_of(thread)),
            _ => Ok(()),
        }
    }

    /// The conversations that somebody began, on their own branch, by the names that programs have
    /// for them; the first begun first.
    fn conversations_on(
        &self,
        store: &Store,
        owner: PublicKey,
    ) -> Result<Vec<(Uuid, Summary)>, WorkError> {
        let filter = Filter {
            face: Some(Face::Service.as_str().to_owned()),
            owner: Some(owner),
            author: Some(owner.to_string()),
            ..Filter::default()
        };
        let mut named = self.workspace.with_index(store, Needs::Lists, &|index| {
            let mut named = Vec::new();
            for thread in index.list(&filter)?.threads {
                let facts = index.facts_of(&thread)?;
                named.extend(facts.map(|facts| (facts.id, thread)));
            }
            Ok(named)
        })?;
        named.sort_by(|(_, one), (_, other)| {
            (&one.created_at, one.root).cmp(&(&other.created_at, other.root))
        });
        Ok(named)
    }
}

/// The older keys, each after the one that took its place.
fn newest_first(own: PublicKey, closed: &ClosedBranches) -> Vec<PublicKey> {
    let mut keys = vec![own];
    let mut next = 0;
    while next < keys.len() {
        let newer = keys[next];
        let before = closed.iter().filter(|(_, at)| at.newer == newer);
        let before: Vec<PublicKey> = before.map(|(key, _)| *key).collect();
        keys.extend(before);
        next += 1;
    }
    keys.remove(0);
    keys
}
