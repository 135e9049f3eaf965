//! Which backend is meant, and making it ready: the one named at the start, or within the chat; else
//! that of the settings; else, where a thread is gone on with, the one that answered before; else
//! what is found.

use super::command::{self, Command, CommandSettings};
use super::crush::{CrushSettings, KnownCrush};
use super::echo::Echo;
use super::offline::Offline;
use super::{Backend, command_line, find_in};
use crate::home::Home;
use crate::model::Message;
use crate::settings::{BackendKind, Profile, Settings};
use std::ffi::{OsStr, OsString};
use std::path::Path;

pub use super::command_line::shell_sign;

/// What is asked for in place of what the settings say.
#[derive(Debug, Clone, Default)]
pub struct BackendOverrides {
    /// `crush`, `command`, `echo`, `offline`, or a profile of the settings.
    pub backend: Option<String>,
    /// The model, in the backend's words.
    pub model: Option<String>,
    /// The program behind `command` and its arguments, as a shell would split them.
    pub command: Option<String>,
    /// Leave Crush its tools.
    pub crush_tools: bool,
}

/// Where backends are looked for, and what they are given.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// What the user set.
    pub settings: &'a Settings,
    /// The home folder.
    pub home: &'a Path,
    /// Where programs are looked for.
    pub path: &'a OsStr,
    /// The whole environment.
    pub variables: &'a [(OsString, OsString)],
}

/// Which backend is meant. It is not looked for yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendSpec {
    /// Without one, what is found.
    pub kind: Option<BackendKind>,
    /// The model to ask for; with a command, what the record calls it.
    pub model: Option<String>,
    /// The program behind `command`, and its arguments.
    pub command: Vec<String>,
}

/// Who answers, and with which model where that is to be said with each question.
pub struct ReadyBackend {
    /// Who answers.
    pub backend: Box<dyn Backend>,
    /// The model.
    pub model: Option<String>,
}

/// Why nobody could be made ready.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChooseError {
    /// No backend and no profile has this name.
    #[error("there is no backend `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// The profiles there are.
        profiles: Vec<String>,
    },
    /// Crush is not there.
    #[error("Crush was not found on PATH")]
    NoCrush,
    /// A command is meant, and none is named.
    #[error("the `command` backend has no program to run")]
    NoProgram,
    /// The command's program is not there.
    #[error("the program `{0}` was not found")]
    ProgramNotFound(String),
    /// The command is no list of words.
    #[error("`{0}` can't be split into words: a quote is not closed")]
    OpenQuote(String),
    /// A model is asked for where nobody looks at it.
    #[error("there is no model to choose: {} answers without one", .0.name())]
    NoModels(BackendKind),
}

/// Who gave a thread's last answer.
pub enum EarlierBackend {
    /// They are set up here under this name.
    Named(String),
    /// They are not; the record calls them so.
    NotSetUp(String),
}

impl BackendOverrides {
    /// Makes ready who answers. Nothing is run yet.
    ///
    /// # Errors
    /// When what is meant can't be told, or is not there.
    pub fn choose(&self, around: &Surroundings<'_>) -> Result<ReadyBackend, ChooseError> {
        let spec = BackendSpec::of(self, around.settings)?;
        let crush = || self.crush(spec.model.clone(), around);
        let backend: Box<dyn Backend> = match spec.kind {
            Some(BackendKind::Crush) => Box::new(crush().ok_or(ChooseError::NoCrush)?),
            Some(BackendKind::Command) => Box::new(spec.command(around)?),
            Some(BackendKind::Echo) => Box::new(Echo),
            Some(BackendKind::Offline) => Box::new(Offline),
            None => match crush() {
                Some(crush) => Box::new(crush),
                None => Box::new(Offline),
            },
        };
        Ok(ReadyBackend {
            backend,
            model: spec.model,
        })
    }

    /// A model may be asked for only where somebody looks at it.
    ///
    /// # Errors
    /// When one is asked for elsewhere, or what is meant can't be told.
    pub fn check_model(&self, settings: &Settings) -> Result<(), ChooseError> {
        match BackendSpec::of(self, settings)?.kind {
            Some(kind @ (BackendKind::Echo | BackendKind::Offline)) if self.model.is_some() => {
                Err(ChooseError::NoModels(kind))
            }
            _ => Ok(()),
        }
    }

    /// Crush, if there is one.
    pub fn crush(&self, model: Option<String>, around: &Surroundings<'_>) -> Option<KnownCrush> {
        let settings = CrushSettings {
            program: find_in(around.path, "crush")?,
            version: None,
            private_dir: Home::at(around.home).crush(),
            environment: around.variables.to_vec(),
            bwrap: find_in(around.path, "bwrap"),
            tools: self.crush_tools || around.settings.crush_tools,
            model,
            timeouts: around.settings.timeouts.of_program(),
        };
        Some(KnownCrush::new(settings, around.home))
    }
}

impl BackendSpec {
    /// What is asked for goes before what is set.
    ///
    /// # Errors
    /// When there is no such backend, or the command is no list of words.
    pub fn of(overrides: &BackendOverrides, settings: &Settings) -> Result<Self, ChooseError> {
        let implied = overrides
            .command
            .as_ref()
            .map(|_| BackendKind::Command.name());
        let named = overrides.backend.as_deref().or(implied);
        let mut spec = match named.or(settings.backend.as_deref()) {
            None => Self {
                kind: None,
                model: settings.model.clone(),
                command: settings.command.clone(),
            },
            Some(name) => Self::named(name, settings)?,
        };
        if let Some(line) = &overrides.command
            && spec.kind == Some(BackendKind::Command)
        {
            let words = command_line::split(line);
            spec.command = words.ok_or_else(|| ChooseError::OpenQuote(line.clone()))?;
            spec.model = None;
        }
        spec.model = overrides.model.clone().or(spec.model);
        Ok(spec)
    }

    fn named(name: &str, settings: &Settings) -> Result<Self, ChooseError> {
        if let Some(profile) = settings.profile.get(name) {
            return Ok(Self::of_profile(profile, settings));
        }
        let kind = BackendKind::read(name).ok_or_else(|| ChooseError::Unknown {
            name: name.to_owned(),
            profiles: settings.profile.keys().cloned().collect(),
        })?;
        // The model that is set belongs to the backend that is set, or else to Crush, which is
        // looked for.
        let set = settings.backend.as_deref();
        let is_its = set == Some(name) || (set.is_none() && kind == BackendKind::Crush);
        let model = settings.model.clone().filter(|_| is_its);
        Ok(Self {
            kind: Some(kind),
            model,
            command: settings.command.clone(),
        })
    }

    fn of_profile(profile: &Profile, settings: &Settings) -> Self {
        let own = profile.clone();
        let has_command = !own.command.is_empty();
        let implied = has_command.then_some(BackendKind::Command);
        let command = if has_command {
            own.command
        } else {
            settings.command.clone()
        };
        Self {
            kind: own.backend.or(implied),
            model: own.model,
            command,
        }
    }

    fn command(&self, around: &Surroundings<'_>) -> Result<Command, ChooseError> {
        let Some((program, args)) = self.command.split_first() else {
            return Err(ChooseError::NoProgram);
        };
        let found = find_in(around.path, program);
        Ok(Command::new(CommandSettings {
            program: found.ok_or_else(|| ChooseError::ProgramNotFound(program.clone()))?,
            args: args.iter().map(Into::into).collect(),
            directory: None,
            environment: around.variables.to_vec(),
            timeouts: around.settings.timeouts.of_program(),
            label: self.model.clone(),
        }))
    }

    /// What the record would say its answers came through.
    fn recorded(&self) -> Option<String> {
        match self.kind? {
            BackendKind::Command => Some(command::recorded(Path::new(self.command.first()?))),
            kind => Some(kind.name().to_owned()),
        }
    }

    fn has_model_of(&self, answer: &Message) -> bool {
        let said = answer.text_field("model");
        match (self.model.as_deref(), said.as_deref()) {
            // Crush is asked for `provider/model`, and says `model`.
            (Some(own), Some(said)) => own == said || own.ends_with(&format!("/{said}")),
            (own, said) => own == said,
        }
    }
}

impl EarlierBackend {
    /// Who gave an answer. A record may be anybody's: it is compared with the settings, and nothing
    /// that it names is run.
    pub fn of(answer: &Message, settings: &Settings) -> Self {
        let Some(recorded) = answer.text_field("backend").or(answer.text_field("agent")) else {
            return Self::NotSetUp("another program".to_owned());
        };
        let mut fitting = Vec::new();
        for name in settings.backend_names() {
            let overrides = BackendOverrides {
                backend: Some(name.clone()),
                ..BackendOverrides::default()
            };
            match BackendSpec::of(&overrides, settings) {
                Ok(spec) if gave(&spec, &recorded) => fitting.push((name, spec)),
                _ => {}
            }
        }
        let same_model = fitting
            .iter()
            .position(|(_, spec)| spec.has_model_of(answer));
        match fitting.into_iter().nth(same_model.unwrap_or(0)) {
            Some((name, _)) => Self::Named(name),
            None => Self::NotSetUp(recorded),
        }
    }
}

/// Whether an answer that is recorded so came through such a backend.
fn gave(spec: &BackendSpec, recorded: &str) -> bool {
    let Some(own) = spec.recorded() else {
        return false;
    };
    // Before programs were recorded, all of them were `command`.
    let is_older = recorded == BackendKind::Command.name() && own.starts_with("command:");
    own == recorded || is_older
}

#[cfg(test)]
mod tests;
