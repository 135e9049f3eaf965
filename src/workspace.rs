//! One person's home: the single handle that all faces share.
//!
//! It holds what the library may not take by itself (the clock, randomness, the place on disk), and
//! brings the identity, the settings, the store and the index together.

mod acquaintances;
mod agents;
mod card;
mod carrying;
mod changing;
mod checked_files;
mod contacts;
mod conversations;
mod editor_folders;
mod erase;
mod error;
mod find;
mod identified;
mod indexing;
mod info;
mod kept_drafts;
mod known_entries;
mod limits;
mod lists;
mod membership;
mod organise;
mod people;
mod personas;
mod projects;
mod proposals;
mod reach;
mod recall;
mod rotation;
mod sealed_search;
mod sealed_titles;
mod sealing;
mod serving_lock;
mod shared;
mod shown_draft;
mod succession;
mod tags;
mod verification;

pub use crate::index::Summary;
pub use acquaintances::Acquaintances;
pub use agents::{AgentKey, AgentList};
pub use card::BadName;
pub use carrying::NotCarried;
pub use changing::Changing;
pub use checked_files::{CheckedFile, read_checked};
#[cfg(feature = "internals")]
pub use contacts::BookDamage;
pub use contacts::{Contact, ContactError, Contacts, ShownNames};
#[cfg(feature = "internals")]
pub use conversations::conversation_id;
pub use conversations::{Within, facts_of, token_count};
pub use editor_folders::EditorFolder;
pub use erase::{Erasable, Eraser};
pub use error::{Obstacle, Purpose, WorkError};
pub use find::{Continued, FoundThread, Threads};
pub use identified::{CheckedThread, ThreadLook};
pub use indexing::Notice;
pub use info::{Counts, ThreadInfo};
#[cfg(feature = "internals")]
pub use kept_drafts::Drafts;
pub use kept_drafts::{DraftError, DraftList};
pub use limits::{BadTitle, check_label, check_project, check_tag, check_title, is_unseen};
pub use lists::{SearchResult, ThreadList};
pub use membership::{Belonging, Membership};
pub use organise::Organiser;
pub use personas::{MAX_PERSONA_BYTES, Persona, Personas, persona_in_force};
pub use projects::{
    LEAST_DIGITS, ProjectCandidate, ProjectError, ProjectList, ProjectNames, ProjectOwner,
};
#[cfg(feature = "internals")]
pub use projects::{NamedProject, Projects};
pub use reach::{NamedConversation, Reach};
pub use recall::TrueThread;
pub use rotation::{Rotated, Rotator};
pub use sealing::{ReadersChanged, ThreadReader, ThreadReaders};
pub use serving_lock::ServingLock;
pub use shared::SharedCopies;
#[cfg(feature = "internals")]
pub use shared::{LeftOutCopy, WhyLeftOut};
pub use shown_draft::{DraftOrigin, ShownDraft};
pub use succession::{AfterSuccession, ClosedBranches, Succession};
pub use tags::{with_tags, without_tags};
pub use verification::{FileFinding, FileReport, StoreReport, Verifier, check_file};

use crate::bounded;
use crate::home::Home;
use crate::identity::{Keys, Vault, VaultError, Words};
use crate::model::{PublicKey, Timestamp};
use crate::seal::Opener;
use crate::settings::Settings;
use crate::store::{BranchFinding, Recovery, Store, StoreError, United};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Fills bytes at random.
pub type RandomBytes = dyn Fn(&mut [u8]) + Send + Sync;

/// What a face gives the library.
pub struct Setup {
    /// The home folder, usually `~/.mmogit`. It need not exist yet.
    pub home: PathBuf,
    /// The clock: milliseconds since 1970.
    pub clock: Box<dyn Fn() -> i64 + Send + Sync>,
    /// Fills bytes at random, fit for keys.
    pub random: Box<RandomBytes>,
}

/// A home folder, its clock and its settings.
pub struct Workspace {
    setup: Setup,
    settings: Settings,
    observer: Box<dyn Fn(&Notice) + Send + Sync>,
    /// The folder that the system keeps for the user's session.
    session_folder: Option<PathBuf>,
    /// Whose home it is, once that is known for good.
    owner: OnceLock<PublicKey>,
    /// What opens sealed threads, once the owner's keys were at hand.
    reader: OnceLock<Opener>,
    recall: recall::Recall,
    reaches: reach::KnownReaches,
    indexes: indexing::HeldIndexes,
    entries: known_entries::KnownEntries,
}

impl Workspace {
    /// Opens a home folder; makes nothing yet.
    ///
    /// # Errors
    /// If the settings can't be read.
    pub fn open(setup: Setup) -> Result<Self, WorkError> {
        match Self::open_for_reading(setup) {
            (workspace, None) => Ok(workspace),
            (_, Some(error)) => Err(error),
        }
    }

    /// Opens a home folder for what needs no settings: where they can't be read, with the defaults,
    /// and says why.
    pub fn open_for_reading(setup: Setup) -> (Self, Option<WorkError>) {
        let (settings, error) = match read_settings(&setup.home) {
            Ok(settings) => (settings, None),
            Err(error) => (Settings::default(), Some(error)),
        };
        (
            Self {
                setup,
                settings,
                observer: Box::new(|_| {}),
                session_folder: None,
                owner: OnceLock::new(),
                reader: OnceLock::new(),
                recall: recall::Recall::default(),
                reaches: reach::KnownReaches::default(),
                indexes: indexing::HeldIndexes::default(),
                entries: known_entries::KnownEntries::default(),
            },
            error,
        )
    }

    /// From now on `observer` hears what takes long and what goes wrong without stopping anything.
    pub fn on_notice(&mut self, observer: impl Fn(&Notice) + Send + Sync + 'static) {
        self.observer = Box::new(observer);
    }

    /// From now on what is listed and looked for is opened with these keys, where it is sealed.
    pub fn read_as(&self, keys: &Keys) {
        self.reader.get_or_init(|| keys.opener());
    }

    /// From now on it is the home of whom these keys belong to, whatever becomes of the identity's
    /// file: who holds the keys needs no file to know that.
    pub fn keep_owner(&self, keys: &Keys) {
        self.owner.get_or_init(|| keys.public());
        self.read_as(keys);
    }

    /// What opens sealed threads: with keys that were at hand before, or that need no passphrase.
    pub fn reader(&self) -> Option<&Opener> {
        if self.reader.get().is_none() {
            let vault = self.vault().ok().flatten();
            let open = vault.filter(|vault| !vault.is_sealed())?;
            self.read_as(&open.unlock(None).ok()?);
        }
        self.reader.get()
    }

    /// The folder that the system keeps for the user's session, if it names one.
    pub fn set_session_folder(&mut self, folder: Option<PathBuf>) {
        self.session_folder = folder;
    }

    fn tell(&self, notice: &Notice) {
        (self.observer)(notice);
    }

    /// The home folder.
    pub fn home(&self) -> &Path {
        &self.setup.home
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Its threads.
    pub fn threads(&self) -> Threads<'_> {
        Threads { workspace: self }
    }

    /// What changes its threads, and makes new ones of them.
    pub fn organiser(&self) -> Organiser<'_> {
        Organiser { workspace: self }
    }

    /// What erases threads.
    pub fn eraser(&self) -> Eraser<'_> {
        Eraser { workspace: self }
    }

    /// What verifies all that is here.
    pub fn verifier(&self) -> Verifier<'_> {
        Verifier { workspace: self }
    }

    /// Its personas.
    pub fn personas(&self) -> Personas<'_> {
        Personas { home: self.home() }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis((self.setup.clock)())
    }

    /// New words, from this workspace's randomness.
    pub fn new_words(&self) -> Words {
        Words::generate(&mut |bytes| (self.setup.random)(bytes))
    }

    /// Where the identity rests.
    pub fn vault_path(&self) -> PathBuf {
        Home::at(self.home()).identity()
    }

    /// The vault, or `None` if there is no identity yet.
    ///
    /// # Errors
    /// If there is an identity that can't be read, or that others can read.
    pub fn vault(&self) -> Result<Option<Vault>, WorkError> {
        match Vault::read(&self.vault_path()) {
            Ok(vault) => Ok(Some(vault)),
            Err(VaultError::Missing(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The vault, for what can't be done without one.
    ///
    /// # Errors
    /// If there is none, or it can't be read.
    pub fn existing_vault(&self) -> Result<Vault, WorkError> {
        Ok(Vault::read(&self.vault_path())?)
    }

    /// Whose home this is.
    ///
    /// # Errors
    /// If there is no identity, or it can't be read.
    pub fn owner(&self) -> Result<PublicKey, WorkError> {
        match self.owner.get() {
            Some(owner) => Ok(*owner),
            None => Ok(self.existing_vault()?.author()),
        }
    }

    /// The same. An identity that can't be read is told by whoever needs it.
    pub fn owner_if_readable(&self) -> Option<PublicKey> {
        self.owner().ok()
    }

    /// Makes these words the identity. An existing one is never touched.
    ///
    /// # Errors
    /// If there is an identity already, or if the disk refuses.
    pub fn create_identity(
        &self,
        words: &Words,
        passphrase: Option<&str>,
    ) -> Result<Vault, WorkError> {
        self.make_home()?;
        Ok(Vault::create(
            &self.vault_path(),
            words,
            passphrase,
            &mut |bytes| (self.setup.random)(bytes),
        )?)
    }

    /// Seals the identity under another passphrase, or under none. There is always a whole file.
    ///
    /// # Errors
    /// If the words are not those of the vault, if its file was changed meanwhile, or if the disk
    /// refuses.
    pub fn change_passphrase(
        &self,
        vault: &Vault,
        words: &Words,
        passphrase: Option<&str>,
    ) -> Result<Vault, WorkError> {
        Ok(vault.change_passphrase(words, passphrase, &mut |bytes| (self.setup.random)(bytes))?)
    }

    /// The store, or `None` if nothing was ever saved.
    ///
    /// # Errors
    /// If what is there is no store, or can't be opened.
    pub fn store(&self) -> Result<Option<Store>, WorkError> {
        Ok(Store::open(self.home())?)
    }

    /// The store, made if need be.
    ///
    /// # Errors
    /// If what is there is no store, or if it can't be opened or made.
    pub fn store_of(&self, author: &PublicKey) -> Result<Store, WorkError> {
        self.make_home()?;
        Ok(Store::open_or_create(self.home(), author)?)
    }

    /// A few different numbers below `of`, at random, in order: which words to ask back, say.
    pub fn some_of(&self, of: usize, count: usize) -> Vec<usize> {
        let mut chosen = std::collections::BTreeSet::new();
        while chosen.len() < count.min(of) {
            let mut bytes = [0; 8];
            (self.setup.random)(&mut bytes);
            chosen.insert((u64::from_le_bytes(bytes) % of as u64) as usize);
        }
        chosen.into_iter().collect()
    }

    /// How many dead sessions wait to be recovered. Needs no key.
    ///
    /// # Errors
    /// If the store can't be opened, or the journals can't be listed.
    pub fn waiting_to_be_recovered(&self) -> Result<usize, WorkError> {
        if !Home::at(self.home()).journals().exists() {
            return Ok(0);
        }
        Ok(self
            .store()?
            .map_or(Ok(0), |store| store.waiting_to_be_recovered())?)
    }

    /// Recovers what dead sessions left.
    ///
    /// # Errors
    /// If the store or a journal can't be read, or refuses what is to be saved.
    pub fn recover(&self, keys: &Keys) -> Result<Recovery, WorkError> {
        if !Home::at(self.home()).journals().exists() {
            return Ok(Recovery::default());
        }
        Ok(self.store_of(&keys.public())?.recover(keys, self.now())?)
    }

    /// What can be seen to be wrong with a branch without reading through its history.
    ///
    /// # Errors
    /// If it can't be told where the branch is, or what it was seen to have.
    pub fn findings_at_a_glance(
        &self,
        author: &PublicKey,
    ) -> Result<Vec<BranchFinding>, WorkError> {
        let Some(store) = self.store()? else {
            let lost = Store::lost_with_repository(self.home(), author)?;
            return Ok(lost.into_iter().collect());
        };
        let mut findings: Vec<_> = store.lost_since_seen(author)?.into_iter().collect();
        findings.extend(store.unreadable_folders(author)?);
        Ok(findings)
    }

    /// Brings back what the owner's branch lacks of what it was seen to have. `None`: it lacks
    /// nothing, or that can't be read.
    ///
    /// # Errors
    /// If the repository can't be read or written, or if other programs keep moving the branch.
    pub fn bring_together(&self, keys: &Keys) -> Result<Option<United>, WorkError> {
        let Some(store) = self.store()? else {
            return Ok(None);
        };
        Ok(store.bring_together(keys.owner(), self.now())?)
    }

    /// What other authors' branches have now they must not lose unnoticed. The owner's own is
    /// remembered by what is saved on it.
    fn remember_others(&self, store: &Store, owners: &[PublicKey]) {
        let own = self.owner_if_readable().or_else(|| store.made_for());
        for owner in owners.iter().filter(|owner| own != Some(**owner)) {
            match store.remember(owner) {
                Ok(()) => {}
                // On a disk that may only be read there is nothing to remember anything by.
                Err(error) if error.is_out_of_reach() => {}
                Err(error @ StoreError::Disk { .. }) => self.tell(&Notice::NotRemembered {
                    owner: *owner,
                    why: error.to_string(),
                }),
                // What is wrong with the branch itself is told by whoever lists or checks it.
                Err(_) => {}
            }
        }
    }

    fn make_home(&self) -> Result<(), WorkError> {
        make_home(self.home())
    }
}

fn make_home(home: &Path) -> Result<(), WorkError> {
    if home.is_dir() {
        return Ok(());
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(home);
    made.map_err(|source| WorkError::Disk {
        path: home.to_owned(),
        source,
    })
}

fn read_settings(home: &Path) -> Result<Settings, WorkError> {
    let path = Home::at(home).settings();
    match bounded::read_plain_text(&path, bounded::FEW_LINES) {
        Ok(text) => Settings::read(&text).map_err(|error| WorkError::Settings {
            path,
            why: error.to_string(),
        }),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(Settings::default())
        }
        Err(source) => Err(WorkError::Disk { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Backend;
    use crate::index::Index;
    use crate::store::Journal;

    fn is_send<T: Send + ?Sized>() {}
    fn is_sync<T: Sync + ?Sized>() {}

    /// A server gives a home to a thread of its own, and asks on others.
    #[test]
    fn what_a_server_holds_may_go_to_another_thread() {
        is_send::<Workspace>();
        is_sync::<Workspace>();
        is_send::<Store>();
        is_send::<Journal>();
        is_send::<Index>();
        is_send::<Keys>();
        is_send::<Vault>();
        is_send::<dyn Backend>();
    }
}
