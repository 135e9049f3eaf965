//! What a remote has comes into quarantine.

use super::Step;
use super::fault::{Fault, FaultKind};
use super::git::Teller;
use super::partners::partners;
use super::plan::{Sync, SyncError, There};
use super::summary::Refusal;
use crate::model::PublicKey;
use crate::store::{Arrived, Store};
use std::collections::BTreeSet;
use std::time::Instant;

/// So many branches are fetched by their names; of more, all that the remote has come.
const NAMED: usize = 500;
/// So many runs may fail before what is left is given up.
const FAILURES: usize = 200;

/// Whose branches are fetched.
#[derive(Clone, Copy)]
struct Wanted<'w> {
    authors: &'w [PublicKey],
    /// Whether the remote said that it has them: git is not to be asked by name for what is not
    /// there.
    are_listed: bool,
}

impl Sync<'_> {
    /// Fetches what is not here, and says what the remote has.
    pub(super) fn bring(&mut self, tell: Teller<'_>) -> Result<There, SyncError> {
        let followed = self.followed()?;
        let there = match &followed {
            None => self.bring_all(tell)?,
            Some(followed) => {
                let authors: Vec<PublicKey> = followed.iter().copied().collect();
                let wanted = Wanted {
                    authors: &authors,
                    are_listed: false,
                };
                self.fetch(wanted, tell)?;
                There::new()
            }
        };
        let there = self.with_arrived(there)?;
        self.notice_what_is_gone(&there, followed.as_ref())?;
        Ok(there)
    }

    fn bring_all(&mut self, tell: Teller<'_>) -> Result<There, SyncError> {
        let there = self.look(tell)?;
        let missing = self.missing(&there)?;
        let authors: Vec<PublicKey> = missing.iter().map(|arrived| arrived.author).collect();
        let wanted = Wanted {
            authors: &authors,
            are_listed: true,
        };
        self.fetch(wanted, tell)?;
        Ok(there)
    }

    /// What the remote says it has, of those whose branches are wanted.
    pub(super) fn look(&mut self, tell: Teller<'_>) -> Result<There, SyncError> {
        let _ = tell(Step::Looking);
        let mut there = read_branches(&self.git.look(tell)?);
        if let Some(followed) = self.followed()? {
            there.retain(|author, _| followed.contains(author));
        }
        Ok(there)
    }

    /// Whose branches are fetched, if not all: those that were chosen, those who take part in a
    /// thread with the owner, and the owner.
    pub(super) fn followed(&self) -> Result<Option<BTreeSet<PublicKey>>, SyncError> {
        let Some(chosen) = self.request.follow else {
            return Ok(None);
        };
        let own = self.request.keys.public();
        let mut followed = chosen.clone();
        followed.insert(own);
        followed.extend(self.older_keys()?);
        followed.extend(partners(self.workspace, self.store, &own)?);
        Ok(Some(followed))
    }

    /// What lies in quarantine may have been moved there since it was looked at.
    fn with_arrived(&self, mut there: There) -> Result<There, SyncError> {
        for arrived in self.store.arrived(self.request.remote)? {
            there.insert(arrived.author, arrived.tip);
        }
        Ok(there)
    }

    /// What the remote had when it was last looked at, and has no more.
    fn notice_what_is_gone(
        &mut self,
        there: &There,
        asked: Option<&BTreeSet<PublicKey>>,
    ) -> Result<(), SyncError> {
        for (author, had) in self.store.seen_at(self.request.address)? {
            let was_asked = asked.is_none_or(|asked| asked.contains(&author));
            if !was_asked || self.is_refused(&author) {
                continue;
            }
            let why = match there.get(&author) {
                None => Refusal::Gone { had },
                Some(has) if *has != had && self.store.holds_commit(had, *has)? => {
                    Refusal::RolledBack { had }
                }
                Some(_) => continue,
            };
            self.refuse(author, why);
        }
        Ok(())
    }

    /// What is not here.
    pub(super) fn missing(&self, there: &There) -> Result<Vec<Arrived>, SyncError> {
        let mut missing = Vec::new();
        for (author, tip) in there {
            let arrived = Arrived {
                author: *author,
                tip: *tip,
            };
            if !self.store.has_arrived(&arrived)? {
                missing.push(arrived);
            }
        }
        Ok(missing)
    }

    /// Fetches branches into quarantine. Where what one of them holds stops git, the others come
    /// without it.
    fn fetch(&mut self, wanted: Wanted<'_>, tell: Teller<'_>) -> Result<(), SyncError> {
        if wanted.authors.is_empty() {
            return Ok(());
        }
        let _nobody_tidies = self.store.while_objects_come()?;
        let Err(fault) = self.fetch_at_once(wanted, tell) else {
            return Ok(());
        };
        let is_one = wanted.authors.len() == 1;
        // A connection that breaks says nothing about a branch, if there is but one.
        if !fault.kind.is_about_content() || is_one && fault.kind == FaultKind::BrokenOff {
            return Err(fault.into());
        }
        self.fetch_in_parts(wanted, fault, tell)
    }

    fn fetch_in_parts(
        &mut self,
        wanted: Wanted<'_>,
        fault: Fault,
        tell: Teller<'_>,
    ) -> Result<(), SyncError> {
        let has_begun = Instant::now();
        let mut failures = 0;
        let mut parts = vec![(wanted.authors, fault)];
        while let Some((part, fault)) = parts.pop() {
            failures += 1;
            let is_too_long = has_begun.elapsed() > self.request.git.budget.total;
            if part.len() == 1 || failures > FAILURES || is_too_long {
                for author in part {
                    self.refuse(*author, Refusal::NotFetched(fault.clone()));
                }
                continue;
            }
            let (some, others) = part.split_at(part.len() / 2);
            for half in [others, some] {
                let wanted = Wanted {
                    authors: half,
                    ..wanted
                };
                match self.fetch_at_once(wanted, tell) {
                    Ok(()) => {}
                    Err(fault) if fault.kind.is_about_content() => parts.push((half, fault)),
                    Err(fault) => return Err(fault.into()),
                }
            }
        }
        Ok(())
    }

    fn fetch_at_once(&self, wanted: Wanted<'_>, tell: Teller<'_>) -> Result<(), Fault> {
        self.git.fetch(&self.refspecs(wanted), tell)
    }

    fn refspecs(&self, wanted: Wanted<'_>) -> Vec<String> {
        let refspec = |author: &str| {
            let to = Store::quarantine_of(self.request.remote, author);
            format!("+refs/heads/users/{author}:{to}")
        };
        let Wanted {
            authors,
            are_listed,
        } = wanted;
        if are_listed && authors.len() > NAMED {
            return vec![refspec("*")];
        }
        // What ends with a star may be missing there, and the remote is asked for no more than that.
        let end = if are_listed { "" } else { "*" };
        let names = authors.iter().map(|author| format!("{author}{end}"));
        names.map(|name| refspec(&name)).collect()
    }
}

/// The branches of authors, each as `<commit>\trefs/heads/users/<author>`. What has another name
/// is not ours to read.
fn read_branches(listed: &str) -> There {
    let read = |line: &str| {
        let (tip, name) = line.split_once('\t')?;
        let author = name.strip_prefix("refs/heads/users/")?.parse().ok()?;
        Some((author, tip.parse().ok()?))
    };
    listed.lines().filter_map(read).collect()
}
