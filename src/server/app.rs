//! What all requests share.

use super::gate::{Misses, RefusedOrigins};
use super::log::LogForm;
use super::logins::Logins;
use super::running::reachable;
use super::tokens::{Token, TokenStore};
use super::worker::{NotStopped, ProfileHandle};
use super::{gate, openapi};
use crate::settings::ServerSettings;
use crate::workspace::RandomBytes;
use axum::Router;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a server begins with.
pub struct Setup {
    /// Where it listens.
    pub listener: TcpListener,
    /// Whose homes it serves.
    pub served: Served,
    /// What the user set.
    pub settings: ServerSettings,
    /// Fills bytes at random, fit for tokens.
    pub random: Box<RandomBytes>,
    /// What it says of itself.
    pub log: LogForm,
}

/// Whose homes are served.
pub enum Served {
    /// One home, for whoever has its link.
    One(ProfileHandle),
    /// Several people's, for whoever logs in.
    Several(Arc<Logins>),
}

/// The name of the one profile where there are no others.
pub const LOCAL: &str = "local";

/// The state of the running server; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    run: String,
    address: SocketAddr,
    served: Served,
    settings: ServerSettings,
    tokens: Arc<TokenStore>,
    misses: Misses,
    refused_origins: RefusedOrigins,
    requests: AtomicU64,
}

/// How to get in: told once, when the server listens.
pub struct Links {
    /// The page, with a launch token in its fragment; without one where one logs in.
    pub url: Token,
    /// Where it listens.
    pub address: SocketAddr,
    /// The scripts' token.
    pub script: Token,
}

impl App {
    pub(super) fn new(
        address: SocketAddr,
        served: Served,
        settings: ServerSettings,
        random: Box<RandomBytes>,
    ) -> (Self, Token) {
        let mut run = [0; 8];
        random(&mut run);
        let (tokens, script) = TokenStore::new(random);
        let inner = Inner {
            run: hex::encode(run),
            address,
            served,
            settings,
            tokens: Arc::new(tokens),
            misses: Misses::default(),
            refused_origins: RefusedOrigins::default(),
            requests: AtomicU64::new(0),
        };
        (Self(Arc::new(inner)), script)
    }

    /// All routes, behind the gate.
    pub(super) fn router(&self) -> Router {
        let routes = openapi::routes();
        gate::before(routes, self).with_state(self.clone())
    }

    /// Begins to look after who is logged in, as long as the server runs.
    pub(super) fn watch(&self) {
        if self.logins().is_none() {
            return;
        }
        let app = self.clone();
        tokio::spawn(async move {
            if let Some(logins) = app.logins() {
                logins.watch(app.tokens()).await;
            }
        });
    }

    /// Names this run.
    pub fn run(&self) -> &str {
        &self.0.run
    }

    /// The tokens.
    pub fn tokens(&self) -> &Arc<TokenStore> {
        &self.0.tokens
    }

    /// Who came without a token that opens anything.
    pub(super) fn misses(&self) -> &Misses {
        &self.0.misses
    }

    /// Whose pages were refused.
    pub(super) fn refused_origins(&self) -> &RefusedOrigins {
        &self.0.refused_origins
    }

    /// Names a request in the log.
    pub(super) fn next_request(&self) -> u64 {
        self.0.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// Finishes and saves what was accepted, and lets go of the homes.
    ///
    /// # Errors
    /// If one of them did not end as it should.
    pub(super) async fn stop_served(&self) -> Result<(), NotStopped> {
        match self.served() {
            Served::One(profile) => profile.stop().await,
            Served::Several(logins) => logins.lock_all(self.tokens()).await,
        }
    }

    /// What the user set.
    pub fn settings(&self) -> &ServerSettings {
        &self.0.settings
    }

    /// Whose homes are served.
    pub fn served(&self) -> &Served {
        &self.0.served
    }

    /// Those who log in here; none where there is one home.
    pub(super) fn logins(&self) -> Option<&Arc<Logins>> {
        match &self.0.served {
            Served::One(_) => None,
            Served::Several(logins) => Some(logins),
        }
    }

    /// Whether one logs in here.
    pub fn has_profiles(&self) -> bool {
        !matches!(self.0.served, Served::One(_))
    }

    /// The page's address, with a fresh launch token where a link is enough.
    pub(super) fn link(&self) -> Token {
        let base = self.base();
        match self.has_profiles() {
            true => Token::new(base),
            false => Token::new(format!(
                "{base}#launch={}",
                self.tokens().new_launch().expose()
            )),
        }
    }

    /// Whether a web origin is that of the page as the server prints it.
    pub(super) fn is_origin(&self, origin: &str) -> bool {
        self.base().strip_suffix('/') == Some(origin)
    }

    /// `http://127.0.0.1:7717/`
    pub(super) fn base(&self) -> String {
        format!("http://{}/", reachable(self.0.address))
    }
}
