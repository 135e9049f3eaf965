//! Where `@tags` are looked up: those of one project, or of none, and never what names them.

use super::{Refusal, ServiceError, project};
use crate::model::{Embedder, Hash, Thread, Uuid};
use crate::workspace::{Belonging, Workspace};

/// Where `@tags` are looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// What the record names as the project.
    pub(super) project: Option<String>,
    /// The root of the conversation that has the names: none names itself.
    pub(super) itself: Option<Hash>,
    /// The page that says them for its user, if one does: it brings in only what it reaches itself.
    pub(super) embedder: Option<Embedder>,
}

impl Scope {
    /// The same, if it is of this project; of another there is none here.
    ///
    /// # Errors
    /// If it is not.
    pub fn within(self, name: Option<&Uuid>) -> Result<Self, ServiceError> {
        let own = self.project_id().map(|id| Uuid::of(&id));
        match name.is_none() || name == own.as_ref() {
            true => Ok(self),
            false => Err(Refusal::NoProject.into()),
        }
    }

    /// That of a conversation.
    pub fn of(conversation: &Thread, embedder: Option<&Embedder>) -> Self {
        Self {
            project: conversation.project().map(str::to_owned),
            itself: Some(conversation.root()),
            embedder: embedder.cloned(),
        }
    }

    /// That of a conversation that would begin in a project, or in none.
    ///
    /// # Errors
    /// If there is no such project, or its user has no part in it.
    pub fn of_project(workspace: &Workspace, name: Option<&Uuid>) -> Result<Self, ServiceError> {
        let found = name.map(|name| project(workspace, name)).transpose()?;
        Ok(Self {
            project: found.map(|project| project.id.to_string()),
            ..Self::default()
        })
    }

    /// That of a conversation that would begin on a page of another site.
    ///
    /// # Errors
    /// If its user has no part in the page's project any more.
    pub fn of_page(workspace: &Workspace, embedder: Embedder) -> Result<Self, ServiceError> {
        let owner = workspace.owner()?;
        let belonging = Belonging::of(embedder.project.as_deref());
        match workspace.projects().allows(&owner, belonging)? {
            true => Ok(Self {
                project: embedder.project.clone(),
                itself: None,
                embedder: Some(embedder),
            }),
            false => Err(Refusal::NoProject.into()),
        }
    }

    pub(super) fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    /// The project's id, if it is one of more than its user's words.
    pub(super) fn project_id(&self) -> Option<Hash> {
        Belonging::of(self.project()).project()
    }
}
