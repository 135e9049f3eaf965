//! Who answers: what the user named, else what the settings name, else what is found.

use crate::backend::command::{Command, CommandSettings};
use crate::backend::crush::{Crush, CrushSettings, Version};
use crate::backend::echo::Echo;
use crate::backend::offline::Offline;
use crate::backend::process::Patience;
use crate::backend::{Backend, Listener, NoReply, Reply, Request, find_in};
use crate::cli::{Environment, Exit, Failure};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::Workspace;
use std::cell::Cell;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What the user asked for with this start; it goes before the settings.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `crush`, `command`, `echo` or `offline`.
    pub backend: Option<String>,
    /// The model, in the backend's words.
    pub model: Option<String>,
    /// The program behind `command` and its arguments, as a shell would split them.
    pub command: Option<String>,
    /// Leave Crush its tools.
    pub crush_tools: bool,
}

/// Who answers, and with which model where that is to be said with each question.
pub struct Chosen {
    /// Who answers.
    pub backend: Box<dyn Backend>,
    /// The model.
    pub model: Option<String>,
}

/// Crush, with its version remembered from one start of ours to the next.
pub struct KnownCrush {
    crush: Crush,
    memory: Memory,
    is_remembered: Cell<bool>,
}

/// Chooses who answers. Nothing is run yet.
pub fn choose(wanted: &Wanted, environment: &Environment, workspace: &Workspace) -> Result<Chosen, Failure> {
    let config = workspace.config();
    let implied = wanted.command.as_ref().map(|_| "command");
    let name = wanted.backend.as_deref().or(implied).or(config.backend.as_deref());
    let model = wanted.model.clone().or_else(|| config.model.clone());
    let with_model = |backend| Ok(Chosen { backend, model: model.clone() });
    match name {
        Some("crush") => {
            let crush = crush(wanted, environment, workspace).ok_or_else(|| {
                Failure::new(Exit::Failed, "Crush was not found on PATH")
                    .hint("Install it (https://github.com/charmbracelet/crush), or use `--backend offline`: messages are kept without replies.")
            })?;
            with_model(Box::new(crush))
        }
        Some("command") => with_model(Box::new(command(wanted, environment, workspace)?)),
        Some("echo") => with_model(Box::new(Echo)),
        Some("offline") => with_model(Box::new(Offline)),
        Some(other) => {
            Err(Failure::new(Exit::Usage, safe_format!("there is no backend `{}`", SafeText::line(other)))
                .hint("Use crush, command, echo or offline, with --backend or as `backend` in config.toml."))
        }
        None => match crush(wanted, environment, workspace) {
            Some(crush) => with_model(Box::new(crush)),
            None => with_model(Box::new(Offline)),
        },
    }
}

/// Crush, if there is one on `PATH`.
pub fn crush(wanted: &Wanted, environment: &Environment, workspace: &Workspace) -> Option<KnownCrush> {
    let program = find_in(&environment.path, "crush")?;
    let config = workspace.config();
    let memory = Memory::of(&program, workspace.home());
    let version = memory.recall();
    let is_remembered = Cell::new(version.is_some());
    let crush = Crush::new(CrushSettings {
        program,
        version,
        private_dir: workspace.home().join("crush"),
        environment: environment.variables.clone(),
        bwrap: find_in(&environment.path, "bwrap"),
        tools: wanted.crush_tools || config.crush_tools,
        model: wanted.model.clone().or_else(|| config.model.clone()),
        patience: patience(workspace),
    });
    Some(KnownCrush { crush, memory, is_remembered })
}

fn command(wanted: &Wanted, environment: &Environment, workspace: &Workspace) -> Result<Command, Failure> {
    let words = match &wanted.command {
        Some(line) => shlex::split(line).ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                safe_format!("`{}` can't be split into words: a quote is not closed", SafeText::line(line)),
            )
            .hint("Write it as you would in a shell: --command 'llm -m \"a model\"'")
        })?,
        None => workspace.config().command.clone(),
    };
    let Some((program, args)) = words.split_first() else {
        return Err(Failure::new(Exit::Usage, "the `command` backend has no program to run").hint(
            "Name one: --command 'llm -m MODEL', or in config.toml: command = [\"llm\", \"-m\", \"MODEL\"]",
        ));
    };
    let found = find_in(&environment.path, program).ok_or_else(|| {
        Failure::new(Exit::Failed, safe_format!("the program `{}` was not found", SafeText::line(program)))
            .hint("Check its name, that it may be run, and that its folder is on PATH.")
    })?;
    Ok(Command::new(CommandSettings {
        program: found,
        args: args.iter().map(Into::into).collect(),
        directory: None,
        environment: environment.variables.clone(),
        patience: patience(workspace),
    }))
}

fn patience(workspace: &Workspace) -> Patience {
    let [first, silence, total] = workspace.config().timeouts.durations();
    Patience { first, silence, total }
}

impl KnownCrush {
    /// Which Crush this is; it is asked only if it changed since it was asked last.
    ///
    /// # Errors
    /// When it can't be started, or doesn't answer as Crush does.
    pub fn version(&self) -> Result<&Version, NoReply> {
        let version = self.crush.version()?;
        if !self.is_remembered.replace(true) {
            self.memory.keep(version);
        }
        Ok(version)
    }
}

impl Backend for KnownCrush {
    fn name(&self) -> &str {
        self.crush.name()
    }

    fn description(&self) -> String {
        self.crush.description()
    }

    fn ask(&self, request: &Request<'_>, listener: Listener<'_>) -> Result<Reply, NoReply> {
        self.version()?;
        self.crush.ask(request, listener)
    }
}

/// A file with the version of one program, good for as long as the program's file is the same.
struct Memory {
    file: PathBuf,
    /// Size, time of change and place of the program.
    stamp: Option<String>,
}

impl Memory {
    fn of(program: &Path, home: &Path) -> Self {
        let stamp = fs::canonicalize(program).and_then(|real| {
            let about = fs::metadata(&real)?;
            Ok(format!("{} {}.{:09} {}", about.len(), about.mtime(), about.mtime_nsec(), real.display()))
        });
        Self { file: home.join("state/crush-version"), stamp: stamp.ok() }
    }

    fn recall(&self) -> Option<Version> {
        let text = fs::read_to_string(&self.file).ok()?;
        let (version, stamp) = text.split_once('\n')?;
        (Some(stamp.trim_end_matches('\n')) == self.stamp.as_deref()).then(|| Version::parse(version))?
    }

    /// If it can't be kept, Crush is asked again next time.
    fn keep(&self, version: &Version) {
        if let Some(stamp) = &self.stamp
            && let Some(folder) = self.file.parent()
            && fs::create_dir_all(folder).is_ok()
        {
            let _ = fs::write(&self.file, format!("crush version {version}\n{stamp}\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_remembered_until_the_program_changes() {
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("crush");
        fs::write(&program, "one").unwrap();
        assert_eq!(Memory::of(&program, home.path()).recall(), None);
        for version in [Version::new(0, 7, 1), Version::Unnumbered("devel".to_owned())] {
            Memory::of(&program, home.path()).keep(&version);
            assert_eq!(Memory::of(&program, home.path()).recall(), Some(version));
        }
        fs::write(&program, "another").unwrap();
        assert_eq!(Memory::of(&program, home.path()).recall(), None);
    }
}
