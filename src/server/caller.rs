//! Who a request comes from, for the handlers that ask.

use super::app::{App, LOCAL, Served};
use super::fault::Fault;
use super::logins::Logins;
use super::tokens::{Admitted, SessionId, SessionInfo};
use super::worker::{ProfileHandle, Refused};
use crate::model::Embedder;
use crate::profiles::{ProfileName, Register, Role};
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Somebody with a profile, and the profile.
pub struct Caller {
    /// What is asked of their home goes here.
    pub profile: ProfileHandle,
    /// Their name.
    pub username: String,
    /// The session they come by; `None` for a script.
    pub session: Option<SessionId>,
    /// Whether the server is theirs.
    pub is_server_owner: bool,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let session = match admitted(parts)? {
            Admitted::Session(session) => Some(session),
            Admitted::Script => None,
            Admitted::Embedder(..) => return Err(Fault::not_for_embedders()),
        };
        Self::of(app, session)
    }
}

impl Caller {
    fn of(app: &App, session: Option<SessionInfo>) -> Result<Self, Fault> {
        match app.served() {
            Served::One(profile) => Ok(Self {
                profile: profile.clone(),
                username: LOCAL.to_owned(),
                session: session.map(|session| session.id),
                is_server_owner: true,
            }),
            Served::Several(logins) => of_profile(logins, session),
        }
    }
}

/// Whoever speaks in conversations: somebody with a profile, or another site's page in their stead.
pub struct Speaker {
    /// What is asked of their home goes here.
    pub profile: ProfileHandle,
    /// The page, if it is one: it reaches nothing but what it began.
    pub embedder: Option<Embedder>,
    /// The session they come by; `None` for a script.
    pub session: Option<SessionId>,
    /// Their name.
    pub username: String,
}

impl From<Caller> for Speaker {
    fn from(caller: Caller) -> Self {
        Self {
            profile: caller.profile,
            embedder: None,
            session: caller.session,
            username: caller.username,
        }
    }
}

impl FromRequestParts<App> for Speaker {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let (session, embedder) = match admitted(parts)? {
            Admitted::Session(session) => (Some(session), None),
            Admitted::Embedder(session, embedder) => (Some(session), Some(embedder)),
            Admitted::Script => (None, None),
        };
        let own = Self::from(Caller::of(app, session)?);
        Ok(Self { embedder, ..own })
    }
}

/// Whoever logged in, as long as their profile is open. The programs of the server's owner have no
/// profile.
fn of_profile(logins: &Logins, session: Option<SessionInfo>) -> Result<Caller, Fault> {
    let Some(session) = session else {
        return Err(Fault::forbidden(
            "This token is for whoever runs the server; it opens nobody's home.",
            "Log in with a profile's name and passphrase.",
        ));
    };
    let found = logins.of_session(&session.profile);
    let open = found.ok_or_else(Fault::unauthenticated)?;
    Ok(Caller {
        profile: open.handle,
        username: session.profile,
        session: Some(session.id),
        is_server_owner: open.role == Role::Owner,
    })
}

/// Whoever the server is for: its owner's programs, or a profile of the role `owner`. They see who is
/// logged in, and lock; they see nothing of another's home.
pub struct Operator {
    /// Those who log in.
    pub logins: Arc<Logins>,
}

impl Operator {
    /// A profile that the register has.
    ///
    /// # Errors
    /// If it has none of that name, or can't be read.
    pub async fn profile_named(&self, name: &str) -> Result<ProfileName, Fault> {
        let name: ProfileName = name.parse().map_err(|_| Fault::not_found())?;
        let is_known = self.register().await?.get(&name).is_some();
        is_known.then_some(name).ok_or_else(Fault::not_found)
    }

    /// Who may log in. It is not read on a thread that others wait for.
    ///
    /// # Errors
    /// If it can't be read.
    pub async fn register(&self) -> Result<Register, Fault> {
        let profiles = self.logins.profiles().clone();
        let read = spawn_blocking(move || profiles.register()).await;
        let read = read.map_err(|_| Fault::from(Refused::Failed))?;
        read.map_err(|why| {
            tracing::error!(%why, "who may log in can't be read");
            Fault::internal("Who may log in can't be read")
        })
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let admitted = admitted(parts)?;
        let Some(logins) = app.logins() else {
            return Err(Fault::not_found());
        };
        let is_operator = match admitted {
            Admitted::Script => true,
            Admitted::Session(session) => of_profile(logins, Some(session))?.is_server_owner,
            Admitted::Embedder(..) => return Err(Fault::not_for_embedders()),
        };
        if !is_operator {
            return Err(Fault::forbidden(
                "Only for whom the server is.",
                "Ask whoever runs it.",
            ));
        }
        Ok(Self {
            logins: Arc::clone(logins),
        })
    }
}

/// Who the gate let in. Without the gate's word nobody is.
fn admitted(parts: &Parts) -> Result<Admitted, Fault> {
    let admitted = parts.extensions.get::<Admitted>();
    admitted.cloned().ok_or_else(Fault::unauthenticated)
}

/// The address at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

impl FromRequestParts<App> for Peer {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        let peer = parts.extensions.get::<Self>();
        peer.copied()
            .ok_or_else(|| Fault::internal("Unknown address"))
    }
}

/// The browser or program that asks, as it calls itself.
pub struct UserAgent(pub Option<String>);

impl FromRequestParts<App> for UserAgent {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let name = parts.headers.get(header::USER_AGENT);
        Ok(Self(
            name.and_then(|name| name.to_str().ok()).map(str::to_owned),
        ))
    }
}

/// The address at this end of the connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local(pub SocketAddr);
