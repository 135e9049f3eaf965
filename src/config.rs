//! What the user set in `config.toml`.

use serde::Deserialize;
use std::time::Duration;

/// The settings, each with its default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// `crush`, `command`, `echo` or `offline`; without it, what is found.
    pub backend: Option<String>,
    /// The model to ask for, in the backend's words.
    pub model: Option<String>,
    /// How many tokens of a thread are sent to the AI at the most; about four bytes make one.
    pub context_tokens: usize,
    /// The program behind the `command` backend, and its arguments.
    pub command: Vec<String>,
    /// Tells after each answer what it took.
    pub status_line: bool,
    /// Lets Crush use its tools, which then run without asking.
    pub crush_tools: bool,
    /// How long an answer may take.
    pub timeouts: Timeouts,
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

impl Default for Config {
    fn default() -> Self {
        Self {
            backend: None,
            model: None,
            context_tokens: 100_000,
            command: Vec::new(),
            status_line: true,
            crush_tools: false,
            timeouts: Timeouts::default(),
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { first_token: 300, silence: 300, total: 3600 }
    }
}

impl Timeouts {
    /// First token, silence, total.
    pub fn durations(self) -> [Duration; 3] {
        [self.first_token, self.silence, self.total].map(Duration::from_secs)
    }
}

impl Config {
    /// Reads the file's text; the error says which line is wrong and why.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_defaults_and_a_wrong_name_is_told() {
        assert_eq!(Config::read("").unwrap(), Config::default());
        let error = Config::read("backnd = \"echo\"").unwrap_err().to_string();
        assert!(error.contains("backnd") && error.contains("line 1"), "{error}");
    }
}
