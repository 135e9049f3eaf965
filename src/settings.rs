//! What the user set in `config.toml`.

mod server;

pub use server::ServerSettings;

use crate::process;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The settings, each with its default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// `crush`, `command`, `echo`, `offline` or the name of a profile; without it, what is found.
    pub backend: Option<String>,
    /// The model to ask for, in the backend's words.
    pub model: Option<String>,
    /// How many tokens of a thread are sent to the AI at the most; about four bytes make one.
    pub context_tokens: usize,
    /// The program behind the `command` backend, and its arguments.
    pub command: Vec<String>,
    /// The persona with which a new thread begins.
    #[serde(alias = "role")]
    pub persona: Option<String>,
    /// Backends under names of the user's own.
    #[serde(deserialize_with = "profiles")]
    pub profile: BTreeMap<String, Profile>,
    /// Tells after each answer what it took.
    pub status_line: bool,
    /// Lets Crush use its tools, which then run without asking.
    pub crush_tools: bool,
    /// Lets files that hold a sealed thread's words lie on a disk, in the home, while they are
    /// needed: what Crush keeps during a run, and the text in an editor.
    pub sealed_files_on_disk: bool,
    /// How long an answer may take.
    pub timeouts: Timeouts,
    /// Seals new threads, so that only their readers can read them.
    pub encrypt: bool,
    /// What a chat does by itself.
    pub chat: ChatSettings,
    /// Exchanges threads with the remote when a chat ends.
    pub sync_on_exit: bool,
    /// What a sync may take.
    pub sync: SyncLimits,
    /// The folder with the homes of several people, for a server.
    pub profiles: Option<PathBuf>,
    /// How the server is reached, and who may.
    pub server: ServerSettings,
}

/// How a chat takes what is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ChatSettings {
    /// Asks back before something is signed that looks like a secret.
    pub warn_of_secrets: bool,
}

impl Default for ChatSettings {
    fn default() -> Self {
        Self {
            warn_of_secrets: true,
        }
    }
}

/// What fetching and pushing may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SyncLimits {
    /// Seconds without a word from the remote.
    pub silence: u64,
    /// Seconds for each step.
    pub total: u64,
    /// The most megabytes that come at once.
    pub megabytes: u64,
}

impl Default for SyncLimits {
    fn default() -> Self {
        Self {
            silence: 120,
            total: 3600,
            megabytes: 4096,
        }
    }
}

/// The kinds of backends, by the names under which settings know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// Crush, without its tools.
    Crush,
    /// Any program.
    Command,
    /// Repeats what is said.
    Echo,
    /// Nobody.
    Offline,
}

impl BackendKind {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Crush, Self::Command, Self::Echo, Self::Offline];

    /// The name, under which its answers are signed too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crush => "crush",
            Self::Command => "command",
            Self::Echo => "echo",
            Self::Offline => "offline",
        }
    }

    /// The kind of this name.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A backend and what goes with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// The kind; without it `command` if there is one here, else what is found.
    pub backend: Option<BackendKind>,
    /// The model to ask for.
    pub model: Option<String>,
    /// The program behind `command`, and its arguments; without it, the one outside of the profile.
    pub command: Vec<String>,
}

/// A profile of a kind's name would never be reached.
fn profiles<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Profile>, D::Error> {
    let profiles = BTreeMap::<String, Profile>::deserialize(deserializer)?;
    let taken = profiles
        .keys()
        .find(|name| BackendKind::read(name).is_some() || name.trim().is_empty());
    match taken {
        Some(name) => Err(D::Error::custom(format!(
            "no profile can be called `{name}`"
        ))),
        None => Ok(profiles),
    }
}

/// Seconds to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Timeouts {
    /// For the first piece of an answer.
    pub first_token: u64,
    /// Between two pieces.
    pub silence: u64,
    /// For the whole answer.
    pub total: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            backend: None,
            model: None,
            context_tokens: 100_000,
            command: Vec::new(),
            persona: None,
            profile: BTreeMap::new(),
            status_line: true,
            crush_tools: false,
            sealed_files_on_disk: false,
            timeouts: Timeouts::default(),
            encrypt: false,
            chat: ChatSettings::default(),
            sync_on_exit: false,
            sync: SyncLimits::default(),
            profiles: None,
            server: ServerSettings::default(),
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            first_token: 300,
            silence: 300,
            total: 3600,
        }
    }
}

impl Timeouts {
    /// The same for a program that is run.
    pub fn of_program(self) -> process::Timeouts {
        process::Timeouts {
            first: Duration::from_secs(self.first_token),
            silence: Duration::from_secs(self.silence),
            total: Duration::from_secs(self.total),
        }
    }
}

impl Settings {
    /// Reads the file's text; the error says which line is wrong and why.
    ///
    /// # Errors
    /// If the text is no TOML, or says something that no setting means.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// All backends that may be asked for: those there always are, and the profiles.
    pub fn backend_names(&self) -> Vec<String> {
        let built_in = BackendKind::ALL
            .into_iter()
            .map(|kind| kind.name().to_owned());
        built_in.chain(self.profile.keys().cloned()).collect()
    }

    /// All models that are named.
    pub fn models(&self) -> Vec<String> {
        let mut models: Vec<String> = self.model.iter().cloned().collect();
        models.extend(
            self.profile
                .values()
                .filter_map(|profile| profile.model.clone()),
        );
        models.sort();
        models.dedup();
        models
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_defaults_and_a_wrong_name_is_told() {
        assert_eq!(Settings::read("").unwrap(), Settings::default());
        let error = Settings::read("backnd = \"echo\"").unwrap_err().to_string();
        assert!(
            error.contains("backnd") && error.contains("line 1"),
            "{error}"
        );
    }

    #[test]
    fn a_session_that_would_be_over_at_once_is_refused() {
        for what in ["session-idle-hours", "session-days"] {
            let error = Settings::read(&format!("[server]\n{what} = 0")).unwrap_err();
            let error = error.to_string();
            assert!(error.contains("it must be at least 1"), "{error}");
            assert!(error.contains("line 2"), "{error}");
            Settings::read(&format!("[server]\n{what} = 1")).unwrap();
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        let read =
            |origin: &str| Settings::read(&format!("[server]\nallowed-origins = [{origin:?}]"));
        for origin in [
            "https://app.example",
            "http://localhost:8080",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "https://xn--bcher-kva.example",
        ] {
            let settings = read(origin).unwrap();
            assert_eq!(settings.server.allowed_origins, [origin]);
        }
        for other in [
            "*",
            "null",
            "localhost:8080",
            "http://localhost:8080/",
            "HTTP://localhost:8080",
            "http://LocalHost:8080",
            "http://u@localhost",
            "https://app.example:443",
            "https://app.example/x",
            "https://bücher.example",
            "file://",
            "",
        ] {
            let error = read(other).unwrap_err().to_string();
            assert!(error.contains("is no origin"), "{other}: {error}");
            assert!(error.contains("line 2"), "{other}: {error}");
        }
    }

    #[test]
    fn a_profile_has_a_name_of_its_own_and_a_kind_that_there_is() {
        let settings =
            Settings::read("[profile.fast]\nbackend = 'crush'\n[profile.own]\ncommand = ['x']")
                .unwrap();
        assert_eq!(settings.profile["fast"].backend, Some(BackendKind::Crush));
        assert_eq!(
            settings.profile["own"],
            Profile {
                command: vec!["x".into()],
                ..Profile::default()
            }
        );
        for (text, why) in [
            ("[profile.echo]", "no profile can be called `echo`"),
            ("[profile.' ']", "no profile can be called"),
            ("[profile.x]\nbackend = 'gpt'", "unknown variant `gpt`"),
            ("[profile.x]\nmodle = 'gpt'", "modle"),
        ] {
            let error = Settings::read(text).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("line "), "{error}");
        }
    }
}
