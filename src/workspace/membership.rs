//! Which project a thread belongs to, and whether somebody may work in it now.

use super::indexing::Needs;
use super::projects::Projects;
use super::{Threads, WorkError};
use crate::index::RootPlace;
use crate::model::{Draft, DraftText, Hash, PublicKey, Thread};
use crate::store::Store;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What a thread belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Belonging {
    /// To no project, or to one that is nothing but a word of its owner's.
    Nobody,
    /// To the project with this id.
    Project(Hash),
    /// That is sealed, and can't be opened.
    Unknown,
}

impl Belonging {
    /// What the field of a thread says.
    pub fn of(project: Option<&str>) -> Self {
        match project.and_then(|project| project.parse().ok()) {
            Some(id) => Self::Project(id),
            None => Self::Nobody,
        }
    }

    /// What a draft says itself whose thread is not here.
    fn of_draft(draft: &Draft) -> Self {
        match &draft.text {
            DraftText::Open(open) => open.project.map_or(Self::Nobody, Self::Project),
            DraftText::Sealed(_) => Self::Unknown,
        }
    }

    /// Of a thread that was opened, as far as it can be.
    pub fn of_thread(thread: &Thread) -> Self {
        match thread.is_open() {
            true => Self::of(thread.project()),
            false => Self::Unknown,
        }
    }

    /// The project's id, if there is one.
    pub fn project(self) -> Option<Hash> {
        match self {
            Self::Project(id) => Some(id),
            Self::Nobody | Self::Unknown => None,
        }
    }
}

/// The projects in which somebody has a part now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Membership {
    projects: BTreeSet<Hash>,
    unreadable: usize,
}

impl Membership {
    /// Whether they may work in what belongs there.
    pub fn allows(&self, belonging: Belonging) -> bool {
        match belonging {
            Belonging::Nobody => true,
            Belonging::Project(id) => self.projects.contains(&id),
            Belonging::Unknown => false,
        }
    }

    /// How many projects can't be read or are not their owners' word, so that nobody knows whether
    /// they have a part in them.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// The ids of the projects.
    pub fn projects(&self) -> impl Iterator<Item = Hash> {
        self.projects.iter().copied()
    }
}

impl Projects<'_> {
    /// The projects in which somebody has a part now.
    ///
    /// # Errors
    /// If the store or the contacts can't be read.
    pub fn membership(&self, member: &PublicKey) -> Result<Membership, WorkError> {
        let list = self.of(member)?;
        let projects = list.projects.iter();
        Ok(Membership {
            projects: projects.map(|project| project.id).collect(),
            unreadable: list.troubles.len(),
        })
    }

    /// Whether somebody may work now in what belongs there.
    ///
    /// # Errors
    /// If the store or the contacts can't be read.
    pub fn allows(&self, member: &PublicKey, belonging: Belonging) -> Result<bool, WorkError> {
        match belonging {
            Belonging::Nobody => Ok(true),
            Belonging::Project(id) => self.has_member(&id, member),
            Belonging::Unknown => Ok(false),
        }
    }
}

impl Threads<'_> {
    /// What drafts belong to: what their threads do, as far as these are here.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn belongings_of_drafts(&self, drafts: &[Arc<Draft>]) -> Result<Vec<Belonging>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(vec![Belonging::Unknown; drafts.len()]);
        };
        let roots: Vec<Hash> = drafts.iter().map(|draft| draft.thread).collect();
        let places = self.own_places(&store, &roots)?;
        let mut belongings = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let own = places.get(&draft.thread).and_then(|own| own.first());
            belongings.push(match own {
                Some(own) => {
                    let reach = self
                        .workspace
                        .readable_reach(&store, &own.owner, &own.path)?;
                    reach.map_or(Belonging::Unknown, |reach| reach.belonging)
                }
                None => Belonging::of_draft(draft),
            });
        }
        Ok(belongings)
    }

    /// Where the threads with these roots lie on the branches of the home's owner: that of their key,
    /// and behind it those of keys that they had before. What stands on anybody else's is left out.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub(super) fn own_places(
        &self,
        store: &Store,
        roots: &[Hash],
    ) -> Result<HashMap<Hash, Vec<RootPlace>>, WorkError> {
        let mut found = self
            .workspace
            .with_index(store, Needs::Lists, &|index| index.places_of(roots))?;
        let owner = self.workspace.owner()?;
        if found.iter().any(|place| place.owner != owner) {
            let older = self.workspace.own_older(&owner)?;
            found.retain(|place| place.owner == owner || older.contains_key(&place.owner));
            found.sort_by_key(|place| place.owner != owner);
        }
        let mut places: HashMap<Hash, Vec<RootPlace>> = HashMap::new();
        for place in found {
            places.entry(place.root).or_default().push(place);
        }
        Ok(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_nobodys_project_and_what_is_closed_is_not_open_to_anybody() {
        let id = Hash([0xab; 32]);
        let ours = Membership {
            projects: BTreeSet::from([id]),
            unreadable: 0,
        };
        let text = id.to_string();
        assert_eq!(Belonging::of(Some(&text)), Belonging::Project(id));
        assert_eq!(Belonging::of(Some("marketing")), Belonging::Nobody);
        assert_eq!(Belonging::of(Some(&text.to_uppercase())), Belonging::Nobody);
        assert!(ours.allows(Belonging::Project(id)));
        assert!(ours.allows(Belonging::Nobody));
        assert!(!ours.allows(Belonging::Project(Hash([8; 32]))));
        assert!(!ours.allows(Belonging::Unknown));
    }
}
