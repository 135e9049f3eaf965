//! Sessions: what is known of one that begins, and of one that is in force.

use crate::model::{Embedder, Uuid};
use crate::server::caller::UserAgent;
use crate::settings::ServerSettings;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// No session is longer, whatever the settings say: a hundred years.
const LONGEST_LIFE: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Names a session to those who list and end them; it opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionId(pub(super) String);

impl SessionId {
    /// As it was shown to somebody.
    pub fn read(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is to be known of a session that begins.
pub struct NewSession {
    /// Whose it is.
    pub profile: String,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
    /// How long it may go unused.
    pub idle: Option<Duration>,
    /// How long it may be at all.
    pub life: Option<Duration>,
    /// The page of another site that it is for, and who let it in.
    pub grant: Option<Grant>,
}

impl NewSession {
    /// That of a link: it lasts as long as the server.
    pub fn of_link(profile: &str, UserAgent(user_agent): UserAgent) -> Self {
        Self {
            profile: profile.to_owned(),
            user_agent,
            idle: None,
            life: None,
            grant: None,
        }
    }

    /// That of a login: it lasts as long as the settings say.
    pub fn of_login(
        profile: &str,
        UserAgent(user_agent): UserAgent,
        settings: &ServerSettings,
    ) -> Self {
        Self {
            profile: profile.to_owned(),
            user_agent,
            idle: Some(hours(settings.session_idle_hours)),
            life: Some(hours(settings.session_days.saturating_mul(24))),
            grant: None,
        }
    }

    /// That of another site's page: it lasts as a login does.
    pub fn of_permit(grant: Grant, user_agent: UserAgent, settings: &ServerSettings) -> Self {
        Self {
            profile: grant.profile.clone(),
            grant: Some(grant),
            ..Self::of_login("", user_agent, settings)
        }
    }
}

/// What somebody let another site's page do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose conversations they are.
    pub profile: String,
    /// The same, as the service names them.
    pub user: Uuid,
    /// The session that they did it in; with it, this ends. `None` for a script.
    pub by: Option<SessionId>,
    /// The page, and what it reaches.
    pub embedder: Embedder,
}

/// A session that is in force.
#[derive(Debug, Clone)]
pub struct SessionInfo {
    /// Its name.
    pub id: SessionId,
    /// Whose it is.
    pub profile: String,
    /// The beginning of what the browser calls itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created: SystemTime,
    /// When it was used last.
    pub last_used: SystemTime,
    /// When it ends at the latest.
    pub expires: Option<SystemTime>,
    /// The page of another site that it is for, and all that it reaches.
    pub embedder: Option<Embedder>,
    /// The session in which that page was let in.
    pub(super) let_in_by: Option<SessionId>,
    /// Closed when it ends, in whatever way.
    pub(super) gone: watch::Receiver<()>,
}

impl SessionInfo {
    /// Waits until it has ended.
    pub async fn ended(mut self) {
        // Nothing is ever sent: the other end goes with the session.
        while self.gone.changed().await.is_ok() {}
    }

    /// Whether it ends when this session does: it is the one, or that of a page that was let in there.
    pub(super) fn ends_with(&self, id: &SessionId) -> bool {
        self.id == *id || self.let_in_by.as_ref() == Some(id)
    }
}

/// As many as the settings say, within what clocks can count.
fn hours(count: u64) -> Duration {
    Duration::from_secs(count.saturating_mul(3600)).min(LONGEST_LIFE)
}
