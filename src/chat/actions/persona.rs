//! `/persona`: the persona as which the AI answers.

use super::Act;
use crate::cli::Failure;
use crate::render::safe::SafeText;
use crate::safe_format;

/// So many names are told.
const TOLD: usize = 20;

impl Act<'_, '_> {
    /// Shows the persona, or takes another.
    pub(super) fn persona(&mut self, name: &str) -> Result<(), Failure> {
        let workspace = self.desk.environment.workspace()?;
        if !name.is_empty() {
            let persona = workspace.personas().get(name)?;
            self.conversation.session.set_persona(persona);
        }
        self.ui.report(
            self.conversation
                .persona_line()
                .unwrap_or("🎭 Persona: none".into()),
        )?;
        if name.is_empty() {
            let names = workspace.personas().names()?;
            let more = if names.len() > TOLD { ", …" } else { "" };
            self.ui.hint(match names.as_slice() {
                [] => "   There are no personas yet; `mmogit persona edit NAME` makes one.".into(),
                names => {
                    safe_format!(
                        "   /persona NAME takes one, /persona none leaves it: {}{}",
                        SafeText::line(&names[..names.len().min(TOLD)].join(", ")),
                        more
                    )
                }
            });
        }
        self.ui.blank_line()
    }
}
