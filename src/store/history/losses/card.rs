//! What a card keeps: whatever it said of keys stays said.

use crate::model::{Card, CardEntry, PublicKey, Timestamp};
use crate::verify;

/// What a good card said, by which losses are told.
pub(super) struct Said {
    updated_at: Timestamp,
    succeeds: Vec<CardEntry>,
    succeeded_by: Vec<CardEntry>,
    retired: Vec<CardEntry>,
}

/// How a card can be less than the one before.
pub(super) enum Lessened {
    /// It lacks a key that was named, or is none any more.
    Taken,
    /// It is as it was before.
    Older,
}

impl Said {
    /// What a file says, if it is a good card of its owner.
    pub(super) fn of(owner: &PublicKey, bytes: &[u8]) -> Option<Self> {
        let card = Card::read(bytes).ok()?;
        verify::card(owner, &card).ok()?;
        Some(Self {
            updated_at: card.updated_at,
            succeeds: card.succeeds.clone(),
            succeeded_by: card.succeeded_by.clone(),
            retired: card.retired.clone(),
        })
    }

    /// What of it the card after lacks.
    pub(super) fn lessened_in(&self, after: Option<&Self>) -> Option<Lessened> {
        let Some(after) = after else {
            return Some(Lessened::Taken);
        };
        let lacks = |before: &[CardEntry], after: &[CardEntry]| {
            before.iter().any(|entry| !after.contains(entry))
        };
        let is_taken = lacks(&self.succeeds, &after.succeeds)
            || lacks(&self.succeeded_by, &after.succeeded_by)
            || lacks(&self.retired, &after.retired);
        if is_taken {
            return Some(Lessened::Taken);
        }
        (after.updated_at < self.updated_at).then_some(Lessened::Older)
    }
}
