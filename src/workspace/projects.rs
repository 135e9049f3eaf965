//! The projects that the owner of a home has, or is a member of.

use super::card::checked_name;
use super::contacts::look_alike;
use super::succession::ClosedBranches;
use super::{ThreadList, WorkError, Workspace};
use crate::identity::Keys;
use crate::index::Filter;
use crate::model::{
    Hash, OwnedProject, Project, ProjectNonce, ProjectRefusal, PublicKey, Timestamp, Uuid,
};
use crate::store::{CommitId, ProjectVerdict, Store, StoreError, Trouble};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// So many digits of an id may stand for it, if no other begins so.
pub const LEAST_DIGITS: usize = 4;

/// Something that was asked of a project and did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// No project is called so.
    #[error("Project not found: {0}")]
    NotFound(String),
    /// Several are.
    #[error("“{query}” fits {} projects", candidates.len())]
    Ambiguous {
        /// What was asked for.
        query: String,
        /// What it fits.
        candidates: Vec<ProjectCandidate>,
    },
    /// The owner has one whose name is this one, or looks like it.
    #[error("you have a project “{}” already", .0.name)]
    Exists(NamedProject),
    /// The owner has one of such a name that is not as they signed it.
    #[error("you have a project “{}” already, and it can't be verified", .0.name)]
    ExistsUntrue(NamedProject),
    /// It is somebody else's.
    #[error("“{}” belongs to {}…", project.name, owner.short())]
    Foreign {
        /// Which.
        project: NamedProject,
        /// Whose it is.
        owner: PublicKey,
    },
    /// What it says does not allow it.
    #[error("{0}")]
    Refused(#[from] ProjectRefusal),
}

/// A project, by what people and programs call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedProject {
    /// Its id.
    pub id: Hash,
    /// Its name.
    pub name: String,
}

impl NamedProject {
    fn of(project: &Project) -> Self {
        Self {
            id: project.id,
            name: project.name.clone(),
        }
    }
}

/// One of several projects that were meant as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectCandidate {
    /// Which.
    pub project: NamedProject,
    /// Whose it is.
    pub owner: ProjectOwner,
}

/// Whose a project is, for somebody who has a part in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectOwner {
    /// Their own.
    Reader,
    /// Somebody else's.
    Other {
        /// Their key.
        key: PublicKey,
        /// What the reader calls them; none, if they are no contact.
        name: Option<String>,
    },
}

/// What projects are called, by their ids.
#[derive(Debug, Clone, Default)]
pub struct ProjectNames(BTreeMap<Hash, String>);

impl ProjectNames {
    /// What a project is called, if that is known.
    pub fn of(&self, id: &Hash) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

/// Projects, and what was found that is none.
#[derive(Debug, Default)]
pub struct ProjectList {
    /// Each once, by name.
    pub projects: Vec<Project>,
    /// What can't be read, or is not its owner's word.
    pub troubles: Vec<Trouble>,
}

/// The projects of a home.
pub struct Projects<'w> {
    workspace: &'w Workspace,
}

impl Workspace {
    /// Its projects.
    pub fn projects(&self) -> Projects<'_> {
        Projects { workspace: self }
    }
}

impl Projects<'_> {
    /// The projects in which somebody has a part now: their own, and those of others who let them
    /// in, as far as their branches are here.
    ///
    /// # Errors
    /// If the store or the contacts can't be read. What is wrong with one project is a trouble.
    pub fn of(&self, member: &PublicKey) -> Result<ProjectList, WorkError> {
        let mut list = self.counting(member, None)?;
        list.projects.retain(|project| project.has_member(member));
        Ok(list)
    }

    /// The project with an id, if it is here and counts, whoever is a member.
    ///
    /// # Errors
    /// If the store or the contacts can't be read.
    pub fn with_id(&self, reader: &PublicKey, id: &Hash) -> Result<Option<Project>, WorkError> {
        if let Some(store) = self.workspace.store()?
            && let Some(verdict) = store.project(reader, id)?
            && let Ok(own) = verdict.good()
            && own.begun_by_whom() == *reader
        {
            return Ok(Some(own));
        }
        let all = self.counting(reader, Some(id))?.projects;
        Ok(all.into_iter().next())
    }

    /// Whether somebody has a part in the project with an id now. In one that is not here nobody
    /// has.
    ///
    /// # Errors
    /// If the store or the contacts can't be read.
    pub fn has_member(&self, id: &Hash, member: &PublicKey) -> Result<bool, WorkError> {
        let project = self.with_id(member, id)?;
        Ok(project.is_some_and(|project| project.has_member(member)))
    }

    /// The project that programs know by a name, if somebody has a part in it now.
    ///
    /// # Errors
    /// If the store or the contacts can't be read.
    pub fn called(&self, member: &PublicKey, name: &Uuid) -> Result<Option<Project>, WorkError> {
        let projects = self.of(member)?.projects;
        let mut called = projects
            .into_iter()
            .filter(|project| Uuid::of(&project.id) == *name);
        Ok(called.next())
    }

    /// The one project in which somebody has a part that has this name, this id in either form, or
    /// whose id begins so.
    ///
    /// # Errors
    /// If none fits, or several do.
    pub fn find(&self, member: &PublicKey, query: &str) -> Result<Project, WorkError> {
        let projects = self.of(member)?.projects;
        let mut fitting = best_fit(projects, query);
        match fitting.pop() {
            None => Err(ProjectError::NotFound(query.to_owned()).into()),
            Some(only) if fitting.is_empty() => Ok(only),
            Some(last) => {
                fitting.push(last);
                Err(ProjectError::Ambiguous {
                    query: query.to_owned(),
                    candidates: self.candidates(member, &fitting),
                }
                .into())
            }
        }
    }

    fn candidates(&self, member: &PublicKey, projects: &[Project]) -> Vec<ProjectCandidate> {
        // Without names there are still the keys.
        let contacts = self.workspace.contacts(*member).ok();
        let name_of = |key: &PublicKey| {
            let contact = contacts.as_ref()?.with_key(key)?;
            Some(contact.name).filter(|name| !name.is_empty())
        };
        let candidate = |project: &Project| {
            let key = project.author();
            let owner = match key == *member {
                true => ProjectOwner::Reader,
                false => ProjectOwner::Other {
                    key,
                    name: name_of(&key),
                },
            };
            ProjectCandidate {
                project: NamedProject::of(project),
                owner,
            }
        };
        projects.iter().map(candidate).collect()
    }

    /// The same; `None` if none fits.
    ///
    /// # Errors
    /// If several fit, or the store can't be read.
    pub fn named(&self, member: &PublicKey, query: &str) -> Result<Option<Project>, WorkError> {
        match self.find(member, query) {
            Ok(project) => Ok(Some(project)),
            Err(WorkError::Project(ProjectError::NotFound(_))) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How many threads of the owner have a label, as far as it is not sealed. The id of a project
    /// is the label of none.
    ///
    /// # Errors
    /// If the threads can't be listed.
    pub fn labelled(&self, owner: &PublicKey, label: &str) -> Result<usize, WorkError> {
        if label.parse::<Hash>().is_ok() {
            return Ok(0);
        }
        let filter = Filter {
            owner: Some(*owner),
            project: Some(label.to_owned()),
            limit: Some(1),
            ..Filter::default()
        };
        Ok(self.workspace.threads().list(&filter)?.total)
    }

    /// Whether a thread of the owner has this label.
    ///
    /// # Errors
    /// If the threads can't be listed.
    pub fn is_label(&self, owner: &PublicKey, name: &str) -> Result<bool, WorkError> {
        Ok(self.labelled(owner, name)? > 0)
    }

    /// What the projects of threads are called: of those in which somebody has a part now.
    ///
    /// # Errors
    /// If the store or the contacts can't be read.
    pub fn names_in(
        &self,
        member: &PublicKey,
        list: &ThreadList,
    ) -> Result<ProjectNames, WorkError> {
        let ids = list.threads.iter().map(|thread| thread.project.as_deref());
        let are_any = ids.flatten().any(|id| id.parse::<Hash>().is_ok());
        if !are_any {
            return Ok(ProjectNames::default());
        }
        let projects = self.of(member)?.projects.into_iter();
        let named = projects.map(|project| (project.id, project.name.clone()));
        Ok(ProjectNames(named.collect()))
    }

    /// Begins a project.
    ///
    /// # Errors
    /// If the name can't be one, if the owner has one that looks the same, or if it can't be saved.
    pub fn create(&self, keys: &Keys, name: &str) -> Result<Project, WorkError> {
        let name = checked_name(name).map_err(WorkError::BadName)?;
        self.workspace.check_in_use(keys)?;
        let owner = keys.public();
        let own = self.of(&owner)?.projects.into_iter();
        let mut own = own.filter(|project| project.author() == owner);
        if let Some(known) = own.find(|project| look_alike(&project.name, &name)) {
            return Err(ProjectError::Exists(NamedProject::of(&known)).into());
        }
        if let Some(known) = self.untrue_like(&owner, &name)? {
            return Err(ProjectError::ExistsUntrue(known).into());
        }
        let mut nonce = ProjectNonce([0; 32]);
        (self.workspace.setup.random)(&mut nonce.0);
        let project = OwnedProject::begin(&owner, &name, self.workspace.now(), nonce);
        self.save(keys, &Project::new(owner, project))
    }

    /// The owner's project that looks so and is not their word, as far as its name can be read.
    fn untrue_like(
        &self,
        owner: &PublicKey,
        name: &str,
    ) -> Result<Option<NamedProject>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(None);
        };
        let verdicts = store.projects(owner)?.into_iter();
        let mut untrue = verdicts
            .filter(|verdict| verdict.check.is_err())
            .filter_map(|verdict| verdict.document);
        let alike = untrue.find(|project| look_alike(&project.name, name));
        Ok(alike.map(|project| NamedProject::of(&project)))
    }

    /// Lets somebody into a project of the owner's.
    ///
    /// # Errors
    /// If there is no such project, if it is somebody else's, if they are a member already, or if
    /// it can't be saved.
    pub fn add(&self, keys: &Keys, query: &str, who: PublicKey) -> Result<Project, WorkError> {
        self.change(keys, query, |project, owner, now| {
            project.add(owner, who, now)
        })
    }

    /// Lets somebody take part in a project of the owner's no more.
    ///
    /// # Errors
    /// If there is no such project, if it is somebody else's, if they are no member, or if it can't
    /// be saved.
    pub fn remove(&self, keys: &Keys, query: &str, who: PublicKey) -> Result<Project, WorkError> {
        self.change(keys, query, |project, owner, now| {
            project.remove(owner, who, now)
        })
    }

    fn change(
        &self,
        keys: &Keys,
        query: &str,
        change: impl FnOnce(&mut OwnedProject, &PublicKey, Timestamp) -> Result<(), ProjectRefusal>,
    ) -> Result<Project, WorkError> {
        self.workspace.check_in_use(keys)?;
        let owner = keys.public();
        let before = self.find(&owner, query)?;
        if before.author() != owner {
            return Err(ProjectError::Foreign {
                project: NamedProject::of(&before),
                owner: before.author(),
            }
            .into());
        }
        let mut project = OwnedProject::clone(&before);
        change(&mut project, &owner, self.workspace.now()).map_err(ProjectError::from)?;
        self.save(keys, &before.with(project))
    }

    fn save(&self, keys: &Keys, project: &Project) -> Result<Project, WorkError> {
        let store = self.workspace.store_of(&keys.public())?;
        Ok(store.save_project(keys.owner(), project, self.workspace.now())?)
    }

    /// Every project that counts, or the one with an id; each once. One counts on the branch of who
    /// began it, or of the key that took their place.
    fn counting(&self, reader: &PublicKey, id: Option<&Hash>) -> Result<ProjectList, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(ProjectList::default());
        };
        let closed = self.workspace.closed_branches(reader)?;
        let mut list = ProjectList::default();
        let mut latest: BTreeMap<Hash, (usize, Project)> = BTreeMap::new();
        let outdated = self.outdated(&store, reader, &mut list)?;
        for owner in store.authors()? {
            if outdated.branches.contains(&owner) {
                continue;
            }
            let verdicts = verdicts_on(&store, &owner, &closed, id);
            for verdict in verdicts.unwrap_or_else(|error| list.note_branch(&owner, &error)) {
                let Some((path, project)) = list.good(&owner, verdict) else {
                    continue;
                };
                match steps_to(&owner, project.begun_by_whom(), &closed) {
                    None => list.note(&owner, &path, "it goes on with a project of another key's"),
                    Some(steps) => keep_latest(latest.entry(project.id), steps, project),
                }
            }
        }
        latest.retain(|id, _| !outdated.projects.contains(id));
        list.projects = latest.into_values().map(|(_, project)| project).collect();
        list.projects
            .sort_by_cached_key(|project| (project.name.to_lowercase(), project.id));
        Ok(list)
    }
}

/// What nothing can be built on: it was seen as it is no more.
#[derive(Default)]
struct Outdated {
    branches: BTreeSet<PublicKey>,
    /// What those branches were seen to have, wherever else an older state of it lies.
    projects: BTreeSet<Hash>,
}

impl Projects<'_> {
    /// The branches of others that lack what they were seen to have: they may have had somebody who
    /// was put out since. What the reader's own lacks comes back with the next save.
    fn outdated(
        &self,
        store: &Store,
        reader: &PublicKey,
        list: &mut ProjectList,
    ) -> Result<Outdated, WorkError> {
        let mut outdated = Outdated::default();
        for owner in store.remembered_authors()? {
            if owner == *reader {
                continue;
            }
            let why = match store.lost_since_seen(&owner) {
                Ok(None) => continue,
                Ok(Some(finding)) => finding.to_string(),
                Err(error) => error.to_string(),
            };
            list.note_outdated(&owner, why);
            outdated.branches.insert(owner);
            if let Ok(Some(seen)) = store.seen_tip(&owner) {
                let had = store.projects_at(&owner, seen).unwrap_or_default();
                let ids = had
                    .into_iter()
                    .filter_map(|verdict| Some(verdict.document?.id));
                outdated.projects.extend(ids);
            }
        }
        Ok(outdated)
    }
}

impl ProjectList {
    fn note_outdated(&mut self, owner: &PublicKey, why: String) {
        self.troubles.push(Trouble {
            place: format!("users/{}…", owner.short()),
            why,
        });
    }

    fn good(&mut self, owner: &PublicKey, verdict: ProjectVerdict) -> Option<(String, Project)> {
        let path = verdict.path.clone();
        match verdict.good() {
            Ok(project) => Some((path, project)),
            Err(fault) => {
                self.note(owner, &path, &fault.to_string());
                None
            }
        }
    }

    fn note(&mut self, owner: &PublicKey, path: &str, why: &str) {
        self.troubles.push(Trouble {
            place: format!("{path} of {}…", owner.short()),
            why: why.to_owned(),
        });
    }

    fn note_branch(&mut self, owner: &PublicKey, error: &StoreError) -> Vec<ProjectVerdict> {
        self.troubles.push(Trouble::branch_unreadable(owner, error));
        Vec::new()
    }
}

/// What a branch has, up to where it ends: all, or what may be the one with an id.
fn verdicts_on(
    store: &Store,
    owner: &PublicKey,
    closed: &ClosedBranches,
    id: Option<&Hash>,
) -> Result<Vec<ProjectVerdict>, StoreError> {
    if let (Some(closed), Some(tip)) = (closed.get(owner), store.tip(owner)?)
        && store.beyond(owner, closed, tip)?.is_some()
    {
        let mut verdicts = store.projects_at(owner, closed.tip.parse::<CommitId>()?)?;
        if let Some(id) = id {
            let is_meant = |project: &Project| project.id == *id;
            verdicts.retain(|verdict| verdict.document.as_ref().is_some_and(is_meant));
        }
        return Ok(verdicts);
    }
    match id {
        None => store.projects(owner),
        Some(id) => Ok(store.project(owner, id)?.into_iter().collect()),
    }
}

/// How many keys took the place of another from the first to the last; `None` if they didn't.
fn steps_to(last: &PublicKey, first: PublicKey, closed: &ClosedBranches) -> Option<usize> {
    let mut key = first;
    for steps in 0..=closed.len() {
        if key == *last {
            return Some(steps);
        }
        key = closed.get(&key)?.newer;
    }
    None
}

fn keep_latest(known: Entry<'_, Hash, (usize, Project)>, steps: usize, project: Project) {
    match known {
        Entry::Vacant(place) => drop(place.insert((steps, project))),
        Entry::Occupied(mut place) if place.get().0 < steps => {
            drop(place.insert((steps, project)));
        }
        Entry::Occupied(_) => {}
    }
}

/// Those that a query fits best: the whole id in either form, the name, the name in any case, the
/// beginning of the id.
fn best_fit(projects: Vec<Project>, query: &str) -> Vec<Project> {
    let lowercase = query.to_lowercase();
    let short_name: Option<Uuid> = query.parse().ok();
    let fits: [&dyn Fn(&Project) -> bool; 5] = [
        &|project| project.id.to_string() == query,
        &|project| short_name == Some(Uuid::of(&project.id)),
        &|project| project.name == query,
        &|project| project.name.to_lowercase() == lowercase,
        &|project| query.len() >= LEAST_DIGITS && project.id.to_string().starts_with(query),
    ];
    for fit in fits {
        let fitting: Vec<Project> = projects.iter().filter(|one| fit(one)).cloned().collect();
        if !fitting.is_empty() {
            return fitting;
        }
    }
    Vec::new()
}
