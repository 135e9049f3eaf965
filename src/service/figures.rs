//! What a home's owner said in their conversations, counted. Nothing else is counted of anybody.

use super::{ServiceError, decided_drafts};
use crate::workspace::Workspace;

/// A user's figures.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Figures {
    /// How many conversations there are, archived ones among them.
    pub conversations: usize,
    /// How many messages the user sent.
    pub sent: usize,
    /// How many tokens all messages have.
    pub tokens: usize,
    /// How many drafts were accepted.
    pub accepted_drafts: usize,
    /// How many drafts were discarded.
    pub discarded_drafts: usize,
    /// How many drafts can't be read or verified, and are not counted.
    pub unreadable_drafts: usize,
    /// What was asked for, the most frequent first, with how often.
    pub intents: Vec<(String, usize)>,
    /// How many conversations are sealed: what is said in them is not counted.
    pub sealed: usize,
    /// How many files of the owner's, and projects, can't be read, so that nobody knows what is to be
    /// counted in them.
    pub unreadable: usize,
}

impl Figures {
    /// Accepted drafts among those that were decided on; none before the first of them.
    pub fn acceptance_rate(&self) -> Option<f64> {
        let decided = self.accepted_drafts + self.discarded_drafts;
        (decided > 0).then(|| self.accepted_drafts as f64 / decided as f64)
    }
}

/// Counts what a home's owner may see.
///
/// # Errors
/// If it can't be read.
pub fn figures(workspace: &Workspace) -> Result<Figures, ServiceError> {
    let (owner, threads) = (workspace.owner()?, workspace.threads());
    let membership = workspace.projects().membership(&owner)?;
    let counted = threads.conversation_totals(&owner, &membership)?;
    let drafts = decided_drafts(workspace, &membership)?;
    let (totals, sealed) = (counted.totals, counted.sealed);
    Ok(Figures {
        conversations: totals.conversations + sealed,
        sent: totals.sent,
        tokens: totals.tokens,
        accepted_drafts: drafts.accepted,
        discarded_drafts: drafts.discarded,
        unreadable_drafts: drafts.unreadable,
        intents: totals.intents,
        sealed,
        unreadable: threads.troubles_of(&owner)?.len() + membership.unreadable(),
    })
}
