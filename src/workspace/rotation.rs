//! An owner takes new words, and with them a new key in the place of the older one.
//!
//! ```text
//! begin   identity.next.json   the newer words, on disk before anything names them
//! rotate  1 own sealed threads: every epoch wrapped for the newer key
//!           own projects and drafts on the newer branch, in the newer key's name
//!         2 the older card names the newer key; its commit is where the older branch ends
//!         3 the newer card names the older key, up to that commit
//!         4 former/<older key>.json is the older vault, under its passphrase
//!         5 identity.next.json becomes identity.json, in one step
//!         6 HEAD names the newer branch
//! ```
//!
//! Until step 5 the identity is the older one, after it the newer. Each step can be done again, so
//! what was broken off goes on where it stopped.

use super::{ServingLock, WorkError, Workspace};
use crate::files;
use crate::home::Home;
use crate::identity::{Keys, Vault, VaultError, Words};
use crate::model::{
    Card, CardEntry, Document, Filed, KeptDraft, OwnedProject, OwnerCard, PublicKey, Reading,
    Thread, Timestamp, crash_point,
};
use crate::seal::Reader;
use crate::sign::Signer;
use crate::store::{FiledVerdict, Save, Store, StoreError};
use crate::verify::Verified;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// What came of a rotation.
#[derive(Debug)]
pub struct Rotated {
    /// The key that was.
    pub older: PublicKey,
    /// The key that took its place.
    pub newer: PublicKey,
    /// The commit up to which the older branch counts.
    pub closed_at: String,
    /// Where the older words rest.
    pub kept_in: PathBuf,
    /// Sealed threads of which not all could be opened, and so not be handed on.
    pub not_handed_on: Vec<String>,
}

/// Taking new words for a home. As long as this is held no server begins to serve it.
pub struct Rotator<'w> {
    workspace: &'w Workspace,
    _lock: ServingLock,
}

impl Workspace {
    /// What gives this home new words. A server would go on under the older key.
    ///
    /// # Errors
    /// If the home is served, or the disk refuses.
    pub fn rotator(&self) -> Result<Rotator<'_>, WorkError> {
        Ok(Rotator {
            workspace: self,
            _lock: self.lock_for_serving()?,
        })
    }
}

impl Rotator<'_> {
    /// The newer words of a rotation that was broken off.
    ///
    /// # Errors
    /// If they are there and can't be read.
    pub fn broken_off(&self) -> Result<Option<Vault>, WorkError> {
        match Vault::read(&self.next()) {
            Ok(vault) => Ok(Some(vault)),
            Err(VaultError::Missing(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts newer words beside the older ones. Nothing else changes yet.
    ///
    /// # Errors
    /// If a rotation was broken off, whose words are there, or if the disk refuses.
    pub fn begin(&self, words: &Words, passphrase: Option<&str>) -> Result<Vault, WorkError> {
        let random = &mut |bytes: &mut [u8]| (self.workspace.setup.random)(bytes);
        let vault = Vault::create(&self.next(), words, passphrase, random)?;
        crash_point!("rotation-begun");
        Ok(vault)
    }

    /// Makes the newer key the home's, or goes on with that. What dead sessions left is to be
    /// recovered before.
    ///
    /// # Errors
    /// If a session is open, if the older card names another successor or is not good, or if the
    /// store or the disk refuses. Then the identity is the older one still, and its words are there.
    pub fn rotate(&self, older: &Keys, newer: &Keys) -> Result<Rotated, WorkError> {
        let store = self.workspace.store_of(&older.public())?;
        if let Some(session) = store.open_sessions()?.sessions.first() {
            return Err(StoreError::InUse { id: session.id }.into());
        }
        let not_handed_on = match self.position_in_card(newer, &older.public())? {
            // The older branch is closed already.
            Some(_) => Vec::new(),
            None => self.hand_on(&store, older, newer)?,
        };
        self.hand_on_filed::<OwnedProject>(&store, older, newer)?;
        self.hand_on_filed::<KeptDraft>(&store, older, newer)?;
        crash_point!("rotation-handed-on");
        let closed_at = self.name_each_other(&store, older, newer)?;
        let kept_in = self.keep_older(&older.public())?;
        crash_point!("rotation-older-kept");
        self.take_newer(&newer.public())?;
        crash_point!("rotation-taken");
        store.make_for(&newer.public())?;
        self.workspace.contacts(newer.public())?.sign_anew(newer)?;
        Ok(Rotated {
            older: older.public(),
            newer: newer.public(),
            closed_at,
            kept_in,
            not_handed_on,
        })
    }

    /// Lets the newer key into every epoch of the own sealed threads.
    fn hand_on(&self, store: &Store, older: &Keys, newer: &Keys) -> Result<Vec<String>, WorkError> {
        let owner = older.public();
        let mut closed = Vec::new();
        let Some(tip) = store.tip(&owner)? else {
            return Ok(closed);
        };
        let entries = store.list_at(&owner, tip)?.entries;
        let sealed = store.read_all(&entries, |entry, bytes| {
            let reading = Thread::read(&bytes.ok()?).ok()?;
            let Reading::Thread(thread) = reading else {
                return None;
            };
            let thread = Verified::check_at(entry.place(), thread).ok()?;
            let is_own = thread.author() == owner && thread.is_sealed();
            is_own.then(|| thread.into_inner())
        });
        let reader = Reader {
            author: newer.public(),
            encryption: newer.encryption(),
        };
        let sealer = self.workspace.sealer(older);
        let now = self.workspace.now();
        // Then all that could be handed on was, and the branch takes nothing more.
        let is_named = self.workspace.check_in_use(older).is_err();
        for before in sealed.into_iter().flatten() {
            let mut thread = before.clone();
            match sealer.hand_on(&mut thread, &reader, now) {
                Ok(true) if is_named => closed.push(before.id().to_string()),
                Ok(true) => {
                    let save = Save {
                        owner: older.owner(),
                        thread: &thread,
                        base: Some(&before),
                        replaces: None,
                        now,
                    };
                    store.save(&save)?;
                }
                Ok(false) => {}
                Err(_) => closed.push(before.id().to_string()),
            }
        }
        Ok(closed)
    }

    /// The newer key goes on with the projects, or the drafts, of the older one. What is not the
    /// older key's word stays behind.
    fn hand_on_filed<Kind: HandedOn>(
        &self,
        store: &Store,
        older: &Keys,
        newer: &Keys,
    ) -> Result<(), WorkError> {
        let now = self.workspace.now();
        for verdict in Kind::all_of(store, &older.public())? {
            if let Ok(document) = verdict.good() {
                let kind = document.handed_on(&older.public(), &newer.public());
                Kind::save(
                    store,
                    newer.owner(),
                    &document.by(newer.public(), kind),
                    now,
                )?;
            }
        }
        Ok(())
    }

    /// Both cards name the other key; the newer one says how far the older branch counts.
    fn name_each_other(
        &self,
        store: &Store,
        older: &Keys,
        newer: &Keys,
    ) -> Result<String, WorkError> {
        let workspace = self.workspace;
        let (before, after) = (older.public(), newer.public());
        let card = workspace.change_card(older, |_| {})?;
        if let Some(other) = card.succeeded_by.iter().find(|entry| entry.key != after) {
            return Err(WorkError::Succeeded { by: other.key });
        }
        if let Some(tip) = self.position_in_card(newer, &before)? {
            return Ok(tip);
        }
        let name = card.name.clone();
        workspace.change_card(older, |card| {
            if card.succeeded_by.is_empty() {
                card.succeeded_by.push(CardEntry::of(after));
            }
        })?;
        crash_point!("rotation-older-card");
        let tip = store.tip(&before)?;
        let tip = tip.expect("its card is on it").to_string();
        let mut card = OwnerCard::unnamed(newer.encryption());
        card.name = name;
        card.updated_at = workspace.now();
        card.succeeds = vec![CardEntry::up_to(before, &tip)];
        store.put_card(newer.owner(), &Card::new(after, card), workspace.now())?;
        crash_point!("rotation-newer-card");
        Ok(tip)
    }

    /// How far the newer card says that the older branch counts, if it is there.
    fn position_in_card(
        &self,
        newer: &Keys,
        older: &PublicKey,
    ) -> Result<Option<String>, WorkError> {
        let owner = newer.public();
        let Some(found) = self.workspace.card_of(&owner)? else {
            return Ok(None);
        };
        let card = found.good();
        let card = card.map_err(|fault| WorkError::Card { owner, fault })?;
        let named = card.succeeds.iter().find(|entry| entry.key == *older);
        Ok(named.and_then(|entry| entry.tip.clone()))
    }

    /// The older vault gets a second name, under which it stays.
    fn keep_older(&self, older: &PublicKey) -> Result<PathBuf, WorkError> {
        let home = Home::at(self.workspace.home());
        let (folder, kept) = (home.former_identities(), home.former_identity(older));
        let done = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        done.and_then(|()| link(&home.identity(), &kept))
            .and_then(|()| files::sync(&folder))
            .and_then(|()| files::sync(self.workspace.home()))
            .map_err(disk(&kept))?;
        // What is there under that name must be it.
        let vault = Vault::read(&kept)?;
        if vault.author() != *older {
            return Err(VaultError::Exists(kept).into());
        }
        Ok(kept)
    }

    fn take_newer(&self, newer: &PublicKey) -> Result<(), WorkError> {
        let (next, place) = (self.next(), self.workspace.vault_path());
        if Vault::read(&next)?.author() != *newer {
            return Err(VaultError::Changed(next).into());
        }
        // Where the identity's name is a link, what it leads to gives way.
        let place = fs::canonicalize(&place).unwrap_or(place);
        fs::rename(&next, &place)
            .and_then(|()| files::sync(files::folder_of(&place)))
            .map_err(disk(&place))
    }

    fn next(&self) -> PathBuf {
        Home::at(self.workspace.home()).next_identity()
    }
}

/// A second name for a file; on a disk that has no such thing, a copy.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    let from = fs::canonicalize(from)?;
    match fs::hard_link(&from, to) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(_) => {
            let bytes = zeroize::Zeroizing::new(fs::read(&from)?);
            files::replace(to, ".identity-", files::Readers::Owner, &bytes)
        }
        Ok(()) => Ok(()),
    }
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> WorkError + '_ {
    |source| WorkError::Disk {
        path: path.to_owned(),
        source,
    }
}

/// What a newer key goes on with.
trait HandedOn: Filed {
    fn all_of(store: &Store, owner: &PublicKey) -> Result<Vec<FiledVerdict<Self>>, StoreError>;

    fn save(
        store: &Store,
        owner: &Signer,
        document: &Document<Self>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    fn handed_on(&self, older: &PublicKey, newer: &PublicKey) -> Self;
}

impl HandedOn for OwnedProject {
    fn all_of(store: &Store, owner: &PublicKey) -> Result<Vec<FiledVerdict<Self>>, StoreError> {
        store.projects(owner)
    }

    fn save(
        store: &Store,
        owner: &Signer,
        document: &Document<Self>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        store.save_project(owner, document, now).map(drop)
    }

    fn handed_on(&self, older: &PublicKey, newer: &PublicKey) -> Self {
        OwnedProject::handed_on(self, older, newer)
    }
}

impl HandedOn for KeptDraft {
    fn all_of(store: &Store, owner: &PublicKey) -> Result<Vec<FiledVerdict<Self>>, StoreError> {
        store.drafts(owner)
    }

    fn save(
        store: &Store,
        owner: &Signer,
        document: &Document<Self>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        store.save_draft(owner, document, now).map(drop)
    }

    fn handed_on(&self, _older: &PublicKey, _newer: &PublicKey) -> Self {
        self.clone()
    }
}
