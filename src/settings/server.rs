//! What the user set for the server.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use url::Url;

/// The settings below `[server]`, each with its default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServerSettings {
    /// Names under which the server is reached besides its own address: a reverse proxy's.
    pub hosts: Vec<String>,
    /// Origins of other sites whose pages may ask: `https://example.org`.
    #[serde(deserialize_with = "origins")]
    pub allowed_origins: Vec<String>,
    /// Hours after which a session that nobody uses ends; not 0.
    #[serde(deserialize_with = "at_least_one")]
    pub session_idle_hours: u64,
    /// Days after which a session ends in any case; not 0.
    #[serde(deserialize_with = "at_least_one")]
    pub session_days: u64,
    /// Seconds after which a profile without sessions is locked.
    pub lock_after: u64,
}

/// With none every session would be over before its first request.
fn at_least_one<'de, D: Deserializer<'de>>(value: D) -> Result<u64, D::Error> {
    match u64::deserialize(value)? {
        0 => Err(D::Error::custom("it must be at least 1")),
        count => Ok(count),
    }
}

/// What is written otherwise than browsers write it would allow nobody, and say nothing.
fn origins<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    let listed = Vec::<String>::deserialize(value)?;
    match listed.iter().find(|text| !is_origin(text)) {
        None => Ok(listed),
        Some(other) => Err(D::Error::custom(format!(
            "{other:?} is no origin: a scheme (http or https), a name in small letters and, where it is not \
             the usual one, a port, and nothing behind it: \"https://app.example\""
        ))),
    }
}

/// Whether it is an origin as browsers write it (RFC 6454, section 6.2).
fn is_origin(text: &str) -> bool {
    let url = Url::parse(text).ok();
    let web = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    web.is_some_and(|url| url.origin().ascii_serialization() == text)
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            allowed_origins: Vec::new(),
            session_idle_hours: 12,
            session_days: 30,
            lock_after: 60,
        }
    }
}
