//! Searching the conversations that a home's owner may see.

use super::ServiceError;
use crate::index::{Hit, Query};
use crate::model::{Face, Uuid};
use crate::workspace::Workspace;

/// A message, or a title, that fits.
#[derive(Debug)]
pub struct FoundInConversation {
    /// The conversation.
    pub conversation: Uuid,
    /// What fits.
    pub hit: Hit,
}

/// What was found, the best first.
#[derive(Debug, Default)]
pub struct FoundInConversations {
    /// As many as were asked for.
    pub hits: Vec<FoundInConversation>,
    /// Whether there is more.
    pub has_more: bool,
    /// How many files of the owner's, and projects, can't be read or opened, so that nobody knows
    /// whether there is something to be found in them.
    pub unreadable: usize,
}

/// What fits in the conversations of a home's owner, as far as they have a part in their projects.
///
/// # Errors
/// If they can't be read.
pub fn search(
    workspace: &Workspace,
    mut query: Query,
    limit: usize,
) -> Result<FoundInConversations, ServiceError> {
    let (owner, threads) = (workspace.owner()?, workspace.threads());
    let membership = workspace.projects().membership(&owner)?;
    query.face = Some(Face::Service.as_str().to_owned());
    query.owner = Some(owner);
    query.open_projects = Some(membership.projects().collect());
    query.is_shown = true;
    let found = threads.search_as(workspace.reader(), &query, limit)?;
    let mut hits = Vec::new();
    for hit in found.hits.hits {
        // The index finds; the thread itself says who reaches it.
        let reach = threads.reach(&hit.thread)?;
        let reach = reach.filter(|reach| reach.is_conversation_of(&owner));
        if let Some(reach) = reach.filter(|reach| membership.allows(reach.belonging)) {
            let conversation = reach.id;
            hits.push(FoundInConversation { conversation, hit });
        }
    }
    Ok(FoundInConversations {
        hits,
        has_more: found.hits.has_more,
        unreadable: found.troubles.len() + found.not_opened + membership.unreadable(),
    })
}
