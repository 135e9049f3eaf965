//! Projects, as programs see them: those in which a home's owner has a part now. All others are as
//! if there were none.

use super::{Refusal, ServiceError};
use crate::buffer::Work;
use crate::model::{Hash, Project, PublicKey, Uuid};
use crate::workspace::{ProjectError, ProjectList, WorkError, Workspace};

/// The projects in which a home's owner has a part now, by name.
///
/// # Errors
/// If they can't be read.
pub fn projects(workspace: &Workspace) -> Result<ProjectList, ServiceError> {
    let owner = workspace.owner()?;
    Ok(workspace.projects().of(&owner)?)
}

/// How programs call a project whose id they may write in either form: as they know it, or as the
/// record has it.
pub fn project_name(id: &str) -> Option<Uuid> {
    let whole = || id.parse::<Hash>().ok().map(|id| Uuid::of(&id));
    id.parse().ok().or_else(whole)
}

/// The project that programs know by a name.
///
/// # Errors
/// If there is none, or the home's owner has no part in it; if that can't be looked up.
pub fn project(workspace: &Workspace, name: &Uuid) -> Result<Project, ServiceError> {
    let owner = workspace.owner()?;
    let found = workspace.projects().called(&owner, name)?;
    Ok(found.ok_or(Refusal::NoProject)?)
}

/// Begins a project.
///
/// # Errors
/// If its owner has one that looks the same, if the name can't be one, or it can't be saved.
pub fn begin_project(work: Work<'_>, name: &str) -> Result<Project, ServiceError> {
    let begun = work.workspace.projects().create(work.keys, name);
    begun.map_err(refused)
}

/// Lets somebody into a project of the owner's.
///
/// # Errors
/// If there is no such project, if it is somebody else's, if they are a member already, or it can't
/// be saved.
pub fn let_in(work: Work<'_>, name: &Uuid, who: PublicKey) -> Result<Project, ServiceError> {
    let id = project(work.workspace, name)?.id.to_string();
    let changed = work.workspace.projects().add(work.keys, &id, who);
    changed.map_err(refused)
}

/// Lets somebody take part in a project of the owner's no more.
///
/// # Errors
/// As [`let_in`]; if they are no member.
pub fn put_out(work: Work<'_>, name: &Uuid, who: &Uuid) -> Result<Project, ServiceError> {
    let project = project(work.workspace, name)?;
    let members = [project.author()].into_iter().chain(project.members_now());
    let mut called_so = members.filter(|member| Uuid::of_key(member) == *who);
    let who = called_so.next().ok_or(Refusal::NoMember)?;
    let id = project.id.to_string();
    let changed = work.workspace.projects().remove(work.keys, &id, who);
    changed.map_err(refused)
}

fn refused(error: WorkError) -> ServiceError {
    match error {
        WorkError::BadName(why) => Refusal::ProjectName(why).into(),
        WorkError::Project(ProjectError::Exists(_) | ProjectError::ExistsUntrue(_)) => {
            Refusal::ProjectExists.into()
        }
        WorkError::Project(ProjectError::Foreign { .. }) => Refusal::NotProjectOwner.into(),
        WorkError::Project(ProjectError::Refused(why)) => Refusal::Membership(why).into(),
        error => error.into(),
    }
}
