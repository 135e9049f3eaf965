//! Who takes part in a thread with the owner: their branches come, whomever else is followed.
//!
//! What was found is noted, with the tips that were looked at, so that each file is read once. The
//! note is derived; what is no such note is made anew.

use super::plan::SyncError;
use crate::bounded;
use crate::files::{self, Readers};
use crate::home::Home;
use crate::model::{PublicKey, Reading, Thread};
use crate::store::{BranchDiff, CommitId, Entry, Store};
use crate::verify::Verified;
use crate::workspace::Workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// In every thread of several people.
const PARTICIPANTS: &[u8] = b"\"participants\"";

#[derive(Default, PartialEq)]
struct Partners {
    /// The newest commit of each branch that was looked at.
    tips: BTreeMap<PublicKey, CommitId>,
    keys: BTreeSet<PublicKey>,
}

/// The authors and participants of all threads in which somebody takes part.
pub(super) fn partners(
    workspace: &Workspace,
    store: &Store,
    own: &PublicKey,
) -> Result<BTreeSet<PublicKey>, SyncError> {
    let path = Home::at(workspace.home()).partners();
    let known = read(&path, own).unwrap_or_default();
    let mut partners = Partners::default();
    partners.keys.extend(&known.keys);
    for branch in store.branch_tips()? {
        let Ok(Some(tip)) = branch.commit else {
            continue;
        };
        let seen = known.tips.get(&branch.owner).copied();
        if seen != Some(tip) {
            let diff = what_is_new(store, &branch.owner, seen, tip)?;
            partners.keys.extend(found_in(store, &diff.changed, own));
        }
        partners.tips.insert(branch.owner, tip);
    }
    partners.keys.remove(own);
    if partners != known {
        let written = files::replace(&path, "partners-", Readers::Owner, &partners.lines(own));
        written.map_err(|source| SyncError::Disk { path, source })?;
    }
    Ok(partners.keys)
}

fn what_is_new(
    store: &Store,
    owner: &PublicKey,
    seen: Option<CommitId>,
    tip: CommitId,
) -> Result<BranchDiff, SyncError> {
    let since = match seen {
        Some(seen) => store.diff_between(owner, seen, tip)?,
        None => None,
    };
    match since {
        Some(diff) => Ok(diff),
        None => Ok(store.diff_from_nothing(owner, tip)?),
    }
}

fn found_in(store: &Store, entries: &[Entry], own: &PublicKey) -> Vec<PublicKey> {
    let read = store.read_all(entries, |entry, bytes| {
        // What can't be read is told by whoever lists it.
        bytes.map_or_else(|_| Vec::new(), |bytes| in_file(entry, &bytes, own))
    });
    read.concat()
}

/// Whoever takes part in a thread, if the owner does. Only who signed it can say so.
fn in_file(entry: &Entry, bytes: &[u8], own: &PublicKey) -> Vec<PublicKey> {
    let mut parts = bytes.windows(PARTICIPANTS.len());
    if !parts.any(|part| part == PARTICIPANTS) {
        return Vec::new();
    }
    let Ok(Reading::Thread(thread)) = Thread::read(bytes) else {
        return Vec::new();
    };
    let mut all = thread.participants();
    all.push(thread.author());
    let takes_part = all.contains(own) || thread.kept_by() == Some(*own);
    match takes_part && Verified::check_of(&entry.owner, thread).is_ok() {
        true => all,
        false => Vec::new(),
    }
}

impl Partners {
    fn lines(&self, own: &PublicKey) -> Vec<u8> {
        let mut text = format!("of {own}\n");
        for (owner, tip) in &self.tips {
            text += &format!("at {owner} {tip}\n");
        }
        for key in &self.keys {
            text += &format!("with {key}\n");
        }
        text.into_bytes()
    }
}

fn read(path: &Path, own: &PublicKey) -> Option<Partners> {
    let text = bounded::read_plain_text(path, bounded::MANY_LINES).ok()?;
    let mut lines = text.lines();
    if lines.next()? != format!("of {own}") {
        return None;
    }
    let mut partners = Partners::default();
    for line in lines {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["at", owner, tip] => {
                partners.tips.insert(owner.parse().ok()?, tip.parse().ok()?);
            }
            ["with", key] => {
                partners.keys.insert(key.parse().ok()?);
            }
            _ => return None,
        }
    }
    Some(partners)
}
