//! The conversations go on under the key that took the place of an older one.

use super::{Conversations, ServiceError};
use crate::buffer::Work;
use crate::model::PublicKey;
use crate::store::CommitId;
use crate::workspace::NotCarried;
use std::collections::BTreeMap;

/// What is known of the keys that the owner had before.
#[derive(Default)]
pub(super) struct OlderKeys {
    /// The tip of the owner's branch when it was asked which these are.
    seen: Option<CommitId>,
    /// Where the branch of each stood when its conversations were carried over.
    tips: BTreeMap<PublicKey, Option<CommitId>>,
    not_carried: Vec<NotCarried>,
}

impl Conversations {
    /// What could not be carried over from the owner's older keys: programs don't see it.
    pub fn not_carried(&self) -> &[NotCarried] {
        &self.older.not_carried
    }

    /// Carries over what the owner's older keys have, when there is something new of these.
    pub(super) fn follow_older_keys(&mut self, work: Work<'_>) {
        if let Err(error) = self.carry_over(work) {
            self.troubles.push(error);
        }
    }

    fn carry_over(&mut self, work: Work<'_>) -> Result<(), ServiceError> {
        let tip = work.store.tip(&work.keys.public())?;
        let is_told = tip == self.older.seen;
        let known: Vec<PublicKey> = match is_told {
            true => self.older.tips.keys().copied().collect(),
            false => {
                let closed = work.workspace.own_older(&work.keys.public())?;
                closed.into_keys().collect()
            }
        };
        let mut tips = BTreeMap::new();
        for key in known {
            tips.insert(key, work.store.tip(&key)?);
        }
        if tips != self.older.tips {
            let carried = work
                .workspace
                .organiser()
                .carry_over_conversations(work.keys);
            self.older.not_carried = carried?;
            self.older.tips = tips;
        }
        self.older.seen = tip;
        Ok(())
    }
}
