//! Whose place a key took. Cards alone never settle that, since a thief of the older key can sign
//! both: it stands for who compared keys with the newer one. Then the newer card alone says how far
//! the older branch counts.

use super::contacts::{ContactError, Contacts};
use super::{FoundThread, Obstacle, Purpose, WorkError, Workspace};
use crate::identity::Keys;
use crate::index::KeySuccession;
use crate::model::{Card, CardEntry, PublicKey, Reading, Thread};
use crate::store::{CardVerdict, ClosedAt, Entry, Store};
use crate::verify::Verified;
use std::collections::{BTreeMap, BTreeSet};

/// Branches that count up to a commit only, by their owners.
pub type ClosedBranches = BTreeMap<PublicKey, ClosedAt>;

/// What is known of a key's successor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Succession {
    /// Nobody says that there is one.
    None,
    /// A key says so, and the user did not compare keys with it.
    Claimed(PublicKey),
    /// The user compared keys with it.
    Stands(PublicKey),
    /// The user compared keys with it, but no card of the older key that is here says so: its branch
    /// counts no further by the word of the newer one alone.
    OneSided(PublicKey),
    /// Several keys say so: somebody has the older one who should not, and none of them is
    /// believed.
    Contested(Vec<PublicKey>),
}

impl Succession {
    /// A name that does not change; none, if nobody says that there is a successor.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Claimed(_) => Some("claimed"),
            Self::Stands(_) => Some("stands"),
            Self::OneSided(_) => Some("one-sided"),
            Self::Contested(_) => Some("contested"),
        }
    }

    /// The keys that say to be the successor.
    pub fn keys(&self) -> Vec<PublicKey> {
        match self {
            Self::None => Vec::new(),
            Self::Claimed(key) | Self::Stands(key) | Self::OneSided(key) => vec![*key],
            Self::Contested(keys) => keys.clone(),
        }
    }
}

impl Contacts<'_> {
    /// What is known of the successor of a key.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn succession_of(&self, older: &PublicKey) -> Result<Succession, ContactError> {
        let verified: Vec<PublicKey> = self
            .verified_claims()?
            .into_iter()
            .filter(|claim| claim.older == *older)
            .map(|claim| claim.at.newer)
            .collect();
        let named: BTreeSet<PublicKey> = match self.good_card(older)? {
            Some(card) => card.succeeded_by.iter().map(|entry| entry.key).collect(),
            None => BTreeSet::new(),
        };
        match verified.as_slice() {
            [newer] if named.contains(newer) => return Ok(Succession::Stands(*newer)),
            [newer] => return Ok(Succession::OneSided(*newer)),
            [] => {}
            _ => return Ok(Succession::Contested(verified)),
        }
        let mut claiming = Vec::new();
        for newer in named {
            let card = self.good_card(&newer)?;
            let says_so = |card: Card| card.succeeds.iter().any(|entry| entry.key == *older);
            if card.is_none_or(says_so) {
                claiming.push(newer);
            }
        }
        Ok(match claiming.as_slice() {
            [] => Succession::None,
            [newer] => Succession::Claimed(*newer),
            _ => Succession::Contested(claiming),
        })
    }

    /// Branches that count up to a commit only: those whose successor the user compared keys with.
    /// Where several such keys take one place, none does.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn closed_branches(&self) -> Result<ClosedBranches, ContactError> {
        let mut closed = ClosedBranches::new();
        let mut contested = BTreeSet::new();
        for Claim { older, at } in self.verified_claims()? {
            if closed.insert(older, at).is_some() {
                contested.insert(older);
            }
        }
        closed.retain(|older, _| !contested.contains(older));
        Ok(closed)
    }

    /// What the cards of verified contacts say of keys whose place they took.
    fn verified_claims(&self) -> Result<Vec<Claim>, ContactError> {
        let mut claims = Vec::new();
        for contact in self.list().iter().filter(|contact| contact.verified) {
            let card = self.good_card(&contact.key)?;
            let known = card.filter(|card| Some(card.encryption) == contact.encryption);
            claims.extend(known.iter().flat_map(claims_of));
        }
        Ok(claims)
    }

    fn good_card(&self, owner: &PublicKey) -> Result<Option<Card>, ContactError> {
        let Some(store) = self.store() else {
            return Ok(None);
        };
        let found = store.card_of(owner)?;
        Ok(found.and_then(|found| found.good().ok()))
    }
}

/// A newer key's word that it took the place of an older one.
struct Claim {
    older: PublicKey,
    at: ClosedAt,
}

fn claims_of(card: &Card) -> Vec<Claim> {
    let claim = |entry: &CardEntry| {
        Some(Claim {
            older: entry.key,
            at: ClosedAt {
                newer: card.author(),
                tip: entry.tip.clone()?,
            },
        })
    };
    card.succeeds.iter().filter_map(claim).collect()
}

impl Workspace {
    /// The owner's own older keys, and where their branches end.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn own_older(&self, owner: &PublicKey) -> Result<ClosedBranches, WorkError> {
        match self.store()? {
            Some(store) => own_older(&store, owner),
            None => Ok(ClosedBranches::new()),
        }
    }

    /// Each of the owner's own older keys with all that came after it: their threads give way to
    /// the copies with which the owner went on.
    pub(super) fn own_successions(&self, store: &Store) -> Result<Vec<KeySuccession>, WorkError> {
        let Some(owner) = self.owner_if_readable() else {
            return Ok(Vec::new());
        };
        let closed = own_older(store, &owner)?;
        let mut successions = Vec::new();
        for older in closed.keys().copied() {
            let mut next = closed.get(&older);
            while let Some(at) = next {
                let newer = at.newer;
                successions.push(KeySuccession { older, newer });
                next = closed.get(&newer);
            }
        }
        Ok(successions)
    }

    /// All branches that count up to a commit only: those of the owner's own older keys, and those
    /// whose successor the owner compared keys with.
    ///
    /// # Errors
    /// If the contacts or the store can't be read.
    pub fn closed_branches(&self, owner: &PublicKey) -> Result<ClosedBranches, WorkError> {
        let mut closed = self.contacts(*owner)?.closed_branches()?;
        // Where the own branch ends is nobody else's to say.
        closed.remove(owner);
        closed.extend(self.own_older(owner)?);
        Ok(closed)
    }
}

/// A key that signed something after another had taken its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterSuccession {
    /// The older key.
    pub older: PublicKey,
    /// The newer one.
    pub newer: PublicKey,
}

impl Workspace {
    /// The branches here that go on beyond their end.
    ///
    /// # Errors
    /// If the contacts or the store can't be read.
    pub fn beyond_their_ends(&self) -> Result<Vec<AfterSuccession>, WorkError> {
        let Some((store, closed)) = self.closed_here()? else {
            return Ok(Vec::new());
        };
        let mut beyond = Vec::new();
        for (older, at) in closed {
            if let Some(tip) = store.tip(&older)?
                && store.beyond(&older, &at, tip)?.is_some()
            {
                let newer = at.newer;
                beyond.push(AfterSuccession { older, newer });
            }
        }
        Ok(beyond)
    }

    /// Who signed some of a thread, or of a copy of it, beyond the end of their branch.
    ///
    /// # Errors
    /// If the contacts or the store can't be read.
    pub fn signed_after_end(
        &self,
        found: &FoundThread,
    ) -> Result<Option<AfterSuccession>, WorkError> {
        let Some((store, closed)) = self.closed_here()? else {
            return Ok(None);
        };
        let mut files = BTreeMap::from([(found.owner, &found.path)]);
        if let Some(shared) = &found.shared {
            files.extend(shared.paths.iter().map(|(owner, path)| (*owner, path)));
        }
        for (older, path) in files {
            let (Some(at), Some(tip)) = (closed.get(&older), store.tip(&older)?) else {
                continue;
            };
            let is_beyond = store.beyond(&older, at, tip)?.is_some();
            if is_beyond && !store.lay_there_at_end(at, path, tip)? {
                let newer = at.newer;
                return Ok(Some(AfterSuccession { older, newer }));
            }
        }
        Ok(None)
    }

    fn closed_here(&self) -> Result<Option<(Store, ClosedBranches)>, WorkError> {
        let (Some(owner), Some(store)) = (self.owner_if_readable(), self.store()?) else {
            return Ok(None);
        };
        let closed = self.closed_branches(&owner)?;
        Ok((!closed.is_empty()).then_some((store, closed)))
    }
}

impl super::Organiser<'_> {
    /// A thread of one of the owner's older keys as one of theirs: the copy that they made of it
    /// before, or a new one. Every other thread stays what it is.
    ///
    /// # Errors
    /// If the owner's branch can't be read, or the copy can't be saved.
    pub fn carried_over(&self, keys: &Keys, found: FoundThread) -> Result<FoundThread, WorkError> {
        let own = keys.public();
        let Some(store) = self.workspace.store()? else {
            return Ok(found);
        };
        if found.owner == own || !own_older(&store, &own)?.contains_key(&found.owner) {
            return Ok(found);
        }
        let Reading::Thread(older) = &found.reading else {
            return Ok(found);
        };
        if let Some(entry) = copy_of(&store, &own, older)? {
            return self.workspace.threads().load(&store, &entry);
        }
        if let Some(after) = self.workspace.signed_after_end(&found)? {
            return Err(after.in_the_way_of(older));
        }
        let copy = self.succeed(keys, found)?;
        // Another thread of the older branch may have its id.
        let root = copy.root().to_string();
        self.workspace.threads().identified(&root)
    }
}

impl AfterSuccession {
    /// Why nobody goes on with a thread.
    pub(super) fn in_the_way_of(self, thread: &Thread) -> WorkError {
        let Self { older, newer } = self;
        WorkError::Unfit {
            id: thread.id().to_string(),
            what: Purpose::Continue,
            why: Obstacle::AfterSuccession { older, newer },
        }
    }
}

/// The owner's copy of a whole thread of an older key of theirs.
fn copy_of(store: &Store, own: &PublicKey, older: &Thread) -> Result<Option<Entry>, WorkError> {
    let Some(tip) = store.tip(own)? else {
        return Ok(None);
    };
    let entries = store.list_at(own, tip)?.entries;
    let root = older.root();
    let is_copy = store.read_all(&entries, |entry, bytes| {
        let reading = bytes.ok().and_then(|bytes| Thread::read(&bytes).ok());
        let Some(Reading::Thread(thread)) = reading else {
            return false;
        };
        let is_of_it = thread.author() == *own && thread.origins().contains(&root);
        is_of_it && Verified::check_at(entry.place(), thread).is_ok()
    });
    let mut copies = entries.into_iter().zip(is_copy);
    Ok(copies.find_map(|(entry, is_copy)| is_copy.then_some(entry)))
}

/// The owner's own older keys, the one before the other, each as the card at its end tells.
fn own_older(store: &Store, owner: &PublicKey) -> Result<ClosedBranches, WorkError> {
    let mut closed = ClosedBranches::new();
    let mut next: Vec<Option<CardVerdict>> = vec![store.card_of(owner)?];
    while let Some(found) = next.pop() {
        let Some(Ok(card)) = found.map(CardVerdict::good) else {
            continue;
        };
        for Claim { older, at } in claims_of(&card) {
            if older == *owner || closed.contains_key(&older) {
                continue;
            }
            let tip = at.tip.parse().ok();
            let card = tip.and_then(|tip| store.card_at(&older, tip).ok().flatten());
            next.push(card);
            closed.insert(older, at);
        }
    }
    Ok(closed)
}
