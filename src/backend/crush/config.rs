//! Reads the user's own configuration of Crush: which model will answer, what must be in its
//! environment, which servers it would start. Never written, and nothing here is needed for a run
//! to work.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::backend::variable;

/// Where Crush keeps what belongs to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    /// Holds the `crush.json` that people write.
    pub(super) config: Option<PathBuf>,
    /// Holds the `crush.json` that Crush writes, and `providers.json`.
    pub(super) data: Option<PathBuf>,
}

impl Places {
    pub(super) fn of(environment: &[(OsString, OsString)]) -> Places {
        let directory = |own: &str, xdg: &str, below_home: &str| {
            let own = variable(environment, own).map(PathBuf::from);
            let xdg = || Some(Path::new(variable(environment, xdg)?).join("crush"));
            let home = || {
                Some(
                    Path::new(variable(environment, "HOME")?)
                        .join(below_home)
                        .join("crush"),
                )
            };
            own.or_else(xdg).or_else(home)
        };
        Places {
            config: directory("CRUSH_GLOBAL_CONFIG", "XDG_CONFIG_HOME", ".config"),
            data: directory("CRUSH_GLOBAL_DATA", "XDG_DATA_HOME", ".local/share"),
        }
    }
}

/// The user's configuration, merged as Crush merges it, and the list of providers it fetched last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CrushConfig {
    pub(super) merged: Value,
    providers: Vec<Value>,
    /// The text of a `crushrc`, which is a shell script and is only looked through.
    script: String,
}

impl CrushConfig {
    pub(super) fn read(environment: &[(OsString, OsString)]) -> CrushConfig {
        let places = Places::of(environment);
        let mut config = CrushConfig {
            merged: json!({}),
            providers: Vec::new(),
            script: String::new(),
        };
        config.lay_over(Path::new("/etc/crush"));
        if let Some(directory) = &places.config {
            config.lay_over(directory);
            config.script = fs::read_to_string(directory.join("crushrc")).unwrap_or_default();
            config.follow_script();
        }
        if let Some(directory) = &places.data {
            config.lay_over(directory);
            if let Some(Value::Array(list)) = json_file(&directory.join("providers.json")) {
                config.providers = list;
            }
        }
        config
    }

    fn lay_over(&mut self, directory: &Path) {
        if let Some(above) = json_file(&directory.join("crush.json")) {
            merge(&mut self.merged, above);
        }
    }

    /// The two commands of a `crushrc` that say which model is meant.
    fn follow_script(&mut self) {
        for command in self.script.split(['\n', ';']) {
            let words = words(command);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let (["model", "large", model, ..] | ["model", "add", model, ..]) = words[..] else {
                continue;
            };
            let Some((provider, id)) = model.split_once('/') else {
                continue;
            };
            let named = words.iter().position(|word| *word == "--name");
            let above = match (words[1], named.and_then(|at| words.get(at + 1))) {
                ("large", _) => json!({"models": {"large": {"provider": provider, "model": id}}}),
                (_, Some(name)) => {
                    json!({"providers": {provider: {"models": [{"id": id, "name": name}]}}})
                }
                (_, None) => continue,
            };
            merge(&mut self.merged, above);
        }
    }

    /// The name, for people, of the model that will answer: the one asked for, or the configured
    /// one.
    pub(super) fn model_name(
        &self,
        asked: Option<&str>,
        environment: &[(OsString, OsString)],
    ) -> Option<String> {
        if let Some(asked) = asked {
            return Some(match asked.split_once('/') {
                Some((provider, id)) => self.display_name(Some(provider), id),
                None => self.display_name(None, asked),
            });
        }
        let large = &self.merged["models"]["large"];
        if let (Some(provider), Some(id)) = (large["provider"].as_str(), large["model"].as_str()) {
            return Some(self.display_name(Some(provider), id));
        }
        let (provider, id) = self.first_usable(environment)?;
        Some(self.display_name(Some(&provider), &id))
    }

    /// What Crush falls back to: the first provider of its list that has a key, else the first of
    /// the user's own.
    fn first_usable(&self, environment: &[(OsString, OsString)]) -> Option<(String, String)> {
        for provider in &self.providers {
            if self.has_key(provider, environment) {
                let id = provider["id"].as_str()?;
                let model = provider["default_large_model_id"].as_str()?;
                return Some((id.to_owned(), model.to_owned()));
            }
        }
        let mut own: Vec<(&String, &Value)> = self.own_providers()?.iter().collect();
        own.sort_by_key(|(id, _)| *id);
        for (id, provider) in own {
            let first = provider["models"].get(0);
            if let Some(model) = first.and_then(|model| model["id"].as_str()) {
                return Some((id.clone(), model.to_owned()));
            }
        }
        None
    }

    /// The providers that the user wrote down, by their ids.
    fn own_providers(&self) -> Option<&Map<String, Value>> {
        self.merged["providers"].as_object()
    }

    /// Whether a provider of Crush's list has a key, and the user did not turn it off.
    fn has_key(&self, provider: &Value, environment: &[(OsString, OsString)]) -> bool {
        let id = provider["id"].as_str().unwrap_or_default();
        let own = self.own_providers().and_then(|own| own.get(id));
        if own.is_some_and(|own| own["disable"] == true) {
            return false;
        }
        let own_key = own.and_then(|own| own["api_key"].as_str());
        let Some(key) = own_key.or(provider["api_key"].as_str()) else {
            return false;
        };
        match key.strip_prefix('$') {
            Some(name) => variable(environment, name.trim_matches(['{', '}'])).is_some(),
            None => !key.is_empty(),
        }
    }

    /// A model's name for people; its id, where nobody gave it one. The user's own names go first.
    fn display_name(&self, provider: Option<&str>, id: &str) -> String {
        let is_meant = |name: &str| provider.is_none_or(|meant| meant.eq_ignore_ascii_case(name));
        let mut models = Vec::new();
        for (name, own) in self.own_providers().into_iter().flatten() {
            if is_meant(name) {
                models.extend(own["models"].as_array().into_iter().flatten());
            }
        }
        for known in &self.providers {
            if is_meant(known["id"].as_str().unwrap_or_default()) {
                models.extend(known["models"].as_array().into_iter().flatten());
            }
        }
        let is_same = |known: &str| known.eq_ignore_ascii_case(id);
        let model = models
            .into_iter()
            .find(|model| model["id"].as_str().is_some_and(is_same));
        let name = model.and_then(|model| model["name"].as_str());
        name.unwrap_or(id).to_owned()
    }

    /// The environment variables that the providers' settings name, as in `"api_key": "$WORK_KEY"`;
    /// those of all settings when tools, and so other servers, may run.
    pub(super) fn named_variables(&self, tools: bool) -> Vec<String> {
        let mut text: String = match tools {
            true => self.merged.to_string(),
            false => self.merged["providers"].to_string(),
        };
        text.push_str(&Value::from(self.providers.clone()).to_string());
        let servers = |line: &str| tools || !(line.contains("mcp") || line.contains("lsp"));
        for line in self.script.lines().filter(|line| servers(line)) {
            text.push('\n');
            text.push_str(line);
        }
        let names = text.split('$').skip(1).map(|rest| {
            let rest = rest.strip_prefix('{').unwrap_or(rest);
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            rest[..end.unwrap_or(rest.len())].to_owned()
        });
        names.filter(|name| !name.is_empty()).collect()
    }
}

fn json_file(path: &Path) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}

/// Lays `above` over `below`: objects are merged, lists are joined, anything else is replaced.
fn merge(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (name, value) in above {
                merge_into(below, name, value);
            }
        }
        (Value::Array(below), Value::Array(above)) => below.extend(above),
        (below, above) => *below = above,
    }
}

fn merge_into(below: &mut Map<String, Value>, name: String, value: Value) {
    match below.get_mut(&name) {
        Some(old) => merge(old, value),
        None => {
            below.insert(name, value);
        }
    }
}

/// The words of one command line: spaces divide, quotes join.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None if c == '#' && word.is_none() => break,
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests;
