//! The role in which the AI answers: what the header says of it, and `/role`.

use super::actions::Act;
use super::conversation::Conversation;
use crate::cli::Failure;
use crate::render::safe::{safe_line, shorten};

/// So many names are told.
const TOLD: usize = 20;
const NAME_WIDTH: usize = 50;

/// What is to be said of the role, if there is one.
pub(super) fn line(conversation: &Conversation<'_>) -> Option<String> {
    let session = &conversation.session;
    let name = |name: &str| shorten(&safe_line(name), NAME_WIDTH).into_owned();
    if let Some(due) = session.role_due() {
        let is_begun = !session.thread().visible().is_empty();
        let from = if is_begun { ", from your next message on" } else { "" };
        return Some(format!("🎭 Role: {}{from}", name(&due.name)));
    }
    let role_name = session.role_in_force()?.role_name()?;
    Some(format!("🎭 Role: {}", name(role_name)))
}

impl Act<'_, '_> {
    /// Shows the role, or takes another.
    pub(super) fn role(&mut self, name: &str) -> Result<(), Failure> {
        let workspace = self.desk.environment.workspace()?;
        if !name.is_empty() {
            let role = workspace.role(name)?;
            self.conversation.session.set_role(role);
        }
        self.ui.tell(line(self.conversation).as_deref().unwrap_or("🎭 Role: none"))?;
        if name.is_empty() {
            let names = workspace.role_names()?;
            let more = if names.len() > TOLD { ", …" } else { "" };
            self.ui.remark(&match names.as_slice() {
                [] => "   There are no roles yet; `mmogit role edit NAME` makes one.".to_owned(),
                names => {
                    format!("   /role NAME takes one: {}{more}", names[..names.len().min(TOLD)].join(", "))
                }
            });
        }
        self.ui.line("")
    }
}
