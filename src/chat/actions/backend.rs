//! `/backend` and `/model`: who answers from now on.

use super::Act;
use crate::backend::choose::{BackendOverrides, BackendSpec};
use crate::backend::find_in;
use crate::chat::backends::{self, Chosen};
use crate::cli::Failure;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::settings::BackendKind;
use crate::workspace::Workspace;

impl Act<'_, '_> {
    /// Lets another backend answer, or tells which there are.
    pub(super) fn backend(&mut self, name: &str) -> Result<(), Failure> {
        if name.is_empty() {
            self.tell_who_answers()?;
            let workspace = self.desk.environment.workspace()?;
            for name in workspace.settings().backend_names() {
                self.tell_backend(&name, &workspace)?;
            }
            self.ui.hint("   /backend NAME lets another answer.");
            return self.ui.blank_line();
        }
        // A model is one backend's; a program was named for this chat.
        let before = self.conversation.overrides().clone();
        self.take(BackendOverrides {
            backend: Some(name.to_owned()),
            model: None,
            ..before
        })?;
        self.ui.blank_line()
    }

    /// Asks for another model, or tells which answers.
    pub(super) fn model(&mut self, name: &str) -> Result<(), Failure> {
        if name.is_empty() {
            self.tell_who_answers()?;
            self.ui
                .hint("   /model NAME asks for another, in the backend's own words.");
            return self.ui.blank_line();
        }
        let agent = self.conversation.agent();
        if [BackendKind::Echo, BackendKind::Offline]
            .iter()
            .any(|kind| kind.name() == agent)
        {
            self.ui
                .hint("There is no model to choose here; /backend NAME lets another answer.");
            return self.ui.blank_line();
        }
        let is_command = agent == BackendKind::Command.name();
        let model = (name != "-").then(|| name.to_owned());
        self.take(BackendOverrides {
            model,
            ..self.conversation.overrides().clone()
        })?;
        if is_command && name != "-" {
            self.ui
                .status("   The program is not told: from now on the record calls its model so.");
        }
        self.ui.blank_line()
    }

    fn take(&mut self, overrides: BackendOverrides) -> Result<(), Failure> {
        let environment = self.desk.environment;
        let ready = backends::choose(&overrides, environment, &environment.workspace()?)?;
        self.conversation.take_backend(Chosen { overrides, ready });
        self.tell_who_answers()
    }

    fn tell_who_answers(&self) -> Result<(), Failure> {
        self.ui.report(safe_format!(
            "🤖 AI: {}",
            SafeText::line(&self.conversation.description())
        ))
    }

    fn tell_backend(&self, name: &str, workspace: &Workspace) -> Result<(), Failure> {
        let named = BackendOverrides {
            backend: Some(name.to_owned()),
            ..BackendOverrides::default()
        };
        let spec = BackendSpec::of(&named, workspace.settings())?;
        let has_crush = find_in(&self.desk.environment.path, "crush").is_some();
        let mut what = match spec.kind {
            Some(BackendKind::Crush) | None if has_crush => "Crush".into(),
            Some(BackendKind::Crush) | None => "Crush, which is not installed".into(),
            Some(BackendKind::Command) if spec.command.is_empty() => {
                "no program is named in config.toml".into()
            }
            Some(BackendKind::Command) => SafeText::line(&spec.command.join(" ")),
            Some(BackendKind::Echo) => "repeats what you say".into(),
            Some(BackendKind::Offline) => "nobody answers".into(),
        };
        if let Some(model) = &spec.model {
            what += safe_format!(", {}", SafeText::line(model));
        }
        self.ui
            .report(safe_format!("   {}: {}", SafeText::line(name), what))
    }
}
