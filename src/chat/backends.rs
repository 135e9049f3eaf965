//! Who answers: what the user named, else what the settings name, else what is found.

use super::choice::{self, Choice};
use crate::backend::command::{Command, CommandSettings};
use crate::backend::crush::{Crush, CrushSettings, Version};
use crate::backend::echo::Echo;
use crate::backend::offline::Offline;
use crate::backend::{Backend, BackendKind, Listener, NoReply, Reply, Request, find_in};
use crate::cli::{Environment, Exit, Failure, Ui};
use crate::files::{self, Readers};
use crate::home::Home;
use crate::model::Role;
use crate::process::Timeouts;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::turn::Session;
use crate::workspace::Workspace;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// What the user asked for with this start; it goes before the settings.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `crush`, `command`, `echo`, `offline`, or a profile of the settings.
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
    is_remembered: AtomicBool,
}

/// Chooses who answers. Nothing is run yet.
pub fn choose(
    wanted: &Wanted,
    environment: &Environment,
    workspace: &Workspace,
) -> Result<Chosen, Failure> {
    let choice = Choice::of(wanted, workspace.settings())?;
    let crush = || crush(wanted, choice.model.clone(), environment, workspace);
    let backend: Box<dyn Backend> = match choice.kind {
        Some(BackendKind::Crush) => Box::new(crush().ok_or_else(|| {
            Failure::new(Exit::Failed, "Crush was not found on PATH")
                .hint("Install it (https://github.com/charmbracelet/crush), or use `--backend offline`: messages are kept without replies.")
        })?),
        Some(BackendKind::Command) => Box::new(command(&choice, environment, workspace)?),
        Some(BackendKind::Echo) => Box::new(Echo),
        Some(BackendKind::Offline) => Box::new(Offline),
        None => match crush() {
            Some(crush) => Box::new(crush),
            None => Box::new(Offline),
        },
    };
    Ok(Chosen {
        backend,
        model: choice.model,
    })
}

/// A model may be asked for only where somebody looks at it.
pub(super) fn check_model(wanted: &Wanted, workspace: &Workspace) -> Result<(), Failure> {
    let kind = Choice::of(wanted, workspace.settings())?.kind;
    match kind.filter(|kind| {
        wanted.model.is_some() && matches!(kind, BackendKind::Echo | BackendKind::Offline)
    }) {
        None => Ok(()),
        Some(kind) => {
            let what = safe_format!(
                "there is no model to choose: {} answers without one",
                kind.name()
            );
            Err(Failure::new(Exit::Usage, what).hint("Leave --model out, or name another backend."))
        }
    }
}

/// Who gave the thread's last answer, if they can be had here; else whoever was chosen.
pub(super) fn of_before(
    session: &Session<'_>,
    chosen: (Wanted, Chosen),
    environment: &Environment,
    workspace: &Workspace,
    ui: &Ui,
) -> (Wanted, Chosen) {
    let visible = session.thread().visible();
    let Some(answer) = visible
        .iter()
        .rev()
        .find(|message| message.role() == Role::Ai)
    else {
        return chosen;
    };
    let found = choice::that_gave(answer, workspace.settings()).and_then(|before| {
        let wanted = Wanted {
            backend: before.backend,
            ..chosen.0.clone()
        };
        choose(&wanted, environment, workspace)
            .ok()
            .map(|again| (wanted, again))
    });
    found.unwrap_or_else(|| {
        let through = answer
            .text_field("backend")
            .or(answer.text_field("agent"))
            .unwrap_or("another program".to_owned());
        ui.hint(safe_format!(
            "ℹ️  {} answered before and is not set up here; name it with --command or in config.toml.",
            SafeText::line(&through)
        ));
        chosen
    })
}

/// Crush, if there is one on `PATH`.
fn crush(
    wanted: &Wanted,
    model: Option<String>,
    environment: &Environment,
    workspace: &Workspace,
) -> Option<KnownCrush> {
    let program = find_in(&environment.path, "crush")?;
    let memory = Memory::of(&program, workspace.home());
    let version = memory.recall();
    let is_remembered = AtomicBool::new(version.is_some());
    let crush = Crush::new(CrushSettings {
        program,
        version,
        private_dir: Home::at(workspace.home()).crush(),
        environment: environment.variables.clone(),
        bwrap: find_in(&environment.path, "bwrap"),
        tools: wanted.crush_tools || workspace.settings().crush_tools,
        model,
        timeouts: timeouts(workspace),
    });
    Some(KnownCrush {
        crush,
        memory,
        is_remembered,
    })
}

fn command(
    choice: &Choice,
    environment: &Environment,
    workspace: &Workspace,
) -> Result<Command, Failure> {
    let Some((program, args)) = choice.command.split_first() else {
        return Err(Failure::new(Exit::Usage, "the `command` backend has no program to run").hint(
            "Name one: --command 'llm -m MODEL', or in config.toml: command = [\"llm\", \"-m\", \"MODEL\"]",
        ));
    };
    let found = find_in(&environment.path, program).ok_or_else(|| {
        Failure::new(
            Exit::Failed,
            safe_format!("the program `{}` was not found", SafeText::line(program)),
        )
        .hint("Check its name, that it may be run, and that its folder is on PATH.")
    })?;
    Ok(Command::new(CommandSettings {
        program: found,
        args: args.iter().map(Into::into).collect(),
        directory: None,
        environment: environment.variables.clone(),
        timeouts: timeouts(workspace),
        label: choice.model.clone(),
    }))
}

fn timeouts(workspace: &Workspace) -> Timeouts {
    let [first, silence, total] = workspace.settings().timeouts.durations();
    Timeouts {
        first,
        silence,
        total,
    }
}

impl KnownCrush {
    /// Which Crush this is; it is asked only if it changed since it was asked last.
    ///
    /// # Errors
    /// When it can't be started, or doesn't answer as Crush does.
    pub fn version(&self) -> Result<&Version, NoReply> {
        let version = self.crush.version()?;
        if !self.is_remembered.swap(true, Ordering::Relaxed) {
            self.memory.keep(version);
        }
        Ok(version)
    }
}

impl Backend for KnownCrush {
    fn name(&self) -> &str {
        self.crush.name()
    }

    fn recorded(&self) -> String {
        self.crush.recorded()
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
            Ok(format!(
                "{} {}.{:09} {}",
                about.len(),
                about.mtime(),
                about.mtime_nsec(),
                real.display()
            ))
        });
        Self {
            file: Home::at(home).crush_version(),
            stamp: stamp.ok(),
        }
    }

    fn recall(&self) -> Option<Version> {
        let text = fs::read_to_string(&self.file).ok()?;
        let (version, stamp) = text.split_once('\n')?;
        (Some(stamp.trim_end_matches('\n')) == self.stamp.as_deref())
            .then(|| Version::parse(version))?
    }

    /// If it can't be kept, Crush is asked again next time.
    fn keep(&self, version: &Version) {
        if let Some(stamp) = &self.stamp
            && let Some(folder) = self.file.parent()
            && fs::create_dir_all(folder).is_ok()
        {
            let text = format!("crush version {version}\n{stamp}\n");
            let _ = files::replace(
                &self.file,
                ".crush-version-",
                Readers::Owner,
                text.as_bytes(),
            );
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
        for version in [
            Version::new(0, 7, 1),
            Version::Unnumbered("devel".to_owned()),
        ] {
            Memory::of(&program, home.path()).keep(&version);
            assert_eq!(Memory::of(&program, home.path()).recall(), Some(version));
        }
        fs::write(&program, "another").unwrap();
        assert_eq!(Memory::of(&program, home.path()).recall(), None);
    }
}
