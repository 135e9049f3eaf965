//! People with a profile: who is logged in, whose home is open, and when it is closed again.
//!
//! ```text
//! back_off    who failed to log in, and waits
//! refusal     what whoever is not let in gets
//! unlocking   opening vaults, two at a time
//! ```
//! A profile is **open** while its worker runs, which holds its keys. Logging in opens it, or finds it
//! open. **Locking** it ends its sessions and its worker, which finishes what was accepted, keeps what
//! came of running replies, saves and lets go of the keys. A profile without sessions is locked after
//! a while, but not as long as a reply runs.

mod back_off;
mod refusal;
mod unlocking;

use super::fault::Fault;
use super::tokens::{NewSession, SessionInfo, Token, TokenStore};
use super::worker::{NotStopped, ProfileHandle, ProfileWork, Serving, StartError};
use crate::backend::choose::{ChooseError, ReadyBackend};
use crate::buffer::{self, MessageLimit};
use crate::identity::Keys;
use crate::model::PublicKey;
use crate::profiles::{ProfileName, Profiles, ProfilesError, Register, Role};
use crate::settings::ServerSettings;
use crate::workspace::{WorkError, Workspace};
use back_off::BackOff;
use refusal::{cannot_open, not_set, too_often, wrong};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex as TurnLock, oneshot};
use tokio::task::spawn_blocking;
use unlocking::{NotUnlocked, Unlocking, WhyWrong};
use zeroize::Zeroizing;

/// How often is looked whose sessions are over, and whose login is gone.
const LOOK_AROUND: Duration = Duration::from_secs(1);
/// How long a profile without sessions stays open for a reply that comes.
const LONGEST_REPLY: Duration = Duration::from_secs(3600);
/// No passphrase is longer.
const LONGEST_PASSPHRASE: usize = 4096;

/// A home as the face that started the server opens it.
pub struct OpenedHome {
    /// The home.
    pub workspace: Workspace,
    /// Who answers there.
    pub backend: ReadyBackend,
}

/// Why a home can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum CannotOpenHome {
    /// Its settings or its files.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Nobody could be made ready to answer.
    #[error(transparent)]
    Backend(#[from] ChooseError),
    /// It can't be served.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// How a home is opened.
pub type OpenHome = dyn Fn(PathBuf) -> Result<OpenedHome, CannotOpenHome> + Send + Sync;

/// All profiles of a server.
pub struct Logins {
    profiles: Profiles,
    open_home: Box<OpenHome>,
    back_off: BackOff,
    unlocking: Unlocking,
    lock_after: Duration,
    /// Who opens or locks a profile holds its turn meanwhile.
    turns: Mutex<HashMap<ProfileName, Arc<TurnLock<()>>>>,
    open: Mutex<BTreeMap<ProfileName, OpenProfile>>,
}

/// A profile whose worker runs.
#[derive(Clone)]
struct OpenProfile {
    handle: ProfileHandle,
    key: PublicKey,
    role: Role,
    without_sessions_since: Option<Instant>,
}

/// Somebody who logged in.
pub struct LoggedIn {
    /// What lets them in from now on.
    pub token: Token,
    /// Their session.
    pub session: SessionInfo,
    /// What they may do.
    pub role: Role,
}

/// A profile as it is found by one of its sessions.
pub struct FoundOpen {
    /// Its worker.
    pub handle: ProfileHandle,
    /// What they may do.
    pub role: Role,
}

impl Logins {
    /// The profiles of a folder; all are locked.
    ///
    /// # Errors
    /// If who may log in can't be read.
    pub fn begin(
        profiles: Profiles,
        settings: &ServerSettings,
        open_home: Box<OpenHome>,
    ) -> Result<Self, ProfilesError> {
        profiles.register()?;
        Ok(Self {
            profiles,
            open_home,
            back_off: BackOff::new(),
            unlocking: Unlocking::new(),
            lock_after: Duration::from_secs(settings.lock_after),
            turns: Mutex::default(),
            open: Mutex::default(),
        })
    }

    /// The folder with the homes.
    pub fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// Opens a profile for whoever has its name and its passphrase, and begins their session.
    ///
    /// # Errors
    /// One text for whatever is wrong with name or passphrase; 429 for who failed too often; 503 if
    /// too many log in.
    pub async fn log_in(
        self: &Arc<Self>,
        new: NewSession,
        passphrase: Zeroizing<String>,
        address: IpAddr,
        tokens: Arc<TokenStore>,
    ) -> Result<LoggedIn, Fault> {
        let username = new.profile.as_str();
        if passphrase.len() > LONGEST_PASSPHRASE {
            return Err(Fault::bad_request("The passphrase is too long"));
        }
        let attempt = self
            .back_off
            .begin(username, address, Instant::now())
            .map_err(too_often)?;
        let name: Option<ProfileName> = username.parse().ok();
        let unlocked = self
            .unlocking
            .unlock(&self.profiles, name.clone(), passphrase)
            .await;
        let keys = match unlocked {
            Ok(keys) => keys,
            Err(NotUnlocked::Busy) => {
                self.back_off.not_made(&attempt);
                return Err(Fault::busy());
            }
            Err(NotUnlocked::Wrong(why)) => return Err(wrong(&why)),
        };
        self.back_off.succeeded(attempt);
        let name = name.ok_or_else(|| wrong(&WhyWrong::NoName))?;
        // On its own: whoever asked may leave, and a home that is half open would stay locked.
        let logins = Arc::clone(self);
        let (done, is_done) = oneshot::channel();
        tokio::spawn(async move {
            let opened = logins.open(name, keys, new, &tokens).await;
            // Of a session that nobody was told of nobody ever logs out.
            if let Err(Ok(left)) = done.send(opened) {
                tokens.end(&left.session.profile, &left.session.id);
            }
        });
        let opened = is_done.await;
        opened.unwrap_or_else(|_| Err(Fault::internal("The profile could not be opened")))
    }

    /// The session begins within the turn: whoever locks the profile after it ends it, too.
    async fn open(
        self: Arc<Self>,
        name: ProfileName,
        keys: Keys,
        new: NewSession,
        tokens: &TokenStore,
    ) -> Result<LoggedIn, Fault> {
        let turn = self.turn_of(&name);
        let _turn = turn.lock().await;
        // It may have been taken away while the vault was opened.
        let register = self.profiles.register().map_err(|why| cannot_open(&why))?;
        let entry = register.get(&name).filter(|entry| entry.may_log_in);
        let role = entry.ok_or_else(|| wrong(&WhyWrong::NoName))?.role;
        let key = keys.public();
        match self.found(&name) {
            Some(open) if open.key == key => {}
            // Another identity has its place: after a rotation.
            Some(older) => {
                let stopped = older.handle.stop().await;
                if stopped.is_err_and(|why| why.is_at_work()) {
                    return Err(Fault::busy());
                }
                self.start(&name, keys, role).await?;
            }
            None => self.start(&name, keys, role).await?,
        }
        if let Some(open) = self.table().get_mut(&name) {
            open.role = role;
            open.without_sessions_since = None;
        }
        let (token, session) = tokens.begin_session(new);
        Ok(LoggedIn {
            token,
            session,
            role,
        })
    }

    async fn start(
        self: &Arc<Self>,
        name: &ProfileName,
        keys: Keys,
        role: Role,
    ) -> Result<(), Fault> {
        let key = keys.public();
        let (logins, of) = (Arc::clone(self), name.clone());
        let started = spawn_blocking(move || logins.start_worker(&of, keys));
        let started = started.await;
        let started = started.map_err(|_| Fault::internal("The profile could not be opened"))?;
        let handle = started.map_err(|why| cannot_open(&why))?;
        let open = OpenProfile {
            handle,
            key,
            role,
            without_sessions_since: None,
        };
        self.table().insert(name.clone(), open);
        Ok(())
    }

    fn start_worker(
        &self,
        name: &ProfileName,
        keys: Keys,
    ) -> Result<ProfileHandle, CannotOpenHome> {
        let OpenedHome { workspace, backend } = (self.open_home)(self.profiles.path_of(name))?;
        let keys = workspace.with_retired(keys);
        workspace.check_in_use(&keys)?;
        workspace.ensure_card(&keys)?;
        let serving = Serving {
            workspace,
            keys,
            backend,
            name: name.to_string(),
        };
        Ok(ProfileHandle::start(serving)?)
    }

    /// The profile of a session, if it is open.
    pub fn of_session(&self, profile: &str) -> Option<FoundOpen> {
        let name: ProfileName = profile.parse().ok()?;
        let open = self.found(&name)?;
        Some(FoundOpen {
            handle: open.handle,
            role: open.role,
        })
    }

    /// Whether somebody's home is open.
    pub fn is_open(&self, name: &ProfileName) -> bool {
        self.table().contains_key(name)
    }

    /// Sets how many messages somebody's buffers show, whether or not they are open.
    ///
    /// # Errors
    /// If that can't be written.
    pub async fn set_limit(&self, name: &ProfileName, limit: MessageLimit) -> Result<(), Fault> {
        let turn = self.turn_of(name);
        let _turn = turn.lock().await;
        let set = match self.found(name) {
            Some(open) => {
                let step = move |profile: &mut ProfileWork| {
                    profile.buffers.set_limit(profile.home.work(), limit)
                };
                open.handle.run(step).await?
            }
            None => {
                let home = self.profiles.home(name).map_err(|why| not_set(&why))?;
                let written = spawn_blocking(move || buffer::write_limit(&home, limit)).await;
                written.map_err(|why| not_set(&why))?
            }
        };
        set.map_err(|why| not_set(&why))
    }

    /// Ends somebody's sessions, and locks their profile.
    ///
    /// # Errors
    /// If what was being done does not end in time: it goes on, and so does the locking. If something
    /// could not be saved; then it is locked all the same.
    pub async fn lock(&self, name: &ProfileName, tokens: &TokenStore) -> Result<(), NotStopped> {
        let turn = self.turn_of(name);
        let _turn = turn.lock().await;
        tokens.end_all_of(name.as_str());
        let Some(open) = self.found(name) else {
            return Ok(());
        };
        let stopped = open.handle.stop().await;
        if matches!(&stopped, Err(why) if why.is_at_work()) {
            return stopped;
        }
        self.table().remove(name);
        tracing::info!(profile = name.as_str(), "locked");
        stopped
    }

    /// Locks all profiles at once, at the server's end.
    ///
    /// # Errors
    /// If one of them did not end as it should.
    pub async fn lock_all(&self, tokens: &TokenStore) -> Result<(), NotStopped> {
        let names: Vec<ProfileName> = self.table().keys().cloned().collect();
        let locked = names.iter().map(|name| self.lock(name, tokens));
        let locked = futures_util::future::join_all(locked).await;
        locked.into_iter().collect()
    }

    /// Looks around for ever: whose sessions are over, and whose login is gone.
    pub async fn watch(&self, tokens: &TokenStore) {
        loop {
            tokio::time::sleep(LOOK_AROUND).await;
            self.look_around(tokens).await;
        }
    }

    async fn look_around(&self, tokens: &TokenStore) {
        let profiles = self.profiles.clone();
        let read = spawn_blocking(move || profiles.register()).await;
        // What can't be read takes nothing from those who are logged in; nobody else gets in.
        let register = read.ok().and_then(Result::ok);
        for name in self.due(register.as_ref(), tokens) {
            if let Err(why) = self.lock(&name, tokens).await {
                tracing::warn!(profile = name.as_str(), %why, "not locked as it should be");
            }
        }
    }

    /// Whose profiles are to be locked now.
    fn due(&self, register: Option<&Register>, tokens: &TokenStore) -> Vec<ProfileName> {
        let now = Instant::now();
        let mut due = Vec::new();
        for (name, open) in self.table().iter_mut() {
            if let Some(register) = register {
                let Some(entry) = register.get(name).filter(|entry| entry.may_log_in) else {
                    due.push(name.clone());
                    continue;
                };
                open.role = entry.role;
            }
            let has_sessions = !tokens.sessions_of(name.as_str()).is_empty();
            if open.is_over(has_sessions, self.lock_after, now) {
                due.push(name.clone());
            }
        }
        due
    }

    fn found(&self, name: &ProfileName) -> Option<OpenProfile> {
        self.table().get(name).cloned()
    }

    fn table(&self) -> MutexGuard<'_, BTreeMap<ProfileName, OpenProfile>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Only for names that the register has, so that the table does not grow by what comes.
    fn turn_of(&self, name: &ProfileName) -> Arc<TurnLock<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(name.clone()).or_default())
    }
}

impl OpenProfile {
    /// Whether it has been without sessions for long enough, or has ended by itself.
    fn is_over(&mut self, has_sessions: bool, lock_after: Duration, now: Instant) -> bool {
        if self.handle.workspace().is_none() {
            return true;
        }
        if has_sessions {
            self.without_sessions_since = None;
            return false;
        }
        let since = *self.without_sessions_since.get_or_insert(now);
        let alone = now.duration_since(since);
        let waits_for_reply = self.handle.is_answering() && alone < LONGEST_REPLY;
        alone >= lock_after && !waits_for_reply
    }
}

#[cfg(test)]
mod tests;
