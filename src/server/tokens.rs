//! The tokens by which a request is let in. Only their hashes are kept, so that neither a memory
//! image of this table nor the time that a comparison takes tells anything of one.
//!
//! A **launch token** stands in a link: it is traded once, soon, for a session. A **session token**
//! is a page's; it ends with the process. A **permit** is traded once, soon, by another site's page,
//! for a session that reaches what this page began, and no more. The **script token** is that of the
//! owner's programs.

mod session;

pub use session::{Grant, NewSession, SessionId, SessionInfo};

use crate::model::Embedder;
use crate::workspace::RandomBytes;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::watch;
use zeroize::{Zeroize, Zeroizing};

/// Why so many: 256 bits can't be guessed.
const TOKEN_BYTES: usize = 32;
/// How long a link may be followed.
const LAUNCH_LIFE: Duration = Duration::from_secs(10 * 60);
/// How many links may wait to be followed; the oldest gives way.
const MAX_LAUNCHES: usize = 16;
/// How long a permit may be traded, and how many may wait for that; the oldest gives way.
const PERMIT_LIFE: Duration = Duration::from_secs(2 * 60);
const MAX_PERMITS: usize = 16;
/// How many sessions one profile may have; the one used longest ago gives way.
const MAX_SESSIONS_OF_ONE: usize = 64;
/// How much of a browser's name is kept.
const MAX_USER_AGENT: usize = 120;

type TokenHash = [u8; 32];

/// A token in plain text: for whoever it is made for, and for nobody else.
pub struct Token(Zeroizing<String>);

impl Token {
    /// A text that holds one: a link.
    pub(super) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Its text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Who a token is.
#[derive(Debug, Clone)]
pub enum Admitted {
    /// A page, or whoever logged in.
    Session(SessionInfo),
    /// Another site's page, which somebody let speak for them.
    Embedder(SessionInfo, Embedder),
    /// The owner's programs.
    Script,
}

/// What time it is: by the clock that only goes forward, and by that on the wall.
#[derive(Clone, Copy)]
struct Now {
    tick: Instant,
    time: SystemTime,
}

impl Now {
    fn read() -> Self {
        Self {
            tick: Instant::now(),
            time: SystemTime::now(),
        }
    }
}

type Clock = dyn Fn() -> Now + Send + Sync;

/// All tokens of one run.
pub struct TokenStore {
    random: Box<RandomBytes>,
    clock: Box<Clock>,
    script: TokenHash,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    launches: Vec<(TokenHash, Instant)>,
    permits: Vec<Permit>,
    sessions: HashMap<TokenHash, Session>,
}

struct Permit {
    hash: TokenHash,
    made: Instant,
    grant: Grant,
}

struct Session {
    info: SessionInfo,
    used: Instant,
    idle: Option<Duration>,
    ends: Option<Instant>,
    /// Goes with it.
    _gone: watch::Sender<()>,
}

impl Session {
    fn is_over(&self, now: Instant) -> bool {
        let is_idle = self
            .idle
            .is_some_and(|idle| now.duration_since(self.used) > idle);
        is_idle || self.ends.is_some_and(|end| now >= end)
    }
}

impl Permit {
    fn is_good(&self, now: Instant) -> bool {
        now.duration_since(self.made) <= PERMIT_LIFE
    }
}

impl TokenStore {
    /// A table with nothing but the script token, which is given back this once.
    pub fn new(random: Box<RandomBytes>) -> (Self, Token) {
        Self::with_clock(random, Box::new(Now::read))
    }

    fn with_clock(random: Box<RandomBytes>, clock: Box<Clock>) -> (Self, Token) {
        let script = new_token(&random);
        let store = Self {
            script: hash(script.expose()),
            random,
            clock,
            table: Mutex::default(),
        };
        (store, script)
    }

    /// A token for a link.
    pub fn new_launch(&self) -> Token {
        let token = new_token(&self.random);
        let mut table = self.table();
        let now = (self.clock)().tick;
        table.launches.retain(|(_, made)| is_fresh(*made, now));
        if table.launches.len() >= MAX_LAUNCHES {
            table.launches.remove(0);
        }
        table.launches.push((hash(token.expose()), now));
        token
    }

    /// Whether a link's token is good; from then on it is not.
    pub fn trade_launch(&self, token: &str) -> bool {
        let wanted = hash(token);
        let mut table = self.table();
        let now = (self.clock)().tick;
        let found = table.launches.iter().position(|(one, _)| *one == wanted);
        found.is_some_and(|at| is_fresh(table.launches.remove(at).1, now))
    }

    /// A permit for another site's page.
    pub fn new_permit(&self, grant: Grant) -> Token {
        let token = new_token(&self.random);
        let mut table = self.table();
        let made = (self.clock)().tick;
        table.permits.retain(|permit| permit.is_good(made));
        if table.permits.len() >= MAX_PERMITS {
            table.permits.remove(0);
        }
        let hash = hash(token.expose());
        table.permits.push(Permit { hash, made, grant });
        token
    }

    /// What a permit allows, if a page of this origin shows it; from then on it allows nothing.
    pub fn trade_permit(&self, permit: &str, origin: &str) -> Option<Grant> {
        let wanted = hash(permit);
        let mut table = self.table();
        let now = (self.clock)().tick;
        let found = table.permits.iter().position(|one| one.hash == wanted)?;
        // Whoever has it and is not who it is for spoils it.
        let permit = table.permits.remove(found);
        let is_theirs = permit.grant.embedder.origin == origin;
        // A session that nobody used is over, too, though nobody ended it.
        let is_in_force = table.is_in_force(permit.grant.by.as_ref(), now);
        (is_theirs && is_in_force && permit.is_good(now)).then_some(permit.grant)
    }

    /// Begins a session.
    pub fn begin_session(&self, new: NewSession) -> (Token, SessionInfo) {
        let token = new_token(&self.random);
        let mut name = [0; 8];
        (self.random)(&mut name);
        let Now { tick: now, time } = (self.clock)();
        let (gone, is_gone) = watch::channel(());
        let info = SessionInfo {
            id: SessionId(hex::encode(name)),
            profile: new.profile,
            user_agent: new.user_agent.map(|name| shortened(&name)),
            created: time,
            last_used: time,
            expires: new.life.map(|life| time + life),
            let_in_by: new.grant.as_ref().and_then(|grant| grant.by.clone()),
            embedder: new.grant.map(|grant| grant.embedder),
            gone: is_gone,
        };
        let session = Session {
            info: info.clone(),
            used: now,
            idle: new.idle,
            ends: new.life.map(|life| now + life),
            _gone: gone,
        };
        let mut table = self.table();
        table.sessions.retain(|_, session| !session.is_over(now));
        table.make_room_for(&info.profile);
        table.sessions.insert(hash(token.expose()), session);
        (token, info)
    }

    /// Who a token is, if anybody.
    pub fn admit(&self, token: &str) -> Option<Admitted> {
        let wanted = hash(token);
        if wanted == self.script {
            return Some(Admitted::Script);
        }
        let Now { tick: now, time } = (self.clock)();
        let mut table = self.table();
        let session = table.sessions.get_mut(&wanted)?;
        if session.is_over(now) {
            table.sessions.remove(&wanted);
            return None;
        }
        session.used = now;
        session.info.last_used = time;
        let info = session.info.clone();
        Some(match info.embedder.clone() {
            Some(embedder) => Admitted::Embedder(info, embedder),
            None => Admitted::Session(info),
        })
    }

    /// The sessions that are in force.
    pub fn sessions(&self) -> Vec<SessionInfo> {
        let now = (self.clock)().tick;
        let mut table = self.table();
        table.sessions.retain(|_, session| !session.is_over(now));
        let infos = table.sessions.values().map(|session| session.info.clone());
        infos.collect()
    }

    /// Those of one profile.
    pub fn sessions_of(&self, profile: &str) -> Vec<SessionInfo> {
        let mut sessions = self.sessions();
        sessions.retain(|session| session.profile == profile);
        sessions
    }

    /// Ends one session of a profile, and what other sites' pages were let do in it; whether there
    /// was one.
    pub fn end(&self, profile: &str, id: &SessionId) -> bool {
        let mut table = self.table();
        let before = table.sessions.len();
        table
            .sessions
            .retain(|_, session| session.info.profile != profile || !session.info.ends_with(id));
        table
            .permits
            .retain(|permit| permit.grant.by.as_ref() != Some(id));
        table.sessions.len() < before
    }

    /// Ends all sessions of a profile, and says how many there were.
    pub fn end_all_of(&self, profile: &str) -> usize {
        let mut table = self.table();
        let before = table.sessions.len();
        table
            .sessions
            .retain(|_, session| session.info.profile != profile);
        table
            .permits
            .retain(|permit| permit.grant.profile != profile);
        before - table.sessions.len()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Whether a session is in force. A script's has no end.
    fn is_in_force(&self, id: Option<&SessionId>, now: Instant) -> bool {
        let mut sessions = self.sessions.values();
        id.is_none_or(|id| sessions.any(|session| session.info.id == *id && !session.is_over(now)))
    }

    fn make_room_for(&mut self, profile: &str) {
        let of_profile = |session: &Session| session.info.profile == profile;
        let count = self.sessions.values().filter(|one| of_profile(one)).count();
        if count < MAX_SESSIONS_OF_ONE {
            return;
        }
        let mut own = self.sessions.iter().filter(|(_, one)| of_profile(one));
        let first = own.next().map(|(hash, session)| (*hash, session.used));
        let longest_ago = own.fold(first, |oldest, (hash, session)| match oldest {
            Some((_, used)) if used <= session.used => oldest,
            _ => Some((*hash, session.used)),
        });
        if let Some((hash, _)) = longest_ago {
            self.sessions.remove(&hash);
        }
    }
}

fn is_fresh(made: Instant, now: Instant) -> bool {
    now.duration_since(made) <= LAUNCH_LIFE
}

fn new_token(random: &RandomBytes) -> Token {
    let mut bytes = [0; TOKEN_BYTES];
    random(&mut bytes);
    let token = Token(Zeroizing::new(hex::encode(bytes)));
    bytes.zeroize();
    token
}

fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

fn shortened(user_agent: &str) -> String {
    let shown = user_agent.chars().filter(|sign| !sign.is_control());
    shown.take(MAX_USER_AGENT).collect()
}

#[cfg(test)]
mod tests;
