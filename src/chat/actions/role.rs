//! `/role`: the role in which the AI answers.

use super::Act;
use crate::cli::Failure;
use crate::render::safe::SafeText;
use crate::safe_format;

/// So many names are told.
const TOLD: usize = 20;

impl Act<'_, '_> {
    /// Shows the role, or takes another.
    pub(super) fn role(&mut self, name: &str) -> Result<(), Failure> {
        let workspace = self.desk.environment.workspace()?;
        if !name.is_empty() {
            let role = workspace.role(name)?;
            self.conversation.session.set_persona(role);
        }
        self.ui.tell(
            self.conversation
                .role_line()
                .unwrap_or("🎭 Role: none".into()),
        )?;
        if name.is_empty() {
            let names = workspace.role_names()?;
            let more = if names.len() > TOLD { ", …" } else { "" };
            self.ui.remark(match names.as_slice() {
                [] => "   There are no roles yet; `mmogit role edit NAME` makes one.".into(),
                names => {
                    safe_format!(
                        "   /role NAME takes one, /role none leaves it: {}{}",
                        SafeText::line(&names[..names.len().min(TOLD)].join(", ")),
                        more
                    )
                }
            });
        }
        self.ui.line("")
    }
}
